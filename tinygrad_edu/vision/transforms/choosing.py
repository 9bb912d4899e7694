"""Changing some images of a batch, and leaving the others as they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.system.generator import Generator
from tinygrad_edu.tensors.tensor import wrap
from tinygrad_edu.vision.transforms.augmentation import Augmentation
from tinygrad_edu.vision.transforms.conversion import Compose


class RandomApply(Augmentation):
    """Apply transforms, one after the other, to an image with some probability; else leave it as it is.

    A network that only sees changed images in training may read unchanged ones worse: turning and bending smooth an
    image a little, for example.

    Parameters:
        transforms: of Tensors (C, H, W); they keep the shape.
        p: how probable it is that they are applied at all.
        generator: what draws whether; the default generator if not given.

    Raises:
        ValueError: p is not from 0 to 1, or what is changed has another shape.
    """

    def __init__(
        self, transforms: Sequence[Callable[[Any], Any]], p: float = 0.5, *, generator: Generator | None = None
    ) -> None:
        if not 0 <= p <= 1:
            raise ValueError(f"RandomApply: p is a probability, from 0 to 1, not {p!r}")
        self.transforms, self.p, self.generator = list(transforms), p, generator

    def change(self, images: Array, rng: np.random.Generator) -> Array:
        chosen = rng.random(len(images)) < self.p
        changed = images.copy()
        if chosen.any():
            steps = Compose(self.transforms)
            each = (lambda part: [steps(image) for image in part]) if steps.batch is None else steps.batch
            some = np.stack([image.array for image in each(wrap(images[chosen]))])
            if some.shape[1:] != images.shape[1:]:
                raise ValueError(
                    f"RandomApply: expected transforms that keep the shape {images.shape[1:]}, got {some.shape[1:]}"
                )
            changed[chosen] = some
        return changed
