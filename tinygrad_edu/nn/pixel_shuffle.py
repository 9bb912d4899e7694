"""Channels as pixels, and pixels as channels, as modules."""

from __future__ import annotations

from tinygrad_edu.nn import functional as F
from tinygrad_edu.nn.wrapping import Wrapper


class PixelShuffle(Wrapper, function=F.pixel_shuffle):
    """Make r² channels one channel of r times the height and width. See `functional.pixel_shuffle`."""

    def __init__(self, upscale_factor: int) -> None:
        super().__init__(upscale_factor=upscale_factor)


class PixelUnshuffle(Wrapper, function=F.pixel_unshuffle):
    """Undo PixelShuffle. See `functional.pixel_unshuffle`."""

    def __init__(self, downscale_factor: int) -> None:
        super().__init__(downscale_factor=downscale_factor)
