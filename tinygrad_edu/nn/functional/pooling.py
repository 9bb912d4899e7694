"""Pooling: the largest or the average of each window, of rows (N, C, L), images (N, C, H, W), volumes (N, C, D, H, W).

Windows are given by their size; `adaptive_pooling` has those that are given by their number.
"""

from __future__ import annotations

import functools
import math
from typing import Any, NamedTuple

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.dtypes import is_float
from tinygrad_edu.functions.arguments import half_as_single
from tinygrad_edu.functions.pointwise import div
from tinygrad_edu.nn.functional.sizes import Sizes, each, over_batch
from tinygrad_edu.ops.window import largest_of_windows, lowest
from tinygrad_edu.tensors.tensor import Tensor, wrap


class _Windows(NamedTuple):
    """Windows over n dimensions: size, step, border and spread, a number for each."""

    name: str  # of the function, for errors
    n: int  # 1 for rows, 2 for images, 3 for volumes
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    ceil_mode: bool

    def surround(self, x: Any, value: float = 0) -> Any:
        """Add the border. With `ceil_mode` a last window may reach past the end."""
        borders = []
        for n, k, s, p, d in zip(x.shape[2:], self.kernel, self.stride, self.padding, self.dilation, strict=True):
            span = d * (k - 1) + 1
            last = (n + 2 * p - span + (s - 1) * self.ceil_mode) // s * s - p  # where the last window starts
            if self.ceil_mode and last >= n:  # it must start inside, or in the border before
                last -= s
            borders.append((p, max(p, last + span - n)))
        return ops.pad(x, pad_width=((0, 0), (0, 0), *borders), constant_values=value) if np.any(borders) else x


def _windows(
    name: str, n: int, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> _Windows:
    kernel = each(name, "kernel_size", kernel_size, n)
    strides = kernel if stride is None or stride == () else each(name, "stride", stride, n)
    paddings = each(name, "padding", padding, n, least=0)
    dilations = each(name, "dilation", dilation, n)
    if any(2 * p > d * (k - 1) + 1 for p, k, d in zip(paddings, kernel, dilations, strict=True)):
        raise ValueError(f"{name}: expected a padding of at most half of kernel_size={kernel_size}, got {padding}")
    return _Windows(name, n, kernel, strides, paddings, dilations, ceil_mode)


def max_pool2d(
    input: Any,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor:
    """Take the largest element of each window. Of equal ones, the first takes the gradient.

    Parameters:
        input: (N, C, H, W) or (C, H, W).
        kernel_size: the size of a window.
        stride: the step from window to window; the window's size if not given.
        padding: a border that is smaller than everything, at most half as wide as the window.
        dilation: the distance between the elements of a window.
        ceil_mode: keep a last window that is only partly inside.
        return_indices: return the pair (values, where they stand: row · W + column).
    """
    windows = _windows("max_pool2d", 2, kernel_size, stride, padding, dilation, ceil_mode)
    return _max_pool(windows, input, return_indices)


def max_pool1d(
    input: Any,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor:
    """Take the largest element of each window of rows (N, C, L) or (C, L). Parameters as for `max_pool2d`."""
    windows = _windows("max_pool1d", 1, kernel_size, stride, padding, dilation, ceil_mode)
    return _max_pool(windows, input, return_indices)


def max_pool3d(
    input: Any,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor:
    """Take the largest element of each window of volumes (N, C, D, H, W) or (C, D, H, W). Otherwise as `max_pool2d`."""
    windows = _windows("max_pool3d", 3, kernel_size, stride, padding, dilation, ceil_mode)
    return _max_pool(windows, input, return_indices)


def _max_pool(windows: _Windows, input: Any, return_indices: bool) -> Any:
    name, n, kernel, stride, padding, dilation, _ = windows
    least = lowest(input.dtype)  # type: ignore[no-untyped-call]
    where = {"kernel": kernel, "stride": stride, "dilation": dilation, "border": padding}

    def values(x: Any) -> Any:
        return ops.max_pool(windows.surround(x, least), **where)

    def places(x: Any) -> Any:
        padded = windows.surround(getattr(x, "array", x), least)
        _, place = largest_of_windows(padded, **where)  # type: ignore[no-untyped-call]
        counts = zip(place.shape[2:], stride, padding, strict=True)
        starts = np.ix_(*(np.arange(count) * s - p for count, s, p in counts))
        elements = np.unravel_index(place.astype(np.intp), kernel)
        flat: Any = 0
        for m, start, i, d in zip(x.shape[2:], starts, elements, dilation, strict=True):
            flat = flat * m + (start + i * d)
        return wrap(flat)

    return pool(name, n, input, values, places if return_indices else None)


@half_as_single
def avg_pool2d(
    input: Any,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """Average each window.

    Parameters:
        input: (N, C, H, W) or (C, H, W).
        kernel_size, stride, ceil_mode: as for `max_pool2d`.
        padding: a border of zeros.
        count_include_pad: whether the border counts among the numbers that are averaged.
        divisor_override: what the sum is divided by, instead of their number.
    """
    windows = _windows("avg_pool2d", 2, kernel_size, stride, padding, 1, ceil_mode)
    return _avg_pool(windows, input, count_include_pad, divisor_override)


@half_as_single
def avg_pool1d(
    input: Any,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """Average each window of rows (N, C, L) or (C, L). Parameters as for `avg_pool2d`."""
    windows = _windows("avg_pool1d", 1, kernel_size, stride, padding, 1, ceil_mode)
    return _avg_pool(windows, input, count_include_pad, None)


@half_as_single
def avg_pool3d(
    input: Any,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """Average each window of volumes (N, C, D, H, W) or (C, D, H, W). Parameters as for `avg_pool2d`."""
    windows = _windows("avg_pool3d", 3, kernel_size, stride, padding, 1, ceil_mode)
    return _avg_pool(windows, input, count_include_pad, divisor_override)


def _avg_pool(windows: _Windows, input: Any, count_include_pad: bool, divisor: int | None) -> Any:
    name, n, kernel, stride, padding, _, _ = windows
    if divisor == 0:
        raise ValueError(f"{name}: expected divisor_override to be None or a number that is not 0, got 0")

    def average(x: Any) -> Any:
        cut = ops.cut_windows(windows.surround(x), kernel=kernel, stride=stride)
        total = ops.sum(cut, axis=tuple(range(2, 2 + n)))
        if divisor is not None:
            return _quotient(total, divisor)
        counts = []
        for count, m, k, s, p in zip(total.shape[2:], x.shape[2:], kernel, stride, padding, strict=True):
            start = np.arange(count) * s - p
            end = np.minimum(start + k, m + p)
            counts.append(end - start if count_include_pad else np.minimum(end, m) - np.maximum(start, 0))
        return _quotient(total, functools.reduce(np.multiply.outer, counts).astype(x.dtype))

    return pool(name, n, input, average)


def _quotient(total: Any, count: Any) -> Any:
    """Divide sums by numbers; of integers without the remainder, as PyTorch does."""
    return total / count if is_float(total.dtype) else div(total, count, rounding_mode="trunc")


def lp_pool2d(
    input: Any, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None, ceil_mode: bool = False
) -> Tensor:
    """Take the p-norm of each window: (Σ xᵖ)^(1/p). Where the sum is 0, so is the gradient.

    As in PyTorch, no absolute values are taken, which an odd p would need for negative numbers. With `ceil_mode`, a
    window that is only partly inside is weighed as if it were whole.

    Parameters:
        input: (N, C, H, W) or (C, H, W).
        norm_type: p; ∞ is the largest and -∞ the smallest absolute value.
        kernel_size, stride, ceil_mode: as for `max_pool2d`.
    """
    return _lp_pool("lp_pool2d", 2, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool1d(
    input: Any, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None, ceil_mode: bool = False
) -> Tensor:
    """Take the p-norm of each window of rows (N, C, L) or (C, L). Parameters as for `lp_pool2d`."""
    return _lp_pool("lp_pool1d", 1, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(
    input: Any, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None, ceil_mode: bool = False
) -> Tensor:
    """Take the p-norm of each window of volumes (N, C, D, H, W) or (C, D, H, W). Parameters as for `lp_pool2d`."""
    return _lp_pool("lp_pool3d", 3, input, norm_type, kernel_size, stride, ceil_mode)


def _lp_pool(name: str, n: int, input: Any, p: float, kernel_size: Any, stride: Any, ceil_mode: bool) -> Any:
    windows = _windows(name, n, kernel_size, stride, 0, 1, ceil_mode)
    if math.isinf(p):
        sign = math.copysign(1.0, p)
        return sign * _max_pool(windows, sign * ops.abs(input), False)
    total = _avg_pool(windows, input**p, True, None)
    nothing = total == 0  # there the root's slope would be ∞
    root = ops.where(nothing, 1.0, total * math.prod(windows.kernel)) ** (1 / p)
    return ops.where(nothing, 0.0, root)


def pool(name: str, n: int, input: Any, values: Any, places: Any = None) -> Any:
    """Call `values` on a batch; see `over_batch`.

    With `places`, return a pair with what that returns, through which no gradient flows.
    """
    if 0 in input.shape[-1 - n :]:
        raise ValueError(f"{name}: expected an input whose sizes are not 0, but for N, got shape {tuple(input.shape)}")
    y = over_batch(name, input, n, values)
    if places is None:
        return y
    return y, over_batch(name, wrap(getattr(input, "array", input)), n, places)
