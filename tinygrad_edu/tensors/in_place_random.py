"""Filling a tensor with random numbers in place: `weight.data.normal_(0, 0.02)`."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.dtypes import array_of
from tinygrad_edu.system.generator import drawing_type, numpy_generator
from tinygrad_edu.tensors.in_place import in_place


def _filling(draw: Callable[..., Any]) -> Callable[..., Any]:
    """Make the method that fills a tensor with the numbers that `draw` returns."""

    @functools.wraps(draw)
    def fill(tensor: Any, *args: Any, **kwargs: Any) -> Any:
        return ops.setitem(tensor, draw(tensor, *args, **kwargs).astype(tensor.dtype), index=...)

    method = in_place(draw.__name__, fill)
    method.__doc__ = draw.__doc__
    return method


@_filling
def uniform_(tensor: Any, a: float = 0.0, b: float = 1.0, *, generator: Any = None) -> Any:
    """Fill with draws of the uniform distribution on [a, b)."""
    if a > b:
        raise ValueError(f"uniform_: expected a ≤ b, got a={a} and b={b}")
    drawn = numpy_generator(generator).random(tensor.shape, drawing_type(tensor.dtype))
    return a + (b - a) * drawn


@_filling
def normal_(tensor: Any, mean: float = 0.0, std: float = 1.0, *, generator: Any = None) -> Any:
    """Fill with draws of the normal distribution with this mean and standard deviation."""
    if std < 0:
        raise ValueError(f"normal_: expected a standard deviation std ≥ 0, got {std}")
    drawn = numpy_generator(generator).standard_normal(tensor.shape, drawing_type(tensor.dtype))
    return mean + std * drawn


@_filling
def bernoulli_(tensor: Any, p: Any = 0.5, *, generator: Any = None) -> Any:
    """Fill with 1, with a probability of p (a number or a tensor), and with 0 elsewhere."""
    p = array_of(p)
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError("bernoulli_: expected probabilities between 0 and 1")
    return numpy_generator(generator).random(tensor.shape) < p


@_filling
def random_(tensor: Any, low: int = 0, high: int | None = None, *, generator: Any = None) -> Any:
    """Fill with whole numbers from `low` up to, without, `high`; `random_(10)` starts at 0."""
    if high is None and low:
        low, high = 0, low
    if high is None:
        # PyTorch: every number of an integer type, and whole numbers that a float holds exactly.
        dtype = tensor.dtype
        high = (
            2 ** (np.finfo(dtype).nmant + 1) if dtype.kind == "f" else 2 if dtype.kind == "b" else np.iinfo(dtype).max
        )
    if low >= high:
        raise ValueError(f"random_: expected a range that is not empty, got {low} up to, without, {high}")
    return numpy_generator(generator).integers(low, high, tensor.shape)


@_filling
def exponential_(tensor: Any, lambd: float = 1.0, *, generator: Any = None) -> Any:
    """Fill with draws of the exponential distribution of rate lambd, whose mean is 1 / lambd."""
    if not lambd > 0 or math.isinf(lambd):
        raise ValueError(f"exponential_: expected a rate lambd > 0, got {lambd}")
    drawn = numpy_generator(generator).standard_exponential(tensor.shape, drawing_type(tensor.dtype))
    return drawn / lambd
