"""Sizes that are one number for all dimensions or one for each, and images with or without a batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu import ops


def each(name: str, what: str, value: Any, n: int, least: int = 1) -> tuple[int, ...]:
    """Return n whole numbers: the value itself, or one value n times.

    Raises:
        TypeError: they are not whole numbers.
        ValueError: there are not n of them, or one is less than `least`.
    """
    values = tuple(value) if isinstance(value, list | tuple) else (value,) * n
    if len(values) == 1:
        values *= n
    if any(isinstance(v, bool) or not isinstance(v, int | np.integer) for v in values):
        raise TypeError(f"{name}: expected {what} to be a whole number or {n} of them, got {value!r:.40}")
    if len(values) != n or min(values) < least:
        raise ValueError(f"{name}: expected {what} to be one number or {n}, each ≥ {least}, got {value!r:.40}")
    return tuple(int(v) for v in values)


def with_batch(name: str, input: Any, n: int, function: Callable[[Any], Any]) -> Any:
    """Call `function` on (N, C, n dimensions); (C, n dimensions) gets a batch of one for the purpose.

    Raises:
        ValueError: the input has another number of dimensions.
    """
    if input.ndim == n + 2:
        return function(input)
    if input.ndim == n + 1:
        return ops.squeeze(function(ops.expand_dims(input, axis=0)), axis=0)
    letters = "L" if n == 1 else "H, W"
    raise ValueError(f"{name}: expected an input (N, C, {letters}) or (C, {letters}), got shape {tuple(input.shape)}")


def as_image(input: Any) -> Any:
    """Make rows (N, C, L) images of height 1, (N, C, 1, L): what is done to images serves both."""
    return ops.expand_dims(input, axis=2)


def as_row(input: Any) -> Any:
    """Undo `as_image`."""
    return ops.squeeze(input, axis=2)
