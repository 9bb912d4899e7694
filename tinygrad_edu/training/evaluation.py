"""The use of a network without training it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from tinygrad_edu.engine.grad_mode import no_grad
from tinygrad_edu.nn import Module
from tinygrad_edu.training.batches import joined, pair
from tinygrad_edu.training.metrics import accuracy


@contextmanager
def evaluating(model: Module) -> Iterator[None]:
    """Use a network without training it: in the mode for evaluation, and recording nothing, inside the `with` block."""
    modes = [(module, module.training) for module in model.modules()]  # some may be kept from training
    model.eval()
    try:
        with no_grad():
            yield
    finally:
        for module, training in modes:
            module.training = training


def predict(model: Module, loader: Iterable[Any]) -> tuple[Any, Any]:
    """Return the outputs (N, ...) of a network for all inputs of `loader`, and their targets (N, ...), as arrays.

    Where there are several of one kind, in a tuple, list or dictionary, they are in a list or dictionary of arrays.

    Raises:
        TypeError: the batches are not pairs of inputs and targets.
        ValueError: there are none.
    """
    with evaluating(model):
        pairs = [(model(inputs), targets) for inputs, targets in map(pair, loader)]
    if not pairs:
        raise ValueError("predict: there are no batches; is the data set empty?")
    outputs, targets = zip(*pairs, strict=True)
    return joined(outputs), joined(targets)


def evaluate(model: Module, loader: Iterable[Any]) -> float:
    """Return the accuracy of a classifier on all batches of `loader`, from 0 to 1."""
    return accuracy(*predict(model, loader))
