"""The use of a network without training it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from tinygrad_edu.engine.grad_mode import no_grad
from tinygrad_edu.engine.op import Array
from tinygrad_edu.nn import Module
from tinygrad_edu.training.metrics import accuracy


@contextmanager
def evaluating(model: Module) -> Iterator[None]:
    """Use a network without training it: in the mode for evaluation, and recording nothing, inside the `with` block."""
    was_training = model.training
    model.eval()
    try:
        with no_grad():
            yield
    finally:
        model.train(was_training)


def predict(model: Module, loader: Iterable[Any]) -> tuple[Array, Array]:
    """Return the outputs (N, ...) of a network for all inputs of `loader`, and their targets (N, ...)."""
    with evaluating(model):
        pairs = [(model(inputs).array, np.asarray(getattr(y, "array", y))) for inputs, y in loader]
    if not pairs:
        raise ValueError("predict: there are no batches; is the data set empty?")
    outputs, targets = zip(*pairs, strict=True)
    return np.concatenate(outputs), np.concatenate(targets)


def evaluate(model: Module, loader: Iterable[Any]) -> float:
    """Return the accuracy of a classifier on all batches of `loader`, from 0 to 1."""
    return accuracy(*predict(model, loader))
