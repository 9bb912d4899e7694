"""A training run: a recipe, its data and its network, and how far it has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tinygrad_edu.data import DataLoader, Subset
from tinygrad_edu.nn import Sequential
from tinygrad_edu.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tinygrad_edu.system.generator import manual_seed
from tinygrad_edu.tensors.tensor import Tensor, wrap
from tinygrad_edu.training.callbacks import Callback, EarlyStopping, KeepBest, best_epoch
from tinygrad_edu.training.checkpoint import Checkpoint, save_checkpoint
from tinygrad_edu.training.gather import Gatherer
from tinygrad_edu.training.loop import Training
from tinygrad_edu.training.parts import LOSSES
from tinygrad_edu.training.recipes import Recipe, build_model, build_optimizer
from tinygrad_edu.training.record import Record
from tinygrad_edu.training.state import are_finite, cannot_go_on

TEST_BATCH = 1000
PROBE = 256  # training images, the first ones, that the network is tried on while it learns
MONITOR = "validation_accuracy"


def chosen(train_set: Any, recipe: Recipe) -> tuple[Any, Any]:
    """Return those of the training images that a recipe learns from, and those that it holds out: the last ones.

    Raises:
        ValueError: there are not enough.
    """
    count = len(train_set) if recipe.limit is None else min(recipe.limit, len(train_set))
    learned = count - recipe.validation
    if learned < 1:
        raise ValueError(f"recipe: expected validation to be less than the {count:,} images, got {recipe.validation:,}")
    whole = recipe.limit is None and not recipe.validation
    return train_set if whole else Subset(train_set, range(learned)), Subset(train_set, range(learned, count))


def remembered_after_a_step(recipe: Recipe) -> dict[str, Any]:
    """Return what the optimizer of a recipe remembers for a parameter, here one of a single number, after a step."""
    parameter = wrap(np.zeros(1, np.float32), requires_grad=True)
    parameter.grad = wrap(np.ones(1, np.float32))
    optimizer, _ = build_optimizer(recipe, [parameter], batches=1)
    optimizer.step()
    state: dict[str, Any] = optimizer.state_dict()["state"].get(0, {})
    return state


class Run(Training):
    """Train the network of a recipe, epoch by epoch.

        run = Run(recipe, MNIST(transform=build_transform(recipe)), MNIST(train=False, transform=...))
        while run.epoch < recipe.epochs:
            for progress in run.train_epoch():
                ...
            run.save("run.npz")

    It seeds the default generator, from which everything random here is drawn.

    Parameters:
        recipe: what to train, and how.
        train_set, test_set: pairs of an image, as the recipe's transform makes it, and the index of its class.
        gather: look at the network now and then while it learns, for the report. It takes about 2 % of the time and
            changes nothing: the weights are the same, bit for bit.
        callbacks: what is done beside; see `training.callbacks`.
        plain_set: the training images as they are, where `train_set` changes them each time they are seen.

    Attributes:
        history: for each whole epoch so far, a dictionary: loss and accuracy, on the training images in
            the course of learning them, and test_loss and test_accuracy, on the test images afterwards; likewise
            validation_loss and validation_accuracy, if some are held out.
    """

    def __init__(
        self,
        recipe: Recipe,
        train_set: Any,
        test_set: Any,
        gather: bool = True,
        callbacks: Sequence[Callback] = (),
        plain_set: Any = None,
    ) -> None:
        manual_seed(recipe.seed)
        self.recipe = recipe
        learned, _ = chosen(train_set, recipe)
        self.plain_set, held_out = chosen(train_set if plain_set is None else plain_set, recipe)
        self.train_loader = DataLoader(learned, recipe.batch_size, shuffle=True)
        self.test_loader = DataLoader(test_set, TEST_BATCH)
        model = build_model(recipe)
        steps = -(-len(self.train_loader) // recipe.accumulate)
        optimizer, schedule = build_optimizer(recipe, model.parameters(), steps)
        self._best = KeepBest(MONITOR, restore=False) if recipe.validation else None
        own: list[Callback] = [] if self._best is None else [self._best]
        if recipe.patience is not None:
            own.append(EarlyStopping(MONITOR if recipe.validation else "loss", recipe.patience))
        super().__init__(
            model,
            self.train_loader,
            LOSSES[recipe.loss],
            optimizer,
            epochs=recipe.epochs,
            evaluations={
                "test": self.test_loader,
                **({"validation": DataLoader(held_out, TEST_BATCH)} if recipe.validation else {}),
            },
            schedule=schedule,
            accumulate=recipe.accumulate,
            clip_norm=recipe.clip_norm,
            average=build_average(recipe, model),
            callbacks=[*own, *callbacks],
        )
        self.steps_in_an_epoch = steps
        self._gatherer: Gatherer | None = None
        if gather:
            self._gather_anew()

    @property
    def of_used_weights(self) -> dict[str, float]:
        """What was noted of the weights that are used: those of the last epoch, or the best on held-out images."""
        return self.history[(best_epoch(self.history, MONITOR) if self._best is not None else self.epoch) - 1]

    def checkpoint(self) -> Checkpoint:
        """Return the network as it is, also in the middle of an epoch, and all that training can go on from."""
        state = self.state_dict()
        best = state["callbacks"].get("KeepBest", {}).get("weights")
        weights = best or (averaged(state["average"]) if self.average is not None else state["weights"])
        plain = {name: value.array if isinstance(value, Tensor) else value for name, value in weights.items()}
        return Checkpoint(self.recipe, plain, state["history"], state)

    def save(self, path: Any) -> None:
        """Write a checkpoint to a file. Whatever happens, there is a whole one under its name, old or new."""
        save_checkpoint(self.checkpoint(), path)

    def record(self) -> Record | None:
        """Return what was seen of the network while it learned; None for a run that gathers nothing."""
        return None if self._gatherer is None else self._gatherer.record()

    def resume(self, checkpoint: Checkpoint, record: Record | None = None) -> None:
        """Go back to where a checkpoint was made, random numbers included.

        Going on from there gives the same weights, bit for bit, as a run that was never interrupted.

        Parameters:
            checkpoint: where to go on from.
            record: what was seen until then. It is gone on with, too, if it is of this network.

        Raises:
            CheckpointError: the checkpoint does not say where that was, or is of another network.
        """
        state = checkpoint.state
        try:
            # Everything that the recipe says is taken from it: a run may go on for more epochs than it was begun with.
            options, steps = self.optimizer.state_dict()["param_groups"], int(state["steps"])
            own = {
                "optimizer": {**state["optimizer"], "param_groups": options},
                "schedule": {**self.schedule.state_dict(), "last_epoch": steps - 1, "_step_count": steps},
            }
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise cannot_go_on(error) from None
        self.load_state_dict({**state, **own, "history": checkpoint.history})
        self.schedule.step()
        if self._gatherer is not None:
            gatherer = self._gather_anew()
            if record is not None and gatherer.fits(record):
                gatherer.go_on_from(record.until(self.steps))

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Do what `Training.load_state_dict` does, and refuse what no run of this recipe can come to."""
        super().load_state_dict(state)
        try:
            self._check_what_is_remembered()
        except (TypeError, ValueError, OverflowError) as error:
            raise cannot_go_on(error) from None

    def _gather_anew(self) -> Gatherer:
        assert isinstance(self.model, Sequential)  # a recipe's always is
        probe = next(iter(DataLoader(self.plain_set, PROBE)))
        gatherer = Gatherer(self.recipe, self.model, self.loss_fn, probe, self.steps_in_an_epoch)
        others = [callback for callback in self.callbacks if callback is not self._gatherer]
        self.callbacks, self._gatherer = [gatherer, *others], gatherer  # the first, so that others save what it saw
        return gatherer

    def _check_what_is_remembered(self) -> None:
        """Raise ValueError if the optimizer, the weights and the place are not what they could be."""
        if not are_finite(self.model.state_dict()):
            raise ValueError("some weights are infinite or not a number")
        batches, images = self.progress.batches, self.progress.images
        if not (0 <= batches <= len(self.train_loader) and batches <= images <= len(self.train_loader.dataset)):
            raise ValueError(f"no epoch stands after {batches} batches of {images} images")
        if not 0 <= self.steps <= (self.epoch + 1) * self.steps_in_an_epoch:
            raise ValueError(f"{self.steps} steps do not fit into {self.epoch} epochs")
        if not all(isinstance(x, int | float) and np.isfinite(x) for x in self.progress.sums.values()):
            raise ValueError("the sums of the epoch are infinite or not a number")
        order = self.train_loader.state_dict()["order"]
        everyone = np.arange(len(self.train_loader.dataset))
        if order is not None and (order.dtype.kind not in "iu" or not np.array_equal(np.sort(order), everyone)):
            raise ValueError("its order of the images does not have each once")
        if self._best is not None and self._best.weights:
            best, own = self._best.weights, self.model.state_dict()
            if {n: x.shape for n, x in best.items()} != {n: x.shape for n, x in own.items()} or not are_finite(best):
                raise ValueError("the best weights are not those of this network")
        expected = remembered_after_a_step(self.recipe)
        parameters = list(self.model.parameters())
        held = self.optimizer.state_dict()["state"]
        if set(held) != set(range(len(parameters)) if expected and self.steps else ()):
            raise ValueError(f"the optimizer remembers something for the parameters {sorted(held)}")
        for number, values in held.items():
            kinds, wanted = ({name: type(value) for name, value in which.items()} for which in (values, expected))
            if kinds != wanted or not are_finite(values):
                raise ValueError(f"the optimizer remembers {sorted(values)}; expected {sorted(wanted)}, all finite")
            if values.get("step", 1) < 1:
                raise ValueError(f"the optimizer has made no step for parameter {number}")


def build_average(recipe: Recipe, model: Any) -> Any:
    """Make what averages the weights, or None for a recipe that does not."""
    if not recipe.average:
        return None
    return AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(recipe.average), use_buffers=True)


def averaged(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return the weights by the names that they have in the network, from the state of an AveragedModel."""
    return {name.removeprefix("module."): value for name, value in state.items() if name.startswith("module.")}
