"""Reading and writing by index along a dimension, PyTorch's family: gather, scatter, select, fill."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.functions.pointwise import only_bools
from tinygrad_edu.functions.shape import plain_index

__all__ = [
    "gather", "index_add", "index_copy", "index_fill", "index_put", "index_select", "masked_fill", "masked_scatter",
    "masked_select", "scatter", "scatter_add", "take_along_dim",
]  # fmt: skip


def _along(input: Any, dim: int, index: Any) -> tuple[Any, ...]:
    """Return the index that reads `index` along `dim` and everything along the others."""
    return (slice(None),) * (dim % max(input.ndim, 1)) + (plain_index(index),)


def _places(index: Any, dim: int) -> tuple[Any, ...]:
    """Write the index of gather and scatter out for plain indexing: its own coordinate along every other dimension."""
    array = plain_index(index)
    places = list(np.ogrid[tuple(slice(size) for size in array.shape)])
    places[dim] = array
    return tuple(places)


def gather(input: Any, dim: int, index: Any) -> Any:
    """Read along `dim` at an index of its own for each place: yᵢⱼ = input[indexᵢⱼ, j] for dim 0.

    `index` may be smaller than the input in the other dimensions.
    """
    if np.ndim(index) != input.ndim:
        raise IndexError(
            f"gather: expected an index of as many dimensions as the input's shape {tuple(input.shape)}, got shape "
            f"{tuple(np.shape(index))}; index.unsqueeze(dim) gives it one more"
        )
    return ops.getitem(input, index=_places(index, dim))


def scatter(input: Any, dim: int, index: Any, src: Any = None, *, value: Any = None) -> Any:
    """Write `src`, a tensor or a number, along `dim` at an index of its own for each place. The reverse of gather.

    A number may be given as `value` instead.
    """
    if (src is None) == (value is None):
        raise TypeError("scatter: expected either src or value=, the numbers to write, not both")
    return ops.setitem(input, _cut(src, index) if value is None else value, index=_places(index, dim))


def scatter_add(input: Any, dim: int, index: Any, src: Any) -> Any:
    """Add `src` along `dim` at an index of its own for each place; where indices repeat, all are added."""
    return input + ops.put(_cut(src, index), index=_places(index, dim), shape=tuple(input.shape))


def _cut(src: Any, index: Any) -> Any:
    """Take the part of `src` that is as large as `index`."""
    if not hasattr(src, "shape"):
        return src
    return ops.getitem(src, index=tuple(slice(size) for size in index.shape))


def index_select(input: Any, dim: int, index: Any) -> Any:
    """Read whole slices along `dim`: input[index] for dim 0."""
    return ops.getitem(input, index=_along(input, dim, index))


def index_add(input: Any, dim: int, index: Any, source: Any, *, alpha: float = 1) -> Any:
    """Add whole slices along `dim` at `index`; where indices repeat, all are added."""
    added = ops.put(source, index=_along(input, dim, index), shape=tuple(input.shape))
    return input + (added if alpha == 1 else added * alpha)


def index_copy(input: Any, dim: int, index: Any, source: Any) -> Any:
    """Write whole slices along `dim` at `index`."""
    return ops.setitem(input, source, index=_along(input, dim, index))


def index_fill(input: Any, dim: int, index: Any, value: Any) -> Any:
    """Write one number into whole slices along `dim` at `index`."""
    return ops.setitem(input, value, index=_along(input, dim, index))


def index_put(input: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    """Write `values` at input[indices], or add them there with `accumulate`."""
    index = plain_index(tuple(indices))
    if accumulate:
        shape = np.empty(input.shape, bool)[index].shape
        return input + ops.put(ops.broadcast_to(values, shape=shape), index=index, shape=tuple(input.shape))
    return ops.setitem(input, values, index=index)


def masked_select(input: Any, mask: Any) -> Any:
    """Read the elements where `mask` holds, as a row."""
    shape = np.broadcast_shapes(input.shape, mask.shape)
    wide = np.broadcast_to(plain_index(mask), shape)
    return ops.getitem(ops.broadcast_to(input, shape=shape), index=wide)


def masked_fill(input: Any, mask: Any, value: Any) -> Any:
    """Replace the elements where `mask` holds by one value."""
    only_bools("masked_fill", "mask", mask)
    return ops.where(mask, value, input)


def masked_scatter(input: Any, mask: Any, source: Any) -> Any:
    """Write the first elements of `source` one after the other where `mask` holds."""
    wide = np.broadcast_to(plain_index(mask), input.shape)
    row = ops.reshape(source, shape=(-1,))
    return ops.setitem(input, ops.getitem(row, index=slice(np.count_nonzero(wide))), index=wide)


def take_along_dim(input: Any, indices: Any, dim: int | None = None) -> Any:
    """Read along `dim` at the index that `indices` has for each place; the other dimensions broadcast.

    Without `dim`, both are flattened first.
    """
    if dim is None:
        input, indices, dim = ops.reshape(input, shape=(-1,)), ops.reshape(indices, shape=(-1,)), 0
    return ops.take_along_axis(input, indices, axis=dim)
