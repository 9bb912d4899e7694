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
    modes = [(module, module.training) for module in model.modules()]  # some may be kept from training
    model.eval()
    try:
        with no_grad():
            yield
    finally:
        for module, training in modes:
            module.training = training


def predict(model: Module, loader: Iterable[Any]) -> tuple[Array, Array]:
    """Return the outputs (N, ...) of a network for all inputs of `loader`, and their targets (N, ...).

    Raises:
        TypeError: the batches are not pairs of inputs and targets.
        ValueError: there are none.
    """
    with evaluating(model):
        pairs = [(model(inputs).array, np.asarray(getattr(y, "array", y))) for inputs, y in map(pair, loader)]
    if not pairs:
        raise ValueError("predict: there are no batches; is the data set empty?")
    outputs, targets = zip(*pairs, strict=True)
    return np.concatenate(outputs), np.concatenate(targets)


def pair(batch: Any) -> Any:
    """Return a batch as it is, if it is a pair of inputs and targets; raise TypeError if not."""
    if isinstance(batch, tuple | list) and len(batch) == 2:
        return batch
    found = f"a {type(batch).__name__}" + (f" of {len(batch)}" if isinstance(batch, tuple | list) else "")
    raise TypeError(
        f"training: expected batches that are pairs (inputs, targets), got {found}; two whole arrays become batches in "
        "DataLoader((x, y), batch_size), and a collate_fn= makes pairs of other items"
    )


def evaluate(model: Module, loader: Iterable[Any]) -> float:
    """Return the accuracy of a classifier on all batches of `loader`, from 0 to 1."""
    return accuracy(*predict(model, loader))
