"""Recipes: everything that decides how a training run goes, as data.

The same recipe gives the same weights, bit for bit. `RECIPES` has the ready ones; change one with
`dataclasses.replace(RECIPES["mlp"], epochs=3)`. What the names in a recipe stand for is in `parts.py`.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from typing import Any

from tinygrad_edu import nn
from tinygrad_edu.nn import functional as F
from tinygrad_edu.optim import Optimizer
from tinygrad_edu.optim.lr_scheduler import LambdaLR
from tinygrad_edu.tensors.tensor import Tensor
from tinygrad_edu.training.layers import Shape, Step, plan
from tinygrad_edu.training.parts import AUGMENTATIONS, INITS, OPTIMIZERS, SCHEDULES, TABLES, VIEWS
from tinygrad_edu.vision import transforms

LARGEST = 2**63 - 1  # of the whole numbers in a recipe
MOST_LAYERS = 100
MOST_CLASSES = 1 << 16


@dataclass(frozen=True)
class Recipe:
    """A network for grey images, and how it is trained.

    Attributes:
        hidden: the number of neurons in each hidden layer; they are fully connected.
        activation: what follows each hidden layer; see ACTIVATIONS.
        init: how the weights start; see INITS.
        loss: what is made small; see LOSSES. With `squared_error` the last layer ends in a sigmoid.
        optimizer: how a gradient becomes a step; see OPTIMIZERS.
        lr: the learning rate, the length of the steps.
        schedule: how the learning rate changes in the course of training; see SCHEDULES.
        batch_size: how many images a gradient is the average of.
        epochs: how often to go through the training images.
        layers: what comes before the hidden layers, a text each; see LAYERS.
        augment: how the training images are changed each time they are seen; see AUGMENTATIONS.
        average: what is used in the end is the running average of the weights, each step's with a share of
            1 - average; 0 for the weights themselves.
        weight_decay: the pull of the weights towards 0; with 0, `adamw` has its usual 0.01.
        clip_norm: the most that the norm of the gradient may be; None for any.
        accumulate: how many batches a step gathers its gradient over.
        validation: how many of the training images to hold out. The weights of the epoch that did best on them are
            the ones used in the end; 0 for the last.
        patience: stop after so many epochs without a better one; None for never.
        mean, std: (pixel - mean) / std is what the network sees, of pixels from 0 to 1.
        limit: how many of the training images to use; None for all.
        seed: where the random numbers start.
        image: the height and the width of the images.
        classes: how many classes there are.
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
    layers: tuple[str, ...] = ()
    augment: str = "none"
    average: float = 0.0
    weight_decay: float = 0.0
    clip_norm: float | None = None
    accumulate: int = 1
    validation: int = 0
    patience: int | None = None
    mean: float = 0.0
    std: float = 1.0
    limit: int | None = None
    seed: int = 0
    image: tuple[int, int] = (28, 28)
    classes: int = 10

    def __post_init__(self) -> None:
        """Refuse what cannot be trained. A recipe may come out of a file, so nothing is taken for granted."""
        for field in LISTS:
            if not isinstance(getattr(self, field), list | tuple):
                raise ValueError(f"recipe: expected a list as {field}, got {getattr(self, field)!r:.40}")
            object.__setattr__(self, field, tuple(getattr(self, field)))
        if not (isinstance(self.name, str) and self.name.isidentifier() and len(self.name) <= 40):  # it names a folder
            raise ValueError(f"recipe: expected a name of letters, digits and _, got {self.name!r:.60}")
        for field, table in TABLES.items():
            value = getattr(self, field)
            if value not in list(table):  # a list also takes what has no hash
                raise ValueError(f"recipe: expected {field} to be one of {', '.join(table)}, got {value!r}")
        for field, (least, optional) in WHOLE.items():
            value = getattr(self, field)
            if not _is_whole(value, least) and not (optional and value is None):
                up = f"up to {LARGEST}" if _is_whole(value, least, most=math.inf) else "up"
                raise ValueError(f"recipe: expected {field} to be a whole number from {least} {up}, got {value!r:.40}")
        for field, (test, expected, optional) in NUMBERS.items():
            value = getattr(self, field)
            if value is None and optional:
                continue
            if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= sys.float_info.max:
                raise ValueError(f"recipe: expected {field} to be a number, got {value!r:.40}")
            if not test(value):
                raise ValueError(f"recipe: expected {field} to be {expected}, got {value!r}")
        self._check_network()

    def _check_network(self) -> None:
        if not (len(self.image) == 2 and all(_is_whole(side, 1, most=1 << 15) for side in self.image)):
            raise ValueError(f"recipe: expected image to be a height and a width, got {self.image!r:.60}")
        if self.classes > MOST_CLASSES:
            raise ValueError(f"recipe: expected at most {MOST_CLASSES:,} classes, got {self.classes}")
        if not all(_is_whole(size, 1, most=math.inf) for size in self.hidden):
            raise ValueError(f"recipe: expected hidden to be positive whole numbers, got {self.hidden!r:.200}")
        count = len(self.hidden) + len(self.layers)
        if count > MOST_LAYERS or any(size > LARGEST for size in self.hidden):
            raise ValueError(
                f"recipe: expected layers and hidden to have at most {MOST_LAYERS} numbers, whose weights fit into a "
                f"memory, got {count}: {self.layers + self.hidden!r:.200}"
            )
        try:
            count = self.parameter_count
        except ValueError as error:
            raise ValueError(f"recipe: {error}") from None
        if count > LARGEST // 8:
            raise ValueError(f"recipe: expected layers whose weights fit into a memory, got {count:,} weights")

    @property
    def network(self) -> tuple[str, ...]:
        """The layers of the whole network, a text each; see LAYERS."""
        hidden = (text for size in self.hidden for text in (f"linear {size}", self.activation))
        # The targets of the squared error are 0 and 1; cross_entropy takes plain scores.
        last = ("sigmoid",) if self.loss == "squared_error" else ()
        return (*self.layers, "flatten", *hidden, f"linear {self.classes}", *last)

    @property
    def steps(self) -> list[Step]:
        """The layers of the whole network, with the shapes that go through them."""
        return plan(self.network, (1, *self.image))

    @property
    def parameter_count(self) -> int:
        """The number of weights and biases."""
        return sum(math.prod(shape) for step in self.steps for shape in step.weights.values())

    @classmethod
    def from_dict(cls, values: Any) -> Recipe:
        """Make a recipe of a dictionary that came out of a file. ValueError if it is not the dictionary of one."""
        if not isinstance(values, dict) or set(values) != {field.name for field in fields(cls)}:
            raise ValueError("recipe: expected a dictionary with exactly the fields of a recipe")
        return cls(**values)

    def __str__(self) -> str:
        pixels = math.prod(self.image)
        sizes = "-".join(map(str, (*(() if self.layers else (pixels,)), *self.hidden, self.classes)))
        layers = f"{', '.join(self.layers)}, " if self.layers else ""
        shown = [f"lr {self.lr:g} ({self.schedule})", f"batches of {self.batch_size}"]
        shown += [f"{name} {getattr(self, name)}" for name in ("augment", "average") if getattr(self, name) not in OFF]
        return (
            f"{self.name}: {layers}{sizes}, {self.activation}, {self.init} initialization, {self.loss}, "
            f"{self.optimizer}, {', '.join(shown)}"
        )


OFF = ("none", 0)
LISTS = ("hidden", "layers", "image")
WHOLE = {
    **dict.fromkeys(("batch_size", "epochs", "accumulate", "classes"), (1, False)),
    **dict.fromkeys(("seed", "validation"), (0, False)),
    **dict.fromkeys(("limit", "patience"), (1, True)),
}
"""The whole numbers of a recipe: the least that each may be, and whether it may be None."""

NUMBERS: dict[str, tuple[Callable[[float], bool], str, bool]] = {
    **dict.fromkeys(("lr", "std"), (lambda value: value > 0, "above 0", False)),
    "mean": (lambda value: True, "a number", False),
    "average": (lambda value: 0 <= value < 1, "from 0 to below 1", False),
    "weight_decay": (lambda value: value >= 0, "0 or more", False),
    "clip_norm": (lambda value: value > 0, "above 0", True),
}
"""The other numbers of a recipe: what each must be, in words, too, and whether it may be None."""


def _is_whole(value: Any, least: int, most: float = LARGEST) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


MNIST_PIXELS: dict[str, Any] = {"mean": 0.1307, "std": 0.3081}  # of all pixels of the training images

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
        epochs=10,
        augment="shift",
        **MNIST_PIXELS,
    ),
    "cnn": Recipe(
        name="cnn",
        layers=("conv 16 5", "maxpool 2", "relu", "conv 40 5", "maxpool 2", "relu", "dropout 0.2"),
        hidden=(128,),
        activation="relu",
        init="kaiming",
        loss="cross_entropy",
        optimizer="adam",
        lr=0.003,
        schedule="one_cycle",
        batch_size=100,
        epochs=11,
        augment="shift",
        average=0.998,
        **MNIST_PIXELS,
    ),
    "best": Recipe(
        name="best",
        layers=("conv 32 5", "maxpool 2", "relu", "conv 64 5", "maxpool 2", "relu", "dropout 0.4"),
        hidden=(256,),
        activation="relu",
        init="kaiming",
        loss="cross_entropy",
        optimizer="adamw",
        lr=0.003,
        schedule="one_cycle",
        batch_size=100,
        epochs=32,
        augment="elastic",
        average=0.999,
        **MNIST_PIXELS,
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
    layers = []
    for step in recipe.steps:
        layer = step.make()
        if isinstance(layer, nn.Linear | nn.Conv2d):
            INITS[recipe.init](layer, recipe.activation)
        layers.append(layer)
    if recipe.augment not in VIEWS:
        return nn.Sequential(*layers)
    model = Averaged(*layers)
    model.recipe = recipe
    return model


class Averaged(nn.Sequential):
    """A network that in eval mode looks at images in several ways, and averages its answers; see VIEWS."""

    recipe: Recipe | None = None  # none of a part of the network

    def forward(self, input: Tensor) -> Tensor:
        """Return scores (N, K)."""
        scores = super().forward
        if self.training or self.recipe is None:
            return scores(input)
        answers = [confidences(self.recipe, scores(view)) for view in VIEWS[self.recipe.augment](input)]
        mean = sum(answers) / len(answers)
        return mean.log() if self.recipe.loss == "cross_entropy" else mean


def state_shapes(recipe: Recipe) -> dict[str, Shape]:
    """Return the names and shapes of what a recipe's network learns and keeps, without making it."""
    return {
        f"{place}.{name}": shape
        for place, step in enumerate(recipe.steps)
        for name, shape in (step.weights | step.buffers).items()
    }


def build_optimizer(recipe: Recipe, parameters: Iterable[Tensor], batches: int) -> tuple[Optimizer, LambdaLR]:
    """Make the optimizer of a recipe, and the schedule to be stepped after each of `batches` in an epoch."""
    optimizer = OPTIMIZERS[recipe.optimizer](parameters, recipe.lr, recipe.weight_decay)
    factor, total = SCHEDULES[recipe.schedule], batches * recipe.epochs
    return optimizer, LambdaLR(optimizer, lambda step: factor(step / total))


def build_transform(recipe: Recipe, augmented: bool = False) -> transforms.Compose:
    """Make what turns an image into what the network of a recipe sees.

    Parameters:
        augmented: change the image first, as training does.
    """
    steps: list[Any] = [transforms.ToTensor(), transforms.Normalize((recipe.mean,), (recipe.std,))]
    if augmented:
        steps.insert(1, AUGMENTATIONS[recipe.augment]())
    return transforms.Compose(steps)


def confidences(recipe: Recipe, outputs: Any) -> Any:
    """Return how sure the network is of each class (N, K), from its outputs.

    After cross_entropy that is the softmax of the scores, which adds up to 1. After squared_error
    the output neurons themselves stand between 0 and 1, each for its own class.
    """
    return F.softmax(outputs, dim=1) if recipe.loss == "cross_entropy" else outputs
