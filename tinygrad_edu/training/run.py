"""A training run: a recipe, its data and its network, and how far it has come."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from tinygrad_edu.data import DataLoader, Subset
from tinygrad_edu.system.generator import default_generator, manual_seed
from tinygrad_edu.tensors.tensor import Tensor, wrap
from tinygrad_edu.training.checkpoint import Checkpoint, CheckpointError
from tinygrad_edu.training.fit import DivergedError, Progress, predict, train_epoch
from tinygrad_edu.training.gather import Gatherer
from tinygrad_edu.training.metrics import accuracy
from tinygrad_edu.training.parts import LOSSES
from tinygrad_edu.training.recipes import Recipe, build_model, build_optimizer
from tinygrad_edu.training.record import Record

TEST_BATCH = 1000
PROBE = 256  # training images, the first ones, that the network is tried on while it learns


def limited(train_set: Any, recipe: Recipe) -> Any:
    """Return those of the training images that a recipe uses."""
    return train_set if recipe.limit is None else Subset(train_set, range(min(recipe.limit, len(train_set))))


def are_finite(values: Mapping[str, Any]) -> bool:
    """Tell whether all numbers, in Tensors and beside them, are finite."""
    return all(np.isfinite(value.array if isinstance(value, Tensor) else value).all() for value in values.values())


def remembered_after_a_step(recipe: Recipe) -> dict[str, Any]:
    """Return what the optimizer of a recipe remembers for a parameter, here one of a single number, after a step."""
    parameter = wrap(np.zeros(1, np.float32), requires_grad=True)
    parameter.grad = wrap(np.ones(1, np.float32))
    optimizer, _ = build_optimizer(recipe, [parameter], batches=1)
    optimizer.step()
    state: dict[str, Any] = optimizer.state_dict()["state"].get(0, {})
    return state


class Run:
    """Train the network of a recipe, epoch by epoch.

        run = Run(recipe, MNIST(transform=build_transform(recipe)), MNIST(train=False, transform=...))
        while run.epoch < recipe.epochs:
            for progress in run.train_epoch():
                ...
            save_checkpoint(run.checkpoint(), "run.npz")

    It seeds the default generator, from which everything random here is drawn.

    Parameters:
        recipe: what to train, and how.
        train_set, test_set: pairs of an image, as the recipe's transform makes it, and the index of its class.
        gather: look at the network now and then while it learns, for the report. It takes about 2 % of the time and
            changes nothing: the weights are the same, bit for bit.

    Attributes:
        history: for each whole epoch so far, a dictionary: loss and accuracy, on the training images in
            the course of learning them, and test_loss and test_accuracy, on the test images afterwards.
    """

    def __init__(self, recipe: Recipe, train_set: Any, test_set: Any, gather: bool = True) -> None:
        manual_seed(recipe.seed)
        self.recipe = recipe
        self.train_loader = DataLoader(limited(train_set, recipe), recipe.batch_size, shuffle=True)
        self.test_loader = DataLoader(test_set, TEST_BATCH)
        self.model = build_model(recipe)
        self.loss_fn = LOSSES[recipe.loss]
        self.optimizer, self.schedule = build_optimizer(recipe, self.model.parameters(), len(self.train_loader))
        self._whole = Checkpoint(recipe, {}, [], self._snapshot())
        self._gatherer = self._make_gatherer() if gather else None

    @property
    def history(self) -> list[dict[str, float]]:
        """What was noted after each whole epoch so far."""
        return self._whole.history

    @property
    def epoch(self) -> int:
        """The number of whole epochs so far."""
        return len(self.history)

    def train_epoch(self) -> Iterator[Progress]:
        """Train for one more epoch, telling how it goes after each batch, and evaluate.

        The epoch counts when the iterator has come to its end.

        Raises:
            DivergedError: the loss, or a weight after the epoch, is infinite or not a number.
        """
        step = self.epoch * len(self.train_loader)
        if self._gatherer is not None:
            self._gatherer.start(step)
        for progress in train_epoch(self.model, self.train_loader, self.loss_fn, self.optimizer, self.schedule):
            if self._gatherer is not None:
                self._gatherer.look(step + progress.batches)
            yield progress
        if not are_finite(self.model.state_dict()):
            raise DivergedError("training has diverged: some weights are not finite; use a smaller learning rate")
        outputs, targets = predict(self.model, self.test_loader)
        noted = {
            "loss": progress.loss,
            "accuracy": progress.accuracy,
            "test_loss": self.loss_fn(wrap(outputs), wrap(targets)).item(),
            "test_accuracy": accuracy(outputs, targets),
        }
        # In one assignment: wherever Ctrl-C comes, the numbers and the weights are of the same epoch.
        self._whole = Checkpoint(self.recipe, {}, [*self.history, noted], self._snapshot())

    def checkpoint(self) -> Checkpoint:
        """Return the network as it is, also in the middle of an epoch, and where the last whole epoch ended."""
        now = self.model.state_dict()
        weights = now if are_finite(now) else self._whole.state["weights"]
        copies = {name: tensor.array.copy() for name, tensor in weights.items()}
        return replace(self._whole, weights=copies, history=list(self.history))

    def record(self) -> Record | None:
        """Return what was seen of the network while it learned; None for a run that gathers nothing."""
        return None if self._gatherer is None else self._gatherer.record()

    def resume(self, checkpoint: Checkpoint, record: Record | None = None) -> None:
        """Go back to where the last whole epoch of a checkpoint ended, random numbers included.

        Going on from there gives the same weights, bit for bit, as a run that was never interrupted.

        Parameters:
            checkpoint: where to go on from.
            record: what was seen until then. It is gone on with, too, if it is of this network.

        Raises:
            CheckpointError: the checkpoint does not say where that was, or is of another network.
        """
        state = checkpoint.state
        try:
            self.model.load_state_dict(state["weights"])
            remembered = {int(number): values for number, values in state["optimizer"].items()}
            self.optimizer.load_state_dict({**self.optimizer.state_dict(), "state": remembered})
            self._check_what_is_remembered(checkpoint.epoch)
            default_generator.set_state(state["random"])
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            reason = " ".join(str(error).split())[:200]
            raise CheckpointError(
                f"training cannot go on from this checkpoint: {type(error).__name__}: {reason}"
            ) from None
        self.schedule.last_epoch = checkpoint.epoch * len(self.train_loader) - 1
        self.schedule.step()
        self._whole = Checkpoint(self.recipe, {}, list(checkpoint.history), self._snapshot())
        if self._gatherer is not None:
            self._gatherer = self._make_gatherer()
            if record is not None and self._gatherer.fits(record):
                self._gatherer.go_on_from(record.until(checkpoint.epoch * len(self.train_loader)))

    def _make_gatherer(self) -> Gatherer:
        probe = next(iter(DataLoader(self.train_loader.dataset, PROBE)))
        return Gatherer(self.recipe, self.model, self.loss_fn, probe, len(self.train_loader))

    def _check_what_is_remembered(self, epoch: int) -> None:
        """Raise ValueError if the optimizer and the weights are not what they could be after so many epochs."""
        if not are_finite(self.model.state_dict()):
            raise ValueError("some weights are infinite or not a number")
        expected = remembered_after_a_step(self.recipe)
        parameters = list(self.model.parameters())
        held = self.optimizer.state_dict()["state"]
        if set(held) != set(range(len(parameters)) if expected and epoch else ()):
            raise ValueError(f"the optimizer remembers something for the parameters {sorted(held)}")
        for number, values in held.items():
            kinds, wanted = ({name: type(value) for name, value in which.items()} for which in (values, expected))
            if kinds != wanted or not are_finite(values):
                raise ValueError(f"the optimizer remembers {sorted(values)}; expected {sorted(wanted)}, all finite")
            if values.get("step", 1) < 1:
                raise ValueError(f"the optimizer has made no step for parameter {number}")

    def _snapshot(self) -> dict[str, Any]:
        return copy.deepcopy(
            {
                "weights": self.model.state_dict(),
                "optimizer": self.optimizer.state_dict()["state"],
                "random": default_generator.get_state(),
            }
        )
