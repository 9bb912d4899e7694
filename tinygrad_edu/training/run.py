"""A training run: a recipe, its data and its network, and how far it has come."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from tinygrad_edu.data import DataLoader, Subset
from tinygrad_edu.system.generator import default_generator, manual_seed
from tinygrad_edu.training.checkpoint import Checkpoint, CheckpointError
from tinygrad_edu.training.fit import Progress, evaluate, train_epoch
from tinygrad_edu.training.parts import LOSSES
from tinygrad_edu.training.recipes import Recipe, build_model, build_optimizer

TEST_BATCH = 1000


class Run:
    """Train the network of a recipe, epoch by epoch.

        run = Run(recipe, MNIST(transform=build_transform(recipe)), MNIST(train=False, transform=...))
        while run.epoch < recipe.epochs:
            for progress in run.train_epoch():
                ...
            save_checkpoint(run.checkpoint(), "run.npz")

    It seeds the default generator, from which everything random here is drawn.

    Attributes:
        history: for each whole epoch so far, a dictionary: loss and accuracy, on the training images in
            the course of learning them, and test_accuracy, on the test images afterwards.
    """

    def __init__(self, recipe: Recipe, train_set: Any, test_set: Any) -> None:
        manual_seed(recipe.seed)
        self.recipe = recipe
        if recipe.limit is not None:
            train_set = Subset(train_set, range(min(recipe.limit, len(train_set))))
        self.train_loader = DataLoader(train_set, recipe.batch_size, shuffle=True)
        self.test_loader = DataLoader(test_set, TEST_BATCH)
        self.model = build_model(recipe)
        self.loss_fn = LOSSES[recipe.loss]
        self.optimizer, self.schedule = build_optimizer(recipe, self.model.parameters(), len(self.train_loader))
        self.history: list[dict[str, float]] = []
        self._state = self._snapshot()

    @property
    def epoch(self) -> int:
        """The number of whole epochs so far."""
        return len(self.history)

    def train_epoch(self) -> Iterator[Progress]:
        """Train for one more epoch, telling how it goes after each batch, and evaluate.

        The epoch counts when the iterator has come to its end.
        """
        for progress in train_epoch(self.model, self.train_loader, self.loss_fn, self.optimizer, self.schedule):
            yield progress
        test_accuracy = evaluate(self.model, self.test_loader)
        self.history.append({"loss": progress.loss, "accuracy": progress.accuracy, "test_accuracy": test_accuracy})
        self._state = self._snapshot()

    def checkpoint(self) -> Checkpoint:
        """Return the network as it is, also in the middle of an epoch, and where the last whole epoch ended."""
        weights = {name: tensor.array.copy() for name, tensor in self.model.state_dict().items()}
        return Checkpoint(self.recipe, weights, list(self.history), self._state)

    def resume(self, checkpoint: Checkpoint) -> None:
        """Go back to where the last whole epoch of a checkpoint ended, random numbers included.

        Going on from there gives the same weights, bit for bit, as a run that was never interrupted.

        Raises:
            CheckpointError: the checkpoint does not say where that was, or is of another network.
        """
        state = checkpoint.state
        try:
            self.model.load_state_dict(state["weights"])
            remembered = {int(number): values for number, values in state["optimizer"].items()}
            self.optimizer.load_state_dict({**self.optimizer.state_dict(), "state": remembered})
            default_generator.set_state(state["random"])
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise CheckpointError(
                f"training cannot go on from this checkpoint: {type(error).__name__}: {str(error).splitlines()[0]}"
            ) from None
        self.history = list(checkpoint.history)
        self.schedule.last_epoch = self.epoch * len(self.train_loader) - 1
        self.schedule.step()
        self._state = self._snapshot()

    def _snapshot(self) -> dict[str, Any]:
        return copy.deepcopy(
            {
                "weights": self.model.state_dict(),
                "optimizer": self.optimizer.state_dict()["state"],
                "random": default_generator.get_state(),
            }
        )
