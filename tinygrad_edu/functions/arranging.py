"""Arranging: short ways to turn, join and cut, made of the functions in `shape.py`."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.functions import shape
from tinygrad_edu.functions.naming import numpy_names
from tinygrad_edu.functions.shape import plain_index

__all__ = [
    "atleast_1d", "atleast_2d", "atleast_3d", "block_diag", "broadcast_shapes", "broadcast_tensors", "cartesian_prod",
    "column_stack", "concat", "dstack", "fliplr", "flipud", "moveaxis", "numel", "ravel", "rot90", "row_stack",
    "select", "swapdims", "t", "take", "tensor_split",
]  # fmt: skip

concat = shape.cat
moveaxis = shape.movedim
swapdims = shape.transpose
row_stack = shape.vstack


def t(input: Any) -> Any:
    """Transpose a matrix; a vector stays as it is."""
    if input.ndim > 2:
        raise ValueError(f"t: expected a matrix, got shape {tuple(input.shape)}; write x.mT or x.transpose(dim0, dim1)")
    return ops.transpose(input)


def numel(input: Any) -> int:
    """Return the number of elements."""
    return math.prod(input.shape)


def ravel(input: Any) -> Any:
    """Make the input a row."""
    return ops.reshape(input, shape=(-1,))


def flipud(input: Any) -> Any:
    """Reverse the order of the rows."""
    return ops.flip(input, axis=0)


def fliplr(input: Any) -> Any:
    """Reverse the order of the columns."""
    return ops.flip(input, axis=1)


def rot90(input: Any, k: int = 1, dims: Sequence[int] = (0, 1)) -> Any:
    """Turn by 90 degrees k times, from the first of `dims` towards the second."""
    first, second = dims
    if k % 4 == 2:
        return ops.flip(input, axis=(first, second))
    if k % 2 == 0:
        return input
    y = ops.swapaxes(input, axis1=first, axis2=second)
    return ops.flip(y, axis=first if k % 4 == 1 else second)


def _each(tensors: tuple[Any, ...], function: Any) -> Any:
    """Apply a function to one tensor, or to several that are given one by one or in a list."""
    if len(tensors) == 1 and not isinstance(tensors[0], list | tuple):
        return function(tensors[0])
    return tuple(function(x) for x in (tensors[0] if len(tensors) == 1 else tensors))


def atleast_1d(*tensors: Any) -> Any:
    """Make a single number a vector; leave others as they are."""
    return _each(tensors, lambda x: x if x.ndim else ops.reshape(x, shape=(1,)))


def atleast_2d(*tensors: Any) -> Any:
    """Make a vector a row of a matrix, and a number a matrix; leave others as they are."""
    return _each(tensors, lambda x: x if x.ndim > 1 else ops.reshape(x, shape=(1, -1)))


def atleast_3d(*tensors: Any) -> Any:
    """Give a matrix a last dimension, a vector a first and a last one; leave others as they are."""
    return _each(tensors, lambda x: x if x.ndim > 2 else ops.expand_dims(atleast_2d(x), axis=2))


def column_stack(tensors: Sequence[Any]) -> Any:
    """Join side by side; vectors are columns."""
    return ops.concatenate(*(x if x.ndim > 1 else ops.reshape(x, shape=(-1, 1)) for x in tensors), axis=1)


def dstack(tensors: Sequence[Any]) -> Any:
    """Join along the third dimension."""
    return ops.concatenate(*atleast_3d(tuple(tensors)), axis=2)


def block_diag(*tensors: Any) -> Any:
    """Put matrices along the diagonal of one, with zeros around them."""
    blocks = [atleast_2d(x) for x in tensors]
    width, left, rows = sum(x.shape[1] for x in blocks), 0, []
    for x in blocks:
        rows.append(ops.pad(x, pad_width=((0, 0), (left, width - left - x.shape[1]))))
        left += x.shape[1]
    return ops.concatenate(*rows, axis=0)


def broadcast_shapes(*shapes: Any) -> tuple[int, ...]:
    """Return the shape to which tensors of these shapes are repeated where they meet."""
    return np.broadcast_shapes(*shapes)


def broadcast_tensors(*tensors: Any) -> tuple[Any, ...]:
    """Repeat all to one shape."""
    wide = np.broadcast_shapes(*(x.shape for x in tensors))
    return tuple(ops.broadcast_to(x, shape=wide) for x in tensors)


def cartesian_prod(*tensors: Any) -> Any:
    """Combine each element of one row with each of the others: rows of one element each, (product of sizes, count)."""
    grid = shape.meshgrid(*tensors)
    return ravel(grid[0]) if len(tensors) == 1 else ops.stack(*(ravel(x) for x in grid), axis=1)


@numpy_names
def select(input: Any, dim: int, index: int) -> Any:
    """Read the slice at one index along `dim`, and remove that dimension."""
    return ops.getitem(input, index=(slice(None),) * (dim % input.ndim) + (index,))


def take(input: Any, index: Any) -> Any:
    """Read elements of the flattened input."""
    return ops.getitem(ravel(input), index=plain_index(index))


@numpy_names
def tensor_split(input: Any, indices_or_sections: Any, dim: int = 0) -> tuple[Any, ...]:
    """Cut along `dim` into so many parts, as equal as can be, or before the indices given."""
    size, cuts = input.shape[dim], indices_or_sections
    if isinstance(cuts, int):
        small, more = divmod(size, cuts)
        cuts = list(itertools.accumulate([small + 1] * more + [small] * (cuts - more)))[:-1]
    bounds = [0, *(min(max(c + size if c < 0 else c, 0), size) for c in cuts), size]
    before = (slice(None),) * (dim % input.ndim)
    return tuple(ops.getitem(input, index=(*before, slice(a, b))) for a, b in itertools.pairwise(bounds))
