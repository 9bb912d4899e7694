"""The training loop: an epoch of it, and the use of a network without training.

for epoch in range(5):
    for progress in train_epoch(model, loader, loss_fn, optimizer):
        ...                                  # after each batch: progress.loss, progress.accuracy
    print(evaluate(model, test_loader))
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_edu.engine.grad_mode import no_grad
from tinygrad_edu.engine.op import Array
from tinygrad_edu.nn import Module
from tinygrad_edu.optim import Optimizer
from tinygrad_edu.optim.lr_scheduler import LRScheduler
from tinygrad_edu.training.metrics import accuracy


class DivergedError(RuntimeError):
    """The loss is no longer a number."""


@dataclass(frozen=True)
class Progress:
    """Where an epoch of training stands: averages over the `images` that it has seen in its `batches`."""

    batches: int
    images: int
    loss: float
    accuracy: float


def train_epoch(
    model: Module,
    loader: Iterable[Any],
    loss_fn: Callable[[Any, Any], Any],
    optimizer: Optimizer,
    schedule: LRScheduler | None = None,
) -> Iterator[Progress]:
    """Train a classifier on each batch of `loader` once, and tell how it goes after each.

    Loss and accuracy are those of the network on a batch before it learned from it, averaged over
    the epoch so far.

    Parameters:
        model: a network whose outputs are (N, K).
        loader: pairs of inputs and class indices (N).
        loss_fn: a function of outputs and class indices that returns the average loss, one number.
        optimizer: what changes the parameters.
        schedule: what changes the learning rate, after each batch.

    Raises:
        DivergedError: the loss is infinite or not a number.
    """
    model.train()
    images, loss_sum, correct = 0, 0.0, 0.0
    for batches, (inputs, targets) in enumerate(loader, start=1):
        optimizer.zero_grad()
        outputs = model(inputs)
        loss = loss_fn(outputs, targets)
        loss.backward()
        optimizer.step()
        if schedule is not None:
            schedule.step()
        value = loss.item()
        if not math.isfinite(value):
            raise DivergedError(
                f"training has diverged: the loss of batch {batches} is {value}; use a smaller learning rate"
            )
        size = len(targets)
        images += size
        loss_sum += value * size
        correct += accuracy(outputs, targets) * size
        yield Progress(batches, images, loss_sum / images, correct / images)


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
    """Return the outputs (N, K) of a network for all inputs of `loader`, and their class indices (N)."""
    with evaluating(model):
        pairs = [(model(inputs).array, np.asarray(targets)) for inputs, targets in loader]
    if not pairs:
        raise ValueError("predict: there are no batches; is the data set empty?")
    outputs, targets = zip(*pairs, strict=True)
    return np.concatenate(outputs), np.concatenate(targets)


def evaluate(model: Module, loader: Iterable[Any]) -> float:
    """Return the accuracy of a classifier on all batches of `loader`, from 0 to 1."""
    return accuracy(*predict(model, loader))
