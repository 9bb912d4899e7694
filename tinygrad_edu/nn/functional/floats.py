"""The types of numbers that a function takes, and half precision, whose largest number is 65504."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from tinygrad_edu import ops
from tinygrad_edu.engine.dtypes import float16, float32, is_float, or_default

F = TypeVar("F", bound=Callable[..., Any])


def half_as_single(function: F) -> F:
    """Let a function compute in float32 where its first input is float16: sums and squares would be infinite."""

    @functools.wraps(function)
    def wrapper(input: Any, *args: Any, **kwargs: Any) -> Any:
        if input.dtype != float16:
            return function(input, *args, **kwargs)
        return ops.astype(function(ops.astype(input, dtype=float32), *args, **kwargs), dtype=float16)

    return wrapper  # type: ignore[return-value]  # the same signature, by functools.wraps


def as_float(input: Any) -> Any:
    """Return integers as floats, whose differences and products do not wrap around; floats as they are."""
    return input if is_float(input.dtype) else ops.astype(input, dtype=or_default(None))


def check_float(name: str, input: Any, what: str = "numbers") -> None:
    """Raise TypeError unless the input holds floating-point numbers."""
    if not is_float(input.dtype):
        raise TypeError(f"{name}: expected floating-point {what}, got {input.dtype}; convert the input: x.float()")
