"""Windows of images as columns, and columns added up to images."""

from __future__ import annotations

import math
from typing import Any

from tinygrad_edu import ops
from tinygrad_edu.nn.functional.sizes import Sizes, each
from tinygrad_edu.tensors.tensor import Tensor


def unfold(input: Any, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0, stride: Sizes = 1) -> Tensor:
    """Write every window of an image as a column: (N, C, H, W) gives (N, C kh kw, L), with L windows.

    Parameters:
        kernel_size, dilation, padding, stride: as for `conv2d`, which is a matrix product with these columns.
    """
    kernel, dilations, strides = _patches("unfold", kernel_size, dilation, stride)
    ph, pw = each("unfold", "padding", padding, 2, least=0)
    if input.ndim == 3:
        return ops.squeeze(unfold(ops.expand_dims(input, axis=0), kernel_size, dilation, padding, stride), axis=0)
    if input.ndim != 4:
        raise ValueError(f"unfold: expected an input (N, C, H, W) or (C, H, W), got shape {tuple(input.shape)}")
    if ph or pw:
        input = ops.pad(input, pad_width=((0, 0), (0, 0), (ph, ph), (pw, pw)))
    y = ops.cut_windows(input, kernel=kernel, stride=strides, dilation=dilations)
    return ops.reshape(y, shape=(y.shape[0], math.prod(y.shape[1:4]), math.prod(y.shape[4:])))


def fold(
    input: Any, output_size: Sizes, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0, stride: Sizes = 1
) -> Tensor:
    """Add columns up to an image, each where `unfold` took it from: (N, C kh kw, L) gives (N, C, *output_size).

    Raises:
        ValueError: these are not the columns of such an image.
    """
    kernel, dilations, strides = _patches("fold", kernel_size, dilation, stride)
    (ph, pw), size = each("fold", "padding", padding, 2, least=0), each("fold", "output_size", output_size, 2)
    if input.ndim == 2:
        columns = ops.expand_dims(input, axis=0)
        return ops.squeeze(fold(columns, output_size, kernel_size, dilation, padding, stride), axis=0)
    padded = (size[0] + 2 * ph, size[1] + 2 * pw)
    counts = tuple(
        (n - d * (k - 1) - 1) // s + 1 for n, k, s, d in zip(padded, kernel, strides, dilations, strict=True)
    )
    of_a_channel = math.prod(kernel)
    if input.ndim != 3 or input.shape[1] % of_a_channel or input.shape[2] != math.prod(counts):
        raise ValueError(
            f"fold: expected columns (N, a multiple of {of_a_channel}, {math.prod(counts)}) for images of {size}, got "
            f"shape {tuple(input.shape)}"
        )
    windows = ops.reshape(input, shape=(input.shape[0], input.shape[1] // of_a_channel, *kernel, *counts))
    y = ops.add_windows(windows, size=padded, stride=strides, dilation=dilations)
    inside = (Ellipsis, slice(ph, ph + size[0]), slice(pw, pw + size[1]))
    return ops.getitem(y, index=inside) if ph or pw else y


def _patches(name: str, kernel_size: Sizes, dilation: Sizes, stride: Sizes) -> tuple[tuple[int, ...], ...]:
    return (
        each(name, "kernel_size", kernel_size, 2),
        each(name, "dilation", dilation, 2),
        each(name, "stride", stride, 2),
    )
