"""Channels as pixels, and pixels as channels."""

from __future__ import annotations

from typing import Any

from tinygrad_edu import ops
from tinygrad_edu.tensors.tensor import Tensor


def pixel_shuffle(input: Any, upscale_factor: int) -> Tensor:
    """Make r² channels one channel of r times the height and width: (…, C r², H, W) gives (…, C, r H, r W).

    From Shi and others: Real-time single image and video super-resolution, CVPR 2016.
    """
    r, (*before, channels, H, W) = upscale_factor, input.shape
    if r == 1:
        return ops.clone(input)
    if channels % (r * r):
        raise ValueError(f"pixel_shuffle: expected a multiple of {r * r} channels, got shape {tuple(input.shape)}")
    C, n = channels // (r * r), len(before)
    blocks = ops.reshape(input, shape=(*before, C, r, r, H, W))
    spread = ops.transpose(blocks, axes=(*range(n), n, n + 3, n + 1, n + 4, n + 2))
    return ops.reshape(spread, shape=(*before, C, H * r, W * r))


def pixel_unshuffle(input: Any, downscale_factor: int) -> Tensor:
    """Undo `pixel_shuffle`: (…, C, r H, r W) gives (…, C r², H, W)."""
    r, (*before, C, height, width) = downscale_factor, input.shape
    if r == 1:
        return ops.clone(input)
    if height % r or width % r:
        raise ValueError(f"pixel_unshuffle: expected multiples of {r} as height and width, got {tuple(input.shape)}")
    n = len(before)
    blocks = ops.reshape(input, shape=(*before, C, height // r, r, width // r, r))
    gathered = ops.transpose(blocks, axes=(*range(n), n, n + 2, n + 4, n + 1, n + 3))
    return ops.reshape(gathered, shape=(*before, C * r * r, height // r, width // r))
