"""`tinygrad_edu.linalg`: PyTorch's namespace for linear algebra."""

from tinygrad_edu.functions.decomposition import (
    cholesky,
    det,
    eigh,
    eigvalsh,
    inv,
    lstsq,
    matrix_rank,
    pinv,
    qr,
    slogdet,
    solve,
    solve_triangular,
    svd,
    svdvals,
)
from tinygrad_edu.functions.diagonals import matrix_diagonal as diagonal
from tinygrad_edu.functions.norms import cond, matrix_norm, vector_norm
from tinygrad_edu.functions.norms import norm_by_order as norm
from tinygrad_edu.functions.products import cross_along as cross
from tinygrad_edu.functions.products import matrix_power, multi_dot, vecdot
from tinygrad_edu.ops import matmul

__all__ = [
    "cholesky", "cond", "cross", "det", "diagonal", "eigh", "eigvalsh", "inv", "lstsq", "matmul", "matrix_norm",
    "matrix_power", "matrix_rank", "multi_dot", "norm", "pinv", "qr", "slogdet", "solve", "solve_triangular", "svd",
    "svdvals", "vecdot", "vector_norm",
]  # fmt: skip
