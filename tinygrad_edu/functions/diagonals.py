"""Diagonals of matrices, and what is above and below them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.op import NUMPY

if TYPE_CHECKING:
    from tinygrad_edu.tensors.tensor import Tensor

__all__ = ["diag", "diagonal", "trace", "tril", "triu"]


def diagonal(input: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """Read the diagonal of the plane of two dimensions; it becomes the last dimension."""
    return ops.diagonal(input, offset=offset, axis1=dim1, axis2=dim2)


def matrix_diagonal(A: Any, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """Read the diagonal of each matrix; it becomes the last dimension."""
    return ops.diagonal(A, offset=offset, axis1=dim1, axis2=dim2)


def diag(input: Any, diagonal: int = 0) -> Tensor:
    """Copy the diagonal of a matrix, or put a vector on the diagonal of zeros."""
    if input.ndim == 2:
        return ops.clone(ops.diagonal(input, offset=diagonal))
    if input.ndim != 1:
        raise ValueError(f"diag: expected a vector or a matrix, got shape {tuple(input.shape)}; use diagonal()")
    size = input.shape[0] + abs(diagonal)
    return ops.put_diagonal(input, shape=(size, size), offset=diagonal)


def trace(input: Any) -> Tensor:
    """Add up the diagonal of a matrix."""
    if input.ndim != 2:
        raise ValueError(f"trace: expected a matrix, got shape {tuple(input.shape)}; use diagonal().sum(-1)")
    return ops.sum(ops.diagonal(input), axis=-1)


def tril(input: Any, diagonal: int = 0) -> Tensor:
    """Keep what is on and below a diagonal; make the rest 0."""
    return ops.tril(_matrices("tril", input), k=diagonal)


def triu(input: Any, diagonal: int = 0) -> Tensor:
    """Keep what is on and above a diagonal; make the rest 0."""
    return ops.triu(_matrices("triu", input), k=diagonal)


def _matrices(name: str, input: Any) -> Any:
    if input.ndim < 2:
        raise ValueError(f"{name}: expected matrices, got shape {tuple(input.shape)}; write x[None] for one of one row")
    return input


# NumPy's


NUMPY.update(
    {
        np.diag: lambda v, k=0: diag(v, k),
        np.diagflat: lambda v, k=0: diag(np.ravel(v), k),
        np.linalg.diagonal: matrix_diagonal,
        np.linalg.trace: lambda x, /, *, offset=0: np.trace(x, offset, -2, -1),
        np.trace: lambda a, offset=0, axis1=0, axis2=1: np.sum(np.diagonal(a, offset, axis1, axis2), axis=-1),
    }
)
