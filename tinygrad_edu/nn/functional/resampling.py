"""Rearranging images (N, C, H, W): borders, patches, channels as pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from tinygrad_edu import ops
from tinygrad_edu.functions import shape as functions
from tinygrad_edu.nn.functional.sizes import each

__all__ = ["fold", "pad", "pixel_shuffle", "pixel_unshuffle", "unfold"]

Sizes = int | tuple[int, ...]


def pad(input: Any, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Any:
    """Add elements at the borders, or take some away.

    Parameters:
        pad: (before, after) for the last dimension, then for the one before it, and so on. A negative number,
            with mode="constant", cuts.
        mode: what the border is: "constant", the `value` (0); "reflect", the inside mirrored at the outermost
            element; "replicate", the outermost element; "circular", what is at the other end.

    Raises:
        ValueError: the mode is unknown, or a border is wider than what it is made of.
    """
    if mode == "constant":
        if any(p < 0 for p in pad):
            pairs = [(pad[i], pad[i + 1]) for i in range(0, len(pad), 2)]
            inside = [
                slice(max(-before, 0), n - max(-after, 0))
                for n, (before, after) in zip(reversed(input.shape), pairs, strict=False)
            ]
            input = ops.getitem(input, index=(Ellipsis, *reversed(inside)))
            pad = [max(p, 0) for p in pad]
        return functions.pad(input, pad, "constant", 0.0 if value is None else value)
    if mode not in _BORDERS:
        raise ValueError(f"pad: expected mode to be one of constant, {', '.join(_BORDERS)}, got {mode!r}")
    if len(pad) % 2 or len(pad) > 2 * input.ndim or min(pad, default=0) < 0:
        raise ValueError(f'pad: with mode="{mode}" expected pairs (before, after), each ≥ 0, got {tuple(pad)}')
    for i in range(0, len(pad), 2):
        axis, before, after = input.ndim - 1 - i // 2, pad[i], pad[i + 1]
        widest = {"reflect": input.shape[axis] - 1, "circular": input.shape[axis]}.get(mode, math.inf)
        if max(before, after) > widest:
            raise ValueError(
                f'pad: with mode="{mode}" a border of {max(before, after)} cannot be made from dimension {axis} of '
                f"size {input.shape[axis]}; expected at most {widest}"
            )
        parts = [_BORDERS[mode](input, axis, before, True), input, _BORDERS[mode](input, axis, after, False)]
        parts = [part for part in parts if part.shape[axis]]
        input = parts[0] if len(parts) == 1 else ops.concatenate(*parts, axis=axis)
    return input


def _cut(x: Any, axis: int, start: int, stop: int) -> Any:
    return ops.getitem(x, index=(*(slice(None),) * axis, slice(start, stop)))


def _reflected(x: Any, axis: int, width: int, is_before: bool) -> Any:
    n = x.shape[axis]
    inside = _cut(x, axis, 1, 1 + width) if is_before else _cut(x, axis, n - 1 - width, n - 1)
    return ops.flip(inside, axis=axis)


def _replicated(x: Any, axis: int, width: int, is_before: bool) -> Any:
    n = x.shape[axis]
    edge = _cut(x, axis, 0, 1) if is_before else _cut(x, axis, n - 1, n)
    return ops.broadcast_to(edge, shape=(*x.shape[:axis], width, *x.shape[axis + 1 :]))


def _wrapped(x: Any, axis: int, width: int, is_before: bool) -> Any:
    n = x.shape[axis]
    return _cut(x, axis, n - width, n) if is_before else _cut(x, axis, 0, width)


_BORDERS = {"reflect": _reflected, "replicate": _replicated, "circular": _wrapped}


def unfold(input: Any, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0, stride: Sizes = 1) -> Any:
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
    y = ops.unfold2d(input, kernel=kernel, stride=strides, dilation=dilations)
    return ops.reshape(y, shape=(y.shape[0], math.prod(y.shape[1:4]), math.prod(y.shape[4:])))


def fold(
    input: Any, output_size: Sizes, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0, stride: Sizes = 1
) -> Any:
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
    y = ops.fold2d(windows, size=padded, stride=strides, dilation=dilations)
    inside = (Ellipsis, slice(ph, ph + size[0]), slice(pw, pw + size[1]))
    return ops.getitem(y, index=inside) if ph or pw else y


def _patches(name: str, kernel_size: Sizes, dilation: Sizes, stride: Sizes) -> tuple[tuple[int, ...], ...]:
    return (
        each(name, "kernel_size", kernel_size, 2),
        each(name, "dilation", dilation, 2),
        each(name, "stride", stride, 2),
    )


def pixel_shuffle(input: Any, upscale_factor: int) -> Any:
    """Make r² channels one channel of r times the height and width: (…, C r², H, W) gives (…, C, r H, r W).

    From Shi and others: Real-time single image and video super-resolution, CVPR 2016.
    """
    r, (*before, channels, H, W) = upscale_factor, input.shape
    if channels % (r * r):
        raise ValueError(f"pixel_shuffle: expected a multiple of {r * r} channels, got shape {tuple(input.shape)}")
    C, n = channels // (r * r), len(before)
    blocks = ops.reshape(input, shape=(*before, C, r, r, H, W))
    spread = ops.transpose(blocks, axes=(*range(n), n, n + 3, n + 1, n + 4, n + 2))
    return ops.reshape(spread, shape=(*before, C, H * r, W * r))


def pixel_unshuffle(input: Any, downscale_factor: int) -> Any:
    """Undo `pixel_shuffle`: (…, C, r H, r W) gives (…, C r², H, W)."""
    r, (*before, C, height, width) = downscale_factor, input.shape
    if height % r or width % r:
        raise ValueError(f"pixel_unshuffle: expected multiples of {r} as height and width, got {tuple(input.shape)}")
    n = len(before)
    blocks = ops.reshape(input, shape=(*before, C, height // r, r, width // r, r))
    gathered = ops.transpose(blocks, axes=(*range(n), n, n + 2, n + 4, n + 1, n + 3))
    return ops.reshape(gathered, shape=(*before, C * r * r, height // r, width // r))
