"""Moving the pixels of images: for each pixel of the result, the place in the image that its colour is taken from.

Every geometric transform is a field of such places: an affine map of the pixels' own places, displacements added to
them, or both. One function looks the colours up.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

import numpy as np

from tinygrad_edu.engine import dtypes
from tinygrad_edu.engine.op import Array


class InterpolationMode(Enum):
    """What colour there is between pixels: that of the nearest one, or the weighted mean of the four around."""

    NEAREST = "nearest"
    BILINEAR = "bilinear"


def affine_matrices(degrees: Array, scale: Array, shear: Array) -> Array:
    """Return the matrices (N, 2, 2) that rotate, shear and scale, for columns (x, y) with y downwards.

    .. math:: s \\, R(\\varphi)
        \\begin{pmatrix} 1 & 0 \\\\ -\\tan \\psi_y & 1 \\end{pmatrix}
        \\begin{pmatrix} 1 & -\\tan \\psi_x \\\\ 0 & 1 \\end{pmatrix}

    Parameters:
        degrees: the angles, clockwise as seen on a screen, (N,).
        scale: (N,).
        shear: the angles along x and y, in degrees, (N, 2).
    """
    angle, (tan_x, tan_y) = np.deg2rad(degrees), np.tan(np.deg2rad(shear)).T
    one, zero = np.ones_like(angle), np.zeros_like(angle)

    def matrices(*entries: Array) -> Array:
        return np.stack(entries, axis=-1).reshape(-1, 2, 2)

    rotation = matrices(np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle))
    product = rotation @ matrices(one, zero, -tan_y, one) @ matrices(one, -tan_x, zero, one)
    return np.asarray(scale)[:, None, None] * product


def affine_grid(matrices: Array, shift: Array, center: Array, size: tuple[int, int]) -> tuple[Array, Array]:
    """Return where the pixels of the result come from, when images are mapped around `center` and then shifted.

    The place of a result's pixel p is :math:`A^{-1} (p - c - t) + c`.

    Parameters:
        matrices: A, (N, 2, 2).
        shift: t in pixels, to the right and down, (N, 2).
        center: c, (2,), where 0 is the middle of the first pixel.
        size: H and W.

    Returns:
        the places' x and y in pixels, (N, H, W) each.
    """
    y, x = np.indices(size)
    pixels = np.stack([x.ravel(), y.ravel()]) - center[:, None]
    places = np.linalg.inv(matrices) @ (pixels - shift[:, :, None]) + center[:, None]
    return tuple(places.reshape(-1, 2, *size).transpose(1, 0, 2, 3))  # type: ignore[return-value]


def gaussian_blur(field: Array, sigma: float) -> Array:
    """Smooth the last two axes with a Gaussian of deviation `sigma`, cut off at four, and mirrored at the border."""
    for axis in (-1, -2):
        blur = blurring_matrix(field.shape[axis], sigma).astype(field.dtype)
        field = field @ blur.T if axis == -1 else blur @ field
    return field


def blurring_matrix(n: int, sigma: float) -> Array:
    """Return the matrix (n, n) whose row i has the weights of the points around i."""
    reach = int(4 * sigma)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    mirrored = np.pad(np.arange(n), reach, mode="reflect" if n > 1 else "edge")
    rows = np.zeros((n, n))
    for i in range(n):
        np.add.at(rows[i], mirrored[i : i + 2 * reach + 1], weights / weights.sum())
    return rows


def sample(images: Array, x: Array, y: Array, mode: InterpolationMode, fill: Any) -> Array:
    """Return the colours of images at places between their pixels.

    Parameters:
        images: (N, C, H, W).
        x, y: the places in pixels, (N, H, W) each. Outside the image everything has the colour `fill`, and the last
            pixel goes over to it.
        fill: a number, or one for each channel.
    """
    n, c, h, w = images.shape
    kind = images.dtype if images.dtype.kind == "f" else dtypes.float32
    framed = np.empty((n, c, h + 2, w + 2), kind)
    framed[:] = np.reshape(fill, (-1, 1, 1))
    framed[:, :, 1:-1, 1:-1] = images
    if mode is InterpolationMode.NEAREST:
        x, y = np.rint(x), np.rint(y)
    x, y = np.clip(x + 1, 0, w + 1), np.clip(y + 1, 0, h + 1)  # in the frame
    left, top = np.minimum(x.astype(np.intp), w), np.minimum(y.astype(np.intp), h)
    planes = np.arange(n * c).reshape(n, c, 1, 1) * framed[0, 0].size
    corner = planes + (top * (w + 2) + left)[:, None]
    dx, dy = (x - left).astype(kind)[:, None], (y - top).astype(kind)[:, None]
    upper, lower = (framed.take(first) * (1 - dx) + framed.take(first + 1) * dx for first in (corner, corner + (w + 2)))
    colours = upper * (1 - dy) + lower * dy
    return colours if images.dtype.kind == "f" else np.rint(colours).astype(images.dtype)
