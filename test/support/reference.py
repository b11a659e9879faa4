"""NumPy's and SciPy's answers in double for matrices given as JSON on standard input: {"cases": [{"m", "n", "a", "ops"}]}.

One JSON object on standard output: {"versions": {...}, "answers": [{op: [array, ...]}]}, arrays flat and row-major, nothing
for an op that NumPy refuses (a singular system).
"""

import json
import sys

import numpy as np
import scipy.linalg


def positive_qr(a):
    q, r = np.linalg.qr(a)
    signs = np.where(np.diag(r) < 0, -1.0, 1.0)
    return [q * signs, r * signs[:, None]]


def rank(a, ulp):
    """The rank; the condition; and that of the part above the cut-off, infinite if a value is near the cut-off."""
    s = np.linalg.svd(a, compute_uv=False)
    cut = s[0] * max(a.shape) * ulp
    r = int(np.sum(s > cut))
    near = np.any((s > cut / 64) & (s < cut * 64))
    return [r, s[0] / s[-1] if s[-1] > 0 else np.inf, np.inf if near or r == 0 else s[0] / s[r - 1]]


OPS = {
    "eigh": lambda a, cut: list(np.linalg.eigh(a)),
    "svdvals": lambda a, cut: [scipy.linalg.svdvals(a)],
    "qr": lambda a, cut: positive_qr(a),
    "cholesky": lambda a, cut: [np.linalg.cholesky(a)],
    "solve": lambda a, cut: [np.linalg.solve(a, np.abs(a))],
    "inv": lambda a, cut: [np.linalg.inv(a)],
    "lstsq": lambda a, cut: [np.linalg.lstsq(a, np.abs(a), rcond=cut)[0]],
    "pinv": lambda a, cut: [np.linalg.pinv(a, rcond=cut)],
    "det": lambda a, cut: [np.linalg.det(a)],
    "slogdet": lambda a, cut: list(np.linalg.slogdet(a)),
    "fro": lambda a, cut: [np.linalg.norm(a, "fro")],
    "spectral": lambda a, cut: [np.linalg.norm(a, 2)],
    "nuclear": lambda a, cut: [np.linalg.norm(a, "nuc")],
    "rank": lambda a, cut: rank(a, cut / max(a.shape)),
}


def answers(case):
    a = np.array(case["a"], dtype=np.float64).reshape(case["m"], case["n"])
    found = {}
    for op in case["ops"]:
        try:
            found[op] = [np.asarray(x, dtype=np.float64).ravel().tolist() for x in OPS[op](a, max(a.shape) * case["ulp"])]
        except np.linalg.LinAlgError:
            pass
    return found


request = json.load(sys.stdin)
np.seterr(all="ignore")
reply = {
    "versions": {"numpy": np.__version__, "scipy": scipy.__version__},
    "answers": [answers(case) for case in request["cases"]],
}
json.dump(reply, sys.stdout)
