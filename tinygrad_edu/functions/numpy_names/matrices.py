"""Products of arrays, and np.linalg."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.op import NUMPY
from tinygrad_edu.functions import decomposition, linalg
from tinygrad_edu.functions.einsum import einsum
from tinygrad_edu.functions.numpy_protocol import answers


@answers(np.dot)
def dot(a: Any, b: Any) -> Any:
    """Sum over the last axis of a and the last but one of b (the only one of a vector)."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return np.multiply(a, b)
    if np.ndim(b) <= 2:
        return np.matmul(a, b)
    return np.tensordot(a, b, ([-1], [-2]))


@answers(np.inner)
def inner(a: Any, b: Any) -> Any:
    """Sum over the last axes of both."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return np.multiply(a, b)
    return np.tensordot(a, b, ([-1], [-1]))


@answers(np.outer, np.linalg.outer)
def outer(a: Any, b: Any) -> Any:
    """Multiply each element of one flattened array with each of another."""
    return np.multiply(np.reshape(a, (-1, 1)), np.reshape(b, (1, -1)))


@answers(np.vdot)
def vdot(a: Any, b: Any) -> Any:
    """Multiply the flattened arrays and add up."""
    return np.matmul(np.ravel(a), np.ravel(b))


@answers(np.vecdot, np.linalg.vecdot)
def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """Multiply vectors, which lie along an axis, and add up."""
    return np.sum(np.multiply(x1, x2), axis=axis)


@answers(np.tensordot, np.linalg.tensordot)
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """Multiply and sum over the last `axes` axes of a and the first of b, or over two lists of axes."""
    a, b = (x if hasattr(x, "ndim") else np.asarray(x) for x in (a, b))
    return linalg.tensordot(a, b, axes)


@answers(np.einsum)
def numpy_einsum(*operands: Any, optimize: Any = True) -> Any:
    """Multiply and sum by Einstein's convention; the order of the products is always chosen well."""
    if isinstance(operands[0], str):
        operands = (operands[0], *(x if hasattr(x, "ndim") else np.asarray(x) for x in operands[1:]))
    return einsum(*operands)


@answers(np.trace)
def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Add up a diagonal."""
    return np.sum(np.diagonal(a, offset, axis1, axis2), axis=-1)


@answers(np.linalg.norm)
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Compute a vector norm, or a matrix norm where `ord` is given and two axes are meant."""
    return decomposition.norm(x, ord, axis, keepdims)


@answers(np.linalg.svd)
def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    """Decompose a = u diag(s) vh; the singular values alone with compute_uv=False."""
    return decomposition.svd(a, full_matrices) if compute_uv else ops.singular_values(a)


@answers(np.linalg.qr)
def qr(a: Any, mode: str = "reduced") -> Any:
    """Decompose a = q r; r alone with mode="r"."""
    return ops.qr_r(a) if mode == "r" and a.shape[-2] >= a.shape[-1] else decomposition.qr(a, mode)


@answers(np.linalg.cholesky)
def cholesky(a: Any, /, *, upper: bool = False) -> Any:
    """Find the triangular y with a = y yᵀ, or with yᵀ y = a where it is to be upper triangular."""
    return decomposition.cholesky(a, upper=upper)


@answers(np.linalg.lstsq)
def lstsq(a: Any, b: Any, rcond: float | None = None) -> tuple[Any, Any, Any, Any]:
    """Find the x with the smallest |a x - b|: (x, squared residuals, rank, singular values)."""
    x, residuals, rank, _ = decomposition.lstsq(a, b, rcond=rcond)
    return x, residuals, int(rank), np.linalg.svd(a, compute_uv=False)


@answers(np.linalg.pinv)
def pinv(a: Any, rcond: float | None = None, hermitian: bool = False, *, rtol: float | None = None) -> Any:
    """Compute the pseudoinverse; singular values below a share of the largest count as 0."""
    return ops.pinv(a, rcond=next((share for share in (rcond, rtol) if share is not None), 1e-15))


@answers(np.linalg.tensorsolve)
def tensorsolve(a: Any, b: Any) -> Any:
    """Solve a x = b for a tensor x, summing over its axes."""
    shape = tuple(a.shape[np.ndim(b) :])
    return np.reshape(np.linalg.solve(np.reshape(a, (np.size(b), -1)), np.ravel(b)), shape)


@answers(np.linalg.tensorinv)
def tensorinv(a: Any, ind: int = 2) -> Any:
    """Compute the inverse with respect to a sum over the last axes; `ind` is the number of the first ones."""
    size = int(np.prod(a.shape[ind:]))
    return np.reshape(np.linalg.inv(np.reshape(a, (-1, size))), (*a.shape[ind:], *a.shape[:ind]))


@answers(np.cross)
def cross(a: Any, b: Any, axis: int = -1) -> Any:
    """Compute the vector product of vectors in space."""
    return decomposition.cross(a, b, dim=axis)


@answers(np.linalg.multi_dot)
def multi_dot(arrays: Sequence[Any]) -> Any:
    """Multiply a chain of matrices in a cheap order."""
    return decomposition.multi_dot(arrays)


def of_floats(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return what calls `function` with a matrix of integers as float64, as NumPy does."""

    @functools.wraps(function)
    def answer(a: Any, *args: Any, **kwargs: Any) -> Any:
        return function(a if a.dtype.kind == "f" else a.astype(float), *args, **kwargs)

    return answer


NUMPY.update(
    {
        np.kron: lambda a, b: linalg.kron(*(x if hasattr(x, "ndim") else np.asarray(x) for x in (a, b))),
        np.linalg.cond: decomposition.cond,
        np.linalg.cross: cross,
        np.linalg.diagonal: lambda x, /, *, offset=0: np.diagonal(x, offset, -2, -1),
        np.linalg.eigh: decomposition.eigh,
        np.linalg.eigvalsh: decomposition.eigvalsh,
        np.linalg.matmul: np.matmul,
        np.linalg.matrix_norm: lambda x, /, *, keepdims=False, ord="fro": decomposition.matrix_norm(
            x, ord, keepdim=keepdims
        ),
        np.linalg.matrix_power: linalg.matrix_power,
        np.linalg.slogdet: decomposition.slogdet,
        np.linalg.svdvals: ops.singular_values,
        np.linalg.trace: lambda x, /, *, offset=0: np.trace(x, offset, -2, -1),
        np.linalg.vector_norm: lambda x, /, *, axis=None, keepdims=False, ord=2: decomposition.vector_norm(
            x, ord, axis, keepdims
        ),
    }
)

for question in (
    np.linalg.cholesky, np.linalg.cond, np.linalg.eigh, np.linalg.eigvalsh, np.linalg.lstsq, np.linalg.matrix_norm,
    np.linalg.norm, np.linalg.pinv, np.linalg.qr, np.linalg.slogdet, np.linalg.svd, np.linalg.svdvals,
    np.linalg.vector_norm,
):  # fmt: skip
    NUMPY[question] = of_floats(NUMPY[question])
