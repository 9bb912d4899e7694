"""Recipes: everything that decides how a training run goes, as data.

The same recipe gives the same weights, bit for bit. `RECIPES` has the ready ones; change one with
`dataclasses.replace(RECIPES["mlp"], epochs=3)`. What the names in a recipe stand for is in `parts.py`.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any

from tinygrad_edu import nn
from tinygrad_edu.nn import functional as F
from tinygrad_edu.optim import Optimizer
from tinygrad_edu.optim.lr_scheduler import LambdaLR
from tinygrad_edu.tensors.tensor import Tensor
from tinygrad_edu.training.parts import ACTIVATIONS, CLASSES, INITS, OPTIMIZERS, SCHEDULES, TABLES
from tinygrad_edu.vision import transforms

PIXELS = 28 * 28
LARGEST = 2**63 - 1  # of the whole numbers in a recipe
MOST_LAYERS = 100


@dataclass(frozen=True)
class Recipe:
    """A fully connected network for 28 × 28 grey images of ten classes, and how it is trained.

    Attributes:
        hidden: the number of neurons in each hidden layer.
        activation: what follows each hidden layer; see ACTIVATIONS.
        init: how the weights start; see INITS.
        loss: what is made small; see LOSSES. With `squared_error` the last layer ends in a sigmoid.
        optimizer: how a gradient becomes a step; see OPTIMIZERS.
        lr: the learning rate, the length of the steps.
        schedule: how the learning rate changes in the course of training; see SCHEDULES.
        batch_size: how many images a gradient is the average of.
        epochs: how often to go through the training images.
        mean, std: (pixel - mean) / std is what the network sees, of pixels from 0 to 1.
        limit: how many of the training images to use; None for all.
        seed: where the random numbers start.
    """

    name: str
    hidden: tuple[int, ...]
    activation: str
    init: str
    loss: str
    optimizer: str
    lr: float
    schedule: str
    batch_size: int
    epochs: int
    mean: float = 0.0
    std: float = 1.0
    limit: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be trained. A recipe may come out of a file, so nothing is taken for granted."""
        object.__setattr__(self, "hidden", tuple(self.hidden))
        if not (isinstance(self.name, str) and self.name.isidentifier() and len(self.name) <= 40):  # it names a folder
            raise ValueError(f"recipe: expected a name of letters, digits and _, got {self.name!r:.60}")
        for field in ("activation", "init", "loss", "optimizer", "schedule"):
            table, value = TABLES[field], getattr(self, field)
            if value not in list(table):  # a list also takes what has no hash
                raise ValueError(f"recipe: expected {field} to be one of {', '.join(table)}, got {value!r}")
        for field, least in (("batch_size", 1), ("epochs", 1), ("seed", 0), ("limit", 1)):
            value = getattr(self, field)
            if not _is_whole(value, least) and not (field == "limit" and value is None):
                up = f"up to {LARGEST}" if _is_whole(value, least, most=math.inf) else "up"
                raise ValueError(f"recipe: expected {field} to be a whole number from {least} {up}, got {value!r:.40}")
        if not all(_is_whole(size, 1, most=math.inf) for size in self.hidden):
            raise ValueError(f"recipe: expected hidden to be positive whole numbers, got {self.hidden!r:.200}")
        if len(self.hidden) > MOST_LAYERS or self.parameter_count > LARGEST // 8:
            raise ValueError(
                f"recipe: expected hidden to have at most {MOST_LAYERS} numbers, whose weights fit into a memory, got "
                f"{len(self.hidden)}: {self.hidden!r:.200}"
            )
        for field in ("lr", "mean", "std"):
            value = getattr(self, field)
            if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= sys.float_info.max:
                raise ValueError(f"recipe: expected {field} to be a number, got {value!r:.40}")
            if field != "mean" and value <= 0:
                raise ValueError(f"recipe: expected {field} to be above 0, got {value!r}")

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of values in each layer, from the pixels to the classes."""
        return (PIXELS, *self.hidden, CLASSES)

    @property
    def parameter_count(self) -> int:
        """The number of weights and biases."""
        return sum(before * after + after for before, after in pairwise(self.sizes))

    @classmethod
    def from_dict(cls, values: Any) -> Recipe:
        """Make a recipe of a dictionary that came out of a file. ValueError if it is not the dictionary of one."""
        if not isinstance(values, dict) or set(values) != {field.name for field in fields(cls)}:
            raise ValueError("recipe: expected a dictionary with exactly the fields of a recipe")
        if not isinstance(values["hidden"], list | tuple):
            raise ValueError(f"recipe: expected a list as hidden, got {values['hidden']!r:.40}")
        return cls(**values)

    def __str__(self) -> str:
        layers = "-".join(map(str, self.sizes))
        return (
            f"{self.name}: {layers}, {self.activation}, {self.init} initialization, {self.loss}, {self.optimizer}, "
            f"lr {self.lr:g} ({self.schedule}), batches of {self.batch_size}"
        )


def _is_whole(value: Any, least: int, most: float = LARGEST) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


RECIPES = {
    "mlp": Recipe(
        name="mlp",
        hidden=(256, 128),
        activation="relu",
        init="kaiming",
        loss="cross_entropy",
        optimizer="adam",
        lr=0.002,
        schedule="cosine",
        batch_size=128,
        epochs=8,
        mean=0.1307,  # of all pixels of the training images, and so below
        std=0.3081,
    ),
    "classic": Recipe(
        name="classic",
        hidden=(16, 16),
        activation="sigmoid",
        init="normal",
        loss="squared_error",
        optimizer="sgd",
        lr=2.0,
        schedule="constant",
        batch_size=16,
        epochs=20,
    ),
}


def build_model(recipe: Recipe) -> nn.Sequential:
    """Make the network of a recipe, its weights drawn from the default generator."""
    layers: list[nn.Module] = [nn.Flatten()]
    for before, after in pairwise(recipe.sizes):
        layer = nn.Linear(before, after)
        INITS[recipe.init](layer, recipe.activation)
        layers += [layer, ACTIVATIONS[recipe.activation]()]
    layers.pop()
    if recipe.loss == "squared_error":
        layers.append(nn.Sigmoid())  # its targets are 0 and 1; cross_entropy takes plain scores
    return nn.Sequential(*layers)


def weight_shapes(recipe: Recipe) -> dict[str, tuple[int, ...]]:
    """Return the names and shapes of the weights of a recipe's network, without making it."""
    shapes: dict[str, tuple[int, ...]] = {}
    for i, (before, after) in enumerate(pairwise(recipe.sizes)):
        place = 2 * i + 1  # after Flatten, and an activation for each layer before
        shapes |= {f"{place}.weight": (after, before), f"{place}.bias": (after,)}
    return shapes


def build_optimizer(recipe: Recipe, parameters: Iterable[Tensor], batches: int) -> tuple[Optimizer, LambdaLR]:
    """Make the optimizer of a recipe, and the schedule to be stepped after each of `batches` in an epoch."""
    optimizer = OPTIMIZERS[recipe.optimizer](parameters, recipe.lr)
    factor, total = SCHEDULES[recipe.schedule], batches * recipe.epochs
    return optimizer, LambdaLR(optimizer, lambda step: factor(step / total))


def build_transform(recipe: Recipe) -> transforms.Compose:
    """Make what turns an image into what the network of a recipe sees."""
    return transforms.Compose([transforms.ToTensor(), transforms.Normalize((recipe.mean,), (recipe.std,))])


def confidences(recipe: Recipe, outputs: Any) -> Any:
    """Return how sure the network is of each class (N, K), from its outputs.

    After cross_entropy that is the softmax of the scores, which adds up to 1. After squared_error
    the output neurons themselves stand between 0 and 1, each for its own class.
    """
    return F.softmax(outputs, dim=1) if recipe.loss == "cross_entropy" else outputs
