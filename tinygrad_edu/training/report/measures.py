"""What a finished network gets right, and how sure it is: numbers, without a picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinygrad_edu.engine.op import Array

MOST_MISTAKES = 12
MOST_FILTERS = 36


def percent(share: float) -> str:
    """Write a share as per cent with one digit after the point, which never makes it look like none or all."""
    if 0 < share < 0.0005:
        return "<0.1%"
    return ">99.9%" if 0.9995 <= share < 1 else f"{share:.1%}"


@dataclass(frozen=True)
class Mistake:
    """An image that was misread: its number, its pixels from 0 to 1, the right class, and how sure of each class."""

    number: int
    pixels: Array
    label: int
    likely: Array

    @property
    def answer(self) -> int:
        """What it was read as."""
        return int(self.likely.argmax())

    def __str__(self) -> str:
        sure = percent(self.likely[self.answer])
        return f"a {self.label} read as {self.answer} ({sure} sure, {self.label}: {percent(self.own)})"

    @property
    def own(self) -> float:
        """How sure the network was of the right class."""
        return float(self.likely[self.label])


def worst_mistakes(images: Array, likely: Array, targets: Array, most: int = MOST_MISTAKES) -> list[Mistake]:
    """Return the mistakes that the network was surest of, the surest first.

    Parameters:
        images: pixels from 0 to 1, (N, H, W).
        likely: how sure the network is of each class, (N, K).
        targets: the right classes (N).
        most: how many at most.
    """
    wrong = np.flatnonzero(likely.argmax(axis=1) != targets)
    chosen = wrong[np.argsort(-likely[wrong].max(axis=1), kind="stable")][:most]
    return [Mistake(int(i), images[i], int(targets[i]), likely[i]) for i in chosen]


def confused_pairs(confusion: Array) -> list[tuple[int, int, int]]:
    """Return (right class, answer, how often) for all mistakes in a confusion matrix, the most frequent first."""
    pairs = [(i, j, int(confusion[i, j])) for i, j in np.argwhere(confusion) if i != j]
    return sorted(((int(i), int(j), count) for i, j, count in pairs), key=lambda pair: -pair[2])


@dataclass(frozen=True)
class Sureness:
    """How sure a network is of its answers to images of one kind.

    Attributes:
        kind: what the images are.
        sure: how sure it is of each answer, (N,).
        answers: how often each class was the answer, (K,).
    """

    kind: str
    sure: Array
    answers: Array

    @property
    def mean(self) -> float:
        """How sure it is on average."""
        return float(self.sure.mean())

    def above(self, least: float) -> float:
        """Return the share of images on which it is surer than this."""
        return float((self.sure > least).mean())


def sureness(kind: str, likely: Array) -> Sureness:
    """Sum up how sure the network is of its answers; `likely` is (N, K)."""
    return Sureness(kind, likely.max(axis=1), np.bincount(likely.argmax(axis=1), minlength=likely.shape[1]))


def as_images(weight: Array, pixels: tuple[int, ...]) -> Array | None:
    """Return the weights of a first layer as images (units, H, W), or None where they are none.

    Parameters:
        weight: of a linear layer that sees all pixels, (units, H · W), or of a convolution of grey images,
            (units, 1, H, W).
        pixels: the height and the width of the images.
    """
    if weight.ndim == 2 and weight.shape[1] == pixels[0] * pixels[1]:
        return weight.reshape(-1, *pixels)
    return weight[:, 0] if weight.ndim == 4 and weight.shape[1] == 1 else None


def strongest(filters: Array, most: int = MOST_FILTERS) -> Array:
    """Return those of some images of weights (units, H, W) with the largest sums of squares, in their old order."""
    strength = (filters.astype(np.float64) ** 2).sum(axis=(1, 2))
    return filters[np.sort(np.argsort(-strength, kind="stable")[:most])]
