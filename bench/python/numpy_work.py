"""Workloads of NumPy and SciPy, that is of OpenBLAS and LAPACK."""
import numpy as np

rng = np.random.default_rng(1)


def gemm(r):
    a = rng.standard_normal((r["m"], r["k"])).astype(r["dtype"])
    b = rng.standard_normal((r["k"], r["n"])).astype(r["dtype"])
    c = np.empty((r["m"], r["n"]), r["dtype"])
    return lambda: np.matmul(a, b, out=c)


def gram(r):
    """NumPy takes AᵀA to BLAS syrk, one matrix at a time: of a batch it makes plain products."""
    items = rng.standard_normal((r["batch"], r["m"], r["d"])).astype(r["dtype"])

    def run():
        for a in items:
            product = a.T @ a
        return product

    return run


def symmetric(r, batch):
    full = rng.standard_normal((batch, r["n"], r["n"]))
    return (full + full.transpose(0, 2, 1)).astype(r["dtype"])


def eigh(r):
    """Divide and conquer (syevd) with vectors."""
    import scipy.linalg as la

    a = np.asfortranarray(symmetric(r, 1)[0])
    return lambda: la.eigh(a, driver="evd", check_finite=False)


def eigh_batched(r):
    """NumPy's own loop over the batch; in double whatever the dtype."""
    a = symmetric(r, r["batch"])
    return lambda: np.linalg.eigh(a)


def svd(r):
    """Thin, by divide and conquer (gesdd)."""
    import scipy.linalg as la

    a = rng.standard_normal((r["m"], r["n"])).astype(r["dtype"])
    return lambda: la.svd(a, full_matrices=False, lapack_driver="gesdd", check_finite=False)


def cholesky(r):
    import scipy.linalg as la

    x = rng.standard_normal((r["n"], r["n"]))
    a = np.asfortranarray((x.T @ x + np.eye(r["n"])).astype(r["dtype"]))
    return lambda: la.cholesky(a, lower=True, check_finite=False)


def qr(r):
    """Thin, with Q formed (geqrf and orgqr)."""
    import scipy.linalg as la

    a = rng.standard_normal((r["m"], r["n"])).astype(r["dtype"])
    return lambda: la.qr(a, mode="economic", check_finite=False)


def factor(r):
    """LAPACK and BLAS by SciPy's thin wrappers, on Fortran-ordered matrices as they like them best."""
    import scipy.linalg as la

    n, kind = r["n"], r["kind"]
    a = rng.standard_normal((n, n))
    if kind in ("potrf", "trsm"):
        a = a / n + 4 * np.eye(n)
    a = np.asfortranarray(a.astype(r["dtype"]))
    b = np.asfortranarray(rng.standard_normal((n, n)).astype(r["dtype"]))
    potrf, getrf, getri, gesv = la.get_lapack_funcs(("potrf", "getrf", "getri", "gesv"), (a,))
    (trsm,) = la.get_blas_funcs(("trsm",), (a,))
    size = int(la.get_lapack_funcs(("getri_lwork",), (a,))[0](n)[0].real)

    def inv():
        lu, piv, _ = getrf(a)
        return getri(lu, piv, lwork=size, overwrite_lu=1)

    return {
        "potrf": lambda: potrf(a, lower=1),
        "getrf": lambda: getrf(a),
        "trsm": lambda: trsm(1, a, b, lower=1),
        "solve": lambda: gesv(a, b),
        "inv": inv,
    }[kind]
