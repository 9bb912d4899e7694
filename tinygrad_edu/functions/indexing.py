"""Reading and writing by index: one or several positions along a dimension, masks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.dtypes import as_array
from tinygrad_edu.engine.op import NUMPY
from tinygrad_edu.functions.arguments import along, counted, numbers_as_rows, numbers_first, numpy_names, plain_index
from tinygrad_edu.functions.comparison import only_bools
from tinygrad_edu.functions.numpy_protocol import answers
from tinygrad_edu.functions.shape import ravel

if TYPE_CHECKING:
    from tinygrad_edu.tensors.tensor import Tensor

__all__ = [
    "index_add", "index_copy", "index_fill", "index_put", "index_select", "masked_fill", "masked_scatter",
    "masked_select", "narrow", "select", "take", "take_along_dim",
]  # fmt: skip


def getitem(input: Any, index: Any) -> Any:
    """Read the elements at `index`: numbers, slices, lists, masks, tensors, as in PyTorch."""
    numbers, index = numbers_first(plain_index(index))
    return ops.getitem(input if numbers is None else ops.getitem(input, index=numbers), index=index)


def narrow(input: Any, dim: int, start: Any, length: int) -> Tensor:
    """Read `length` slices along `dim`, from `start` on, which may be a tensor, or negative to count from the end."""
    size = input.shape[counted(dim, input.ndim)]
    if hasattr(start, "dtype") and (start.ndim or start.dtype.kind not in "iu"):
        raise TypeError(f"narrow: expected start to be one whole number, got shape {tuple(start.shape)} {start.dtype}")
    first = int(start) + size * (int(start) < 0)
    if not 0 <= first <= first + length <= size:
        raise IndexError(f"narrow: expected a part of dimension {dim}, of size {size}; got {length} from {first} on")
    return ops.getitem(input, index=along(input, dim, slice(first, first + length)))


@numpy_names
def select(input: Any, dim: int, index: int) -> Tensor:
    """Read the slice at one index along `dim`, and remove that dimension."""
    return ops.getitem(input, index=along(input, dim, index))


def take(input: Any, index: Any) -> Tensor:
    """Read elements of the flattened input."""
    return ops.getitem(ravel(input), index=plain_index(index))


def as_row(x: Any) -> Any:
    """Return a tensor without dimensions as a row of one element, another one as it is."""
    return x if x.ndim else ops.reshape(x, shape=(1,))


def as_source(name: str, input: Any, given: Any) -> Any:
    """Return what is to be written into the input, which must be of its type: a tensor, or a number that fits."""
    if not hasattr(given, "dtype"):
        return as_array(given, input.dtype)
    if given.dtype != input.dtype:
        raise TypeError(
            f"{name}: expected numbers of the input's type {input.dtype} to write, got {given.dtype}; "
            "convert them: source.to(input.dtype)"
        )
    return given


@numbers_as_rows
def index_select(input: Any, dim: int, index: Any) -> Tensor:
    """Read whole slices along `dim`: input[index] for dim 0."""
    return ops.getitem(input, index=along(input, dim, np.atleast_1d(plain_index(index))))


def _slices(name: str, input: Any, dim: int, index: Any, source: Any) -> tuple[tuple[Any, ...], Any]:
    """Return the places and the numbers of whole slices to be written, which must fit."""
    places = along(input, dim, np.atleast_1d(plain_index(index)))
    source, axis = as_row(as_source(name, input, source)), len(places) - 1
    expected = (*input.shape[:axis], len(places[-1]), *input.shape[axis + 1 :])
    if tuple(source.shape) != expected:
        raise ValueError(f"{name}: expected a source of shape {expected}, a slice for each index, got {source.shape}")
    return places, source


@numbers_as_rows
def index_add(input: Any, dim: int, index: Any, source: Any, *, alpha: float = 1) -> Tensor:
    """Add whole slices along `dim` at `index`; where indices repeat, all are added."""
    places, source = _slices("index_add", input, dim, index, source)
    added = ops.put(source, index=places, shape=tuple(input.shape))
    if alpha == 1:
        return input + added
    return input + added * (alpha if input.dtype.kind == "f" else np.asarray(alpha).astype(input.dtype))


@numbers_as_rows
def index_copy(input: Any, dim: int, index: Any, source: Any) -> Tensor:
    """Write whole slices along `dim` at `index`."""
    places, source = _slices("index_copy", input, dim, index, source)
    return ops.setitem(input, source, index=places)


def index_fill(input: Any, dim: int, index: Any, value: Any) -> Tensor:
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


def index_put(input: Any, indices: Any, values: Any, accumulate: bool = False) -> Tensor:
    """Write `values` at input[indices], or add them there with `accumulate`."""
    index = plain_index(tuple(indices))
    values = as_source("index_put", input, values)
    if accumulate:
        shape = np.empty(input.shape, bool)[index].shape
        return input + ops.put(ops.broadcast_to(values, shape=shape), index=index, shape=tuple(input.shape))
    return ops.setitem(input, values, index=index)


def masked_select(input: Any, mask: Any) -> Tensor:
    """Read the elements where `mask` holds, as a row."""
    shape = np.broadcast_shapes(input.shape, mask.shape)
    wide = np.broadcast_to(plain_index(mask), shape)
    return ops.getitem(ops.broadcast_to(input, shape=shape), index=wide)


def masked_fill(input: Any, mask: Any, value: Any) -> Tensor:
    """Replace the elements where `mask` holds by one value."""
    only_bools("masked_fill", "mask", mask)
    return ops.where(mask, _one_number("masked_fill", input, value), input)


def masked_scatter(input: Any, mask: Any, source: Any) -> Tensor:
    """Write the first elements of `source` one after the other where `mask` holds."""
    shape = np.broadcast_shapes(input.shape, mask.shape)
    wide = np.broadcast_to(plain_index(mask), shape)
    row = ops.reshape(as_source("masked_scatter", input, source), shape=(-1,))
    return ops.setitem(
        ops.broadcast_to(input, shape=shape), ops.getitem(row, index=slice(np.count_nonzero(wide))), index=wide
    )


def take_along_dim(input: Any, indices: Any, dim: int | None = None) -> Tensor:
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


def moved(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return what moves elements as `function` does: it is shown their numbers, and they are read in that order."""

    def move(a: Any, *args: Any, **kwargs: Any) -> Any:
        numbers = np.arange(np.size(a)).reshape(np.shape(a))
        order = function(numbers, *args, **kwargs)
        return [numpy_take(a, part) for part in order] if isinstance(order, list | tuple) else numpy_take(a, order)

    return move


for function in (np.delete, np.fliplr, np.flipud, np.resize, np.rollaxis, np.rot90):
    NUMPY[function] = moved(function)
NUMPY[np.compress] = lambda condition, a, axis=None: numpy_take(a, np.flatnonzero(condition), axis)
NUMPY[np.extract] = lambda condition, arr: numpy_take(arr, np.flatnonzero(condition))
