"""The types of numbers that a function takes."""

from __future__ import annotations

from typing import Any

from tinygrad_edu import ops
from tinygrad_edu.engine.dtypes import is_float, or_default
from tinygrad_edu.tensors.tensor import Tensor


def as_float(input: Any) -> Tensor:
    """Return integers as floats, whose differences and products do not wrap around; floats as they are."""
    return input if is_float(input.dtype) else ops.astype(input, dtype=or_default(None))


def check_float(name: str, input: Any, what: str = "numbers") -> None:
    """Raise TypeError unless the input holds floating-point numbers."""
    if not is_float(input.dtype):
        raise TypeError(f"{name}: expected floating-point {what}, got {input.dtype}; convert the input: x.float()")
