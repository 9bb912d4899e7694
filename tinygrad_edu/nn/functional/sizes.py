"""Sizes: one number for all dimensions or one for each; windows by how many there are to be."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.op import Array
from tinygrad_edu.ops.window import SIZES

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


def over_batch(name: str, input: Any, n: int, function: Callable[[Any], Any]) -> Any:
    """Call `function` on rows (N, C, L), images (N, C, H, W) or volumes (N, C, D, H, W).

    What has no N becomes a batch of one.

    Raises:
        ValueError: the input has not n dimensions beside C and N.
    """
    if input.ndim == n + 1:
        return ops.squeeze(function(ops.expand_dims(input, axis=0)), axis=0)
    if input.ndim != n + 2:
        raise ValueError(
            f"{name}: expected an input (N, C, {SIZES[n]}) or (C, {SIZES[n]}), got shape {tuple(input.shape)}"
        )
    return function(input)


def bounds(size: int, count: int) -> tuple[Array, Array]:
    """Return where each of `count` windows starts that cover `size` elements evenly, and where it ends."""
    p = np.arange(count)
    return p * size // count, -(-(p + 1) * size // count)


def averaging(size: int, count: int) -> Array:
    """Return the matrix (count, size) that averages each of these windows."""
    start, end = (bound[:, None] for bound in bounds(size, count))
    i = np.arange(size)
    return ((start <= i) & (i < end)) / (end - start)


def weigh(input: Any, weights: Array, axis: int) -> Any:
    """Multiply one dimension with a matrix (new size, old size), whose rows weigh the old elements."""
    weights, before, after = weights.astype(input.dtype, copy=False), input.shape[:axis], input.shape[axis + 1 :]
    if not after:
        return ops.matmul(input, weights.T)
    if len(after) == 1:
        return ops.matmul(weights, input)
    rows = ops.reshape(input, shape=(*before, input.shape[axis], math.prod(after)))
    return ops.reshape(ops.matmul(weights, rows), shape=(*before, len(weights), *after))
