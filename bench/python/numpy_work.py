"""Workloads of NumPy and SciPy, that is of OpenBLAS and LAPACK."""
import numpy as np

rng = np.random.default_rng(1)


def gemm(r):
    a = rng.standard_normal((r["m"], r["k"])).astype(r["dtype"])
    b = rng.standard_normal((r["k"], r["n"])).astype(r["dtype"])
    c = np.empty((r["m"], r["n"]), r["dtype"])
    return lambda: np.matmul(a, b, out=c)


def gram(r):
    """NumPy takes AᵀA to BLAS syrk."""
    a = rng.standard_normal((r["m"], r["d"])).astype(r["dtype"])
    return lambda: a.T @ a


def eigh(r):
    """Divide and conquer (syevd) with vectors, matrix by matrix."""
    import scipy.linalg as la

    n, batch = r["n"], r["batch"]
    full = rng.standard_normal((batch, n, n))
    items = [np.asfortranarray((x + x.T).astype(r["dtype"])) for x in full]

    def run():
        for a in items:
            la.eigh(a, driver="evd", check_finite=False)

    return run
