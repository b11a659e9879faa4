"""Spectral values and gradients where eigenvalues meet, to 50 digits and more: test/fixtures/degenerate.json.

Every input is rounded to the dtype that reads it and then taken as exact. Each gradient is compared here with a central
difference of the forward pass (step 1e-30 at 110 digits) before it is written. `condValue` and `condGradient` are the absolute
condition numbers that multiply n·ulp in the tests: max|f[a,b]|·‖A‖ and 2·max|f[a,b,c]|·‖G‖·‖A‖ in Frobenius norms. Vectors are
written as squares, which have no sign; the values of a case of kind `singular vectors` are U∘U and then V∘V.

Run: python3 tools/degenerate-references.py (needs mpmath).
"""

import json
import struct
from itertools import product
from pathlib import Path

import mpmath as mp

mp.mp.dps = 110
SAME = mp.mpf(10) ** -70  # eigenvalues closer than this are one value
STEP = mp.mpf(10) ** -30


def single(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def rounded(M, dtype):
    to = single if dtype == "float32" else lambda x: x
    return M.apply(lambda x: mp.mpf(to(float(x))))


class Draws:
    """Multiples of 2⁻¹⁶ in [−1, 1) by a linear congruential generator."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return mp.mpf(self.state >> 47) / 2**16 - 1

    def matrix(self, m, n):
        return mp.matrix(m, n).apply(lambda _: self.next())

    def orthogonal(self, n):
        Q = mp.eye(n)
        for _ in range(n):
            v = self.matrix(n, 1)
            Q = Q - v * (v.T * Q) * (2 / (v.T * v)[0])
        return Q


def norm(M):
    return mp.sqrt(sum(x * x for x in M))


def dot(A, B):
    return sum(x * y for x, y in zip(A, B))


def sym(M):
    return (M + M.T) / 2


def diag(values):
    return mp.diag(list(values))


def mirrored(M):
    """Exactly symmetric: the upper triangle counts."""
    return mp.matrix([[M[min(i, j), max(i, j)] for j in range(M.cols)] for i in range(M.rows)])


def eigh(A):
    w, Z = mp.eigsy(A)
    order = sorted(range(A.rows), key=lambda i: w[i])
    return [w[i] for i in order], mp.matrix([[Z[r, i] for i in order] for r in range(A.rows)])


def power(p):
    p = mp.mpf(p)
    return (lambda x: x**p, lambda x: p * x ** (p - 1), lambda x: p * (p - 1) * x ** (p - 2))


FUNCTIONS = {
    "log": (mp.log, lambda x: 1 / x, lambda x: -1 / x**2),
    "exp": (mp.exp, mp.exp, mp.exp),
    "sqrt": power(0.5),
    "invsqrt": power(-0.5),
}


def first(f, a, b):
    return f[1]((a + b) / 2) if abs(a - b) <= SAME * max(abs(a), abs(b)) else (f[0](a) - f[0](b)) / (a - b)


def second(f, a, b, c):
    a, b, c = sorted([a, b, c])
    if c - a <= SAME * max(abs(a), abs(c)):
        return f[2](a) / 2
    return (first(f, b, c) - first(f, a, b)) / (c - a)


def step_differences(r):
    """first and second divided differences of the projector on the r largest, by index."""

    def one(w, i, j):
        lo, hi = min(i, j), max(i, j)
        cut = len(w) - r
        return 1 / (w[hi] - w[lo]) if lo < cut <= hi else mp.mpf(0)

    def two(w, i, j, k):
        i, j, k = sorted([i, j, k])
        cut = len(w) - r
        if i >= cut or k < cut:
            return mp.mpf(0)
        return 1 / ((w[k] - w[j]) * (w[k] - w[i])) if j < cut else 1 / ((w[j] - w[i]) * (w[k] - w[i]))

    return one, two


def spectral(A, G, values, one, two):
    """Value, gradient and condition numbers of A ↦ Z values(w) Zᵀ under the cotangent G."""
    w, Z = eigh(A)
    n = len(w)
    L = mp.matrix([[one(w, i, j) for j in range(n)] for i in range(n)])
    M = Z.T * sym(G) * Z
    gradient = Z * mp.matrix([[L[i, j] * M[i, j] for j in range(n)] for i in range(n)]) * Z.T
    most = max(abs(two(w, i, j, k)) for i, j, k in product(range(n), repeat=3))
    return {
        "value": Z * diag(values(w)) * Z.T,
        "gradient": gradient,
        "condValue": max(abs(x) for x in L) * norm(A),
        "condGradient": 2 * most * norm(G) * norm(A),
    }


def of_function(A, G, f):
    return spectral(A, G, lambda w: [f[0](x) for x in w], lambda w, i, j: first(f, w[i], w[j]),
                    lambda w, i, j, k: second(f, w[i], w[j], w[k]))


def of_projector(A, G, r):
    one, two = step_differences(r)
    return spectral(A, G, lambda w: [mp.mpf(i >= len(w) - r) for i in range(len(w))], one, two)


def of_gram(F, G, eps, f):
    A = F.T * F + eps * mp.eye(F.cols)
    found = of_function(A, G, f)
    size, inner = norm(F), norm(found["gradient"])
    return {
        "value": found["value"],
        "gradient": 2 * F * found["gradient"],
        "condValue": 2 * found["condValue"],
        "condGradient": 2 * size * (2 * found["condGradient"] + inner),
    }


def vector_loss(Z, W):
    """Σ W∘Z∘Z and its cotangent: blind to signs."""
    return dot(W, Z.apply(lambda x: x * x)), mp.matrix(
        [[2 * W[i, j] * Z[i, j] for j in range(Z.cols)] for i in range(Z.rows)]
    )


def of_vectors(A, W):
    w, Z = eigh(A)
    n = len(w)
    _, g = vector_loss(Z, W)
    P = Z.T * g
    inner = mp.matrix([[0 if i == j else (P[i, j] - P[j, i]) / 2 / (w[j] - w[i]) for j in range(n)] for i in range(n)])
    gap = min(b - a for a, b in zip(w, w[1:]))
    return {"value": Z.apply(lambda x: x * x), "gradient": Z * inner * Z.T, "gap": gap}


def svd(F):
    w, V = eigh(F.T * F)
    s = [mp.sqrt(x) for x in reversed(w)]
    V = mp.matrix([[V[i, F.cols - 1 - j] for j in range(F.cols)] for i in range(F.cols)])
    return F * V * diag(1 / x for x in s), s, V


def of_singular_vectors(F, WU, WV):
    U, s, V = svd(F)
    k = len(s)
    (_, gU), (_, gV) = vector_loss(U, WU), vector_loss(V, WV)
    a, b = U.T * gU, V.T * gV
    a, b = a - a.T, b - b.T
    inner = mp.matrix(
        [[0 if i == j else (a[i, j] * s[j] + s[i] * b[i, j]) / (s[j] ** 2 - s[i] ** 2) for j in range(k)] for i in range(k)]
    )
    rest = (gU - U * (U.T * gU)) * diag(1 / x for x in s)
    gap = min(min(p - q for p, q in zip(s, s[1:])), s[-1])
    squares = mp.matrix([x * x for x in [*U, *V]])
    return {"value": squares, "gradient": (U * inner + rest) * V.T, "gap": gap}


def check(name, loss, x, gradient, direction):
    difference = (loss(x + STEP * direction) - loss(x - STEP * direction)) / (2 * STEP)
    error = abs(difference - dot(gradient, direction))
    size = norm(gradient) * norm(direction)
    assert error <= size * mp.mpf(10) ** -20 + mp.mpf(10) ** -40, f"{name}: gradient off by {mp.nstr(error / size)}"


def with_spectrum(values, seed, dtype):
    Q = Draws(seed).orthogonal(len(values))
    return mirrored(rounded(Q * diag(values) * Q.T, dtype))


def hadamard(values, dtype):
    """Exactly repeated eigenvalues, exactly representable."""
    H = mp.matrix([[(-1) ** bin(i & j).count("1") for j in range(4)] for i in range(4)])
    return rounded(H * diag(values) * H.T / 4, dtype)


def symmetric_cases(dtype):
    for k in range(3, 17 if dtype == "float64" else 9):
        gap = mp.mpf(10) ** -k
        yield f"gap 1e-{k}", with_spectrum([1, 1 + gap, 2, 4], k, dtype), 2
    yield "A = I", rounded(mp.eye(4), dtype), None
    yield "repeated pairs", hadamard([1, 1, 2, 2], dtype), 2
    yield "all repeated, in another basis", rounded(3 * mp.eye(3), dtype), None
    for e in (18, -18):
        yield f"repeated pairs times 1e{e}", mirrored(rounded(hadamard([1, 1, 2, 2], "float64") * mp.mpf(10) ** e, dtype)), 2
        yield f"gap 1e-5 times 1e{e}", with_spectrum([x * mp.mpf(10) ** e for x in (1, 1 + mp.mpf("1e-5"), 2, 4)], 5, dtype), 2


def gram_cases(dtype):
    draws = Draws(99)
    wide = rounded(draws.matrix(2, 4), dtype)
    yield "m < d", wide, mp.mpf(2) ** -10
    yield "F = 0", mp.matrix(3, 4), mp.mpf(2) ** -10
    tall = rounded(draws.matrix(6, 2), dtype)
    yield "duplicated columns", mp.matrix([[tall[i, j % 2] for j in range(4)] for i in range(6)]), mp.mpf(2) ** -10
    yield "rank one", rounded(draws.matrix(5, 1), dtype) * mp.matrix([[1, 1, -1, 2]]), mp.mpf(2) ** -7


def numbers(x):
    if isinstance(x, mp.matrix):
        return [float(v) for v in x]
    return float(x)


def plain(record):
    return {key: numbers(x) if isinstance(x, (mp.matrix, mp.mpf)) else x for key, x in record.items()}


def symmetric_results(name, A, r, G, E):
    scaled = "times" in name
    for label in ("log", "sqrt", "invsqrt") if scaled else ("log", "sqrt", "exp"):
        f = FUNCTIONS[label]
        found = of_function(A, G, f)
        check(f"{name} {label}", lambda x: dot(G, of_function(x, G, f)["value"]), A, found["gradient"], E)
        yield {"kind": "function", "f": label, **found}
    if r is not None:
        found = of_projector(A, G, r)
        check(f"{name} projector", lambda x: dot(G, of_projector(x, G, r)["value"]), A, found["gradient"], E)
        yield {"kind": "projector", "r": r, **found}
    yield {"kind": "values", "value": mp.matrix(eigh(A)[0])}
    if "gap" in name and not scaled:
        found = of_vectors(A, G)
        check(f"{name} vectors", lambda x: vector_loss(eigh(x)[1], G)[0], A, found["gradient"], E)
        yield {"kind": "vectors", **found}


def singular_case(k, dtype):
    spectrum = [2, 1 + mp.mpf(10) ** -k, 1]
    F = rounded(Draws(k).orthogonal(5)[:, 0:3] * diag(spectrum) * Draws(k + 50).orthogonal(3), dtype)
    draws = Draws(k + 100)
    WU, WV, E = draws.matrix(5, 3), draws.matrix(3, 3), draws.matrix(5, 3)
    found = of_singular_vectors(F, WU, WV)
    both = lambda x: vector_loss(svd(x)[0], WU)[0] + vector_loss(svd(x)[2], WV)[0]
    check(f"singular gap 1e-{k}", both, F, found["gradient"], E)
    return {"m": 5, "n": 3, "A": F, "G": WU, "GV": WV}, [{"kind": "singular vectors", **found}]


def all_cases():
    for dtype in ("float64", "float32"):
        for name, A, r in symmetric_cases(dtype):
            n = A.rows
            draws = Draws(n + 7)
            G, E = sym(draws.matrix(n, n)), sym(draws.matrix(n, n)) * norm(A)
            inputs = {"m": n, "n": n, "A": A, "G": G}
            yield dtype, name, inputs, symmetric_results(name, A, r, G, E)
        for k in range(3, 17 if dtype == "float64" else 9):
            yield (dtype, f"singular gap 1e-{k}", *singular_case(k, dtype))
        for name, F, eps in gram_cases(dtype):
            draws = Draws(5)
            G = sym(draws.matrix(4, 4))
            found = of_gram(F, G, eps, FUNCTIONS["log"])
            value = lambda x: dot(G, of_gram(x, G, eps, FUNCTIONS["log"])["value"])
            check(f"{name} gram", value, F, found["gradient"], draws.matrix(F.rows, F.cols))
            inputs = {"m": F.rows, "n": F.cols, "A": F, "G": G, "eps": eps}
            yield dtype, name, inputs, [{"kind": "gram", **found}]


lines = []
for dtype, name, inputs, results in all_cases():
    case = {"dtype": dtype, "name": name, **plain(inputs), "results": [plain(one) for one in results]}
    lines.append("  " + json.dumps(case, separators=(",", ":")))
target = Path(__file__).parent.parent / "test/fixtures/degenerate.json"
target.write_text("[\n" + ",\n".join(lines) + "\n]\n")
print(len(lines), "matrices")
