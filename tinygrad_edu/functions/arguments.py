"""PyTorch's arguments in NumPy's words: names of parameters, axes, sizes, indices."""

from __future__ import annotations

import functools
from collections.abc import Callable
from operator import index
from typing import Any, TypeVar

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.dtypes import array_of, as_array, float16, float32, is_float, or_default
from tinygrad_edu.engine.op import Array

F = TypeVar("F", bound=Callable[..., Any])
Named = TypeVar("Named")

ALIASES = {"axis": "dim", "keepdims": "keepdim"}


def numpy_names(function: F) -> F:
    """Let a function with `dim` and `keepdim` be called with `axis` and `keepdims` as well."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if kwargs:
            kwargs = {ALIASES.get(name, name): value for name, value in kwargs.items()}
        return function(*args, **kwargs)

    return wrapper  # type: ignore[return-value]  # the same signature, by functools.wraps


def numbers_as_rows(function: F) -> F:
    """Let a function along `dim` take single numbers, as rows of one: what it answers are single numbers again.

    PyTorch gives a tensor of no dimensions one dimension in name, 0 or -1.
    """

    @functools.wraps(function)
    def wrapper(input: Any, *args: Any, **kwargs: Any) -> Any:
        if np.ndim(input):
            return function(input, *args, **kwargs)
        result = function(*map(_row, (input, *args)), **{name: _row(value) for name, value in kwargs.items()})
        return type(result)(*map(_number, result)) if isinstance(result, tuple) else _number(result)

    return wrapper  # type: ignore[return-value]


def _row(x: Any) -> Any:
    return np.reshape(x, (1,)) if hasattr(x, "ndim") and not x.ndim else x


def _number(x: Any) -> Any:
    return np.reshape(x, ()) if x.ndim else x


def shown_in_lines(kind: type[Named]) -> type[Named]:
    """Let a class of named results write each on a line of its own: rows of numbers stay below each other."""

    def written(self: Any) -> str:
        return f"{kind.__name__}(\n" + ",\n".join(f"{name}={value!r}" for name, value in self._asdict().items()) + ")"

    kind.__repr__ = written  # type: ignore[method-assign]
    return kind


def like(asked: Any, array: Array) -> Any:
    """Return what was found out, outside the graph: as a Tensor if a Tensor was asked about, else as it is."""
    return asked.plain.at(array_of(array)) if hasattr(asked, "plain") else array


def counted(dim: int, ndim: int) -> int:
    """Return a dimension as counted from 0; IndexError if it is not there. A single number has one, as PyTorch's."""
    n = max(ndim, 1)
    if not -n <= index(dim) < n:
        raise IndexError(f"expected a dim from {-n} to {n - 1} for {ndim} dimensions, got {dim}")
    return index(dim) % n


def as_axis(dim: Any) -> Any:
    """Return `dim` as NumPy takes it: None for all dimensions, an int, or a tuple."""
    return tuple(dim) or None if isinstance(dim, list | tuple) else dim


def places(name: str, dims: Any, ndim: int) -> tuple[int, ...]:
    """Return dimensions, one or several, counted from 0. A single number has one, which may be called 0 or -1.

    Raises:
        IndexError: one of them is not there, or is named twice.
    """
    given = tuple(dims) if isinstance(dims, list | tuple) else (dims,)
    rank = max(ndim, 1)
    counted = tuple(index(d) + rank * (index(d) < 0) for d in given)
    if not all(0 <= d < rank for d in counted) or len(set(counted)) < len(counted):
        raise IndexError(
            f"{name}: expected different dimensions from {-rank} to {rank - 1}, got {', '.join(map(str, given))}; the "
            "first dimension is 0, and -1 is the last"
        )
    return counted


def as_sizes(sizes: tuple[Any, ...]) -> tuple[int, ...]:
    """Return sizes given as `f(2, 3)` or `f((2, 3))` as a tuple; TypeError if they are not whole numbers."""
    if len(sizes) == 1 and isinstance(sizes[0], list | tuple):
        sizes = tuple(sizes[0])
    try:
        return tuple(index(size) for size in sizes)
    except TypeError:
        raise TypeError(f"expected sizes in whole numbers, got {sizes!r:.60}; write int(size) or size // 2") from None


def numbers_or_room(data: tuple[Any, ...], dtype: Any = None) -> Array:
    """Return what PyTorch's old constructors make of their arguments: numbers as floats, or room for a shape's.

    Without a `dtype`, floats keep their type, and other numbers become the default one.
    """
    if len(data) == 1 and not isinstance(data[0], int | np.integer):
        array = as_array(data[0].array if hasattr(data[0], "array") else data[0])
        return array if dtype is None and is_float(array.dtype) else array.astype(or_default(dtype), copy=False)
    try:
        return np.empty(as_sizes(data or (0,)), or_default(dtype))
    except TypeError:
        raise TypeError(
            f"Tensor: expected data, or sizes as in Tensor(2, 3), got {data!r:.60}; requires_grad=True goes by its name"
        ) from None


def plain_index(index: Any) -> Any:
    """Return an index with tensors and lists in it turned into arrays."""
    parts = index if isinstance(index, tuple) else (index,)
    plain = tuple(_plain_part(part) for part in parts)
    return plain if isinstance(index, tuple) else plain[0]


def _plain_part(part: Any) -> Any:
    if part is None or part is Ellipsis or isinstance(part, int | slice):
        return part
    array = array_of(part)
    if array.size == 0 and array.dtype.kind == "f":
        array = array.astype(int)  # an empty list selects nothing
    if array.dtype.kind not in "biu":
        raise IndexError(
            f"getitem: an index is made of integers, slices, masks and arrays of integers, not {array.dtype}; "
            "convert it: index.long()"
        )
    return array


def numbers_first(index: Any) -> tuple[Any, Any]:
    """Split a plain index in two, to be used one after the other: numbers beside arrays, then the rest.

    In x[0, :, [1, 2]] PyTorch lets the number take its dimension out where it stands, so that the result is that of
    x[0][:, [1, 2]]; NumPy would count it among the index arrays and put the dimension that these pick first.
    """
    if not isinstance(index, tuple) or not any(isinstance(part, np.ndarray) and part.ndim for part in index):
        return None, index
    numbers: list[Any] = []
    rest: list[Any] = []
    for part in index:
        kind, ndim = (part.dtype.kind, part.ndim) if isinstance(part, np.ndarray) else (type(part).__name__, 0)
        if kind == "int" or (kind in "iu" and ndim == 0):
            numbers.append(part)
            continue
        rest.append(part)
        if part is Ellipsis:
            numbers.append(part)
        elif part is not None:
            numbers += [slice(None)] * (ndim if kind == "b" else 1)
    return (tuple(numbers) if len(rest) < len(index) else None), tuple(rest)


def along(input: Any, dim: int, index: Any) -> tuple[Any, ...]:
    """Return the index that reads `index` along `dim` and everything along the others: t[:, :, index]."""
    return (slice(None),) * counted(dim, np.ndim(input)) + (plain_index(index),)


def half_as_single(function: F) -> F:
    """Let a function compute in float32 where its first input is float16, whose sums and squares end at 65504."""

    @functools.wraps(function)
    def wrapper(input: Any, *args: Any, **kwargs: Any) -> Any:
        if input.dtype != float16:
            return function(input, *args, **kwargs)
        return ops.astype(function(ops.astype(input, dtype=float32), *args, **kwargs), dtype=float16)

    return wrapper  # type: ignore[return-value]  # the same signature, by functools.wraps
