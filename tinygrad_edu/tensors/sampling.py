"""Random sampling: new tensors of numbers drawn from a distribution, by the default generator or one of your own."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.engine.dtypes import as_array, int64, of_result, or_default
from tinygrad_edu.functions.arguments import as_sizes
from tinygrad_edu.system.devices import takes_device
from tinygrad_edu.system.generator import Generator, drawing_type, numpy_generator
from tinygrad_edu.tensors.creation import takes_size
from tinygrad_edu.tensors.tensor import Tensor, wrap

__all__ = ["bernoulli", "multinomial", "normal", "rand", "rand_like", "randint", "randn", "randn_like", "randperm"]


@takes_device
@takes_size
def rand(*size: Any, dtype: Any = None, requires_grad: bool = False, generator: Generator | None = None) -> Tensor:
    """Draw from the uniform distribution on [0, 1)."""
    dtype = or_default(dtype)
    drawn = numpy_generator(generator).random(as_sizes(size), drawing_type(dtype))
    return wrap(as_array(drawn, dtype), requires_grad)


@takes_device
@takes_size
def randn(*size: Any, dtype: Any = None, requires_grad: bool = False, generator: Generator | None = None) -> Tensor:
    """Draw from the standard normal distribution."""
    dtype = or_default(dtype)
    drawn = numpy_generator(generator).standard_normal(as_sizes(size), drawing_type(dtype))
    return wrap(as_array(drawn, dtype), requires_grad)


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
def randint(
    low: int, high: Any = None, size: Any = None, *, dtype: Any = None, generator: Generator | None = None
) -> Tensor:
    """Draw whole numbers from `low` (0 if left out) up to, without, `high`: `randint(1, 7, (3,))`."""
    if size is None:
        low, high, size = 0, low, high
    return wrap(numpy_generator(generator).integers(low, high, as_sizes((size,))).astype(dtype or int64))


@takes_device
def randperm(n: int, *, dtype: Any = None, generator: Generator | None = None) -> Tensor:
    """Draw a random order of the numbers from 0 to n - 1."""
    return wrap(numpy_generator(generator).permutation(n).astype(dtype or int64))


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
    return wrap(drawn.astype(dtype, copy=False), requires_grad)


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
    weights = input.array.astype(np.float64)
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
    return wrap(np.stack(drawn).astype(int64) if weights.ndim == 2 else drawn[0].astype(int64))
