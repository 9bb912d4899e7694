"""What `tinygrad_edu.linalg` adds to the products of `functions/linalg.py`: factors, equations, norms."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.functions import linalg
from tinygrad_edu.functions.naming import numpy_names

svdvals = ops.singular_values


class Eigh(NamedTuple):
    """The eigenvalues, rising, and the eigenvectors, as columns."""

    eigenvalues: Any
    eigenvectors: Any


class SVD(NamedTuple):
    """The factors of A = U diag(S) Vh."""

    U: Any
    S: Any
    Vh: Any


class QR(NamedTuple):
    """The factors of A = Q R."""

    Q: Any
    R: Any


class Slogdet(NamedTuple):
    """The sign of a determinant and the logarithm of its size."""

    sign: Any
    logabsdet: Any


class LeastSquares(NamedTuple):
    """The solution of A X ≈ B, the squared length of each residual, A's rank, and nothing (as in PyTorch)."""

    solution: Any
    residuals: Any
    rank: Any
    singular_values: Any


def _like(A: Any, value: Any) -> Any:
    """Return an array as what A is: an array, or a Tensor."""
    return A.detach().__class__(value) if hasattr(A, "array") else value


def _t(A: Any) -> Any:
    return ops.swapaxes(A, axis1=-1, axis2=-2)


# Factors


def cholesky(A: Any, *, upper: bool = False) -> Any:
    """Find the lower triangular L with A = L Lᵀ for a symmetric positive definite A; Lᵀ with `upper`."""
    return _t(ops.cholesky(A)) if upper else ops.cholesky(A)


def eigh(A: Any, UPLO: str = "L") -> Eigh:
    """Decompose a symmetric matrix: A = V diag(w) Vᵀ. Both triangles count, whatever UPLO: (A + Aᵀ) / 2 is taken."""
    return Eigh(ops.eigenvalues(A), ops.eigenvectors(A))


def eigvalsh(A: Any, UPLO: str = "L") -> Any:
    """Compute the eigenvalues of a symmetric matrix, rising; see `eigh`."""
    return ops.eigenvalues(A)


def svd(A: Any, full_matrices: bool = True) -> SVD:
    """Decompose A (…, m, n) = U diag(S) Vh, with k = min(m, n) singular values S, falling.

    U is (…, m, m) and Vh (…, n, n), of which with full_matrices=False the first k columns and rows are
    computed alone. Gradients flow through these k; the others are any orthogonal completion, a constant.
    """
    U, V = ops.left_singular_vectors(A), ops.right_singular_vectors(A)
    if full_matrices:
        U, V = _completed(U), _completed(V)
    return SVD(U, ops.singular_values(A), _t(V))


def _completed(Q: Any) -> Any:
    """Add columns to orthogonal ones until they span the whole space."""
    rows, columns = Q.shape[-2:]
    if rows == columns:
        return Q
    rest = np.linalg.qr(getattr(Q, "array", Q), mode="complete").Q[..., columns:]
    return ops.concatenate(Q, rest, axis=-1)


def qr(A: Any, mode: str = "reduced") -> QR:
    """Decompose A (…, m, n) into an orthogonal Q (…, m, k) and an upper triangular R (…, k, n), k = min(m, n).

    With mode="complete", k is m; for m > n that has no gradient (as in PyTorch). With mode="r", Q is empty.

    Raises:
        ValueError: a gradient is wanted of the complete form of a matrix with more rows than columns.
    """
    rows, columns = A.shape[-2:]
    if mode not in ("reduced", "complete", "r"):
        raise ValueError(f"qr: expected mode to be 'reduced', 'complete' or 'r', got {mode!r}")
    if mode == "complete" and rows > columns:
        if getattr(A, "requires_grad", False):
            raise ValueError(
                f"qr: mode='complete' has no gradient for a matrix with more rows than columns, {tuple(A.shape)}; use "
                "mode='reduced', or decompose A.detach()"
            )
        return QR(*(_like(A, factor) for factor in np.linalg.qr(getattr(A, "array", A), "complete")))
    square = A[..., :rows] if rows < columns else A
    Q, R = ops.qr_q(square), ops.qr_r(square)
    if rows < columns:  # the columns beyond the square part are the combinations Qᵀ a of Q's
        R = ops.concatenate(R, ops.matmul(_t(Q), A[..., rows:]), axis=-1)
    return QR(ops.zeros_like(Q[..., :0, :0]) if mode == "r" else Q, R)


def slogdet(A: Any) -> Slogdet:
    """Compute the sign and the logarithm of the size of the determinant, which itself might overflow."""
    sign = np.linalg.slogdet(getattr(A, "array", A)).sign
    return Slogdet(_like(A, np.asarray(sign)), ops.logabsdet(A))


# Equations


def solve(A: Any, B: Any, *, left: bool = True) -> Any:
    """Solve A X = B, for a vector or the columns of a matrix B; X A = B with left=False.

    As in PyTorch, a B (…, n) beside an A (…, n, n) is a batch of vectors, one for each matrix.
    """
    if left and B.ndim > 1 and B.shape == A.shape[:-1]:
        return ops.squeeze(ops.solve(A, ops.expand_dims(B, axis=-1)), axis=-1)
    return ops.solve(A, B) if left else _t(ops.solve(_t(A), _t(B)))


def solve_triangular(A: Any, B: Any, *, upper: bool, left: bool = True, unitriangular: bool = False) -> Any:
    """Solve A X = B for a triangular A; what is beyond (with `unitriangular`, the diagonal too) is not read.

    It is solved as a system like any other, so it is as precise as `solve`, and as costly.
    """
    triangle = ops.triu if upper else ops.tril
    if unitriangular:
        A = triangle(A, k=1 if upper else -1) + np.eye(A.shape[-1], dtype=A.dtype)
    return solve(triangle(A), B, left=left)


def pinv(A: Any, *, rtol: float | None = None, hermitian: bool = False) -> Any:
    """Compute the pseudoinverse; singular values up to `rtol` times the largest count as 0."""
    return ops.pinv(A, rcond=max(A.shape[-2:]) * float(np.finfo(A.dtype).eps) if rtol is None else rtol)


def lstsq(A: Any, B: Any, rcond: float | None = None, *, driver: str | None = None) -> LeastSquares:
    """Find the X with the smallest |A X - B|, and of these the smallest one: X = A⁺ B.

    The residuals Σ (A X - B)² are there for an A (m, n) of rank n < m; otherwise they are empty.
    """
    X = ops.matmul(pinv(A, rtol=rcond), B)
    rank = matrix_rank(A)
    unique = A.shape[-2] > A.shape[-1] and bool(np.all(getattr(rank, "array", rank) == A.shape[-1]))
    error = ops.square(ops.matmul(A, X) - B)
    residuals = ops.sum(error if error.ndim > 1 else ops.expand_dims(error, axis=-1), axis=-2)
    return LeastSquares(X, residuals if unique else residuals[..., :0], rank, residuals[..., :0])


def matrix_rank(A: Any, *, tol: float | None = None, hermitian: bool = False) -> Any:
    """Count the singular values above `tol`; without it, above the rounding error of the largest."""
    rank = np.asarray(np.linalg.matrix_rank(getattr(A, "array", A), tol))
    return _like(A, rank)


def multi_dot(tensors: Sequence[Any]) -> Any:
    """Multiply a chain of matrices (a vector may begin and end it), the longest inner dimension first."""
    chain = list(tensors)
    while len(chain) > 1:
        longest = max(range(len(chain) - 1), key=lambda i: chain[i].shape[-1])
        chain[longest : longest + 2] = [ops.matmul(chain[longest], chain[longest + 1])]
    return chain[0]


# Vectors


def vecdot(x: Any, y: Any, *, dim: int = -1) -> Any:
    """Multiply vectors, which lie along `dim`, and add up."""
    return ops.sum(x * y, axis=dim)


@numpy_names
def cross(input: Any, other: Any, *, dim: int = -1) -> Any:
    """Compute the vector product of vectors in space, which lie along `dim`: yᵢ = aᵢ₊₁ bᵢ₊₂ - aᵢ₊₂ bᵢ₊₁."""
    if np.shape(input)[dim] != 3 or np.shape(other)[dim] != 3:
        raise ValueError(
            f"cross: expected vectors of 3 numbers along dimension {dim}, got shapes {tuple(np.shape(input))} and "
            f"{tuple(np.shape(other))}"
        )

    def turned(a: Any, by: int) -> Any:
        return ops.roll(a, shift=-by, axis=dim)

    return turned(input, 1) * turned(other, 2) - turned(input, 2) * turned(other, 1)


def diagonal(A: Any, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """Read the diagonal of each matrix; it becomes the last dimension."""
    return ops.diagonal(A, offset=offset, axis1=dim1, axis2=dim2)


# Norms


@numpy_names
def norm(A: Any, ord: Any = None, dim: Any = None, keepdim: bool = False) -> Any:
    """Compute a norm: a matrix norm where `ord` is given and two dimensions are meant, else a vector norm."""
    dims = tuple(dim) if isinstance(dim, list | tuple) else dim
    if ord is not None and (len(dims) == 2 if isinstance(dims, tuple) else dims is None and A.ndim == 2):
        return matrix_norm(A, ord, dims or (-2, -1), keepdim)
    return linalg.norm(A, ord, dims, keepdim)


@numpy_names
def vector_norm(x: Any, ord: Any = 2, dim: Any = None, keepdim: bool = False) -> Any:
    """Compute the norm of order `ord` of the elements; see `tinygrad_edu.norm`."""
    return linalg.norm(x, ord, dim, keepdim)


@numpy_names
def matrix_norm(A: Any, ord: Any = "fro", dim: tuple[int, int] = (-2, -1), keepdim: bool = False) -> Any:
    """Compute a norm of the matrix in two dimensions.

    "fro" is the root of the sum of squares, "nuc" the sum of the singular values, 2 and -2 the largest
    and smallest of them, 1 and -1 the largest and smallest column sum of |A|, inf and -inf row sum.
    """
    if ord == "fro":
        return linalg.norm(A, 2, tuple(dim), keepdim)
    rows, columns = (d % A.ndim for d in dim)
    kept = [d for d in range(A.ndim) if d not in (rows, columns)]
    matrices = ops.transpose(A, axes=(*kept, rows, columns))
    extreme = ops.min if isinstance(ord, int | float) and ord < 0 else ops.max
    if ord == "nuc":
        result = ops.sum(ops.singular_values(matrices), axis=-1)
    elif ord in (2, -2):
        result = extreme(ops.singular_values(matrices), axis=-1)
    elif ord in (1, -1):
        result = extreme(ops.sum(ops.abs(matrices), axis=-2), axis=-1)
    elif ord in (math.inf, -math.inf):
        result = extreme(ops.sum(ops.abs(matrices), axis=-1), axis=-1)
    else:
        raise ValueError(f"matrix_norm: expected ord to be 'fro', 'nuc', ±1, ±2 or ±inf, got {ord!r}")
    return ops.expand_dims(result, axis=tuple(sorted((rows, columns)))) if keepdim else result


def cond(A: Any, p: Any = None) -> Any:
    """Compute the condition number: the norm of A times that of its inverse, as `matrix_norm` has them (None: 2)."""
    if p in (None, 2, -2):
        s = ops.singular_values(A)
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    return matrix_norm(A, p) * matrix_norm(ops.inv(A), p)
