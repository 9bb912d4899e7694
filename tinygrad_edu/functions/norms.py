"""Lengths of vectors, sizes of matrices, and distances."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.op import NUMPY
from tinygrad_edu.functions.arguments import as_axis, half_as_single, numpy_names
from tinygrad_edu.functions.decomposition import of_floats
from tinygrad_edu.functions.reduction import root

if TYPE_CHECKING:
    from tinygrad_edu.tensors.tensor import Tensor

__all__ = ["cdist", "dist", "norm"]


@numpy_names
@half_as_single
def norm(input: Any, p: Any = None, dim: Any = None, keepdim: bool = False) -> Tensor:
    """Compute the p-norm of the elements, (Σ|x|ᵖ)^(1/p), over all dimensions or `dim`. Its gradient at 0 is 0.

    p may be any number, inf (the largest |x|), -inf (the smallest), 0 (how many are not 0), or
    "fro" (2). "nuc" is the sum of the singular values of a matrix.
    """
    if p == "nuc":
        total = ops.sum(ops.singular_values(input), axis=-1)
        return ops.expand_dims(total, axis=(-2, -1)) if keepdim else total
    p = 2 if p is None or p == "fro" else p
    params = {"axis": as_axis(dim), "keepdims": keepdim}
    if p == 0:
        return ops.sum(ops.abs(ops.sign(input)), **params)  # flat, but in the graph
    size = ops.abs(input)
    if p == math.inf:
        return ops.max(size, **params)
    if p == -math.inf:
        return ops.min(size, **params)
    if p == 1:
        return ops.sum(size, **params)
    if p == 2:
        return root(ops.sum(ops.square(input), **params))
    # Where everything is 0 the root has no slope; a 1 in its place keeps it finite, and the outer choice makes it 0.
    power = ops.sum(_safe_power(size, p), **params)
    zero = ops.eq(power, 0)
    return ops.where(zero, 0.0, ops.pow(ops.where(zero, 1.0, power), 1 / p))


def _safe_power(size: Any, p: float) -> Any:
    zero = ops.eq(size, 0)
    return ops.where(zero, math.inf if p < 0 else 0.0, ops.pow(ops.where(zero, 1.0, size), p))


@numpy_names
def norm_by_order(A: Any, ord: Any = None, dim: Any = None, keepdim: bool = False) -> Tensor:
    """Compute a norm: a matrix norm where `ord` is given and two dimensions are meant, else a vector norm."""
    dims = tuple(dim) if isinstance(dim, list | tuple) else dim
    if ord is not None and (len(dims) == 2 if isinstance(dims, tuple) else dims is None and A.ndim == 2):
        return matrix_norm(A, ord, dims or (-2, -1), keepdim)
    return norm(A, ord, dims, keepdim)


@numpy_names
def vector_norm(x: Any, ord: Any = 2, dim: Any = None, keepdim: bool = False) -> Tensor:
    """Compute the norm of order `ord` of the elements; see `tinygrad_edu.norm`."""
    return norm(x, ord, dim, keepdim)


@numpy_names
def matrix_norm(A: Any, ord: Any = "fro", dim: tuple[int, int] = (-2, -1), keepdim: bool = False) -> Tensor:
    """Compute a norm of the matrix in two dimensions.

    "fro" is the root of the sum of squares, "nuc" the sum of the singular values, 2 and -2 the largest
    and smallest of them, 1 and -1 the largest and smallest column sum of |A|, inf and -inf row sum.
    """
    if ord == "fro":
        return norm(A, 2, tuple(dim), keepdim)
    rows, columns = (d % A.ndim for d in dim)
    kept = [d for d in range(A.ndim) if d not in (rows, columns)]
    matrices = ops.transpose(A, axes=(*kept, rows, columns))
    largest = ops.max if A.array.size else ops.sum  # of nothing: 0
    extreme = ops.min if isinstance(ord, int | float) and ord < 0 else largest
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


def cond(A: Any, p: Any = None) -> Tensor:
    """Compute the condition number: the norm of A times that of its inverse, as `matrix_norm` has them (None: 2)."""
    if p in (None, 2, -2):
        s = ops.singular_values(A)
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    return matrix_norm(A, p) * matrix_norm(ops.inv(A), p)


def cdist(x1: Any, x2: Any, p: float = 2.0, compute_mode: str | None = None) -> Tensor:
    """Compute the p-norm distance of each row of x1 (…, P, D) from each row of x2 (…, R, D): (…, P, R).

    PyTorch's `compute_mode` changes nothing: the differences are always taken, which is the precise way.
    """
    return norm(ops.expand_dims(x1, axis=-2) - ops.expand_dims(x2, axis=-3), p, -1)


def dist(input: Any, other: Any, p: float = 2.0) -> Tensor:
    """Compute the p-norm of the difference."""
    return norm(input - other, p)


# NumPy's


NUMPY.update(
    {
        np.linalg.cond: of_floats(cond),
        np.linalg.matrix_norm: of_floats(matrix_norm),
        np.linalg.norm: of_floats(norm_by_order),
        np.linalg.vector_norm: of_floats(vector_norm),
    }
)
