"""Painting over parts of images at random."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.system.generator import Generator
from tinygrad_edu.vision.transforms.augmentation import Augmentation, between


class RandomErasing(Augmentation):
    """Paint over a rectangle in an image.

    By Zhun Zhong and others, "Random Erasing Data Augmentation", 2017 (arXiv:1708.04896).

    Parameters:
        p: how probable it is that this is done at all.
        scale: the rectangle's share of the image's area is between these two.
        ratio: its height by its width is between these two. A rectangle that does not fit into the image is drawn
            again, up to ten times; then the image is left as it is.
        value: the colour, a number or one for each channel; "random" for a normally distributed number at each pixel.
        inplace: write into the image's own memory.
        generator: what draws the numbers; the default generator if not given.

    Raises:
        ValueError: a number is out of its range.
    """

    def __init__(
        self,
        p: float = 0.5,
        scale: Sequence[float] = (0.02, 0.33),
        ratio: Sequence[float] = (0.3, 3.3),
        value: Any = 0,
        inplace: bool = False,
        *,
        generator: Generator | None = None,
    ) -> None:
        if not 0 <= p <= 1:
            raise ValueError(f"RandomErasing: p is a probability, from 0 to 1, not {p!r}")
        if not 0 <= scale[0] <= scale[1] <= 1:
            raise ValueError(f"RandomErasing: scale is a smallest and a largest share, from 0 to 1, not {scale!r}")
        if not 0 < ratio[0] <= ratio[1]:
            raise ValueError(f"RandomErasing: ratio is a smallest and a largest number above 0, not {ratio!r}")
        if isinstance(value, str) and value != "random":
            raise ValueError(f"RandomErasing: value is a number, one for each channel, or 'random', not {value!r}")
        self.p, self.scale, self.ratio, self.value, self.inplace = p, tuple(scale), tuple(ratio), value, inplace
        self.generator = generator

    def change(self, images: Array, rng: np.random.Generator) -> Array:
        n, (h, w) = len(images), images.shape[-2:]
        drawn = rng.random((n, 41))
        area, shape, down, along = drawn[:, 1:].reshape(n, 4, 10).swapaxes(0, 1)  # ten trials each
        area, shape = h * w * between(self.scale, area), np.exp(between(np.log(self.ratio), shape))
        height, width = np.rint(np.sqrt(area * shape)), np.rint(np.sqrt(area / shape))
        fits = (height < h) & (width < w)
        erased = fits.any(axis=1) & (drawn[:, 0] < self.p)
        first = np.arange(n), fits.argmax(axis=1)
        height, width = height[first], width[first]
        top, left = (np.floor(part[first] * room) for part, room in ((down, h - height + 1), (along, w - width + 1)))
        row, column = np.arange(h), np.arange(w)
        inside = _inside(row, top, height)[:, :, None] & _inside(column, left, width)[:, None] & erased[:, None, None]
        value = rng.standard_normal(images.shape) if isinstance(self.value, str) else np.reshape(self.value, (-1, 1, 1))
        result = images if self.inplace else images.copy()
        np.copyto(result, np.asarray(value).astype(images.dtype), where=inside[:, None])
        return result


def _inside(places: Array, start: Array, length: Array) -> Array:
    """Return which places are among the `length` that begin at `start`, (N, places)."""
    return (places >= start[:, None]) & (places < (start + length)[:, None])
