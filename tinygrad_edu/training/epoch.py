"""The inner loop: one way through the training data.

for epoch in range(5):
    for progress in train_epoch(model, loader, loss_fn, optimizer):
        ...                                  # after each step: progress.loss, progress.accuracy
    print(evaluate(model, test_loader))
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from tinygrad_edu.engine.grad_mode import no_grad
from tinygrad_edu.nn import Module
from tinygrad_edu.nn.utils import clip_grad_norm_
from tinygrad_edu.optim import Optimizer
from tinygrad_edu.optim.lr_scheduler import LRScheduler
from tinygrad_edu.training.batches import pair, size
from tinygrad_edu.training.metrics import accuracy
from tinygrad_edu.training.processes import Processes

Metrics = Mapping[str, Callable[[Any, Any], float]]
"""Functions of outputs and targets, by name."""

ACCURACY: Metrics = {"accuracy": accuracy}


class DivergedError(RuntimeError):
    """The loss is no longer a number."""


@dataclass(frozen=True)
class Progress:
    """Where an epoch of training stands.

    Attributes:
        batches, images: how many it has seen.
        sums: of the loss and of each metric, over all images.
    """

    batches: int = 0
    images: int = 0
    sums: Mapping[str, float] = field(default_factory=dict)

    @property
    def averages(self) -> dict[str, float]:
        """The loss and each metric, averaged over the images."""
        return {name: total / self.images if self.images else math.nan for name, total in self.sums.items()}

    @property
    def loss(self) -> float:
        """The loss, averaged over the images."""
        return self.sums["loss"] / self.images

    @property
    def accuracy(self) -> float:
        """The share of the images that was read right; NaN if it was not counted."""
        return self.sums.get("accuracy", math.nan) / self.images


def measured(metrics: Metrics, outputs: Any, targets: Any) -> dict[str, float]:
    """Return what each metric says, as plain numbers: a Tensor would keep the whole graph that it came from.

    Raises:
        TypeError: one says something else than a number.
    """
    found = {}
    with no_grad():
        for name, metric in metrics.items():
            value = metric(outputs, targets)
            try:
                found[name] = float(value)
            except (TypeError, ValueError):
                what = f"{type(value).__name__} of shape {getattr(value, 'shape', ())}"
                raise TypeError(f"metrics: expected {name!r:.40} to return one number, got {what}") from None
    return found


def train_epoch(
    model: Module,
    loader: Iterable[Any],
    loss_fn: Callable[[Any, Any], Any],
    optimizer: Optimizer,
    schedule: LRScheduler | None = None,
    *,
    accumulate: int = 1,
    clip_norm: float | None = None,
    average: Any = None,
    metrics: Metrics = ACCURACY,
    start: Progress | None = None,
    processes: Processes | None = None,
) -> Iterator[Progress]:
    """Train on each batch of `loader` once, and tell how it goes after each step.

    Loss and metrics are those of the network on a batch before it learned from it, averaged over the epoch so far.

    Parameters:
        model: a network.
        loader: pairs of inputs and targets, such as class indices (N).
        loss_fn: a function of outputs and targets that returns the average loss, one number.
        optimizer: what changes the parameters.
        schedule: what changes the learning rate, after each step.
        accumulate: how many batches to gather the gradient of a step over; it is the gradient of all of them as one.
        clip_norm: the most that the norm of the whole gradient may be; longer ones are shortened to it.
        average: an AveragedModel, told of the weights after each step.
        metrics: functions of outputs and targets whose averages are told beside the loss. The accuracy, unless another
            table is given.
        start: what the epoch saw before, if `loader` gives the rest of it.
        processes: those that share the work; None for one alone.

    Raises:
        DivergedError: the loss is infinite or not a number.
    """
    model.train()
    start = start or Progress()
    batches, images, sums = start.batches, start.images, {"loss": 0.0, **dict.fromkeys(metrics, 0.0), **start.sums}
    rest = iter(loader)
    while group := list(islice(rest, accumulate)):
        optimizer.zero_grad()
        together = sum(size(targets) for _, targets in map(pair, group))
        for batch in group:
            inputs, targets = batch if processes is None else processes.part_of(batch)
            found = [0.0] * len(sums)
            if mine := size(targets):
                outputs = model(inputs)
                loss = loss_fn(outputs, targets)
                (loss if mine == together else loss * (mine / together)).backward()
                found = [loss.item() * mine, *(x * mine for x in measured(metrics, outputs, targets).values())]
            if processes is not None:
                found = processes.total(found)
            count = size(batch[1])
            batches, images = batches + 1, images + count
            if not math.isfinite(found[0]):
                raise DivergedError(
                    f"training has diverged: the loss of batch {batches} is {found[0] / count}; use a smaller learning "
                    "rate, or look for what is not finite in the data"
                )
            sums = {name: total + more for (name, total), more in zip(sums.items(), found, strict=True)}
        if processes is not None:
            processes.add_gradients()
        if clip_norm is not None:
            clip_grad_norm_(model.parameters(), clip_norm)
        optimizer.step()
        if schedule is not None:
            schedule.step()
        if average is not None:
            average.update_parameters(model)
        yield Progress(batches, images, dict(sums))
