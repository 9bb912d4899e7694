"""Bringing an image of a digit to the form of MNIST, the only one that a network has seen."""

from __future__ import annotations

import numpy as np

from tinygrad_edu.cli.errors import CommandError
from tinygrad_edu.engine.op import Array

SIZE, BOX = 28, 20  # of the image, and of the digit in it
INK = 0.2  # what is darker than this is background when looking for the digit


def to_mnist(image: Array, name: str) -> Array:
    """Return an image (H, W) of numbers from 0 to 1 as bytes (28, 28), white on black.

    28 × 28 pixels are kept as they are. Anything else is treated as the makers of MNIST did: the digit
    is cut out, scaled into 20 × 20 pixels keeping its proportions, and placed with its centre of mass
    in the middle. A light background, as seen along the border, is inverted first.

    Raises:
        CommandError: there is nothing but background.
    """
    border = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    ground = float(np.median(border))
    if ground > 0.5:
        image, ground = 1 - image, 1 - ground
    if image.shape != (SIZE, SIZE):
        image = center(cut_out(image, ground, name))
    return np.asarray((image * 255).round(), np.uint8)


def cut_out(image: Array, ground: float, name: str) -> Array:
    """Make the background 0 and the brightest pixel 1, and cut away what is background only."""
    image = np.clip(image - ground, 0, None)
    brightest = float(image.max())
    if brightest < 0.05:
        raise CommandError(f"{name} is blank: all of its pixels are about the same")
    image = image / brightest
    rows, columns = (np.flatnonzero((image > INK).any(axis=axis)) for axis in (1, 0))
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def center(digit: Array) -> Array:
    """Scale a digit into the box, and place it with its centre of mass in the middle of the image."""
    scale = BOX / max(digit.shape)
    height, width = (max(1, round(size * scale)) for size in digit.shape)
    small = averaging(digit.shape[0], height) @ digit @ averaging(digit.shape[1], width).T
    mass = small.sum()
    top, left = (
        int(np.clip(round(SIZE / 2 - (small.sum(axis=1 - axis) @ (np.arange(size) + 0.5)) / mass), 0, SIZE - size))
        for axis, size in enumerate(small.shape)
    )
    image = np.zeros((SIZE, SIZE), small.dtype)
    image[top : top + height, left : left + width] = small
    return image


def averaging(before: int, after: int) -> Array:
    """Return the matrix (after, before) that resizes a row of pixels: each new pixel averages those it covers."""
    edges = np.linspace(0, before, after + 1)
    starts, ends = edges[:-1, None], edges[1:, None]
    pixels = np.arange(before)
    covered = np.clip(np.minimum(ends, pixels + 1) - np.maximum(starts, pixels), 0, None)
    return np.asarray(covered / covered.sum(axis=1, keepdims=True), np.float32)
