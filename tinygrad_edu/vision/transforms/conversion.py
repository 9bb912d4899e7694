"""From images to a network's input: one step after the other, tensors, common means and deviations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np

from tinygrad_edu.engine import dtypes
from tinygrad_edu.tensors.tensor import Tensor, wrap


class Compose:
    """Apply `transforms` in order.

    Attributes:
        batch: the same for N images at once, or None if one of the transforms cannot do that.
    """

    def __init__(self, transforms: Sequence[Callable[[Any], Any]]) -> None:
        self.transforms = list(transforms)

    def __call__(self, image: Any) -> Any:
        return reduce(lambda image, transform: transform(image), self.transforms, image)

    @property
    def batch(self) -> Callable[[Any], Any] | None:
        steps = [step for step in (getattr(transform, "batch", None) for transform in self.transforms) if step]
        if len(steps) < len(self.transforms):
            return None
        return Compose(steps)

    def __repr__(self) -> str:
        return f"Compose([{', '.join(map(repr, self.transforms))}])"


class ToTensor:
    """Turn an image (H, W) or (H, W, C) into a Tensor (C, H, W); bytes 0 to 255 become float32 in [0, 1].

    Other types of numbers keep their type and their range. Images of Pillow are taken as arrays are.
    """

    def __call__(self, image: Any) -> Tensor:
        pixels = self._pixels(image, "one image (H, W) or (H, W, C)", 2)
        return wrap(self._scaled(pixels[None] if pixels.ndim == 2 else np.moveaxis(pixels, -1, 0)))

    def batch(self, images: Any) -> Tensor:
        """Turn images (N, H, W) or (N, H, W, C) into a Tensor (N, C, H, W)."""
        pixels = self._pixels(images, "images (N, H, W) or (N, H, W, C)", 3)
        return wrap(self._scaled(pixels[:, None] if pixels.ndim == 3 else np.moveaxis(pixels, -1, 1)))

    def _pixels(self, image: Any, expected: str, least: int) -> np.ndarray[Any, Any]:
        if isinstance(image, Tensor):
            raise TypeError("ToTensor: the image is a Tensor already; leave the transform out, or pass t.numpy()")
        pixels = np.asarray(image)
        if pixels.dtype.kind not in "biuf":
            raise TypeError(f"ToTensor: expected {expected} as an array of numbers, got {type(image).__name__}")
        if pixels.ndim not in (least, least + 1):
            raise ValueError(f"ToTensor: expected {expected}, got shape {pixels.shape}")
        return pixels

    def _scaled(self, pixels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        scaled: np.ndarray[Any, Any] = (
            np.divide(pixels, 255, dtype=dtypes.float32) if pixels.dtype == dtypes.uint8 else pixels
        )
        return np.ascontiguousarray(scaled)

    def __repr__(self) -> str:
        return "ToTensor()"


class Normalize:
    """Compute (image - mean) / std in each channel of a floating-point Tensor (..., C, H, W).

    Parameters:
        mean, std: a number for each channel.
        inplace: write the result into the image's own memory.
    """

    def __init__(self, mean: Any, std: Any, inplace: bool = False) -> None:
        self.mean, self.std, self.inplace = mean, std, inplace
        self._mean, self._std = (np.atleast_1d(np.asarray(x, dtypes.float64))[:, None, None] for x in (mean, std))
        if not self._std.all():
            raise ValueError(
                f"Normalize: std is {std}, and nothing can be divided by 0; use 1 to leave a channel as it is"
            )

    def __call__(self, image: Any) -> Tensor:
        if not isinstance(image, Tensor) or not dtypes.is_float(image.dtype):
            came = f"a Tensor of {image.dtype}" if isinstance(image, Tensor) else type(image).__name__
            raise TypeError(f"Normalize: expected a floating-point Tensor, got {came}; apply ToTensor() first")
        if image.ndim < 3 or len(self._mean) not in (1, image.shape[-3]) or len(self._std) not in (1, image.shape[-3]):
            raise ValueError(
                f"Normalize: expected shape (..., C, H, W) with a mean and a std for each channel, got shape "
                f"{image.shape}, {len(self._mean)} means and {len(self._std)} stds"
            )
        mean, std = self._mean.astype(image.dtype), self._std.astype(image.dtype)
        if self.inplace:
            image.sub_(mean).div_(std)
            return image
        normalized: Tensor = (image - mean) / std
        return normalized

    batch = __call__

    def __repr__(self) -> str:
        return f"Normalize(mean={self.mean}, std={self.std})"


class Lambda:
    """Apply a function of your own to each image."""

    def __init__(self, lambd: Callable[[Any], Any]) -> None:
        if not callable(lambd):
            raise TypeError(f"Lambda: expected a function of one image, got {type(lambd).__name__}")
        self.lambd = lambd

    def __call__(self, image: Any) -> Any:
        return self.lambd(image)

    def __repr__(self) -> str:
        return "Lambda()"
