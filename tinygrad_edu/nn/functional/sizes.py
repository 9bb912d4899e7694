"""Sizes: one number for all dimensions or one for each; rows as images; windows by how many there are to be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.op import Array

Sizes = int | tuple[int, ...]


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


def for_images(name: str, what: str, value: Any, n: int, least: int = 1) -> tuple[int, ...]:
    """Return what `each` does, for images. Rows, n = 1, are images of height 1, along which `least` changes nothing."""
    return (least,) * (2 - n) + each(name, what, value, n, least)


def over_images(name: str, input: Any, n: int, function: Callable[[Any], Any]) -> Any:
    """Call `function` on images (N, C, H, W). Rows (N, C, L) become images of height 1; what has no N, a batch of one.

    Raises:
        ValueError: the input has another number of dimensions.
    """
    if input.ndim not in (n + 1, n + 2):
        letters = "L" if n == 1 else "H, W"
        raise ValueError(
            f"{name}: expected an input (N, C, {letters}) or (C, {letters}), got shape {tuple(input.shape)}"
        )
    axis = (0,) * (input.ndim == n + 1) + (2,) * (n == 1)
    return ops.squeeze(function(ops.expand_dims(input, axis=axis)), axis=axis) if axis else function(input)


def bounds(size: int, count: int) -> tuple[Array, Array]:
    """Return where each of `count` windows starts that cover `size` elements evenly, and where it ends."""
    p = np.arange(count)
    return p * size // count, -(-(p + 1) * size // count)


def averaging(size: int, count: int) -> Array:
    """Return the matrix (count, size) that averages each of these windows."""
    start, end = (bound[:, None] for bound in bounds(size, count))
    i = np.arange(size)
    return ((start <= i) & (i < end)) / (end - start)
