"""Pooling by windows of such sizes that there is a given number of them: the largest or the average of each."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.functions.arguments import half_as_single
from tinygrad_edu.nn.functional.floats import check_float
from tinygrad_edu.nn.functional.pooling import pool
from tinygrad_edu.nn.functional.sizes import averaging, bounds, each, weigh
from tinygrad_edu.tensors.tensor import Tensor, wrap


@half_as_single
def adaptive_avg_pool2d(input: Any, output_size: Any) -> Tensor:
    """Average windows of such sizes that there are OH × OW of them, in (N, C, H, W) or (C, H, W).

    Window p reaches from row ⌊p H / OH⌋ to before row ⌈(p + 1) H / OH⌉. Averaging is linear in rows and
    columns: y = A x Bᵀ. (So an infinity anywhere makes NaN of what it is multiplied with by 0.)

    Parameters:
        output_size: OH and OW, or one number for both; None keeps the size.
    """
    return _adaptive("adaptive_avg_pool2d", 2, input, output_size, _averages)


@half_as_single
def adaptive_avg_pool1d(input: Any, output_size: int) -> Tensor:
    """Average windows of such sizes that there are `output_size` of them, in (N, C, L) or (C, L)."""
    return _adaptive("adaptive_avg_pool1d", 1, input, output_size, _averages)


@half_as_single
def adaptive_avg_pool3d(input: Any, output_size: Any) -> Tensor:
    """Average windows of such sizes that there are OD × OH × OW of them, in (N, C, D, H, W) or (C, D, H, W)."""
    return _adaptive("adaptive_avg_pool3d", 3, input, output_size, _averages)


def adaptive_max_pool2d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """Take the largest of windows of such sizes that there are OH × OW of them; see `adaptive_avg_pool2d`.

    Parameters:
        return_indices: return the pair (values, where they stand: row · W + column).
    """
    places = _where_largest if return_indices else None
    return _adaptive("adaptive_max_pool2d", 2, input, output_size, _largest, places)


def adaptive_max_pool1d(input: Any, output_size: int, return_indices: bool = False) -> Any:
    """Take the largest of windows of such sizes that there are `output_size` of them, in (N, C, L) or (C, L)."""
    places = _where_largest if return_indices else None
    return _adaptive("adaptive_max_pool1d", 1, input, output_size, _largest, places)


def adaptive_max_pool3d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """Take the largest of windows of such sizes that there are OD × OH × OW of them; see `adaptive_max_pool2d`."""
    places = _where_largest if return_indices else None
    return _adaptive("adaptive_max_pool3d", 3, input, output_size, _largest, places)


def _adaptive(name: str, n: int, input: Any, output_size: Any, values: Any, places: Any = None) -> Any:
    sizes = tuple(output_size) if isinstance(output_size, list | tuple) else (output_size,) * n
    sizes = tuple(have if want is None else want for have, want in zip(input.shape[-n:], sizes, strict=True))
    counts = each(name, "output_size", sizes, n)
    return pool(name, n, input, lambda x: values(x, counts), None if places is None else lambda x: places(x, counts))


def _averages(x: Any, counts: tuple[int, ...]) -> Any:
    check_float("adaptive_avg_pool", x)
    for axis, count in enumerate(counts, 2):
        x = weigh(x, averaging(x.shape[axis], count), axis)
    return x


def _where_largest(x: Any, counts: tuple[int, ...]) -> Any:
    """Find the largest element of each window: where it stands in the input written as one row."""
    array = getattr(x, "array", x)
    flat = np.zeros(1, np.intp)  # (counts, elements of a window)
    for n, count in zip(array.shape[2:], counts, strict=True):
        start, end = bounds(n, count)
        # All windows as large as the largest; the smaller ones repeat their last element, which changes no maximum.
        picked = np.minimum(start[:, None] + np.arange((end - start).max()), end[:, None] - 1)
        flat = flat[..., None, :, None] * n + picked[:, None, :]
        flat = flat.reshape(*flat.shape[:-2], -1)
    windows = array.reshape(*array.shape[:2], math.prod(array.shape[2:]))[..., flat]
    return wrap(np.take_along_axis(np.broadcast_to(flat, windows.shape), windows.argmax(-1)[..., None], -1)[..., 0])


def _largest(x: Any, counts: tuple[int, ...]) -> Any:
    places = _where_largest(x, counts).array
    flat = ops.reshape(x, shape=(*x.shape[:2], math.prod(x.shape[2:])))
    y = ops.take_along_axis(flat, places.reshape(*places.shape[:2], math.prod(counts)), axis=2)
    return ops.reshape(y, shape=places.shape)
