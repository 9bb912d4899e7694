"""Factors of matrices, and the equations that are solved with them."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.dtypes import get_default_dtype
from tinygrad_edu.engine.op import NUMPY
from tinygrad_edu.functions.arguments import like, shown_in_lines

if TYPE_CHECKING:
    from tinygrad_edu.tensors.tensor import Tensor

__all__ = ["cholesky_solve", "det", "inverse", "logdet"]

det = ops.det
inv = inverse = ops.inv

svdvals = ops.singular_values


@shown_in_lines
class Eigh(NamedTuple):
    """The eigenvalues, rising, and the eigenvectors, as columns."""

    eigenvalues: Tensor
    eigenvectors: Tensor


@shown_in_lines
class SVD(NamedTuple):
    """The factors of A = U diag(S) Vh."""

    U: Tensor
    S: Tensor
    Vh: Tensor


@shown_in_lines
class QR(NamedTuple):
    """The factors of A = Q R."""

    Q: Tensor
    R: Tensor


@shown_in_lines
class Slogdet(NamedTuple):
    """The sign of a determinant and the logarithm of its size."""

    sign: Tensor
    logabsdet: Tensor


@shown_in_lines
class LeastSquares(NamedTuple):
    """The solution of A X ≈ B, the squared length of each residual, A's rank, and nothing (as in PyTorch)."""

    solution: Tensor
    residuals: Tensor
    rank: Tensor
    singular_values: Tensor


def _t(A: Any) -> Any:
    return ops.swapaxes(A, axis1=-1, axis2=-2)


def cholesky(A: Any, *, upper: bool = False) -> Tensor:
    """Find the lower triangular L with A = L Lᵀ for a symmetric positive definite A; Lᵀ with `upper`."""
    return _t(ops.cholesky(A)) if upper else ops.cholesky(A)


def eigh(A: Any, UPLO: str = "L") -> Eigh:
    """Decompose a symmetric matrix: A = V diag(w) Vᵀ. Its lower triangle is read ("U": the upper one).

    The gradient is that of (A + Aᵀ) / 2, which is symmetric too.
    """
    A = _symmetric("eigh", A, UPLO)
    return Eigh(ops.eigenvalues(A), ops.eigenvectors(A))


def eigvalsh(A: Any, UPLO: str = "L") -> Tensor:
    """Compute the eigenvalues of a symmetric matrix, rising; see `eigh`."""
    return ops.eigenvalues(_symmetric("eigvalsh", A, UPLO))


def _symmetric(name: str, A: Any, UPLO: str) -> Any:
    """Return (A + Aᵀ) / 2; of an A that is not symmetric, with the values of one triangle."""
    if UPLO.upper() not in ("L", "U"):
        raise ValueError(f"{name}: expected UPLO to be 'L' or 'U', got {UPLO!r}")
    array, middle = getattr(A, "array", A), (A + _t(A)) / 2
    lower = np.tri(array.shape[-1], dtype=bool)
    read = np.where(lower if UPLO.upper() == "L" else lower.T, array, np.swapaxes(array, -1, -2))
    change = read - getattr(middle, "array", middle)
    return middle + change if change.any() else middle


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
        return QR(*(like(A, factor) for factor in np.linalg.qr(getattr(A, "array", A), "complete")))
    square = A[..., :rows] if rows < columns else A
    Q, R = ops.qr_q(square), ops.qr_r(square)
    if rows < columns:  # the columns beyond the square part are the combinations Qᵀ a of Q's
        R = ops.concatenate(R, ops.matmul(_t(Q), A[..., rows:]), axis=-1)
    return QR(ops.zeros_like(Q[..., :0, :0]) if mode == "r" else Q, R)


def slogdet(A: Any) -> Slogdet:
    """Compute the sign and the logarithm of the size of the determinant, which itself might overflow."""
    sign = np.linalg.slogdet(getattr(A, "array", A)).sign
    return Slogdet(like(A, np.asanyarray(sign)), ops.logabsdet(A))


def logdet(A: Any) -> Tensor:
    """Compute the logarithm of the determinant; NaN where that is negative."""
    negative = np.linalg.slogdet(getattr(A, "array", A)).sign < 0  # the determinant itself might overflow
    return ops.where(negative, math.nan, ops.logabsdet(A))


# Equations


def solve(A: Any, B: Any, *, left: bool = True) -> Tensor:
    """Solve A X = B, for a vector or the columns of a matrix B; X A = B with left=False.

    As in PyTorch, a B (…, n) beside an A (…, n, n) is a batch of vectors, one for each matrix.
    """
    if left and B.ndim > 1 and B.shape == A.shape[:-1]:
        return ops.squeeze(ops.solve(A, ops.expand_dims(B, axis=-1)), axis=-1)
    return ops.solve(A, B) if left else _t(ops.solve(_t(A), _t(B)))


def solve_triangular(A: Any, B: Any, *, upper: bool, left: bool = True, unitriangular: bool = False) -> Tensor:
    """Solve A X = B for a triangular A; what is beyond (with `unitriangular`, the diagonal too) is not read.

    It is solved as a system like any other, so it is as precise as `solve`, and as costly.
    """
    triangle = ops.triu if upper else ops.tril
    if unitriangular:
        A = triangle(A, k=1 if upper else -1) + np.eye(A.shape[-1], dtype=A.dtype)
    return solve(triangle(A), B, left=left)


def cholesky_solve(B: Any, L: Any, upper: bool = False) -> Tensor:
    """Solve A X = B, where the Cholesky factor L of A is known: A = L Lᵀ, or Lᵀ L with `upper`."""
    first, second = (_t(L), L) if upper else (L, _t(L))
    return ops.solve(ops.triu(second), ops.solve(ops.tril(first), B))


def pinv(A: Any, *, rtol: float | None = None, hermitian: bool = False) -> Tensor:
    """Compute the pseudoinverse; singular values up to `rtol` times the largest count as 0.

    With `hermitian`, A is symmetric, and its lower triangle is read.
    """
    A = _symmetric("pinv", A, "L") if hermitian else A
    return ops.pinv(A, rcond=_rounding(A) if rtol is None else rtol)


def _rounding(A: Any) -> float:
    """Return how large the rounding errors of singular values are, beside the largest one."""
    return max(A.shape[-2:]) * float(np.finfo(np.result_type(A.dtype, np.float16)).eps)


def lstsq(A: Any, B: Any, rcond: float | None = None, *, driver: str | None = None) -> LeastSquares:
    """Find the X with the smallest |A X - B|, and of these the smallest one: X = A⁺ B.

    The residuals Σ (A X - B)² are there for an A (m, n) of rank n < m; otherwise they are empty. With a `driver`,
    which names one of LAPACK's routines and changes no number here, empty is what PyTorch leaves out.
    """
    if driver not in (None, "gels", "gelsy", "gelsd", "gelss"):
        raise ValueError(f"lstsq: expected driver to be 'gels', 'gelsy', 'gelsd' or 'gelss', got {driver!r}")
    X = ops.matmul(pinv(A, rtol=rcond), B)
    rank = matrix_rank(A)
    unique = A.shape[-2] > A.shape[-1] and bool(np.all(getattr(rank, "array", rank) == A.shape[-1]))
    error = ops.square(ops.matmul(A, X) - B)
    residuals = ops.sum(error if error.ndim > 1 else ops.expand_dims(error, axis=-1), axis=-2)
    return LeastSquares(
        X,
        residuals if unique and driver != "gelsy" else ops.reshape(residuals, shape=(-1,))[:0],
        rank if driver != "gels" else like(A, np.empty(0, np.int64)),
        svdvals(A) if driver in ("gelsd", "gelss") else like(A, np.empty(0, A.dtype)),
    )


def matrix_rank(A: Any, tol: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None) -> Tensor:
    """Count the singular values above `atol` (or `tol`) and above `rtol` times the largest one.

    Without any of them, above the rounding error of the largest. Of a batch they may be tensors, a number for each.
    """
    atol, rtol, array = (getattr(x, "array", x) for x in (tol if atol is None else atol, rtol, A))
    if hermitian:
        array = _symmetric("matrix_rank", array, "L")
    S = np.linalg.svd(array, compute_uv=False)
    if rtol is None:
        rtol = 0.0 if atol is not None and np.any(atol) else _rounding(array)
    cutoff = np.maximum(0.0 if atol is None else atol, rtol * np.max(S, axis=-1, initial=0))
    return like(A, np.asanyarray(np.sum(np.expand_dims(cutoff, -1) < S, axis=-1)))


# NumPy's


def numpy_svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    """Decompose a = u diag(s) vh; the singular values alone with compute_uv=False."""
    return svd(a, full_matrices) if compute_uv else ops.singular_values(a)


def numpy_qr(a: Any, mode: str = "reduced") -> Any:
    """Decompose a = q r; r alone with mode="r"."""
    return ops.qr_r(a) if mode == "r" and a.shape[-2] >= a.shape[-1] else qr(a, mode)


def numpy_lstsq(a: Any, b: Any, rcond: float | None = None) -> tuple[Any, Any, Any, Any]:
    """Find the x with the smallest |a x - b|: (x, squared residuals, rank, singular values)."""
    x, residuals, rank, _ = lstsq(a, b, rcond=rcond)
    return x, residuals, int(rank), np.linalg.svd(a, compute_uv=False)


def numpy_pinv(a: Any, rcond: float | None = None, hermitian: bool = False, *, rtol: float | None = None) -> Any:
    """Compute the pseudoinverse; singular values below a share of the largest count as 0."""
    return ops.pinv(a, rcond=next((share for share in (rcond, rtol) if share is not None), 1e-15))


def of_floats(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return what calls `function` with a matrix of integers as floats of the default type."""

    @functools.wraps(function)
    def answer(a: Any, *args: Any, **kwargs: Any) -> Any:
        return function(a if a.dtype.kind == "f" else a.astype(get_default_dtype()), *args, **kwargs)

    return answer


FACTORS: dict[Callable[..., Any], Callable[..., Any]] = {
    np.linalg.cholesky: cholesky,
    np.linalg.eigh: eigh,
    np.linalg.eigvalsh: eigvalsh,
    np.linalg.lstsq: numpy_lstsq,
    np.linalg.pinv: numpy_pinv,
    np.linalg.qr: numpy_qr,
    np.linalg.slogdet: slogdet,
    np.linalg.svd: numpy_svd,
    np.linalg.svdvals: svdvals,
}
NUMPY.update({question: of_floats(answer) for question, answer in FACTORS.items()})
