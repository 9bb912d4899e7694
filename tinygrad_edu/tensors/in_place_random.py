"""Filling a tensor with random numbers in place: `weight.data.normal_(0, 0.02)`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.system.generator import drawing_type, numpy_generator
from tinygrad_edu.tensors.in_place import in_place


def _uniform(tensor: Any, a: float = 0.0, b: float = 1.0, *, generator: Any = None) -> Any:
    """Fill with draws of the uniform distribution on [a, b)."""
    if a > b:
        raise ValueError(f"uniform_: expected a ≤ b, got a={a} and b={b}")
    drawn = numpy_generator(generator).random(tensor.shape, drawing_type(tensor.dtype))
    return _filled(tensor, a + (b - a) * drawn)


def _normal(tensor: Any, mean: float = 0.0, std: float = 1.0, *, generator: Any = None) -> Any:
    """Fill with draws of the normal distribution with this mean and standard deviation."""
    if std < 0:
        raise ValueError(f"normal_: expected a standard deviation std ≥ 0, got {std}")
    drawn = numpy_generator(generator).standard_normal(tensor.shape, drawing_type(tensor.dtype))
    return _filled(tensor, mean + std * drawn)


def _bernoulli(tensor: Any, p: Any = 0.5, *, generator: Any = None) -> Any:
    """Fill with 1, with a probability of p (a number or a tensor), and with 0 elsewhere."""
    p = np.asarray(getattr(p, "array", p))
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError("bernoulli_: expected probabilities between 0 and 1")
    return _filled(tensor, numpy_generator(generator).random(tensor.shape) < p)


def _random(tensor: Any, low: int = 0, high: int | None = None, *, generator: Any = None) -> Any:
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
    return _filled(tensor, numpy_generator(generator).integers(low, high, tensor.shape))


def _exponential(tensor: Any, lambd: float = 1.0, *, generator: Any = None) -> Any:
    """Fill with draws of the exponential distribution of rate lambd, whose mean is 1 / lambd."""
    if not lambd > 0 or math.isinf(lambd):
        raise ValueError(f"exponential_: expected a rate lambd > 0, got {lambd}")
    drawn = numpy_generator(generator).standard_exponential(tensor.shape, drawing_type(tensor.dtype))
    return _filled(tensor, drawn / lambd)


def _filled(tensor: Any, values: Any) -> Any:
    return ops.setitem(tensor, values.astype(tensor.dtype), index=...)


def _filling(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    method = in_place(name, function)
    method.__doc__ = function.__doc__
    return method


bernoulli_ = _filling("bernoulli_", _bernoulli)
exponential_ = _filling("exponential_", _exponential)
normal_ = _filling("normal_", _normal)
random_ = _filling("random_", _random)
uniform_ = _filling("uniform_", _uniform)
