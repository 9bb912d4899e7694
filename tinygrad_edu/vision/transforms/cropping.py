"""Cutting pieces out of images at random."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.system.generator import Generator
from tinygrad_edu.vision.transforms.augmentation import Augmentation, pair


class RandomCrop(Augmentation):
    """Cut a piece of a given size out of an image, at any place.

    Parameters:
        size: the piece's height and width, or one number for both.
        padding: how many pixels to put around the image first: one number, two (left and right, above and below), or
            four (left, above, right, below).
        pad_if_needed: put as many around as the piece is larger than the image.
        fill: the colour of what is put around, a number or one for each channel.
        padding_mode: "constant" for `fill`, or "edge", "reflect" or "symmetric", as `numpy.pad` has them.
        generator: what draws the numbers; the default generator if not given.

    Raises:
        ValueError: the piece is larger than the image, or a setting is not one of those above.
    """

    def __init__(
        self,
        size: Any,
        padding: Any = None,
        pad_if_needed: bool = False,
        fill: Any = 0,
        padding_mode: str = "constant",
        *,
        generator: Generator | None = None,
    ) -> None:
        if padding_mode not in ("constant", "edge", "reflect", "symmetric"):
            raise ValueError(
                f"RandomCrop: padding_mode is constant, edge, reflect or symmetric, not {padding_mode!r:.40}"
            )
        sides = [0] if padding is None else np.atleast_1d(padding).tolist()
        if len(sides) not in (1, 2, 4) or min(sides) < 0:
            raise ValueError(f"RandomCrop: padding is one, two or four numbers that are not negative, not {padding!r}")
        self.size, self.padding = pair(size), tuple(sides * 4)[:4]
        self.pad_if_needed, self.fill, self.padding_mode = pad_if_needed, fill, padding_mode
        self.generator = generator

    def change(self, images: Array, rng: np.random.Generator) -> Array:
        height, width = (int(size) for size in self.size)
        left, above, right, below = self.padding
        images = self._padded(images, (above, below), (left, right))
        if self.pad_if_needed:
            missing = [max(0, wanted - size) for wanted, size in zip((height, width), images.shape[-2:], strict=True)]
            images = self._padded(images, *((count, count) for count in missing))
        h, w = images.shape[-2:]
        if height > h or width > w:
            raise ValueError(
                f"RandomCrop: no piece of {height} × {width} can be cut out of an image of {h} × {w}; choose a smaller "
                "size, or padding= or pad_if_needed=True"
            )
        pieces = np.lib.stride_tricks.sliding_window_view(images, (height, width), axis=(2, 3))
        top, start = (rng.random((len(images), 2)) * (h - height + 1, w - width + 1)).astype(np.intp).T
        return pieces[np.arange(len(images)), :, top, start]

    def _padded(self, images: Array, rows: tuple[int, int], columns: tuple[int, int]) -> Array:
        around = ((0, 0), (0, 0), rows, columns)
        if self.padding_mode != "constant":
            return np.pad(images, around, mode=self.padding_mode)  # type: ignore[call-overload]
        padded = np.pad(images, around)
        padded[:] = np.reshape(self.fill, (-1, 1, 1))
        h, w = images.shape[-2:]
        padded[:, :, rows[0] : rows[0] + h, columns[0] : columns[0] + w] = images
        return padded
