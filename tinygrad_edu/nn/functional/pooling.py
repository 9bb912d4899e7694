"""Pooling: the largest or the average of each window, of rows (N, C, L) and images (N, C, H, W).

Windows are given by their size, or (adaptive) by how many there are to be.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.dtypes import is_float
from tinygrad_edu.functions.arguments import half_as_single
from tinygrad_edu.functions.pointwise import div
from tinygrad_edu.nn.functional.floats import check_float
from tinygrad_edu.nn.functional.sizes import Sizes, averaging, bounds, for_images, over_images
from tinygrad_edu.ops.window import largest_of_windows, lowest
from tinygrad_edu.tensors.tensor import Tensor, wrap


class _Windows(NamedTuple):
    """Windows over images, which rows are made first: size, step, border and spread, for rows and for columns."""

    name: str  # of the function, for errors
    n: int  # 1 for rows, 2 for images
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    ceil_mode: bool

    def surround(self, x: Any, value: float = 0) -> Any:
        """Add the border to images (N, C, H, W). With `ceil_mode` a last window may reach past the end."""
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
    kernel = for_images(name, "kernel_size", kernel_size, n)
    strides = kernel if stride is None or stride == () else for_images(name, "stride", stride, n)
    paddings = for_images(name, "padding", padding, n, least=0)
    dilations = for_images(name, "dilation", dilation, n)
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


def _max_pool(windows: _Windows, input: Any, return_indices: bool) -> Any:
    name, n, kernel, stride, padding, dilation, _ = windows
    least = lowest(input.dtype)  # type: ignore[no-untyped-call]
    where = {"kernel": kernel, "stride": stride, "dilation": dilation, "border": padding}

    def values(x: Any) -> Any:
        return ops.max_pool2d(windows.surround(x, least), **where)

    def places(x: Any) -> Any:
        padded = windows.surround(getattr(x, "array", x), least)
        _, place = largest_of_windows(padded, **where)  # type: ignore[no-untyped-call]
        counts = zip(place.shape[2:], stride, padding, strict=True)
        starts = np.ix_(*(np.arange(count) * s - p for count, s, p in counts))
        elements = divmod(place.astype(np.intp), kernel[1])
        row, column = (start + i * d for start, i, d in zip(starts, elements, dilation, strict=True))
        return wrap(row * x.shape[3] + column)

    return _pool(name, n, input, values, places if return_indices else None)


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


def _avg_pool(windows: _Windows, input: Any, count_include_pad: bool, divisor: int | None) -> Any:
    name, n, kernel, stride, padding, _, _ = windows
    if divisor == 0:
        raise ValueError(f"{name}: expected divisor_override to be None or a number that is not 0, got 0")

    def pool(x: Any) -> Any:
        total = ops.sum(ops.unfold2d(windows.surround(x), kernel=kernel, stride=stride), axis=(2, 3))
        if divisor is not None:
            return _quotient(total, divisor)
        counts = []
        for count, m, k, s, p in zip(total.shape[2:], x.shape[2:], kernel, stride, padding, strict=True):
            start = np.arange(count) * s - p
            end = np.minimum(start + k, m + p)
            counts.append(end - start if count_include_pad else np.minimum(end, m) - np.maximum(start, 0))
        return _quotient(total, np.outer(*counts).astype(x.dtype))

    return _pool(name, n, input, pool)


def _quotient(total: Any, count: Any) -> Any:
    """Divide sums by numbers; of integers without the remainder, as PyTorch does."""
    return total / count if is_float(total.dtype) else div(total, count, rounding_mode="trunc")


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


def _adaptive(name: str, n: int, input: Any, output_size: Any, pool: Any, places: Any = None) -> Any:
    sizes = tuple(output_size) if isinstance(output_size, list | tuple) else (output_size,) * n
    sizes = tuple(have if want is None else want for have, want in zip(input.shape[-n:], sizes, strict=True))
    counts = for_images(name, "output_size", sizes, n)
    return _pool(name, n, input, lambda x: pool(x, counts), None if places is None else lambda x: places(x, counts))


def _averages(x: Any, counts: tuple[int, ...]) -> Any:
    check_float("adaptive_avg_pool", x)
    rows, columns = (averaging(*sizes).astype(x.dtype) for sizes in zip(x.shape[2:], counts, strict=True))
    return ops.matmul(ops.matmul(rows, x), columns.T)


def _where_largest(x: Any, counts: tuple[int, ...]) -> Any:
    """Find the largest element of each window: row · W + column."""
    array = getattr(x, "array", x)
    size = array.shape[2:]
    picked = []
    for n, count in zip(size, counts, strict=True):
        start, end = bounds(n, count)
        # All windows as large as the largest; the smaller ones repeat their last element, which changes no maximum.
        picked.append(np.minimum(start[:, None] + np.arange((end - start).max()), end[:, None] - 1))
    flat = picked[0][:, None, :, None] * size[1] + picked[1][None, :, None, :]
    flat = flat.reshape(*counts, -1)
    windows = array.reshape(*array.shape[:2], -1)[..., flat]
    return wrap(np.take_along_axis(np.broadcast_to(flat, windows.shape), windows.argmax(-1)[..., None], -1)[..., 0])


def _largest(x: Any, counts: tuple[int, ...]) -> Any:
    places = _where_largest(x, counts).array
    flat = ops.reshape(x, shape=(*x.shape[:2], x.shape[2] * x.shape[3]))
    y = ops.take_along_axis(flat, places.reshape(*places.shape[:2], -1), axis=2)
    return ops.reshape(y, shape=places.shape)


def _pool(name: str, n: int, input: Any, values: Any, places: Any = None) -> Any:
    """Call `values` on images (N, C, H, W), whatever of rows or images, alone or many, the input is.

    With `places`, return a pair with what that returns, through which no gradient flows.
    """
    if 0 in input.shape[-1 - n :]:
        raise ValueError(f"{name}: expected an input whose sizes are not 0, but for N, got shape {tuple(input.shape)}")
    y = over_images(name, input, n, values)
    if places is None:
        return y
    return y, over_images(name, wrap(getattr(input, "array", input)), n, places)
