"""Making tensors: from data, filled with a number, or in a row.

Python floats become float32, as in PyTorch, unless `dtype=` or `set_default_dtype` says otherwise. With
`requires_grad=True` the new tensor is a leaf that gradients are computed for. `device=` is understood, and must be the
CPU.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from operator import index
from typing import Any, TypeVar

import numpy as np

from tinygrad_edu.engine.dtypes import array_of, as_array, get_default_dtype, int64, of_result, or_default
from tinygrad_edu.engine.op import Array
from tinygrad_edu.functions.arguments import as_sizes
from tinygrad_edu.system.devices import takes_device
from tinygrad_edu.tensors.tensor import Tensor, wrap

__all__ = [
    "arange", "as_tensor", "asarray", "empty", "empty_like", "eye", "from_numpy", "full", "full_like", "is_tensor",
    "linspace", "logspace", "ones", "ones_like", "tensor", "tril_indices", "triu_indices", "zeros", "zeros_like",
]  # fmt: skip


F = TypeVar("F", bound=Callable[..., Any])


@takes_device
def tensor(data: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor that holds a copy of `data`: a number, nested lists, an array, a tensor."""
    if isinstance(data, Tensor):
        data = data.array
    elif inside := list(_tensors_in(data)):
        if any(x.requires_grad for x in inside):
            raise TypeError(
                "tensor: the list holds tensors that require a gradient, which copying would lose; join them with "
                "stack([...]) or cat([...])"
            )
        if dtype is None and any(x.is_floating_point() for x in inside):
            dtype = of_result(inside)
        data = _numbers(data)
    return wrap(as_array(data, dtype).copy(order="K"), requires_grad)


def _tensors_in(data: Any) -> Iterator[Tensor]:
    """Go through the tensors in nested lists."""
    if isinstance(data, Tensor):
        yield data
    elif isinstance(data, list | tuple):
        for x in data:
            yield from _tensors_in(x)


def _numbers(data: Any) -> Any:
    """Replace tensors of one element in nested lists by that number."""
    if isinstance(data, list | tuple):
        return [_numbers(x) for x in data]
    return data.item() if isinstance(data, Tensor) and data.array.size == 1 else data


def is_tensor(obj: Any) -> bool:
    """Tell whether something is a Tensor."""
    return isinstance(obj, Tensor)


@takes_device
def as_tensor(data: Any, *, dtype: Any = None) -> Tensor:
    """Make a tensor of `data`, sharing memory with an array and returning a tensor as it is, where possible."""
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtype)
    return wrap(as_array(data, dtype))


@takes_device
def asarray(obj: Any, *, dtype: Any = None, copy: bool | None = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor of `obj`, as `as_tensor` does; a new one with copy=True.

    Raises:
        ValueError: with copy=False, where the memory cannot be shared.
    """
    made = as_tensor(obj, dtype=dtype)
    shared = np.shares_memory(made.array, array_of(obj))
    if copy is False and not shared:
        raise ValueError(
            f"asarray: the memory of a {type(obj).__name__} cannot be shared as {made.dtype}; leave copy=False out"
        )
    if copy and shared:
        made = made.clone()
    return made.requires_grad_() if requires_grad else made


def from_numpy(array: Array) -> Tensor:
    """Make a tensor that shares the memory of `array`."""
    if not isinstance(array, np.ndarray):
        raise TypeError(f"from_numpy: expected a NumPy array, got {type(array).__name__}; use tensor()")
    return wrap(array)


def takes_size(function: F) -> F:
    """Let a function of sizes be called with `size=` too: `zeros(size=(2, 3))`."""

    @functools.wraps(function)
    def wrapper(*size: Any, **kwargs: Any) -> Any:
        return function(kwargs.pop("size"), **kwargs) if "size" in kwargs else function(*size, **kwargs)

    return wrapper  # type: ignore[return-value]  # the same signature, by functools.wraps


@takes_device
@takes_size
def zeros(*size: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor of zeros: `zeros(2, 3)` or `zeros((2, 3))`."""
    return wrap(np.zeros(as_sizes(size), or_default(dtype)), requires_grad)


@takes_device
@takes_size
def ones(*size: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor of ones: `ones(2, 3)` or `ones((2, 3))`."""
    return wrap(np.ones(as_sizes(size), or_default(dtype)), requires_grad)


@takes_device
@takes_size
def empty(*size: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor whose elements are whatever the memory held: fill it before use."""
    return wrap(np.empty(as_sizes(size), or_default(dtype)), requires_grad)


@takes_device
def full(size: Any, fill_value: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor of `size` with every element `fill_value`; its type decides the tensor's."""
    value = as_array(fill_value, dtype)
    return wrap(np.full(as_sizes((size,)), value, value.dtype), requires_grad)


@takes_device
def zeros_like(input: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor of zeros with the shape and type of `input`."""
    return wrap(np.zeros(input.shape, dtype or input.dtype), requires_grad)


@takes_device
def ones_like(input: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor of ones with the shape and type of `input`."""
    return wrap(np.ones(input.shape, dtype or input.dtype), requires_grad)


@takes_device
def empty_like(input: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor with the shape and type of `input` whose elements are whatever the memory held."""
    return wrap(np.empty(input.shape, dtype or input.dtype), requires_grad)


@takes_device
def full_like(input: Any, fill_value: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor with the shape and type of `input` and every element `fill_value`."""
    return full(input.shape, fill_value, dtype=dtype or input.dtype, requires_grad=requires_grad)


@takes_device
def eye(n: int, m: int | None = None, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make the identity matrix (n, n), or ones on the diagonal of zeros (n, m)."""
    return wrap(np.eye(n, m, dtype=or_default(dtype)), requires_grad)


@takes_device
def arange(start: Any, end: Any = None, step: Any = 1, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Count from `start` (0 if one number is given) up to, without, `end`: whole numbers give int64.

    With a dtype of whole numbers the start and the step are made whole first, with int64 the end as well.

    Raises:
        ValueError: the step is 0, or leads away from `end`.
    """
    start, end = (0, start) if end is None else (start, end)
    start, end, step = (_number("arange", x) for x in (start, end, step))
    if dtype is None:
        dtype = int64 if all(isinstance(x, int) for x in (start, end, step)) else get_default_dtype()
    if dtype == int64:
        start, end, step = int(start), int(end), int(step)
    if not step or (end - start) * step < 0:
        raise ValueError(f"arange: expected a step that leads from {start} to {end}, got {step}")
    places = np.arange(math.ceil((end - start) / step))
    if np.dtype(dtype).kind in "iu":
        start, step = int(start), int(step)
    return wrap((start + step * places).astype(dtype), requires_grad)


def _number(name: str, x: Any) -> Any:
    """Return a bound as a Python number; ValueError if it is a tensor or an array of several."""
    if getattr(x, "ndim", 0):
        raise ValueError(f"{name}: expected numbers, got shape {tuple(x.shape)}; write x.item() for a single element")
    return x.item() if hasattr(x, "item") else x


def _spaced(name: str, start: Any, end: Any, steps: int, dtype: np.dtype[Any]) -> Array:
    """Space numbers evenly, from each end up to the middle; the ends of a type of whole numbers are made whole."""
    start, end = _number(name, start), _number(name, end)
    if dtype.kind in "iu":
        start, end = (np.asarray(int(x)).astype(dtype).item() for x in (start, end))
    if index(steps) < 0:
        raise ValueError(f"{name}: expected a number of steps of at least 0, got {steps}")
    step, places = (end - start) / max(steps - 1, 1), np.arange(steps)
    return np.where(places < (steps + 1) // 2, start + step * places, end - step * places[::-1])


@takes_device
def linspace(start: Any, end: Any, steps: int, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make `steps` evenly spaced numbers from `start` to `end`, both included."""
    dtype = or_default(dtype)
    return wrap(_spaced("linspace", start, end, steps, dtype).astype(dtype), requires_grad)


@takes_device
def logspace(
    start: Any, end: Any, steps: int, base: float = 10.0, *, dtype: Any = None, requires_grad: bool = False
) -> Tensor:
    """Make `steps` numbers from baseˢᵗᵃʳᵗ to baseᵉⁿᵈ, each the same multiple of the one before."""
    dtype = or_default(dtype)
    exponents = _spaced("logspace", start, end, steps, dtype)
    return wrap(np.power(float(base), exponents).astype(dtype), requires_grad)


@takes_device
def tril_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None) -> Tensor:
    """Return where the lower triangle of a matrix (row, col) is: row and column numbers, (2, count)."""
    return wrap(np.stack(np.tril_indices(row, offset, col)).astype(dtype or int64))


@takes_device
def triu_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None) -> Tensor:
    """Return where the upper triangle of a matrix (row, col) is: row and column numbers, (2, count)."""
    return wrap(np.stack(np.triu_indices(row, offset, col)).astype(dtype or int64))
