"""What the names in a recipe stand for: activations, initializations, losses, optimizers, schedules.

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

CLASSES = 10

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}


def normal_init(layer: nn.Linear, activation: str) -> None:
    """Draw weights and biases alike from the standard normal distribution."""
    for parameter in layer.parameters():
        init.normal_(parameter)


def kaiming_init(layer: nn.Linear, activation: str) -> None:
    """Draw weights with the spread that keeps the values of layer after layer at one size; biases are 0."""
    init.kaiming_normal_(layer.weight, nonlinearity=activation)
    _zero_bias(layer)


def xavier_init(layer: nn.Linear, activation: str) -> None:
    """Draw weights with a spread between what suits the values forward and the gradients backward; biases are 0."""
    init.xavier_normal_(layer.weight, init.calculate_gain(activation))
    _zero_bias(layer)


def zero_init(layer: nn.Linear, activation: str) -> None:
    """Set everything to 0, to see that it does not work: all neurons of a layer stay alike for ever."""
    init.zeros_(layer.weight)
    _zero_bias(layer)


def _zero_bias(layer: nn.Linear) -> None:
    if layer.bias is not None:
        init.zeros_(layer.bias)


INITS: dict[str, Callable[[nn.Linear, str], None]] = {
    "normal": normal_init,
    "kaiming": kaiming_init,
    "xavier": xavier_init,
    "zeros": zero_init,
}


def squared_error(outputs: Any, labels: Any) -> Any:
    """Compare the outputs (N, K) with 1 for the right class and 0 elsewhere: Σ (output - target)², averaged over N."""
    targets = F.one_hot(labels, CLASSES).to(outputs.dtype)
    return F.sum_squared_error(outputs, targets) / len(labels)


LOSSES: dict[str, Callable[[Any, Any], Any]] = {"cross_entropy": F.cross_entropy, "squared_error": squared_error}

OPTIMIZERS: dict[str, Callable[[Iterable[Tensor], float], Optimizer]] = {
    "sgd": lambda parameters, lr: SGD(parameters, lr),
    "momentum": lambda parameters, lr: SGD(parameters, lr, momentum=0.9, nesterov=True),
    "adam": lambda parameters, lr: Adam(parameters, lr),
    "adamw": lambda parameters, lr: AdamW(parameters, lr),
}

SCHEDULES: dict[str, Callable[[float], float]] = {
    "constant": lambda done: 1.0,
    "cosine": lambda done: (1 + math.cos(math.pi * min(done, 1.0))) / 2,
}
"""The factor of the learning rate when a fraction `done` of all batches has been seen."""

TABLES: dict[str, dict[str, Any]] = {
    "activation": ACTIVATIONS,
    "init": INITS,
    "loss": LOSSES,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
}

LEARNING_RATES = {"sgd": 0.1, "momentum": 0.02, "adam": 0.002, "adamw": 0.002}
"""A learning rate to start with, for an optimizer that is not the recipe's own."""
