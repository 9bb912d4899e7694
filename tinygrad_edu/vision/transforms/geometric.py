"""Turning, moving, scaling, shearing and bending images at random."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.system.generator import Generator
from tinygrad_edu.vision.transforms.augmentation import Augmentation, between, pair
from tinygrad_edu.vision.transforms.resampling import (
    InterpolationMode,
    affine_grid,
    affine_matrices,
    gaussian_blur,
    sample,
)


class RandomAffine(Augmentation):
    """Turn, move, scale and shear an image about its middle.

    Parameters:
        degrees: the angle is between -degrees and degrees, or between the two numbers given. It turns clockwise.
        translate: how far to move at most, as fractions of the width and of the height; whole pixels are taken.
        scale: the factor is between these two.
        shear: the angle of shearing along x is between -shear and shear, or between two numbers; of four numbers the
            last two are for shearing along y. In degrees.
        interpolation: an InterpolationMode or its name; "bilinear" gives better images than torchvision's default,
            "nearest", which is the default here, too.
        fill: the colour around the image, a number or one for each channel.
        center: what to turn about instead of the middle: x and y in pixels from the upper left corner.
        generator: what draws the numbers; the default generator if not given.

    Raises:
        ValueError: a number is out of its range.
    """

    def __init__(
        self,
        degrees: Any,
        translate: Sequence[float] | None = None,
        scale: Sequence[float] | None = None,
        shear: Any = None,
        interpolation: InterpolationMode | str = InterpolationMode.NEAREST,
        fill: Any = 0,
        center: Sequence[float] | None = None,
        *,
        generator: Generator | None = None,
    ) -> None:
        self.degrees = _range("RandomAffine", "degrees", degrees)
        self.translate = None if translate is None else tuple(translate)
        if self.translate and not (len(self.translate) == 2 and all(0 <= part <= 1 for part in self.translate)):
            raise ValueError(f"RandomAffine: translate is two fractions from 0 to 1, not {translate!r}")
        self.scale = None if scale is None else tuple(scale)
        if self.scale and not (len(self.scale) == 2 and 0 < self.scale[0] <= self.scale[1]):
            raise ValueError(f"RandomAffine: scale is a smallest and a largest factor above 0, not {scale!r}")
        self.shear = None if shear is None else _shears(shear)
        self.interpolation, self.fill, self.center = InterpolationMode(interpolation), fill, center
        self.generator = generator

    def change(self, images: Array, rng: np.random.Generator) -> Array:
        n, (h, w) = len(images), images.shape[-2:]
        angle, right, down, factor, along_x, along_y = rng.random((n, 6)).T
        across, up = self.translate or (0, 0)
        shift = np.stack([(2 * right - 1) * across * w, (2 * down - 1) * up * h], axis=1)
        shears = self.shear or (0, 0, 0, 0)
        matrices = affine_matrices(
            between(self.degrees, angle),
            between(self.scale or (1, 1), factor),
            np.stack([between(shears[:2], along_x), between(shears[2:], along_y)], axis=1),
        )
        x, y = affine_grid(matrices, np.rint(shift), _middle(self.center, h, w), (h, w))
        return sample(images, x, y, self.interpolation, self.fill)


class RandomRotation(Augmentation):
    """Turn an image about its middle.

    Parameters:
        degrees: the angle is between -degrees and degrees, or between the two numbers given. It turns
            counter-clockwise.
        interpolation, fill, center, generator: as those of RandomAffine.
        expand: False: the image keeps its size. True, which would give images of different sizes, is refused.

    Raises:
        ValueError: the angles are no range, or expand is true.
    """

    def __init__(
        self,
        degrees: Any,
        interpolation: InterpolationMode | str = InterpolationMode.NEAREST,
        expand: bool = False,
        center: Sequence[float] | None = None,
        fill: Any = 0,
        *,
        generator: Generator | None = None,
    ) -> None:
        if expand:
            raise ValueError("RandomRotation: expand=True gives images of different sizes, which make no batch")
        self.degrees = _range("RandomRotation", "degrees", degrees)
        self.interpolation, self.fill, self.center = InterpolationMode(interpolation), fill, center
        self.generator = generator

    def change(self, images: Array, rng: np.random.Generator) -> Array:
        n, (h, w) = len(images), images.shape[-2:]
        angle = -between(self.degrees, rng.random(n))
        matrices = affine_matrices(angle, np.ones(n), np.zeros((n, 2)))
        x, y = affine_grid(matrices, np.zeros((n, 2)), _middle(self.center, h, w), (h, w))
        return sample(images, x, y, self.interpolation, self.fill)


class ElasticTransform(Augmentation):
    """Move each pixel a little, and its neighbours nearly as much: as if the image were drawn on rubber.

    The displacements are random numbers between -1 and 1, smoothed by a Gaussian of deviation sigma, times alpha / 2
    pixels: torchvision's for images as high as they are wide. By Simard, Steinkraus and Platt, "Best Practices for
    Convolutional Neural Networks Applied to Visual Document Analysis", 2003.

    Parameters:
        alpha: how strong; a number, or two, for displacements along x and along y.
        sigma: how smooth, in pixels; a number, or two, likewise.
        interpolation: "bilinear", if not given.
        fill, generator: as those of RandomAffine.

    Raises:
        ValueError: sigma is not positive.
    """

    def __init__(
        self,
        alpha: Any = 50.0,
        sigma: Any = 5.0,
        interpolation: InterpolationMode | str = InterpolationMode.BILINEAR,
        fill: Any = 0,
        *,
        generator: Generator | None = None,
    ) -> None:
        self.alpha, self.sigma = pair(alpha), pair(sigma)
        if min(self.sigma) <= 0:
            raise ValueError(f"ElasticTransform: sigma is a positive number of pixels, or two, not {sigma!r}")
        self.interpolation, self.fill, self.generator = InterpolationMode(interpolation), fill, generator

    def change(self, images: Array, rng: np.random.Generator) -> Array:
        n, (h, w) = len(images), images.shape[-2:]
        noise = 2 * rng.random((n, 2, h, w)) - 1
        y, x = np.indices((h, w))
        dx, dy = (self.alpha[i] / 2 * gaussian_blur(noise[:, i], self.sigma[i]) for i in (0, 1))
        return sample(images, x + dx, y + dy, self.interpolation, self.fill)


def _middle(center: Sequence[float] | None, h: int, w: int) -> Array:
    """Return the place of a centre that is given in pixels from the corner, where 0 is the first pixel's middle."""
    return np.array([w / 2, h / 2] if center is None else center, float) - 0.5


def _range(name: str, setting: str, value: Any) -> tuple[float, float]:
    """Return a smallest and a largest angle: -value and value for one number."""
    if np.ndim(value) == 0 and value < 0:
        raise ValueError(f"{name}: {setting} is a number that is not negative, or two, not {value!r}")
    least, most = (-value, value) if np.ndim(value) == 0 else value
    return least, most


def _shears(shear: Any) -> tuple[float, float, float, float]:
    """Return the ranges of the two shears."""
    if np.ndim(shear) == 1 and len(shear) == 4:
        return tuple(shear)
    return (*_range("RandomAffine", "shear", shear), 0.0, 0.0)
