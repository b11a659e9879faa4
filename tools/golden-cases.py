#!/usr/bin/env python3
"""Cases of the kinds of ../shared/golden that nobody has seen: test/fixtures/golden/*.safetensors.

    python3 tools/golden-cases.py

References in 60 digits (mpmath) by analytic formulas, each gradient checked against central differences in a random
direction. Tolerances as in ../shared/golden/README.md: 8 n_eff eps (cond + |ref|), cond measured by relative
perturbations (of Gram matrices too); null where that could reach a quarter of the result.
"""
import json
import random
import struct
from pathlib import Path

from mpmath import mp, mpf, matrix, eye, diag, zeros

mp.dps = 60
OUT = Path(__file__).parent.parent / "test" / "fixtures" / "golden"
DELTA, SAME = mpf(10) ** -24, mpf(10) ** -30
rng = random.Random(20260101)


def gauss(m, n):
    return table(m, n, lambda i, j: mpf(rng.gauss(0, 1)))


def rounded(A):
    return A.apply(lambda x: mpf(float(x)))


def sym(A):
    return (A + A.T) / 2


def skew(A):
    return A - A.T


def dot(A, B):
    return sum((a * b for a, b in zip(A, B)), mpf(0))


def norm(A):
    return mp.sqrt(dot(A, A))


def had(A, B):
    return table(A.rows, A.cols, lambda i, j: A[i, j] * B[i, j])


def table(n, m, f):
    return matrix([[f(i, j) for j in range(m)] for i in range(n)])


def orthogonal(n):
    return mp.qr(gauss(n, n))[0] if n > 1 else eye(n)


def with_spectrum(values):
    n = len(values)
    Q = orthogonal(n)
    A = Q * diag(values) * Q.T
    return rounded(sym(A))


def exact_spectrum(values):
    """Householder reflections by (1 … 1) and by signs: every entry is exact in float32 for small integers."""
    n = len(values)
    assert n in (2, 4, 8)
    A = diag(values)
    for v in (matrix([1] * n), matrix([(-1) ** (i // 2) for i in range(n)])):
        H = eye(n) - v * v.T * mpf(2) / n
        A = H * A * H
    return A


def eig(A):
    w, V = mp.eigsy(A)
    order = sorted(range(A.rows), key=lambda i: w[i])
    return [w[i] for i in order], table(A.rows, A.rows, lambda i, j: V[i, order[j]])


def svd(A):
    U, S, V = mp.svd_r(A, full_matrices=False)
    return U, [S[i] for i in range(len(S))], V.T


def divided(f, df, a, b):
    return df((a + b) / 2) if abs(a - b) <= SAME * max(abs(a), abs(b), SAME) else (f(a) - f(b)) / (a - b)


def krein(w, V, L, G):
    return V * had(L, V.T * sym(G) * V) * V.T


def power(p):
    return (lambda x: x ** p if x >= 0 else (-1) ** int(p) * (-x) ** p), (lambda x: p * x ** (p - 1))


SCALARS = {
    "log": lambda p: (mp.log, lambda x: 1 / x),
    "sqrt": lambda p: (mp.sqrt, lambda x: 1 / (2 * mp.sqrt(x))),
    "invsqrt": lambda p: (lambda x: 1 / mp.sqrt(x), lambda x: -x ** mpf(-1.5) / 2),
    "inv": lambda p: (lambda x: 1 / x, lambda x: -1 / x ** 2),
    "exp": lambda p: (mp.exp, mp.exp),
    "pow": lambda p: power(mpf(p)),
    "tanh": lambda p: (mp.tanh, lambda x: 1 - mp.tanh(x) ** 2),
    "square": lambda p: (lambda x: x * x, lambda x: 2 * x),
    "log1p": lambda p: (lambda x: mp.log(1 + x), lambda x: 1 / (1 + x)),
    "sqrt1px2": lambda p: (lambda x: mp.sqrt(1 + x * x), lambda x: x / mp.sqrt(1 + x * x)),
}


def spectral(meta):
    f, df = SCALARS[meta["f"]](meta.get("p", 0))

    def run(I, ct):
        w, V = eig(I["A"])
        out = {"eigvals": matrix(w), "C": V * diag([f(x) for x in w]) * V.T}
        L = table(len(w), len(w), lambda i, j: divided(f, df, w[i], w[j]))
        return out, {"A": krein(w, V, L, ct["C"])}
    return run


def eig_vec(meta):
    def run(I, ct):
        w, V = eig(I["A"])
        gV = 2 * had(ct["V2"], V)
        M = skew(V.T * gV) / 2
        K = table(len(w), len(w), lambda i, j: ct["eigvals"][i] if i == j else M[i, j] / (w[j] - w[i]))
        return {"eigvals": matrix(w), "V2": had(V, V)}, {"A": sym(V * K * V.T)}
    return run


def projector(meta):
    def run(I, ct):
        w, V = eig(I["A"])
        n, r = len(w), meta["r"]
        top = lambda i: i >= n - r
        L = table(n, n, lambda i, j: 0 if top(i) == top(j) else 1 / abs(w[i] - w[j]))
        return {"Pi": V * diag([int(top(i)) for i in range(n)]) * V.T}, {"A": krein(w, V, L, ct["Pi"])}
    return run


def svd_vec(meta):
    def run(I, ct):
        U, s, V = svd(I["A"])
        k = len(s)
        gU, gV = 2 * had(ct["U2"], U), 2 * had(ct["V2"], V)
        a, b = skew(U.T * gU), skew(V.T * gV)
        inner = table(k, k, lambda i, j: ct["s"][i] if i == j else
                      ((a[i, j] * s[j] + s[i] * b[i, j]) / (s[j] ** 2 - s[i] ** 2)))
        inv = diag([1 / x for x in s])
        g = U * inner * V.T + (gU - U * (U.T * gU)) * inv * V.T + U * inv * (gV - V * (V.T * gV)).T
        return {"s": matrix(s), "U2": had(U, U), "V2": had(V, V)}, {"A": g}
    return run


def svd_fun(meta):
    f, df = (lambda x: mpf(1), lambda x: mpf(0)) if meta["f"] == "polar" else SCALARS[meta["f"]](meta.get("p", 0))

    def run(I, ct):
        U, s, V = svd(I["A"])
        k, G = len(s), ct["C"]
        M = U.T * G * V
        inner = table(k, k, lambda i, j: divided(f, df, s[i], s[j]) * (M[i, j] + M[j, i]) / 2
                      + (f(s[i]) + f(s[j])) / (s[i] + s[j]) * (M[i, j] - M[j, i]) / 2)
        ratio = diag([f(x) / x for x in s])
        g = U * inner * V.T + (G * V - U * M) * ratio * V.T + U * ratio * (U.T * G - M * V.T)
        return {"s": matrix(s), "C": U * diag([f(x) for x in s]) * V.T}, {"A": g}
    return run


shaking = [mpf(0)]


def weighted_gram(F, w, eps):
    """FᵀWF + εI, and its adjoint: of F, and of the weights where there are any."""
    W = diag(list(w)) if w is not None else eye(F.rows)

    def pull(G):
        FS = F * (G + G.T)
        grads = {"F": W * FS}
        if w is not None:
            grads["w"] = matrix([dot(FS[i, :], F[i, :]) / 2 for i in range(F.rows)])
        return grads
    return F.T * W * F + eps * eye(F.cols), pull


def gram_function(F, G, f, df, eps, w=None):
    """f of the Gram matrix, which a backward-stable algorithm may change by rounding: `shaking` measures by how much."""
    Z, pull = weighted_gram(F, w, eps)
    if shaking[0]:
        E = sym(gauss(F.cols, F.cols))
        Z += E * (shaking[0] * norm(Z) / norm(E))
    values, V = eig(Z)
    L = table(len(values), len(values), lambda i, j: divided(f, df, values[i], values[j]))
    return V * diag([f(x) for x in values]) * V.T, pull(krein(values, V, L, G))


def o2p(meta):
    f, df = SCALARS[meta["f"]](meta.get("p", 0))

    def run(I, ct):
        C, grads = gram_function(I["F"], ct["C"], f, df, mpf(meta["eps"]), I.get("w"))
        return {"C": C}, grads
    return run


def mpn(meta):
    f, df = power(mpf(meta["alpha"]))

    def run(I, ct):
        N = I["X"].rows
        J = eye(N) - table(N, N, lambda i, j: mpf(1) / N)
        C, grads = gram_function(J * I["X"] / mp.sqrt(N), ct["C"], f, df, mpf(meta["eps"]))
        return {"C": C}, {"X": J * grads["F"] / mp.sqrt(N)}
    return run


def newton_schulz(x, iterations):
    """The iterate and its derivative at a scalar."""
    y, dy, z, dz = x, mpf(1), mpf(1), mpf(0)
    for _ in range(iterations):
        h, dh = (3 - z * y) / 2, -(dz * y + z * dy) / 2
        y, dy, z, dz = y * h, dy * h + y * dh, h * z, dh * z + h * dz
    return y, dy


def isqrt(meta):
    f = lambda x: newton_schulz(x, meta["iters"])[0]
    df = lambda x: newton_schulz(x, meta["iters"])[1]

    def run(I, ct):
        A, G = I["Sigma"], ct["C"]
        t = sum(A[i, i] for i in range(A.rows)) if meta["norm"] == "trace" else norm(A)
        w, V = eig(A / t)
        P = V * diag([f(x) for x in w]) * V.T
        S = krein(w, V, table(len(w), len(w), lambda i, j: divided(f, df, w[i], w[j])), G)
        dt = dot(G, P) / (2 * mp.sqrt(t)) - dot(S, A) / t ** mpf(1.5)
        slope = eye(A.rows) if meta["norm"] == "trace" else A / t
        return {"C": mp.sqrt(t) * P}, {"Sigma": S / mp.sqrt(t) + dt * slope}
    return run


def spd_layer(meta):
    def run(I, ct):
        if meta["kind"] == "bimap":
            X, W, G = I["X"], I["W"], ct["Y"]
            return {"Y": W * X * W.T}, {"X": W.T * sym(G) * W, "W": 2 * sym(G) * W * X}
        eps = mpf(meta["eps"])
        w, V = eig(I["A"])
        f, df = (lambda x: max(eps, x)), (lambda x: mpf(x > eps))
        L = table(len(w), len(w), lambda i, j: divided(f, df, w[i], w[j]))
        return {"C": V * diag([f(x) for x in w]) * V.T}, {"A": krein(w, V, L, ct["C"])}
    return run


def lower(A, half):
    return table(A.rows, A.cols, lambda i, j: A[i, j] if i > j else A[i, j] * half if i == j else 0)


def factor(meta):
    kind = meta["kind"]

    def run(I, ct):
        A, B = I.get("A"), I.get("B")
        if kind == "chol":
            L = mp.cholesky(A)
            Li = L ** -1
            return {"L": L}, {"A": sym(Li.T * lower(L.T * lower(ct["L"], 1), mpf(1) / 2) * Li)}
        if kind == "qr":
            Q, R = mp.qr(A, mode="skinny")
            signs = diag([1 if R[i, i] > 0 else -1 for i in range(R.rows)])
            Q, R = Q * signs, signs * R
            M = R * ct["R"].T - ct["Q"].T * Q
            return {"Q": Q, "R": R}, {"A": (ct["Q"] + Q * (lower(M, 1) + lower(M, 0).T)) * (R.T) ** -1}
        if kind == "inv":
            Y = A ** -1
            return {"Y": Y}, {"A": -Y.T * ct["Y"] * Y.T}
        if kind == "logdet":
            return {"logdet": matrix([mp.log(mp.det(A))])}, {"A": (A ** -1).T}
        if kind == "lstsq":
            P = (A.T * A) ** -1
            X = P * A.T * B
            Z = A * P * ct["X"]
            return {"X": X}, {"A": -Z * X.T + (B - A * X) * (P * ct["X"]).T, "B": Z}
        T = I["L"] if kind == "trisolve" else A
        inverse = T ** -1
        X, gB = inverse * B, inverse.T * ct["X"]
        gT = -gB * X.T
        if kind == "trisolve":
            gT = lower(gT, 1) if meta["lower"] else lower(gT.T, 1).T
        return {"X": X}, {("L" if kind == "trisolve" else "A"): gT, "B": gB}
    return run


def gram(meta):
    def run(I, ct):
        C, pull = weighted_gram(I["F"], I.get("w"), mpf(meta["eps"]))
        return {"C": C}, pull(ct["C"])
    return run


def make(family, name, meta, inputs, runner, symmetric=(), positive=None):
    """One case: references, the check of the gradient, and tolerances."""
    run = runner(meta)
    shapes, _ = run(inputs, {k: zeros(*s) for k, s in meta.pop("cotangent_shapes").items()})
    ct = {k: rounded(gauss(v.rows, v.cols)) for k, v in shapes.items() if k in meta["weighted"]}
    if meta.get("kind") == "chol":
        ct["L"] = lower(ct["L"], 1)
    weighted = meta.pop("weighted")
    out, grads = run(inputs, ct)
    loss = lambda o: sum((dot(ct[k], o[k]) for k in ct), mpf(0)) if ct else o["logdet"][0]
    size = mp.sqrt(sum(dot(x, x) for x in inputs.values())) or mpf(1)
    changes = {}
    for attempt in range(2):
        E = {k: gauss(x.rows, x.cols) for k, x in inputs.items()}
        if meta.get("kind") == "trisolve":
            E["L"] = lower(E["L"], 1) if meta["lower"] else lower(E["L"].T, 1).T
        E = {k: sym(x) if k in symmetric else x for k, x in E.items()}
        scale = DELTA * size / mp.sqrt(sum(dot(x, x) for x in E.values()))
        up, gup = run({k: x + scale * E[k] for k, x in inputs.items()}, ct)
        down, _ = run({k: x - scale * E[k] for k, x in inputs.items()}, ct)
        slope = (loss(up) - loss(down)) / (2 * scale)
        exact = sum(dot(grads[k], E[k]) for k in grads)
        assert abs(slope - exact) <= mpf(10) ** -8 * (abs(exact) + mpf(10) ** -6 * abs(loss(out))), (name, slope, exact)
        shaking[0] = DELTA
        shaken = run(inputs, ct) if family in ("o2p", "mpn") else (out, grads)
        shaking[0] = mpf(0)
        for moved, gmoved in ((up, gup), shaken):
            for k in out:
                changes[k] = max(changes.get(k, 0), norm(moved[k] - out[k]) / DELTA)
            for k in grads:
                changes[f"grad.{k}"] = max(changes.get(f"grad.{k}", 0), norm(gmoved[k] - grads[k]) / DELTA)
    n_eff = max(max(x.rows, x.cols) for x in inputs.values()) + 2
    tol = {}
    for k, v in {**out, **{f"grad.{k}": g for k, g in grads.items()}}.items():
        tol[k] = {}
        for precision, ulp in (("f64", 2.0 ** -52), ("f32", 2.0 ** -23)):
            bound = 8 * n_eff * ulp * float(changes[k] + norm(v))
            lost = positive is not None and float(positive) < 8 * n_eff * ulp
            tol[k][precision] = None if lost or bound > 0.25 * float(norm(v)) > 0 else float(f"{bound:.3g}")
    tensors = {**inputs, **{f"ct.{k}": v for k, v in ct.items()}, **out, **{f"grad.{k}": g for k, g in grads.items()}}
    meta = {**meta, "inputs": list(inputs), "cotangents": [f"ct.{k}" for k in ct], "outputs": list(out),
            "grads": [f"grad.{k}" for k in grads], "symmetric": list(symmetric), "tol": tol}
    cases.setdefault(family, []).append((name, meta, tensors))


cases = {}


def write():
    OUT.mkdir(parents=True, exist_ok=True)
    for family, rows in cases.items():
        header, data = {"__metadata__": {"format": "pt", "family": family}}, b""
        for name, meta, tensors in rows:
            header["__metadata__"][name] = json.dumps(meta)
            for key, A in tensors.items():
                flat = [float(A[i, j]) for i in range(A.rows) for j in range(A.cols)]
                vector = key in ("eigvals", "s", "ct.eigvals", "ct.s", "w", "grad.w")
                shape = [] if key == "logdet" else [A.rows] if vector else [A.rows, A.cols]
                start = len(data)
                data += struct.pack(f"<{len(flat)}d", *flat)
                header[f"{name}/{key}"] = {"dtype": "F64", "shape": shape, "data_offsets": [start, len(data)]}
        text = json.dumps(header, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        (OUT / f"{family}.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)
        print(family, len(rows), "cases")


def spectra(kind, n):
    """Eigenvalues, positive but for the indefinite ones, by the kinds of the golden cases."""
    if kind == "well":
        return [mpf(1) + 3 * mpf(rng.random()) for _ in range(n)]
    if kind.startswith("geo"):
        return [mpf(10) ** (-int(kind[3:]) * mpf(i) / (n - 1)) for i in range(n)]
    if kind == "mode1":
        return [mpf(1)] + [mpf(10) ** -3] * (n - 1)
    if kind == "mode2":
        return [mpf(1)] * (n - 1) + [mpf(10) ** -3]
    if kind.startswith("gap"):
        gap = mpf(10) ** -int(kind[3:])
        return [mpf(1 + i // 2) + (i % 2) * gap for i in range(n)]
    if kind == "indef":
        return [mpf(rng.gauss(0, 1)) for _ in range(n)]
    scale = mpf(2) ** int(kind[6:])
    return [scale * (1 + i) for i in range(n)]


def spectral_case(f, kind, n, p=None):
    meta = {"op": "spectral", "f": f, "kind": kind, "p": p, "weighted": ["C"], "cotangent_shapes": {"C": (n, n)}}
    if kind == "repeat":
        values = [mpf(x) for x in sorted(rng.choices([1, 2, 4], k=n))]
        A = exact_spectrum(values)
    elif kind == "indefrep":
        values = [mpf(x) for x in sorted(rng.choices([-2, -1, 1, 2], k=n))]
        A = exact_spectrum(values)
    elif kind == "cI":
        values = [mpf(rng.choice([0.5, 1, 3]))] * n
        A = diag(values)
    elif kind == "gramdef":
        F = rounded(gauss(n // 2, n))
        A = rounded(F.T * F + mpf(2) ** -10 * eye(n))
        values = [mpf(2) ** -10, norm(A)]
    elif kind == "graded":
        values = [mpf(10) ** (-i) for i in range(n)]
        D = diag([mpf(10) ** (-mpf(i) / 2) for i in range(n)])
        A = rounded(sym(D * with_spectrum(spectra("well", n)) * D))
    else:
        values = spectra(kind, n)
        A = with_spectrum(values)
    positive = None if f in ("exp", "tanh", "square", "sqrt1px2") else min(values) / max(values)
    make("spectral", f"{f}{p if p else ''}-{kind}-n{n}", meta, {"A": A}, spectral, ["A"], positive)


def all_cases():
    kinds = ["well", "geo6", "mode1", "mode2", "gap4", "gap9", "gap13", "gap15", "repeat", "cI", "gramdef", "graded",
             "scaled40", "scaled-60"]
    for f, p in (("log", None), ("sqrt", None), ("invsqrt", None), ("inv", None), ("pow", 0.3), ("pow", -0.75)):
        for kind in kinds:
            spectral_case(f, kind, 4 if kind == "repeat" else rng.choice([3, 5, 6]), p)
    for f in ("exp", "tanh", "square", "sqrt1px2"):
        for kind in ("well", "indef", "gap12", "indefrep", "cI", "graded"):
            spectral_case(f, kind, 8 if kind == "indefrep" else 5)

    for kind in ("well", "geo4", "gap3", "gap6", "gap10", "indef", "scaled40", "scaled-60"):
        n = rng.choice([2, 5, 6])
        meta = {"op": "eig_sym", "kind": kind, "weighted": ["eigvals", "V2"],
                "cotangent_shapes": {"eigvals": (n, 1), "V2": (n, n)}}
        make("eig_sym", f"vec-{kind}-n{n}", meta, {"A": with_spectrum(spectra(kind, n))}, eig_vec, ["A"])
    for kind, values, r in (("rep", [1, 1, 2, 2], 2), ("rep", [-1, -1, -1, 3, 3, 3, 3, 4], 5), ("zero", [0, 0, 0, 1], 1),
                            ("neg", [-4, -3, -2, -2], 2)):
        n = len(values)
        meta = {"op": "eig_sym", "kind": kind, "r": r, "weighted": ["Pi"], "cotangent_shapes": {"Pi": (n, n)}}
        make("eig_sym", f"proj-{kind}-n{n}-r{r}", meta, {"A": exact_spectrum([mpf(x) for x in values])}, projector, ["A"])
    for gap in (3, 8):
        meta = {"op": "eig_sym", "kind": "gap", "r": 2, "weighted": ["Pi"], "cotangent_shapes": {"Pi": (5, 5)}}
        values = [mpf(0), mpf(1), mpf(1), 1 + mpf(10) ** -gap, mpf(2)]
        make("eig_sym", f"proj-gap{gap}", meta, {"A": with_spectrum(values)}, projector, ["A"])

    for m, n in ((1, 1), (3, 1), (1, 4), (6, 4), (4, 6), (5, 5), (9, 2)):
        k = min(m, n)
        for kind in ("well", "geo3") if k > 1 else ("well",):
            A = rounded(orthogonal(m)[:, :k] * diag(spectra(kind, k)) * orthogonal(n)[:, :k].T)
            meta = {"op": "svd", "kind": kind, "weighted": ["s", "U2", "V2"],
                    "cotangent_shapes": {"s": (k, 1), "U2": (m, k), "V2": (n, k)}}
            make("svd", f"vec-{kind}-{m}x{n}", meta, {"A": A}, svd_vec)
    for f, p in (("polar", None), ("sqrt", None), ("log1p", None), ("tanh", None), ("pow", 1.5)):
        for m, n in ((4, 4), (6, 3), (3, 5)):
            for kind in ("well", "gap9", "geo4", "repeat"):
                k = min(m, n)
                meta = {"op": "svd", "f": f, "p": p, "kind": kind, "weighted": ["C"], "cotangent_shapes": {"C": (m, n)}}
                if kind == "repeat":
                    if m != n:
                        continue
                    A = exact_spectrum([mpf(x) for x in (1, 1, 2, 2)])
                else:
                    A = rounded(orthogonal(m)[:, :k] * diag(spectra(kind, k)) * orthogonal(n)[:, :k].T)
                make("svd", f"fun-{f}-{kind}-{m}x{n}", meta, {"A": A}, svd_fun)

    for f, p in (("log", None), ("pow", 0.5), ("pow", 0.3)):
        for m, d, eps, kind in ((7, 4, 1e-3, "gauss"), (3, 6, 1e-3, "gauss"), (4, 4, 1e-6, "gauss"), (6, 4, 1e-3, "dupcols"),
                                (5, 3, 1e-2, "zero"), (8, 3, 1e-3, "big"), (8, 3, 1e-9, "small"), (2, 6, 1e-6, "relu"),
                                (6, 4, 1e-3, "rank1")):
            F = gauss(m, d)
            if kind == "dupcols":
                F[:, 1] = F[:, 0]
            if kind == "zero":
                F = zeros(m, d)
            if kind in ("big", "small"):
                F = F * mpf(2) ** (30 if kind == "big" else -12)
            if kind == "relu":
                F = F.apply(lambda x: max(x, mpf(0)))
            if kind == "rank1":
                F = gauss(m, 1) * gauss(1, d)
            meta = {"op": "o2p", "side": "FtF", "eps": eps, "f": f, "p": p, "kind": kind, "weighted": ["C"],
                    "cotangent_shapes": {"C": (d, d)}}
            make("o2p", f"{f}{p or ''}-{kind}-{m}x{d}", meta, {"F": rounded(F)}, o2p)
    for N, d, alpha, eps in ((9, 3, 0.5, 0), (4, 6, 0.5, 1e-3), (12, 4, 0.3, 1e-5), (2, 3, 0.7, 1e-2)):
        meta = {"op": "mpn", "alpha": alpha, "eps": eps, "weighted": ["C"], "cotangent_shapes": {"C": (d, d)}}
        make("mpn", f"N{N}-d{d}-a{alpha}", meta, {"X": rounded(gauss(N, d))}, mpn)
    for d, iters, how, kind in ((3, 5, "trace", "well"), (5, 8, "fro", "well"), (4, 5, "trace", "geo4"), (6, 3, "fro", "geo2"),
                                (4, 6, "trace", "repeat"), (4, 5, "fro", "scaled40")):
        A = exact_spectrum([mpf(x) for x in (1, 1, 4, 4)]) if kind == "repeat" else with_spectrum(spectra(kind, d))
        meta = {"op": "isqrt", "iters": iters, "norm": how, "kind": kind, "weighted": ["C"], "cotangent_shapes": {"C": (d, d)}}
        make("isqrt", f"d{d}-it{iters}-{how}-{kind}", meta, {"Sigma": A}, isqrt, ["Sigma"])
    for n, k in ((3, 2), (6, 6), (5, 1)):
        meta = {"op": "spdnet", "kind": "bimap", "weighted": ["Y"], "cotangent_shapes": {"Y": (k, k)}}
        inputs = {"X": with_spectrum(spectra("well", n)), "W": rounded(gauss(k, n))}
        make("spdnet", f"bimap-{n}-{k}", meta, inputs, spd_layer, ["X"])
    for values, eps in (([1, 1, 2, 4], 1.5), ([-2, -2, 1, 1], 0.5), ([1, 1, 1, 1], 0.25), ([1, 2, 4, 8], 16)):
        meta = {"op": "spdnet", "kind": "reeig", "eps": eps, "weighted": ["C"], "cotangent_shapes": {"C": (4, 4)}}
        make("spdnet", f"reeig-{eps}", meta, {"A": exact_spectrum([mpf(x) for x in values])}, spd_layer, ["A"])

    for n, kind in ((1, "well"), (4, "well"), (5, "geo6"), (5, "graded"), (4, "scaled-60")):
        A = with_spectrum(spectra("geo3" if kind == "graded" else kind, n))
        if kind == "graded":
            D = diag([mpf(10) ** -i for i in range(n)])
            A = rounded(sym(D * A * D))
        meta = {"op": "factor", "kind": "chol", "weighted": ["L"], "cotangent_shapes": {"L": (n, n)}}
        make("factor", f"chol-{kind}-n{n}", meta, {"A": A}, factor, ["A"])
    for m, n in ((3, 2), (4, 3), (5, 5)):
        meta = {"op": "factor", "kind": "qr", "weighted": ["Q", "R"], "cotangent_shapes": {"Q": (m, n), "R": (n, n)}}
        make("factor", f"qr-{m}x{n}", meta, {"A": rounded(gauss(m, n))}, factor)
    for n, cond in ((1, "well"), (4, "geo2"), (5, "geo8"), (5, "scaled-60")):
        A = rounded(orthogonal(n) * diag(spectra(cond, n) if n > 1 else [mpf(2)]) * orthogonal(n))
        meta = {"op": "factor", "kind": "solve", "weighted": ["X"], "cotangent_shapes": {"X": (n, 2)}}
        make("factor", f"solve-{cond}-n{n}", meta, {"A": A, "B": rounded(gauss(n, 2))}, factor)
        meta = {"op": "factor", "kind": "inv", "weighted": ["Y"], "cotangent_shapes": {"Y": (n, n)}}
        make("factor", f"inv-{cond}-n{n}", meta, {"A": A}, factor)
        S = with_spectrum(spectra(cond, n) if n > 1 else [mpf(2)])
        meta = {"op": "factor", "kind": "logdet", "weighted": [], "cotangent_shapes": {}}
        make("factor", f"logdet-{cond}-n{n}", meta, {"A": S}, factor, ["A"])
    for n, is_lower in ((4, True), (6, False)):
        T = lower(gauss(n, n), 1) + 2 * eye(n)
        meta = {"op": "factor", "kind": "trisolve", "lower": is_lower, "weighted": ["X"], "cotangent_shapes": {"X": (n, 3)}}
        inputs = {"L": rounded(T if is_lower else T.T), "B": rounded(gauss(n, 3))}
        make("factor", f"trisolve-n{n}-{is_lower}", meta, inputs, factor)
    for m, n in ((5, 2), (7, 4)):
        meta = {"op": "factor", "kind": "lstsq", "weighted": ["X"], "cotangent_shapes": {"X": (n, 2)}}
        make("factor", f"lstsq-{m}x{n}", meta, {"A": rounded(gauss(m, n)), "B": rounded(gauss(m, 2))}, factor)
    for m, d in ((1, 1), (5, 3), (2, 6)):
        meta = {"op": "gram", "side": "FtF", "eps": 0.5, "weighted": ["C"], "cotangent_shapes": {"C": (d, d)}}
        make("gram", f"{m}x{d}", meta, {"F": rounded(gauss(m, d))}, gram)
    for m, d in ((5, 3), (2, 4)):
        inputs = {"F": rounded(gauss(m, d)), "w": rounded(matrix([mpf(rng.uniform(0.2, 2)) for _ in range(m)]))}
        meta = {"side": "FtF", "weighted": ["C"], "cotangent_shapes": {"C": (d, d)}}
        make("gram", f"weighted-{m}x{d}", {"op": "gram", "eps": 0.5, **meta}, inputs, gram)
        for f, p in (("log", None), ("pow", 0.3)):
            named = {"op": "o2p", "eps": 1e-2, "f": f, "p": p, "kind": "weighted", **meta}
            make("o2p", f"{f}{p or ''}-weighted-{m}x{d}", named, inputs, o2p)


all_cases()
write()
