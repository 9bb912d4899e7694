"""Making tensors: from data, filled with a number, in a row, or at random.

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

from tinygrad_edu.engine.dtypes import as_array, get_default_dtype, int64, of_result, or_default
from tinygrad_edu.engine.op import Array
from tinygrad_edu.functions.arguments import as_sizes
from tinygrad_edu.system.devices import takes_device
from tinygrad_edu.system.generator import Generator, drawing_type, numpy_generator
from tinygrad_edu.tensors.tensor import Tensor

__all__ = [
    "arange", "as_tensor", "asarray", "bernoulli", "empty", "empty_like", "eye", "from_numpy", "full", "full_like",
    "is_tensor", "linspace", "logspace", "multinomial", "normal", "ones", "ones_like", "rand", "rand_like", "randint",
    "randn", "randn_like", "randperm", "tensor", "tril_indices", "triu_indices", "zeros", "zeros_like",
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
    return Tensor(np.array(as_array(data, dtype)), requires_grad)


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


@takes_device
def as_tensor(data: Any, *, dtype: Any = None) -> Tensor:
    """Make a tensor of `data`, sharing memory with an array and returning a tensor as it is, where possible."""
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtype)
    return Tensor(as_array(data, dtype))


asarray = as_tensor


def from_numpy(array: Array) -> Tensor:
    """Make a tensor that shares the memory of `array`."""
    if not isinstance(array, np.ndarray):
        raise TypeError(f"from_numpy: expected a NumPy array, got {type(array).__name__}; use tensor()")
    return Tensor(array)


def _takes_size(function: F) -> F:
    """Let a function of sizes be called with `size=` too: `zeros(size=(2, 3))`."""

    @functools.wraps(function)
    def wrapper(*size: Any, **kwargs: Any) -> Any:
        return function(kwargs.pop("size"), **kwargs) if "size" in kwargs else function(*size, **kwargs)

    return wrapper  # type: ignore[return-value]  # the same signature, by functools.wraps


@takes_device
@_takes_size
def zeros(*size: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor of zeros: `zeros(2, 3)` or `zeros((2, 3))`."""
    return Tensor(np.zeros(as_sizes(size), or_default(dtype)), requires_grad)


@takes_device
@_takes_size
def ones(*size: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor of ones: `ones(2, 3)` or `ones((2, 3))`."""
    return Tensor(np.ones(as_sizes(size), or_default(dtype)), requires_grad)


@takes_device
@_takes_size
def empty(*size: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor whose elements are whatever the memory held: fill it before use."""
    return Tensor(np.empty(as_sizes(size), or_default(dtype)), requires_grad)


@takes_device
def full(size: Any, fill_value: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor of `size` with every element `fill_value`; its type decides the tensor's."""
    value = as_array(fill_value, dtype)
    return Tensor(np.full(as_sizes((size,)), value, value.dtype), requires_grad)


@takes_device
def zeros_like(input: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor of zeros with the shape and type of `input`."""
    return Tensor(np.zeros(input.shape, dtype or input.dtype), requires_grad)


@takes_device
def ones_like(input: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor of ones with the shape and type of `input`."""
    return Tensor(np.ones(input.shape, dtype or input.dtype), requires_grad)


@takes_device
def full_like(input: Any, fill_value: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor with the shape and type of `input` and every element `fill_value`."""
    return full(input.shape, fill_value, dtype=dtype or input.dtype, requires_grad=requires_grad)


@takes_device
def eye(n: int, m: int | None = None, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make the identity matrix (n, n), or ones on the diagonal of zeros (n, m)."""
    return Tensor(np.eye(n, m, dtype=or_default(dtype)), requires_grad)


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
    return Tensor((start + step * places).astype(dtype), requires_grad)


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
    return Tensor(_spaced("linspace", start, end, steps, dtype).astype(dtype), requires_grad)


@takes_device
@_takes_size
def rand(*size: Any, dtype: Any = None, requires_grad: bool = False, generator: Generator | None = None) -> Tensor:
    """Draw from the uniform distribution on [0, 1)."""
    dtype = or_default(dtype)
    drawn = numpy_generator(generator).random(as_sizes(size), drawing_type(dtype))
    return Tensor(np.asarray(drawn, dtype), requires_grad)


@takes_device
@_takes_size
def randn(*size: Any, dtype: Any = None, requires_grad: bool = False, generator: Generator | None = None) -> Tensor:
    """Draw from the standard normal distribution."""
    dtype = or_default(dtype)
    drawn = numpy_generator(generator).standard_normal(as_sizes(size), drawing_type(dtype))
    return Tensor(np.asarray(drawn, dtype), requires_grad)


@takes_device
def randint(
    low: int, high: Any = None, size: Any = None, *, dtype: Any = None, generator: Generator | None = None
) -> Tensor:
    """Draw whole numbers from `low` (0 if left out) up to, without, `high`: `randint(1, 7, (3,))`."""
    if size is None:
        low, high, size = 0, low, high
    return Tensor(numpy_generator(generator).integers(low, high, as_sizes((size,))).astype(dtype or int64))


@takes_device
def randperm(n: int, *, dtype: Any = None, generator: Generator | None = None) -> Tensor:
    """Draw a random order of the numbers from 0 to n - 1."""
    return Tensor(numpy_generator(generator).permutation(n).astype(dtype or int64))


@takes_device
def empty_like(input: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor with the shape and type of `input` whose elements are whatever the memory held."""
    return Tensor(np.empty(input.shape, dtype or input.dtype), requires_grad)


@takes_device
def logspace(
    start: Any, end: Any, steps: int, base: float = 10.0, *, dtype: Any = None, requires_grad: bool = False
) -> Tensor:
    """Make `steps` numbers from baseˢᵗᵃʳᵗ to baseᵉⁿᵈ, each the same multiple of the one before."""
    dtype = or_default(dtype)
    exponents = _spaced("logspace", start, end, steps, dtype)
    return Tensor(np.power(float(base), exponents).astype(dtype), requires_grad)


@takes_device
def normal(
    mean: Any,
    std: Any = 1.0,
    size: Any = None,
    *,
    dtype: Any = None,
    requires_grad: bool = False,
    generator: Generator | None = None,
) -> Tensor:
    """Draw from normal distributions; `mean` and `std` are numbers, with a `size`, or tensors that broadcast."""
    dtype = of_result((mean, std)) if dtype is None else np.dtype(dtype)
    center, spread = (x.array if isinstance(x, Tensor) else x for x in (mean, std))
    if np.any(np.less(spread, 0)):
        raise ValueError(f"normal: expected a standard deviation of at least 0, got {np.min(spread)}")
    shape = np.broadcast_shapes(np.shape(center), np.shape(spread)) if size is None else as_sizes((size,))
    drawn = center + spread * randn(shape, dtype=dtype, generator=generator).array
    return Tensor(drawn.astype(dtype, copy=False), requires_grad)


@takes_device
def bernoulli(input: Any, *, generator: Generator | None = None) -> Tensor:
    """Draw 1 with the probability that `input` gives for each element, else 0."""
    if not bool(((input.array >= 0) & (input.array <= 1)).all()):
        raise ValueError("bernoulli: expected probabilities between 0 and 1")
    return Tensor((numpy_generator(generator).random(input.shape) < input.array).astype(input.dtype))


@takes_device
def multinomial(
    input: Any, num_samples: int, replacement: bool = False, *, generator: Generator | None = None
) -> Tensor:
    """Draw indices of the last dimension by the weights there: (K) gives (num_samples), (N, K) gives a row for each."""
    if not input.is_floating_point() or num_samples < 1:
        raise ValueError(
            f"multinomial: expected weights of a floating-point type and at least 1 sample, got {input.dtype} and "
            f"{num_samples}; convert the weights: input.float()"
        )
    weights = np.asarray(input.array, dtype=np.float64)
    if weights.ndim not in (1, 2) or not np.isfinite(weights).all() or (weights < 0).any():
        raise ValueError("multinomial: expected finite weights that are not negative, of shape (K) or (N, K)")
    rows = np.atleast_2d(weights)
    if (rows.sum(1) == 0).any():
        raise ValueError("multinomial: expected at least one weight above 0 in each row")
    if not replacement and ((rows > 0).sum(1) < num_samples).any():
        raise ValueError(
            f"multinomial: {num_samples} different indices cannot be drawn from fewer weights above 0; pass "
            "replacement=True"
        )
    rng = numpy_generator(generator)
    drawn = [rng.choice(len(row), num_samples, replacement, row / row.sum()) for row in rows]
    return Tensor(np.stack(drawn).astype(int64) if weights.ndim == 2 else drawn[0].astype(int64))


def is_tensor(obj: Any) -> bool:
    """Tell whether something is a Tensor."""
    return isinstance(obj, Tensor)


@takes_device
def rand_like(
    input: Any, *, dtype: Any = None, requires_grad: bool = False, generator: Generator | None = None
) -> Tensor:
    """Draw from the uniform distribution on [0, 1), with the shape and type of `input`."""
    return rand(input.shape, dtype=dtype or input.dtype, requires_grad=requires_grad, generator=generator)


@takes_device
def randn_like(
    input: Any, *, dtype: Any = None, requires_grad: bool = False, generator: Generator | None = None
) -> Tensor:
    """Draw from the standard normal distribution, with the shape and type of `input`."""
    return randn(input.shape, dtype=dtype or input.dtype, requires_grad=requires_grad, generator=generator)


@takes_device
def tril_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None) -> Tensor:
    """Return where the lower triangle of a matrix (row, col) is: row and column numbers, (2, count)."""
    return Tensor(np.stack(np.tril_indices(row, offset, col)).astype(dtype or int64))


@takes_device
def triu_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None) -> Tensor:
    """Return where the upper triangle of a matrix (row, col) is: row and column numbers, (2, count)."""
    return Tensor(np.stack(np.triu_indices(row, offset, col)).astype(dtype or int64))
