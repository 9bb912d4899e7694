"""NumPy's functions that are no operation of their own here, but a composition: with NumPy's parameters.

Importing this file registers them, so that `np.std(t)` on a Tensor is answered.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.op import NUMPY
from tinygrad_edu.functions import linalg, pointwise, shape, sorting
from tinygrad_edu.functions.einsum import einsum


def std(a: Any, axis: Any = None, *, ddof: float = 0, keepdims: bool = False) -> Any:
    """Compute the standard deviation, over n - ddof."""
    variance = ops.var(a, axis=axis, ddof=ddof, keepdims=keepdims)
    flat = ops.eq(variance, 0)
    return ops.where(flat, 0.0, ops.sqrt(ops.where(flat, 1.0, variance)))


def dot(a: Any, b: Any) -> Any:
    """Sum over the last axis of a and the last but one of b (the only one of a vector)."""
    if a.ndim == 0 or b.ndim == 0:
        return ops.mul(a, b)
    if b.ndim <= 2:
        return ops.matmul(a, b)
    return linalg.tensordot(a, b, ([a.ndim - 1], [b.ndim - 2]))


def inner(a: Any, b: Any) -> Any:
    """Sum over the last axes of both."""
    if a.ndim == 0 or b.ndim == 0:
        return ops.mul(a, b)
    return linalg.tensordot(a, b, ([a.ndim - 1], [b.ndim - 1]))


def outer(a: Any, b: Any) -> Any:
    """Multiply each element of one flattened array with each of another."""
    return linalg.outer(_flat(a), _flat(b))


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Compute a vector norm, or a matrix norm where `ord` is given and two axes are meant."""
    matrix = ord is not None and (isinstance(axis, tuple) or (axis is None and x.ndim == 2))
    if matrix:
        return linalg.matrix_norm(x, ord, axis or (-2, -1), keepdims)
    return linalg.norm(x, ord, axis, keepdims)


def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """Decompose a = u diag(s) vh; the singular values alone with compute_uv=False."""
    return linalg.svd(a, full_matrices) if compute_uv else ops.singular_values(a)


def sort(a: Any, axis: int | None = -1) -> Any:
    """Sort along an axis, or the flattened array."""
    return sorting.sort(_flat(a) if axis is None else a, 0 if axis is None else axis).values


def median(a: Any, axis: int | None = None, *, keepdims: bool = False) -> Any:
    """Take the middle value, the mean of two for an even number."""
    return quantile(a, 0.5, axis, keepdims=keepdims)


def quantile(a: Any, q: Any, axis: int | None = None, *, keepdims: bool = False) -> Any:
    """Find the value below which a share q of the elements lies."""
    return sorting.quantile(a, q, axis, keepdims)


def diag(v: Any, k: int = 0) -> Any:
    """Read a diagonal, or put a vector on one."""
    return linalg.diag(v, k)


def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Add up a diagonal."""
    return ops.sum(ops.diagonal(a, offset=offset, axis1=axis1, axis2=axis2), axis=-1)


def repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    """Repeat each element so many times next to itself."""
    return shape.repeat_interleave(a, repeats, axis)


def tile(A: Any, reps: Any) -> Any:
    """Repeat the whole array so many times along each axis."""
    return shape.tile(A, *(reps if isinstance(reps, tuple | list) else (reps,)))


def ravel(a: Any) -> Any:
    """Flatten the array."""
    return _flat(a)


def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    """Cut into equal parts, or at the indices given."""
    total = ary.shape[axis]
    if isinstance(indices_or_sections, int):
        if total % indices_or_sections:
            raise ValueError(f"split: {total} elements do not make {indices_or_sections} equal parts")
        return list(shape.split(ary, total // indices_or_sections, axis))
    ends = [0, *indices_or_sections, total]
    return list(shape.split(ary, [b - a for a, b in itertools.pairwise(ends)], axis))


def _flat(a: Any) -> Any:
    return ops.reshape(a, shape=(-1,))


NUMPY.update(
    {
        np.allclose: pointwise.allclose,
        np.array_equal: pointwise.equal,
        np.count_nonzero: pointwise.count_nonzero,
        np.diag: diag,
        np.dot: dot,
        np.einsum: einsum,
        np.hstack: shape.hstack,
        np.inner: inner,
        np.isclose: pointwise.isclose,
        np.kron: linalg.kron,
        np.linalg.eigh: linalg.eigh,
        np.linalg.matrix_power: linalg.matrix_power,
        np.linalg.norm: norm,
        np.linalg.qr: linalg.qr,
        np.linalg.slogdet: linalg.slogdet,
        np.linalg.svd: svd,
        np.median: median,
        np.moveaxis: shape.movedim,
        np.nan_to_num: pointwise.nan_to_num,
        np.ndim: lambda a: a.ndim,
        np.outer: outer,
        np.quantile: quantile,
        np.ravel: ravel,
        np.repeat: repeat,
        np.shape: lambda a: a.shape,
        np.size: lambda a: a.numel(),
        np.sort: sort,
        np.split: split,
        np.std: std,
        np.tensordot: lambda a, b, axes=2: linalg.tensordot(a, b, axes),
        np.tile: tile,
        np.trace: trace,
        np.vstack: shape.vstack,
    }
)
