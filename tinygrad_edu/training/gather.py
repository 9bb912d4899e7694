"""Looking at a network while it learns: the size of its gradients and steps, its dead units, the way it goes.

Only some steps are looked at, about eight in an epoch. When that has become many, every second one is forgotten and
the steps between are doubled. So what is kept depends on how far training has come and on nothing else: a run that was
interrupted and resumed keeps the same. No random numbers are drawn, and nothing of the network is changed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu import nn
from tinygrad_edu.engine.op import Array
from tinygrad_edu.tensors.tensor import Tensor
from tinygrad_edu.training.callbacks import Callback
from tinygrad_edu.training.evaluation import evaluating
from tinygrad_edu.training.metrics import accuracy
from tinygrad_edu.training.recipes import Recipe
from tinygrad_edu.training.record import Record

LOOKS = 8  # in an epoch, at first
MOST_LOOKS = 512
MOST_POINTS = 32  # on the path of the weights
PATH_BYTES = 8_000_000  # that the path may take; each weight takes two
FLAT = 0.05  # of the largest slope of an activation; less counts as flat
LARGEST = float(np.finfo(np.float16).max)

SLOPES: dict[type[nn.Module], Callable[[Array], Array]] = {
    nn.ReLU: lambda y: y > 0,
    nn.Sigmoid: lambda y: 4 * y * (1 - y),
    nn.Tanh: lambda y: 1 - y * y,
}
"""The slope of an activation, as a share of the largest that it has, computed from its output y."""


class Series:
    """What was seen after some steps: those whose number is a multiple of `interval`, and never more than `most`."""

    def __init__(self, interval: int, most: int) -> None:
        self.interval, self.most = interval, most
        self.seen: list[tuple[int, Any]] = []

    def is_due(self, step: int) -> bool:
        """Tell whether to look after this step."""
        return self.most > 0 and step % self.interval == 0 and not (self.seen and self.seen[-1][0] >= step)

    def add(self, step: int, what: Any) -> None:
        """Keep what was seen after a step. Where that is too much, keep the multiples of twice the interval."""
        self.seen.append((step, what))
        if len(self.seen) > self.most:
            self.seen = [(step, what) for step, what in self.seen if step % (2 * self.interval) == 0]
            self.interval *= 2

    @property
    def steps(self) -> Array:
        """The numbers of the steps."""
        return np.array([step for step, _ in self.seen], np.int64)


class Gatherer(Callback):
    """Gathers the record of a run.

    Parameters:
        recipe: how the network is trained.
        model: the network.
        loss_fn: what is made small.
        probe: some images and their class indices, to try the network on.
        batches: the number of steps in an epoch.
    """

    def __init__(
        self,
        recipe: Recipe,
        model: nn.Sequential,
        loss_fn: Callable[[Any, Any], Any],
        probe: tuple[Tensor, Tensor],
        batches: int,
    ) -> None:
        self.recipe, self.model, self.loss_fn, self.probe, self.batches = recipe, model, loss_fn, probe, batches
        self.weights = {name: weight for name, weight in model.named_parameters() if weight.ndim > 1}
        modules = list(model)
        self.activations = [i for i, module in enumerate(modules[:-1]) if type(module) in SLOPES]
        self.parameter_count = sum(parameter.array.size for parameter in model.parameters())
        most_points = min(MOST_POINTS, PATH_BYTES // (2 * self.parameter_count))
        first = max(1, batches // LOOKS)
        self.looks, self.path = Series(first, MOST_LOOKS), Series(first, most_points if most_points > 3 else 0)
        self.before: list[Array] = []

    def fits(self, record: Record) -> bool:
        """Tell whether a record is of this network, trained in this way, and can be gone on with."""
        names = (tuple(self.weights), tuple(map(str, self.activations)))
        known = (record.weights, record.activations)
        return record.is_of(self.recipe) and record.batches == self.batches and known == names

    def go_on_from(self, record: Record) -> None:
        """Take over what was gathered before."""
        self.looks.interval, self.path.interval = record.interval, record.path_interval
        rows = zip(record.loss, record.accuracy, record.gradient, record.update, record.flat, record.dead, strict=True)
        self.looks.seen = list(zip(record.steps.tolist(), rows, strict=True))
        self.path.seen = list(zip(record.path_steps.tolist(), record.path, strict=True))

    def on_epoch_start(self, training: Any) -> None:
        """Get ready for the next step; look at the network as it begins."""
        if training.steps == 0:
            nothing = np.full(len(self.weights), np.nan, np.float32)
            self._note(0, nothing, nothing)
        self._prepare(training.steps + 1)

    def on_step(self, training: Any) -> None:
        """Look at the network after a step, if this is one to look at."""
        step = training.steps
        if self.before:
            with np.errstate(all="ignore"):  # of a network that diverges
                sizes = [(w.grad.array if w.grad is not None else np.zeros(1)) for w in self.weights.values()]
                gradient = [norm(g) / np.sqrt(g.size) for g in sizes]
                update = [
                    np.divide(norm(w.array - before), norm(before))
                    for w, before in zip(self.weights.values(), self.before, strict=True)
                ]
            self._note(step, np.array(gradient, np.float32), np.array(update, np.float32))
        self._prepare(step + 1)

    def _prepare(self, step: int) -> None:
        due = self.looks.is_due(step) or self.path.is_due(step)
        self.before = [weight.array.copy() for weight in self.weights.values()] if due else []

    def _note(self, step: int, gradient: Array, update: Array) -> None:
        images, targets = self.probe
        shares: list[tuple[float, float]] = []
        with evaluating(self.model), np.errstate(all="ignore"):
            values = images
            for i, module in enumerate(self.model):
                values = module(values)
                if i in self.activations:
                    shares.append(flat_and_dead(SLOPES[type(module)](values.array)))
            loss = self.loss_fn(values, targets).item()
        flat, dead = np.array(shares, np.float32).reshape(-1, 2).T
        if self.looks.is_due(step):
            self.looks.add(step, (loss, accuracy(values, targets), gradient, update, flat, dead))
        if self.path.is_due(step):
            every = np.concatenate([parameter.array.ravel() for parameter in self.model.parameters()])
            self.path.add(step, np.clip(every, -LARGEST, LARGEST).astype(np.float16))

    def record(self) -> Record:
        """Return what has been gathered so far."""
        rows = [row for _, row in self.looks.seen]
        layers, hidden = len(self.weights), len(self.activations)
        loss, seen_accuracy, gradient, update, flat, dead = zip(*rows, strict=True) if rows else [()] * 6
        points = [point for _, point in self.path.seen]
        return Record(
            self.recipe,
            self.batches,
            tuple(self.weights),
            tuple(map(str, self.activations)),
            self.looks.interval,
            self.path.interval,
            steps=self.looks.steps,
            loss=np.array(loss, np.float64),
            accuracy=np.array(seen_accuracy, np.float64),
            gradient=np.array(gradient, np.float32).reshape(len(rows), layers),
            update=np.array(update, np.float32).reshape(len(rows), layers),
            flat=np.array(flat, np.float32).reshape(len(rows), hidden),
            dead=np.array(dead, np.float32).reshape(len(rows), hidden),
            path_steps=self.path.steps,
            path=np.array(points, np.float16).reshape(len(points), self.parameter_count),
        )


def norm(x: Array) -> float:
    """Return the length of an array as a vector, √Σ x²."""
    flat = x.ravel(order="K")  # no copy, whatever the order in memory
    return float(np.sqrt(np.dot(flat, flat)))


def flat_and_dead(slopes: Array) -> tuple[float, float]:
    """Return the share of slopes (N, units, ...) that are nearly 0, and the share of units where all of them are."""
    flat = slopes < FLAT
    others = (0, *range(2, flat.ndim))
    return float(flat.mean()), float(flat.all(axis=others).mean())
