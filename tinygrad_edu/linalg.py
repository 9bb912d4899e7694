"""`tinygrad_edu.linalg`: PyTorch's namespace for linear algebra."""

from tinygrad_edu.functions.decomposition import (
    cholesky,
    cond,
    cross,
    diagonal,
    eigh,
    eigvalsh,
    lstsq,
    matrix_norm,
    matrix_rank,
    multi_dot,
    norm,
    pinv,
    qr,
    slogdet,
    solve,
    solve_triangular,
    svd,
    svdvals,
    vecdot,
    vector_norm,
)
from tinygrad_edu.functions.linalg import det, inv, matrix_power
from tinygrad_edu.ops import matmul

__all__ = [
    "cholesky", "cond", "cross", "det", "diagonal", "eigh", "eigvalsh", "inv", "lstsq", "matmul", "matrix_norm",
    "matrix_power", "matrix_rank", "multi_dot", "norm", "pinv", "qr", "slogdet", "solve", "solve_triangular", "svd",
    "svdvals", "vecdot", "vector_norm",
]  # fmt: skip
