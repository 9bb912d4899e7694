"""Sums along axes, right to within rounding also where very many rows are added up.

NumPy adds in pairs along the last axis, which keeps rounding errors small. Down the rows of a matrix it adds one after
the other: of a million rows of 0.1 in float32, 1 % is lost. Here rows are added `BLOCK` at a time, each block as the
product of a row of ones and the block; and the sums of the blocks are added in the same way again. It is quicker, too.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_edu.engine.op import ARRAYS

SUM: Any = np.add.reduce  # what np.sum comes to, without its wrapper
BLOCK = 256
SMALL, FEW = 4096, 16  # of so few numbers, or rows, the sum of NumPy is as quick, and good enough


def add_up(a: Any, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Any:
    """Return `np.sum(a, axis, keepdims=keepdims)`."""
    if a.__class__ not in ARRAYS:
        return np.sum(a, axis=axis, keepdims=keepdims)
    if a.size <= SMALL or a.ndim < 2 or a.dtype.char not in "fd":
        return SUM(a, axis=axis, keepdims=keepdims)
    if axis == (0,) and a.ndim == 2 and not keepdims and a.flags.c_contiguous:  # the gradient of a bias
        return _sum_of_rows(a)
    shape = a.shape
    given = range(a.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    axes = sorted(i % a.ndim for i in given)
    if not a.flags.c_contiguous and math.prod([shape[i] for i in axes]) <= BLOCK:
        return np.sum(a, axis=axis, keepdims=keepdims)  # a copy, which `reshape` would make, is not worth it
    reduced = set(axes)
    kept = [1 if i in reduced else n for i, n in enumerate(shape)]
    while axes:  # from the last to the first; neighbours together, as one axis of n rows
        end = axes.pop() + 1
        start = end - 1
        while axes and axes[-1] == start - 1:
            start = axes.pop()
        a = _sum_of_rows(a.reshape(math.prod(shape[:start]), math.prod(shape[start:end]), math.prod(kept[end:])))
    return a.reshape(kept if keepdims else [n for i, n in enumerate(shape) if i not in reduced])


def _sum_of_rows(a: Any) -> Any:
    """Add up the rows of a matrix, or of each in a stack of them."""
    n, width = a.shape[-2:]
    if width == 1:  # NumPy adds numbers that lie side by side in pairs
        return np.add.reduce(a[..., 0], axis=-1, keepdims=True)
    if n <= FEW:
        return np.add.reduce(a, axis=-2)
    if n <= BLOCK:
        return np.matmul(np.ones(n, a.dtype), a)
    whole = n - n % BLOCK
    blocks = a[..., :whole, :].reshape(*a.shape[:-2], -1, BLOCK, width)
    total = _sum_of_rows(np.matmul(np.ones(BLOCK, a.dtype), blocks))
    return total if whole == n else total + _sum_of_rows(a[..., whole:, :])
