"""Reading and writing by index: one or several positions along a dimension, masks, an index for each place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.dtypes import as_array
from tinygrad_edu.engine.op import NUMPY
from tinygrad_edu.functions.arguments import (
    along,
    array_of,
    counted,
    numbers_as_rows,
    numbers_first,
    numpy_names,
    plain_index,
)
from tinygrad_edu.functions.comparison import only_bools
from tinygrad_edu.functions.numpy_protocol import answers
from tinygrad_edu.functions.shape import ravel

__all__ = [
    "gather", "index_add", "index_copy", "index_fill", "index_put", "index_select", "masked_fill", "masked_scatter",
    "masked_select", "narrow", "scatter", "scatter_add", "scatter_reduce", "select", "take", "take_along_dim",
]  # fmt: skip


def getitem(input: Any, index: Any) -> Any:
    """Read the elements at `index`: numbers, slices, lists, masks, tensors, as in PyTorch."""
    numbers, index = numbers_first(plain_index(index))
    return ops.getitem(input if numbers is None else ops.getitem(input, index=numbers), index=index)


def narrow(input: Any, dim: int, start: Any, length: int) -> Any:
    """Read `length` slices along `dim`, from `start` on, which may be a tensor, or negative to count from the end."""
    size = input.shape[counted(dim, input.ndim)]
    if hasattr(start, "dtype") and (start.ndim or start.dtype.kind not in "iu"):
        raise TypeError(f"narrow: expected start to be one whole number, got shape {tuple(start.shape)} {start.dtype}")
    first = int(start) + size * (int(start) < 0)
    if not 0 <= first <= first + length <= size:
        raise IndexError(f"narrow: expected a part of dimension {dim}, of size {size}; got {length} from {first} on")
    return ops.getitem(input, index=along(input, dim, slice(first, first + length)))


@numpy_names
def select(input: Any, dim: int, index: int) -> Any:
    """Read the slice at one index along `dim`, and remove that dimension."""
    return ops.getitem(input, index=along(input, dim, index))


def take(input: Any, index: Any) -> Any:
    """Read elements of the flattened input."""
    return ops.getitem(ravel(input), index=plain_index(index))


def _places(name: str, input: Any, dim: int, index: Any) -> tuple[Any, ...]:
    """Write the index of gather and scatter out for plain indexing: its own coordinate along every other dimension."""
    array = np.atleast_1d(array_of(index))
    if array.dtype.kind not in "iu" or array.ndim != max(input.ndim, 1):
        raise IndexError(
            f"{name}: expected an index of integers and of as many dimensions as the input's shape "
            f"{tuple(input.shape)}, got {array.shape} {array.dtype}; index.unsqueeze(dim) gives one more"
        )
    places = list(np.ogrid[tuple(slice(size) for size in array.shape)])
    places[counted(dim, array.ndim)] = array
    return tuple(places)


def _row(x: Any) -> Any:
    """Return a tensor without dimensions as a row of one element, another one as it is."""
    return x if x.ndim else ops.reshape(x, shape=(1,))


def _source(name: str, input: Any, given: Any) -> Any:
    """Return what is to be written into the input, which must be of its type: a tensor, or a number that fits."""
    if not hasattr(given, "dtype"):
        return as_array(given, input.dtype)
    if given.dtype != input.dtype:
        raise TypeError(
            f"{name}: expected numbers of the input's type {input.dtype} to write, got {given.dtype}; "
            "convert them: source.to(input.dtype)"
        )
    return given


def gather(input: Any, dim: int, index: Any) -> Any:
    """Read along `dim` at an index of its own for each place: yᵢⱼ = input[indexᵢⱼ, j] for dim 0.

    `index` may be smaller than the input in the other dimensions.
    """
    if 0 in np.shape(index):
        return ops.getitem(ravel(input), index=array_of(index).astype(int))  # nothing, whatever the dimensions
    y = ops.getitem(_row(input), index=_places("gather", input, dim, index))
    return y if np.ndim(index) else ops.reshape(y, shape=())


@numbers_as_rows
def scatter(input: Any, dim: int, index: Any, src: Any = None, *, value: Any = None, reduce: str | None = None) -> Any:
    """Write `src`, a tensor or a number, along `dim` at an index of its own for each place. The reverse of gather.

    A number may be given as `value` instead. With reduce="add" or "multiply" it is added or multiplied, see
    `scatter_reduce`.
    """
    if (src is None) == (value is None):
        raise TypeError("scatter: expected either src or value=, the numbers to write, not both")
    places = _places("scatter", input, dim, index)
    src = _source("scatter", input, value if src is None else src)
    if reduce is not None:
        if reduce not in ("add", "multiply"):
            raise ValueError(f"scatter: expected reduce to be 'add' or 'multiply', got {reduce!r}")
        wide = np.broadcast_to(src, np.shape(places[dim])) if isinstance(src, np.ndarray) else src
        return scatter_reduce(input, dim, index, wide, "sum" if reduce == "add" else "prod")
    return ops.setitem(input, _cut(src, places), index=places)


@numbers_as_rows
def scatter_add(input: Any, dim: int, index: Any, src: Any) -> Any:
    """Add `src` along `dim` at an index of its own for each place; where indices repeat, all are added."""
    places = _places("scatter_add", input, dim, index)
    return input + ops.put(_cut(_source("scatter_add", input, src), places), index=places, shape=tuple(input.shape))


def _cut(src: Any, places: tuple[Any, ...]) -> Any:
    """Take the part of `src` that is as large as the index that the places are made of; a number as it is."""
    if isinstance(src, np.ndarray):
        return src
    return ops.getitem(_row(src), index=tuple(slice(size) for size in np.broadcast_shapes(*map(np.shape, places))))


@numbers_as_rows
def scatter_reduce(input: Any, dim: int, index: Any, src: Any, reduce: str, *, include_self: bool = True) -> Any:
    """Combine, along `dim`, the numbers of `src` that have the same index, and what stands there in the input.

    Parameters:
        reduce: "sum", "prod", "mean", "amax" or "amin". Equal extremes share the gradient evenly.
        include_self: whether the input's own numbers count where others arrive.
    """
    shape = tuple(input.shape)
    places = _places("scatter_reduce", input, dim, index)
    src = _cut(_source("scatter_reduce", input, src), places)
    arriving = np.zeros(shape, np.int64)
    np.add.at(arriving, places, 1)
    if reduce in ("sum", "mean", "prod"):
        y = input if include_self else ops.setitem(input, int(reduce == "prod"), index=places)
        if reduce == "prod":
            return _multiplied(y, places, src)
        y = y + ops.put(src, index=places, shape=shape)
        if reduce == "sum":
            return y
        count = np.maximum(arriving + include_self, 1).astype(input.dtype)
        return y / count if input.dtype.kind == "f" else ops.floor_divide(y, count)
    if reduce not in ("amax", "amin"):
        raise ValueError(f"scatter_reduce: expected reduce to be sum, prod, mean, amax or amin, got {reduce!r}")
    extremes = np.copy(array_of(input))
    if not include_self:
        extremes[places] = array_of(src)
    (np.maximum if reduce == "amax" else np.minimum).at(extremes, places, array_of(src))
    if input.dtype.kind != "f":
        return input.new_tensor(extremes, dtype=input.dtype)
    stays = np.logical_and(np.logical_or(include_self, arriving == 0), array_of(input) == extremes)
    wins = array_of(src) == extremes[places]
    ties = stays.astype(input.dtype)
    np.add.at(ties, places, wins)
    return (ops.where(stays, input, 0) + ops.put(ops.where(wins, src, 0), index=places, shape=shape)) / ties


def _multiplied(input: Any, places: tuple[Any, ...], src: Any) -> Any:
    """Multiply the input by the numbers of `src`, in rounds in which no place takes two of them."""
    shape = tuple(input.shape)
    numbers = np.ravel_multi_index(np.broadcast_arrays(*places), shape).reshape(-1)
    order = np.argsort(numbers, kind="stable")
    first = np.searchsorted(numbers[order], numbers[order])
    rounds = np.empty_like(order)
    rounds[order] = np.arange(len(order)) - first
    y, src = ops.reshape(input, shape=(-1,)), ops.reshape(src, shape=(-1,))
    for i in range(rounds.max(initial=-1) + 1):
        now = np.flatnonzero(rounds == i)
        y = y * ops.setitem(np.ones(y.shape, input.dtype), ops.getitem(src, index=now), index=numbers[now])
    return ops.reshape(y, shape=shape)


@numbers_as_rows
def index_select(input: Any, dim: int, index: Any) -> Any:
    """Read whole slices along `dim`: input[index] for dim 0."""
    return ops.getitem(input, index=along(input, dim, np.atleast_1d(plain_index(index))))


def _slices(name: str, input: Any, dim: int, index: Any, source: Any) -> tuple[tuple[Any, ...], Any]:
    """Return the places and the numbers of whole slices to be written, which must fit."""
    places = along(input, dim, np.atleast_1d(plain_index(index)))
    source, axis = _row(_source(name, input, source)), len(places) - 1
    expected = (*input.shape[:axis], len(places[-1]), *input.shape[axis + 1 :])
    if tuple(source.shape) != expected:
        raise ValueError(f"{name}: expected a source of shape {expected}, a slice for each index, got {source.shape}")
    return places, source


@numbers_as_rows
def index_add(input: Any, dim: int, index: Any, source: Any, *, alpha: float = 1) -> Any:
    """Add whole slices along `dim` at `index`; where indices repeat, all are added."""
    places, source = _slices("index_add", input, dim, index, source)
    added = ops.put(source, index=places, shape=tuple(input.shape))
    if alpha == 1:
        return input + added
    return input + added * (alpha if input.dtype.kind == "f" else np.asarray(alpha).astype(input.dtype))


@numbers_as_rows
def index_copy(input: Any, dim: int, index: Any, source: Any) -> Any:
    """Write whole slices along `dim` at `index`."""
    places, source = _slices("index_copy", input, dim, index, source)
    return ops.setitem(input, source, index=places)


def index_fill(input: Any, dim: int, index: Any, value: Any) -> Any:
    """Write one number into whole slices along `dim` at `index`."""
    return _index_filled(input, dim, index, _one_number("index_fill", input, value))


@numbers_as_rows
def _index_filled(input: Any, dim: int, index: Any, value: Any) -> Any:
    return ops.setitem(input, value, index=along(input, dim, index))


def _one_number(name: str, input: Any, value: Any) -> Any:
    """Return the number to be written, as the input's type."""
    if not hasattr(value, "dtype"):
        return as_array(value, input.dtype)
    if value.ndim:
        raise ValueError(f"{name}: expected one number to write, got shape {tuple(value.shape)}; see `where`")
    return value if value.dtype == input.dtype else ops.astype(value, dtype=input.dtype)


def index_put(input: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    """Write `values` at input[indices], or add them there with `accumulate`."""
    index = plain_index(tuple(indices))
    values = _source("index_put", input, values)
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
    return ops.where(mask, _one_number("masked_fill", input, value), input)


def masked_scatter(input: Any, mask: Any, source: Any) -> Any:
    """Write the first elements of `source` one after the other where `mask` holds."""
    shape = np.broadcast_shapes(input.shape, mask.shape)
    wide = np.broadcast_to(plain_index(mask), shape)
    row = ops.reshape(_source("masked_scatter", input, source), shape=(-1,))
    return ops.setitem(
        ops.broadcast_to(input, shape=shape), ops.getitem(row, index=slice(np.count_nonzero(wide))), index=wide
    )


def take_along_dim(input: Any, indices: Any, dim: int | None = None) -> Any:
    """Read along `dim` at the index that `indices` has for each place; the other dimensions broadcast.

    Without `dim`, both are flattened first.
    """
    if dim is None:
        input, indices, dim = ops.reshape(input, shape=(-1,)), ops.reshape(indices, shape=(-1,)), 0
    return ops.take_along_axis(input, indices, axis=dim)


# NumPy's


@answers(np.take)
def numpy_take(a: Any, indices: Any, axis: int | None = None) -> Any:
    """Read at `indices` along an axis, or in the flattened array."""
    a, axis = (a, axis) if axis is not None else (np.reshape(a, (-1,)), 0)
    return ops.getitem(a, index=along(a, axis, indices))


@answers(np.compress)
def compress(condition: Any, a: Any, axis: int | None = None) -> Any:
    """Keep the slices for which a condition holds."""
    return numpy_take(a, np.flatnonzero(condition), axis)


@answers(np.extract)
def extract(condition: Any, arr: Any) -> Any:
    """Keep the elements for which a condition holds, as a row."""
    return numpy_take(arr, np.flatnonzero(condition))


def moved(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return what moves elements as `function` does: it is shown their numbers, and they are read in that order."""

    def move(a: Any, *args: Any, **kwargs: Any) -> Any:
        numbers = np.arange(np.size(a)).reshape(np.shape(a))
        order = function(numbers, *args, **kwargs)
        return [numpy_take(a, part) for part in order] if isinstance(order, list | tuple) else numpy_take(a, order)

    return move


for function in (np.delete, np.fliplr, np.flipud, np.resize, np.rollaxis, np.rot90):
    NUMPY[function] = moved(function)
