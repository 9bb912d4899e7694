"""Reading and writing along a dimension at an index of its own for each place; several may arrive at one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.dtypes import array_of
from tinygrad_edu.functions.arguments import counted, like, numbers_as_rows
from tinygrad_edu.functions.indexing import as_row, as_source
from tinygrad_edu.functions.shape import ravel

if TYPE_CHECKING:
    from tinygrad_edu.tensors.tensor import Tensor

__all__ = ["gather", "scatter", "scatter_add", "scatter_reduce"]


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


def gather(input: Any, dim: int, index: Any) -> Tensor:
    """Read along `dim` at an index of its own for each place: yᵢⱼ = input[indexᵢⱼ, j] for dim 0.

    `index` may be smaller than the input in the other dimensions.
    """
    if 0 in np.shape(index):
        return ops.getitem(ravel(input), index=array_of(index).astype(int))  # nothing, whatever the dimensions
    y = ops.getitem(as_row(input), index=_places("gather", input, dim, index))
    return y if np.ndim(index) else ops.reshape(y, shape=())


@numbers_as_rows
def scatter(
    input: Any, dim: int, index: Any, src: Any = None, *, value: Any = None, reduce: str | None = None
) -> Tensor:
    """Write `src`, a tensor or a number, along `dim` at an index of its own for each place. The reverse of gather.

    A number may be given as `value` instead. With reduce="add" or "multiply" it is added or multiplied, see
    `scatter_reduce`.
    """
    if (src is None) == (value is None):
        raise TypeError("scatter: expected either src or value=, the numbers to write, not both")
    places = _places("scatter", input, dim, index)
    src = as_source("scatter", input, value if src is None else src)
    if reduce is not None:
        if reduce not in ("add", "multiply"):
            raise ValueError(f"scatter: expected reduce to be 'add' or 'multiply', got {reduce!r}")
        wide = np.broadcast_to(src, np.shape(places[dim])) if isinstance(src, np.ndarray) else src
        return scatter_reduce(input, dim, index, wide, "sum" if reduce == "add" else "prod")
    return ops.setitem(input, _cut(src, places), index=places)


@numbers_as_rows
def scatter_add(input: Any, dim: int, index: Any, src: Any) -> Tensor:
    """Add `src` along `dim` at an index of its own for each place; where indices repeat, all are added."""
    places = _places("scatter_add", input, dim, index)
    return input + ops.put(_cut(as_source("scatter_add", input, src), places), index=places, shape=tuple(input.shape))


def _cut(src: Any, places: tuple[Any, ...]) -> Any:
    """Take the part of `src` that is as large as the index that the places are made of; a number as it is."""
    if isinstance(src, np.ndarray):
        return src
    return ops.getitem(as_row(src), index=tuple(slice(size) for size in np.broadcast_shapes(*map(np.shape, places))))


@numbers_as_rows
def scatter_reduce(input: Any, dim: int, index: Any, src: Any, reduce: str, *, include_self: bool = True) -> Tensor:
    """Combine, along `dim`, the numbers of `src` that have the same index, and what stands there in the input.

    Parameters:
        reduce: "sum", "prod", "mean", "amax" or "amin". Equal extremes share the gradient evenly.
        include_self: whether the input's own numbers count where others arrive.
    """
    shape = tuple(input.shape)
    places = _places("scatter_reduce", input, dim, index)
    src = _cut(as_source("scatter_reduce", input, src), places)
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
        return like(input, extremes)
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
