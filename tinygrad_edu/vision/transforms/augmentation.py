"""Random changes of images that leave their class as it is: a network that learns from them overfits less.

Each image of a batch is changed by numbers of its own, drawn from the default generator or from `generator`.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.system.generator import Generator, numpy_generator
from tinygrad_edu.tensors.tensor import Tensor, wrap


class Augmentation(ABC):
    """A random change of images: an array (H, W) or (H, W, C), or a Tensor (..., H, W).

    What comes out is of the kind and the type of numbers that came in.
    """

    generator: Generator | None = None

    @abstractmethod
    def change(self, images: Array, rng: np.random.Generator) -> Array:
        """Return changed images. Images (N, C, H, W) are given, and not written to."""

    def __call__(self, image: Any) -> Any:
        """Change one image."""
        return self.batch((image if isinstance(image, Tensor) else np.asarray(image))[None])[0]

    def batch(self, images: Any) -> Any:
        """Change N images (N, ...), each in its own way."""
        if isinstance(images, Tensor) and images.requires_grad:
            raise ValueError(f"{type(self).__name__}: it carries no gradient back to the image; pass image.detach()")
        pixels = images.array if isinstance(images, Tensor) else np.asarray(images)
        expected = pixels.ndim >= 3 if isinstance(images, Tensor) else pixels.ndim in (3, 4)
        if not expected or pixels.dtype.kind not in "uif":
            raise ValueError(
                f"{type(self).__name__}: expected images of numbers, as arrays (H, W) or (H, W, C) or Tensors (..., H, "
                f"W), got {pixels.dtype} of shape {pixels.shape[1:]}"
            )
        if pixels.ndim == 4 and not isinstance(images, Tensor):  # channels come last
            changed = self.change(np.moveaxis(pixels, -1, 1), numpy_generator(self.generator))
            return np.ascontiguousarray(np.moveaxis(changed, 1, -1))
        channels = pixels.shape[1:-2]
        flat = pixels.reshape(len(pixels), math.prod(channels), *pixels.shape[-2:])
        changed = self.change(flat, numpy_generator(self.generator))
        changed = changed.reshape(len(pixels), *channels, *changed.shape[-2:])
        return wrap(changed) if isinstance(images, Tensor) else changed

    def __repr__(self) -> str:
        settings = (f"{key}={value}" for key, value in vars(self).items() if key != "generator")
        return f"{type(self).__name__}({', '.join(settings)})"


def between(ends: Any, part: Array) -> Array:
    """Return the number that lies at `part` (0 to 1) of the way from one end to the other."""
    return np.asarray(ends[0] + (ends[1] - ends[0]) * part)


def pair(value: Any) -> tuple[float, float]:
    """Return two numbers: one given for both stands for itself twice."""
    one, two = (value, value) if np.ndim(value) == 0 else value
    return one, two
