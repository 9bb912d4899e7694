"""Making tensors: from data, filled with a number, in a row, or at random.

Python floats become float32, as in PyTorch; `dtype=` says otherwise. With `requires_grad=True` the
new tensor is a leaf that gradients are computed for.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.engine.dtypes import DEFAULT, as_array, float64, int64
from tinygrad_edu.engine.op import Array
from tinygrad_edu.engine.tensor import Tensor
from tinygrad_edu.functions.naming import as_sizes
from tinygrad_edu.random import Generator, numpy_generator

__all__ = [
    "arange", "as_tensor", "empty", "eye", "from_numpy", "full", "full_like", "linspace", "ones", "ones_like",
    "rand", "rand_like", "randint", "randn", "randn_like", "randperm", "tensor", "zeros", "zeros_like",
]  # fmt: skip


def tensor(data: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor that holds a copy of `data`: a number, nested lists, an array, a tensor."""
    if isinstance(data, Tensor):
        data = data.array
    elif _holds_tracked(data):
        raise TypeError(
            "tensor: the list holds tensors that require a gradient, which copying would lose; join them with "
            "stack([...]) or cat([...])"
        )
    return Tensor(np.array(as_array(data, dtype)), requires_grad)


def _holds_tracked(data: Any) -> bool:
    return isinstance(data, list | tuple) and any(
        x.requires_grad if isinstance(x, Tensor) else _holds_tracked(x) for x in data
    )


def as_tensor(data: Any, *, dtype: Any = None) -> Tensor:
    """Make a tensor of `data`, sharing memory with an array and returning a tensor as it is, where possible."""
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtype)
    return Tensor(as_array(data, dtype))


def from_numpy(array: Array) -> Tensor:
    """Make a tensor that shares the memory of `array`."""
    if not isinstance(array, np.ndarray):
        raise TypeError(f"from_numpy: expected a NumPy array, got {type(array).__name__}; use tensor()")
    return Tensor(array)


def zeros(*size: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor of zeros: `zeros(2, 3)` or `zeros((2, 3))`."""
    return Tensor(np.zeros(as_sizes(size), dtype or DEFAULT), requires_grad)


def ones(*size: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor of ones: `ones(2, 3)` or `ones((2, 3))`."""
    return Tensor(np.ones(as_sizes(size), dtype or DEFAULT), requires_grad)


def empty(*size: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor whose elements are whatever the memory held: fill it before use."""
    return Tensor(np.empty(as_sizes(size), dtype or DEFAULT), requires_grad)


def full(size: Any, fill_value: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor of `size` with every element `fill_value`; its type decides the tensor's."""
    value = as_array(fill_value, dtype)
    return Tensor(np.full(as_sizes((size,)), value, value.dtype), requires_grad)


def zeros_like(input: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor of zeros with the shape and type of `input`."""
    return Tensor(np.zeros(input.shape, dtype or input.dtype), requires_grad)


def ones_like(input: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor of ones with the shape and type of `input`."""
    return Tensor(np.ones(input.shape, dtype or input.dtype), requires_grad)


def full_like(input: Any, fill_value: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor with the shape and type of `input` and every element `fill_value`."""
    return Tensor(np.full(input.shape, fill_value, dtype or input.dtype), requires_grad)


def eye(n: int, m: int | None = None, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make the identity matrix (n, n), or ones on the diagonal of zeros (n, m)."""
    return Tensor(np.eye(n, m, dtype=dtype or DEFAULT), requires_grad)


def arange(start: Any, end: Any = None, step: Any = 1, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Count from `start` (0 if one number is given) up to, without, `end`: whole numbers give int64, others float32."""
    start, end = (0, start) if end is None else (start, end)
    whole = all(isinstance(x, int | np.integer) for x in (start, end, step))
    return Tensor(np.arange(start, end, step).astype(dtype or (int64 if whole else DEFAULT)), requires_grad)


def linspace(start: float, end: float, steps: int, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make `steps` evenly spaced numbers from `start` to `end`, both included."""
    return Tensor(np.linspace(start, end, steps).astype(dtype or DEFAULT), requires_grad)


def rand(*size: Any, dtype: Any = None, requires_grad: bool = False, generator: Generator | None = None) -> Tensor:
    """Draw from the uniform distribution on [0, 1)."""
    dtype = np.dtype(dtype or DEFAULT)
    drawn = numpy_generator(generator).random(as_sizes(size), dtype if dtype == float64 else DEFAULT)
    return Tensor(np.asarray(drawn, dtype), requires_grad)


def randn(*size: Any, dtype: Any = None, requires_grad: bool = False, generator: Generator | None = None) -> Tensor:
    """Draw from the standard normal distribution."""
    dtype = np.dtype(dtype or DEFAULT)
    drawn = numpy_generator(generator).standard_normal(as_sizes(size), dtype if dtype == float64 else DEFAULT)
    return Tensor(np.asarray(drawn, dtype), requires_grad)


def randint(
    low: int, high: Any = None, size: Any = None, *, dtype: Any = None, generator: Generator | None = None
) -> Tensor:
    """Draw whole numbers from `low` (0 if left out) up to, without, `high`: `randint(1, 7, (3,))`."""
    if size is None:
        low, high, size = 0, low, high
    return Tensor(numpy_generator(generator).integers(low, high, as_sizes((size,))).astype(dtype or int64))


def randperm(n: int, *, generator: Generator | None = None) -> Tensor:
    """Draw a random order of the numbers from 0 to n - 1."""
    return Tensor(numpy_generator(generator).permutation(n))


def rand_like(input: Any, *, dtype: Any = None, generator: Generator | None = None) -> Tensor:
    """Draw from the uniform distribution on [0, 1), with the shape and type of `input`."""
    return rand(input.shape, dtype=dtype or input.dtype, generator=generator)


def randn_like(input: Any, *, dtype: Any = None, generator: Generator | None = None) -> Tensor:
    """Draw from the standard normal distribution, with the shape and type of `input`."""
    return randn(input.shape, dtype=dtype or input.dtype, generator=generator)
