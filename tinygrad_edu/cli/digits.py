"""Bringing an image of a digit to the form of MNIST, the only one that a network has seen."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from tinygrad_edu.cli.errors import CommandError
from tinygrad_edu.engine.op import Array

SIZE, BOX = 28, 20  # of the image, and of the digit in it
INK = 0.2  # what is darker than this is background when looking for the digit
FAINT = 0.05  # less contrast than this is none
THIN, SPREAD = 0.9, 0.6  # a digit nowhere brighter than the first is thin; its strokes spread by the second
OFF_CENTRE = 2  # pixels that the centre of mass of a 28 x 28 image may be away from the middle; MNIST's is at most 1
SMALLEST = 14  # pixels in MNIST's smallest digit, the longer way


def to_mnist(image: Array, name: str, white: float = 1.0) -> Array:
    """Return an image (H, W) of numbers from 0 to `white` as bytes (28, 28), white on black.

    28 × 28 pixels with the digit in the middle are kept as they are. Anything else is treated as the makers of MNIST
    did: the digit is cut out, scaled into 20 × 20 pixels keeping its proportions, and placed with its centre of mass
    in the middle. The background is what is found along the border; the digit is what differs from it most, whether
    it is lighter or darker.

    Raises:
        CommandError: there is nothing but background.
    """
    sides = (image[0], image[-1], image[:, 0], image[:, -1])
    border = np.concatenate([side[:: 1 + len(side) // 1000] for side in sides])  # of a long one, some places are enough
    ground, darkest, lightest = (float(value) for value in (np.median(border), image.min(), image.max()))
    light = lightest - ground >= ground - darkest
    contrast = max(lightest - ground, ground - darkest)
    if contrast < FAINT * white:
        raise CommandError(f"{name} is blank: all of its pixels are about the same")

    def ink(part: Array, full: float) -> Array:
        """Return how far pixels are from the background, from 0 to 1 where that is `full`."""
        away = np.subtract(part, ground, dtype=np.float32) * np.float32((1 if light else -1) / full)
        return np.clip(away, 0, 1, out=away)

    if image.shape == (SIZE, SIZE):
        kept = ink(image, white - ground if light else ground)
        if is_in_place(kept):
            return as_bytes(kept)
    digit = cut_out(image, image > ground + INK * contrast if light else image < ground - INK * contrast)
    return as_bytes(center(scale(digit, lambda part: ink(part, contrast))))


def as_bytes(image: Array) -> Array:
    """Turn numbers from 0 to 1 into bytes."""
    return np.asarray((image * 255).round(), np.uint8)


def is_in_place(image: Array) -> bool:
    """Tell whether the digit in an image (28, 28) is where MNIST's are, and about as large."""
    size = max(cut_out(image, image > INK * image.max()).shape)
    away = max(abs(middle - SIZE / 2) for middle in centre_of_mass(image))
    return away <= OFF_CENTRE and size >= SMALLEST


def centre_of_mass(image: Array) -> tuple[float, float]:
    """Return where the middle of the ink is, from the upper left corner downwards and to the right."""
    mass = image.sum()
    down, right = (float(image.sum(axis=1 - axis) @ (np.arange(image.shape[axis]) + 0.5) / mass) for axis in (0, 1))
    return down, right


def cut_out(image: Array, inked: Array) -> Array:
    """Cut away the rows and columns at the sides that have no ink."""
    rows, columns = (span(np.any(inked, axis=axis)) for axis in (1, 0))
    return image[rows, columns]


def span(inked: Array) -> slice:
    """Return from where to where there is ink in a row of truth values."""
    return slice(int(inked.argmax()), len(inked) - int(inked[::-1].argmax()))


def scale(digit: Array, ink: Callable[[Array], Array]) -> Array:
    """Scale a digit into the box, keeping its proportions."""
    if digit.shape[0] < digit.shape[1]:  # the longer way first: what is between the two steps is small then
        return scale(digit.T, ink).T
    height, width = BOX, max(1, round(digit.shape[1] * BOX / digit.shape[0]))
    return thicken(shrink(shrink(digit, height, ink).T, width).T)


def thicken(digit: Array) -> Array:
    """Give strokes thinner than a pixel, which come out grey, the brightness and about the width of MNIST's."""
    if (brightest := digit.max()) > THIN:
        return digit
    usual = np.median(digit[digit > brightest / 4])  # where strokes cross, it is brighter
    wide = np.pad(np.minimum(digit / usual, 1), 1)
    rows = np.maximum(wide[:-2], wide[2:])[:, 1:-1]
    columns = np.maximum(wide[:, :-2], wide[:, 2:])[1:-1]
    return np.maximum(wide[1:-1, 1:-1], SPREAD * np.maximum(rows, columns))


def center(digit: Array) -> Array:
    """Place a digit with its centre of mass in the middle of the image."""
    top, left = (
        int(np.clip(round(SIZE / 2 - middle), 0, SIZE - size))
        for middle, size in zip(centre_of_mass(digit), digit.shape, strict=True)
    )
    image = np.zeros((SIZE, SIZE), digit.dtype)
    image[top : top + digit.shape[0], left : left + digit.shape[1]] = digit
    return image


def shrink(image: Array, count: int, prepare: Callable[[Array], Array] = np.asarray) -> Array:
    """Resize an image to `count` rows: each averages the rows that it covers, in whole or in part.

    Parameters:
        prepare: what is done to the rows first. They are taken one new row at a time, so that an image of any size
            takes little memory beside itself.
    """
    edges = np.linspace(0, len(image), count + 1)
    rows = []
    for start, end in pairwise(edges.tolist()):
        first, last = math.floor(start), math.ceil(end)
        numbers = np.arange(first, last)
        covered = np.minimum(end, numbers + 1) - np.maximum(start, numbers)
        rows.append((covered / covered.sum()).astype(np.float32) @ prepare(image[first:last]))
    return np.stack(rows)
