"""What the names in a recipe stand for: activations, initializations, losses, optimizers, schedules,
augmentations.

Each table is open: another activation or optimizer is one more entry, and the command line knows it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from tinygrad_edu import nn
from tinygrad_edu.nn import functional as F
from tinygrad_edu.nn import init
from tinygrad_edu.optim import SGD, Adam, AdamW, Optimizer
from tinygrad_edu.tensors.tensor import Tensor
from tinygrad_edu.vision import transforms

Weighted = nn.Linear | nn.Conv2d
ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}


def normal_init(layer: Weighted, activation: str) -> None:
    """Draw weights and biases alike from the standard normal distribution."""
    for parameter in layer.parameters():
        init.normal_(parameter)


def kaiming_init(layer: Weighted, activation: str) -> None:
    """Draw weights with the spread that keeps the values of layer after layer at one size; biases are 0."""
    init.kaiming_normal_(layer.weight, nonlinearity=activation)
    _zero_bias(layer)


def xavier_init(layer: Weighted, activation: str) -> None:
    """Draw weights with a spread between what suits the values forward and the gradients backward; biases are 0."""
    init.xavier_normal_(layer.weight, init.calculate_gain(activation))
    _zero_bias(layer)


def zero_init(layer: Weighted, activation: str) -> None:
    """Set everything to 0, to see that it does not work: all neurons of a layer stay alike for ever."""
    init.zeros_(layer.weight)
    _zero_bias(layer)


def _zero_bias(layer: Weighted) -> None:
    if layer.bias is not None:
        init.zeros_(layer.bias)


INITS: dict[str, Callable[[Weighted, str], None]] = {
    "normal": normal_init,
    "kaiming": kaiming_init,
    "xavier": xavier_init,
    "zeros": zero_init,
}


def squared_error(outputs: Any, labels: Any) -> Any:
    """Compare the outputs (N, K) with 1 for the right class and 0 elsewhere: Σ (output - target)², averaged over N."""
    targets = F.one_hot(labels, outputs.shape[1]).to(outputs.dtype)
    return F.sum_squared_error(outputs, targets) / len(labels)


LOSSES: dict[str, Callable[[Any, Any], Any]] = {"cross_entropy": F.cross_entropy, "squared_error": squared_error}

OPTIMIZERS: dict[str, Callable[[Iterable[Tensor], float, float], Optimizer]] = {
    "sgd": lambda parameters, lr, decay: SGD(parameters, lr, weight_decay=decay),
    "momentum": lambda parameters, lr, decay: SGD(parameters, lr, momentum=0.9, nesterov=True, weight_decay=decay),
    "adam": lambda parameters, lr, decay: Adam(parameters, lr, weight_decay=decay),
    "adamw": lambda parameters, lr, decay: AdamW(parameters, lr, weight_decay=decay or 0.01),
}

WARM = 0.1  # the part of the training in which `one_cycle` rises


def one_cycle(done: float) -> float:
    """Rise in a straight line from a twentieth, and fall as half a cosine wave (Smith and Topin, 2018)."""
    return 0.05 + 0.95 * done / WARM if done < WARM else SCHEDULES["cosine"]((done - WARM) / (1 - WARM))


SCHEDULES: dict[str, Callable[[float], float]] = {
    "constant": lambda done: 1.0,
    "cosine": lambda done: (1 + math.cos(math.pi * min(done, 1.0))) / 2,
    "linear": lambda done: max(0.0, 1.0 - done),
    "one_cycle": one_cycle,
}
"""The factor of the learning rate when a fraction `done` of all batches has been seen."""

AUGMENTATIONS: dict[str, Callable[[], Any]] = {
    "none": lambda: transforms.Compose([]),
    "shift": lambda: transforms.RandomAffine(0, translate=(0.07, 0.07)),  # up to two pixels of 28
    "affine": lambda: transforms.RandomAffine(
        12, translate=(0.07, 0.07), scale=(0.88, 1.12), shear=10, interpolation="bilinear"
    ),
    "elastic": lambda: transforms.Compose([transforms.ElasticTransform(30.0, 4.0), AUGMENTATIONS["affine"]()]),
}
"""What is done to the training images, from 0 to 1, each time they are seen (Simard and others, 2003)."""


def half_pixels(images: Tensor) -> list[Tensor]:
    """Move images (N, C, H, W) by half a pixel, up or down and left or right: four images for each."""
    height, width = images.shape[-2:]
    between = F.avg_pool2d(F.pad(images, (1, 1, 1, 1), mode="replicate"), 2, 1)
    return [between[..., i : i + height, j : j + width] for i in (0, 1) for j in (0, 1)]


VIEWS: dict[str, Callable[[Tensor], list[Tensor]]] = {"affine": half_pixels, "elastic": half_pixels}
"""What the network is shown of an image in the end, where training has changed images like this.

What moves pixels by parts of one smooths them. A network that has seen nothing else reads sharp images worse: the
recipe `best` 99.1 % of them, and 99.7 % when it is shown four that are as smooth, and its answers are averaged.
"""

TABLES: dict[str, dict[str, Any]] = {
    "activation": ACTIVATIONS,
    "init": INITS,
    "loss": LOSSES,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
    "augment": AUGMENTATIONS,
}
"""The choices for a field of a recipe."""

LEARNING_RATES = {"sgd": 0.1, "momentum": 0.02, "adam": 0.002, "adamw": 0.002}
"""A learning rate to start with, for an optimizer that is not the recipe's own."""
