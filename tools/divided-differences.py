"""Second divided differences f[a, b, c] to 60 digits, rounded once: test/fixtures/second-differences.json.

Run: python3 tools/divided-differences.py (needs mpmath).
"""

import json
from pathlib import Path

import mpmath as mp

mp.mp.dps = 160

FUNCTIONS = {
    "log": (mp.log, lambda x: 1 / x, lambda x: -1 / x**2),
    "exp": (mp.exp, mp.exp, mp.exp),
    "sqrt": (mp.sqrt, lambda x: 1 / (2 * mp.sqrt(x)), lambda x: -1 / (4 * mp.sqrt(x) ** 3)),
    "invsqrt": (
        lambda x: 1 / mp.sqrt(x),
        lambda x: -1 / (2 * mp.sqrt(x) ** 3),
        lambda x: 3 / (4 * mp.sqrt(x) ** 5),
    ),
    "inv": (lambda x: 1 / x, lambda x: -1 / x**2, lambda x: 2 / x**3),
}
GAPS = [0, 2.0**-52, 1e-12, 1e-7, 1e-3, 0.04, 0.11, 0.14, 0.5, 3.0, 1e3]


def power(p):
    q = mp.mpf(p)
    return (lambda x: x**q, lambda x: q * x ** (q - 1), lambda x: q * (q - 1) * x ** (q - 2))


def divided(functions, points):
    f, df, ddf = functions
    a, b, c = (mp.mpf(x) for x in points)
    if a == b == c:
        return ddf(a) / 2
    first = lambda x, y: df(x) if x == y else (f(x) - f(y)) / (x - y)
    return (first(b, c) - first(a, b)) / (c - a)


def rows(name, p, functions, bases, absolute):
    for base in bases:
        for g in GAPS:
            for t in (0, 0.3, 1):
                width = g if absolute else abs(base) * g
                points = sorted([base, base + t * width, base + width])
                if points[-1] - points[0] > 300 and name == "exp":
                    continue
                if p < 0 and points[0] < 0 < points[-1]:  # across a pole the value may be 0 by chance
                    continue
                yield [name, p, *points, float(divided(functions, points))]


table = []
for name, functions in FUNCTIONS.items():
    bases = [-2.0, 0.0, 3.0] if name == "exp" else [1.0, 1e-3, 7.5]
    table += rows(name, 0, functions, bases, name == "exp")
for p in (0.3, 1.7, 2.5, -1.5):
    table += rows("pow", p, power(p), [1.0, 1e-3, 7.5], False)
for p in (2, 3, 4, -2):
    table += rows("pow", p, power(p), [1.0, -7.5, 1e-3], False)
for p in (2, 3, 5):
    table += [["pow", p, -1.0, b, 2.0, float(divided(power(p), [-1.0, b, 2.0]))] for b in (-1.0, -0.5, 0.5, 2.0)]

target = Path(__file__).parent.parent / "test/fixtures/second-differences.json"
lines = dict.fromkeys(json.dumps(row) for row in table)
target.write_text("[\n" + ",\n".join("  " + line for line in lines) + "\n]\n")
