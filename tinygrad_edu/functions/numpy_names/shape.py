"""Functions that move, join, cut and repeat elements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.op import NUMPY
from tinygrad_edu.functions import linalg, shape
from tinygrad_edu.functions.numpy_protocol import answers
from tinygrad_edu.functions.shape import plain_index


@answers(np.ravel)
def ravel(a: Any) -> Any:
    """Flatten the array."""
    return np.reshape(a, (-1,))


@answers(np.take)
def take(a: Any, indices: Any, axis: int | None = None) -> Any:
    """Read at `indices` along an axis, or in the flattened array."""
    a, axis = (a, axis) if axis is not None else (np.reshape(a, (-1,)), 0)
    return ops.getitem(a, index=(slice(None),) * (axis % np.ndim(a)) + (plain_index(indices),))


def moved(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return what moves elements as `function` does: it is shown their numbers, and they are read in that order."""

    def move(a: Any, *args: Any, **kwargs: Any) -> Any:
        numbers = np.arange(np.size(a)).reshape(np.shape(a))
        order = function(numbers, *args, **kwargs)
        return [take(a, part) for part in order] if isinstance(order, list | tuple) else take(a, order)

    return move


for function in (np.delete, np.fliplr, np.flipud, np.resize, np.rollaxis, np.rot90):
    NUMPY[function] = moved(function)


@answers(np.pad)
def pad(array: Any, pad_width: Any, mode: str = "constant", **kwargs: Any) -> Any:
    """Add a border: of a constant, or of elements from inside (edge, reflect, symmetric, wrap)."""
    if mode == "constant":
        return ops.pad(array, pad_width=pad_width, **kwargs)
    modes = ("constant", "edge", "reflect", "symmetric", "wrap")
    if mode not in modes or kwargs:
        raise ValueError(f"np.pad: on Tensors the modes are {', '.join(modes)}, without further options; not {mode!r}")
    return moved(np.pad)(array, pad_width, mode)


def _each(arrays: Sequence[Any], function: Callable[[Any], Any]) -> Any:
    return function(arrays[0]) if len(arrays) == 1 else tuple(function(a) for a in arrays)


@answers(np.atleast_1d)
def atleast_1d(*arys: Any) -> Any:
    """Make a row of one of a single number."""
    return _each(arys, lambda a: a if np.ndim(a) else np.reshape(a, (1,)))


@answers(np.atleast_2d)
def atleast_2d(*arys: Any) -> Any:
    """Add dimensions in front up to two."""
    return _each(arys, lambda a: a if np.ndim(a) > 1 else np.reshape(a, (1, -1)))


@answers(np.atleast_3d)
def atleast_3d(*arys: Any) -> Any:
    """Add dimensions up to three: (n) becomes (1, n, 1), and (m, n) becomes (m, n, 1)."""
    return _each(arys, lambda a: a if np.ndim(a) > 2 else np.expand_dims(np.atleast_2d(a), -1))


@answers(np.append)
def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    """Join values at the end, along an axis or flattened."""
    if axis is None:
        arr, values, axis = np.ravel(arr), np.ravel(values), 0
    return np.concatenate([arr, values], axis=axis)


@answers(np.insert)
def insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    """Insert values before the positions `obj` of the flattened array."""
    if axis is not None and np.ndim(arr) > 1:
        raise ValueError("np.insert: on Tensors only axis=None is there; cut with a slice and use np.concatenate")
    arr, values = np.ravel(arr), np.ravel(values)
    order = np.insert(np.arange(np.size(arr)), obj, np.size(arr) + np.arange(np.size(values)))
    return take(np.concatenate([arr, values]), order)


@answers(np.compress)
def compress(condition: Any, a: Any, axis: int | None = None) -> Any:
    """Keep the slices for which a condition holds."""
    return take(a, np.flatnonzero(condition), axis)


@answers(np.extract)
def extract(condition: Any, arr: Any) -> Any:
    """Keep the elements for which a condition holds, as a row."""
    return take(arr, np.flatnonzero(condition))


@answers(np.unique)
def unique(ar: Any, return_index: bool = False, return_inverse: bool = False, return_counts: bool = False) -> Any:
    """Sort, and keep one of equal elements: the first of them, which has the gradient."""
    find: Any = np.unique
    _, index, *rest = find(ar.array, True, return_inverse, return_counts)
    values = take(ar, index)
    answer = (values, *((index,) if return_index else ()), *rest)
    return answer if len(answer) > 1 else values


@answers(np.array_split)
def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Cut into so many parts, as equal as can be, or at the indices given."""
    before = (slice(None),) * (axis % ary.ndim)
    parts = np.array_split(np.arange(ary.shape[axis]), indices_or_sections)
    starts = np.cumsum([0, *(len(part) for part in parts)]).tolist()
    return [ary[(*before, slice(start, start + len(part)))] for start, part in zip(starts, parts, strict=False)]


@answers(np.split)
def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Cut into equal parts, or at the indices given."""
    if isinstance(indices_or_sections, int) and ary.shape[axis] % indices_or_sections:
        raise ValueError(f"split: {ary.shape[axis]} elements do not make {indices_or_sections} equal parts")
    return array_split(ary, indices_or_sections, axis)


@answers(np.unstack)
def unstack(x: Any, /, *, axis: int = 0) -> Any:
    """Cut into the slices along an axis."""
    return shape.unbind(x, axis)


@answers(np.column_stack)
def column_stack(tup: Sequence[Any]) -> Any:
    """Join side by side; a vector is a column."""
    return np.concatenate([a if np.ndim(a) > 1 else np.reshape(a, (-1, 1)) for a in tup], axis=1)


@answers(np.hstack)
def hstack(tup: Sequence[Any]) -> Any:
    """Join side by side: along the second dimension, or the only one."""
    parts = [np.atleast_1d(a) for a in tup]
    return np.concatenate(parts, axis=0 if np.ndim(parts[0]) == 1 else 1)


@answers(np.vstack)
def vstack(tup: Sequence[Any]) -> Any:
    """Join one below the other; a vector is a row."""
    return np.concatenate([np.atleast_2d(a) for a in tup], axis=0)


@answers(np.dstack)
def dstack(tup: Sequence[Any]) -> Any:
    """Join along the third dimension."""
    return np.concatenate([np.atleast_3d(a) for a in tup], axis=2)


@answers(np.block)
def block(arrays: Any) -> Any:
    """Build a matrix from nested lists of its blocks: the innermost lists are joined along the last dimension."""

    def depth(x: Any) -> int:
        return 1 + depth(x[0]) if isinstance(x, list) else 0

    def build(x: Any) -> Any:
        return np.concatenate([build(part) for part in x], axis=-depth(x)) if isinstance(x, list) else wide(x)

    def wide(x: Any) -> Any:
        return np.reshape(x, (1,) * (dims - np.ndim(x)) + tuple(np.shape(x)))

    def widest(x: Any) -> int:
        return max(widest(part) for part in x) if isinstance(x, list) else np.ndim(x)

    dims = max(depth(arrays), widest(arrays))
    return build(arrays)


@answers(np.broadcast_arrays)
def broadcast_arrays(*args: Any) -> tuple[Any, ...]:
    """Repeat all to one shape."""
    wide = np.broadcast_shapes(*(np.shape(a) for a in args))
    return tuple(np.broadcast_to(a, wide) for a in args)


@answers(np.meshgrid)
def meshgrid(*xi: Any, indexing: str = "xy") -> list[Any]:
    """Spread vectors over a grid; the first varies along the second dimension, unless indexing="ij"."""
    return list(shape.meshgrid(*(np.reshape(x, (-1,)) for x in xi), indexing=indexing))


@answers(np.repeat)
def repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    """Repeat each element so many times next to itself."""
    return shape.repeat_interleave(a, repeats, axis)


@answers(np.tile)
def tile(A: Any, reps: Any) -> Any:
    """Repeat the whole array so many times along each axis."""
    return shape.tile(A, *(reps if isinstance(reps, tuple | list) else (reps,)))


@answers(np.diagflat)
def diagflat(v: Any, k: int = 0) -> Any:
    """Put the flattened array on a diagonal."""
    return linalg.diag(np.ravel(v), k)


@answers(np.diag)
def diag(v: Any, k: int = 0) -> Any:
    """Read a diagonal, or put a vector on one."""
    return linalg.diag(v, k)


@answers(np.apply_along_axis)
def apply_along_axis(func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    """Call a function on each row along an axis, and put its results in the place of the row."""
    axis %= np.ndim(arr)
    rows = np.moveaxis(arr, axis, -1)
    before = tuple(rows.shape[:-1])
    results = [func1d(row, *args, **kwargs) for row in np.reshape(rows, (-1, rows.shape[-1]))]
    inner = tuple(np.shape(results[0]))
    wide = np.reshape(np.stack(results), before + inner)
    return np.moveaxis(wide, [*range(len(before), wide.ndim)], [*range(axis, axis + len(inner))])


NUMPY.update(
    {
        np.dsplit: lambda ary, indices_or_sections: split(ary, indices_or_sections, 2),
        np.empty_like: np.zeros_like,
        np.full_like: lambda a, fill_value: np.add(np.zeros_like(a), fill_value).astype(a.dtype),
        np.hsplit: lambda ary, indices_or_sections: split(ary, indices_or_sections, 1 if ary.ndim > 1 else 0),
        np.linalg.matrix_transpose: lambda x: np.swapaxes(x, -1, -2),
        np.matrix_transpose: lambda x: np.swapaxes(x, -1, -2),
        np.moveaxis: shape.movedim,
        np.vsplit: lambda ary, indices_or_sections: split(ary, indices_or_sections, 0),
    }
)
