"""Functions of each element that PyTorch has a second name for, or that are a short composition."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_edu import ops

__all__ = [
    "clamp_max", "clamp_min", "copysign", "deg2rad", "fix", "fmax", "fmin", "fmod", "greater", "greater_equal", "less",
    "less_equal", "not_equal", "positive", "rad2deg", "sgn",
]  # fmt: skip

fix = ops.trunc
greater = ops.gt
greater_equal = ops.ge
less = ops.lt
less_equal = ops.le
not_equal = ops.ne
sgn = ops.sign


def clamp_min(input: Any, min: Any) -> Any:
    """Raise what is below `min` to it."""
    return ops.clip(input, min=min) if isinstance(min, int | float) else ops.maximum(input, min)


def clamp_max(input: Any, max: Any) -> Any:
    """Lower what is above `max` to it."""
    return ops.clip(input, max=max) if isinstance(max, int | float) else ops.minimum(input, max)


def positive(input: Any) -> Any:
    """Return the input."""
    return input


def fmod(input: Any, other: Any) -> Any:
    """Compute what division leaves, with the sign of the input."""
    return ops.sign(input) * ops.remainder(ops.abs(input), ops.abs(other))


def copysign(input: Any, other: Any) -> Any:
    """Give the input the sign of the other."""
    return ops.abs(input) * np.where(np.signbit(getattr(other, "array", other)), -1, 1)


def fmax(input: Any, other: Any) -> Any:
    """Choose the larger one, and the one that is not NaN."""
    return ops.maximum(ops.where(ops.isnan(input), other, input), ops.where(ops.isnan(other), input, other))


def fmin(input: Any, other: Any) -> Any:
    """Choose the smaller one, and the one that is not NaN."""
    return ops.minimum(ops.where(ops.isnan(input), other, input), ops.where(ops.isnan(other), input, other))


def deg2rad(input: Any) -> Any:
    """Turn degrees into radians."""
    return input * (math.pi / 180)


def rad2deg(input: Any) -> Any:
    """Turn radians into degrees."""
    return input * (180 / math.pi)
