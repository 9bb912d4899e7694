"""`tinygrad_edu.linalg`: PyTorch's namespace for linear algebra."""

from tinygrad_edu.functions.linalg import (
    cholesky,
    det,
    diagonal,
    eigh,
    eigvalsh,
    inv,
    matrix_norm,
    matrix_power,
    norm,
    qr,
    slogdet,
    solve,
    svd,
    svdvals,
    vector_norm,
)
from tinygrad_edu.ops import matmul

__all__ = [
    "cholesky", "det", "diagonal", "eigh", "eigvalsh", "inv", "matmul", "matrix_norm", "matrix_power", "norm", "qr",
    "slogdet", "solve", "svd", "svdvals", "vector_norm",
]  # fmt: skip
