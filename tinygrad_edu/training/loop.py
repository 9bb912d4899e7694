"""The outer loop: training for some epochs, with callbacks, and what it takes to go on after an interruption."""

from __future__ import annotations

import copy
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from operator import length_hint
from typing import Any

from tinygrad_edu.data import DataLoader
from tinygrad_edu.nn import Module
from tinygrad_edu.optim import Optimizer
from tinygrad_edu.optim.lr_scheduler import ReduceLROnPlateau
from tinygrad_edu.system.generator import default_generator
from tinygrad_edu.tensors.tensor import wrap
from tinygrad_edu.training.archive import load_archive, save_archive
from tinygrad_edu.training.arguments import check_callbacks, check_metrics, check_numbers, check_optimizer
from tinygrad_edu.training.batches import changed
from tinygrad_edu.training.callbacks import Callback
from tinygrad_edu.training.checkpoint import CheckpointError
from tinygrad_edu.training.epoch import ACCURACY, DivergedError, Metrics, Progress, measured, train_epoch
from tinygrad_edu.training.evaluation import predict
from tinygrad_edu.training.processes import Processes
from tinygrad_edu.training.state import are_finite, cannot_go_on, load_values, named, without_functions

KEY = "tinygrad_edu_training"


class Training:
    """What is trained, how, and how far it has come: what callbacks see, and what a checkpoint holds.

    The parameters are those of `fit`, and `evaluations`: loaders by name, on each of which the network is evaluated
    after an epoch.

    Attributes:
        history: for each whole epoch, a dictionary of numbers: `loss` and each metric on the training data in the
            course of learning it, then `NAME_loss` and the metrics for each of the evaluations.
        progress: where the present epoch stands.
        steps: the number of steps so far.
        stopped: why training ended early; empty if it did not.
    """

    def __init__(
        self,
        model: Module,
        data: Iterable[Any],
        loss_fn: Callable[[Any, Any], Any],
        optimizer: Optimizer,
        *,
        epochs: int,
        evaluations: Mapping[str, Iterable[Any]] | None = None,
        schedule: Any = None,
        schedule_each: str = "step",
        accumulate: int = 1,
        clip_norm: float | None = None,
        average: Any = None,
        metrics: Metrics = ACCURACY,
        callbacks: Sequence[Callback] = (),
    ) -> None:
        check_numbers(epochs, accumulate, clip_norm)
        check_optimizer(optimizer, model, schedule, schedule_each)
        check_metrics(metrics)
        check_callbacks(callbacks)
        self.model, self.data, self.loss_fn, self.optimizer, self.epochs = model, data, loss_fn, optimizer, epochs
        self.evaluations, self.metrics, self.callbacks = dict(evaluations or {}), dict(metrics), list(callbacks)
        self.schedule, self.schedule_each, self.average = schedule, schedule_each, average
        self.accumulate, self.clip_norm = accumulate, clip_norm
        self.processes = Processes.joined(model)
        self.history: list[dict[str, float]] = []
        self.progress, self.steps, self.stopped = Progress(), 0, ""
        self._step_is_over()
        self._order = self._random  # before the order of the present epoch is drawn
        self._snapshot: dict[str, Any] | None = None

    @property
    def epoch(self) -> int:
        """The number of whole epochs so far."""
        return len(self.history)

    @property
    def used_model(self) -> Module:
        """The network to be used: the one of averaged weights, if there is one."""
        return self.model if self.average is None else self.average.module

    def fit(self) -> Training:
        """Train until all epochs are over or a callback stops it."""
        for callback in self.callbacks:
            callback.on_start(self)
        self._agree_to_stop()
        while self.epoch < self.epochs and not self.stopped:
            for _ in self.train_epoch():
                pass
        for callback in self.callbacks:
            callback.on_end(self)
        return self

    def train_epoch(self) -> Iterator[Progress]:
        """Train for one epoch, or the rest of one, telling how it goes after each step; evaluate, and note the numbers.

        The epoch counts when the iterator has come to its end.

        Raises:
            DivergedError: the loss, or a weight after the epoch, is infinite or not a number.
        """
        for callback in self.callbacks:
            callback.on_epoch_start(self)
        self.state_dict()  # while a step is under way, this is what can be gone on from
        self._torn = True
        for progress in train_epoch(
            self.model,
            self._rest_of_the_epoch(),
            self.loss_fn,
            self.optimizer,
            self.schedule if self.schedule_each == "step" else None,
            accumulate=self.accumulate,
            clip_norm=self.clip_norm,
            average=self.average,
            metrics=self.metrics,
            start=self.progress,
            processes=self.processes,
        ):
            self.progress, self.steps = progress, self.steps + 1
            self._step_is_over()
            for callback in self.callbacks:
                callback.on_step(self)
            self._agree_to_stop()
            yield progress
            self._torn = True
            if self.stopped:
                break
        if not self.progress.images:
            raise ValueError(
                f"fit: the data gave no batch in epoch {self.epoch + 1}, or empty ones; pass what can be gone "
                "through once for each epoch, a DataLoader or a list, and no generator"
            )
        self._end_epoch()

    def stop(self, reason: str) -> None:
        """End training after the present step: the epoch is evaluated as if it were over."""
        self.stopped = reason

    def state_dict(self) -> dict[str, Any]:
        """Return where training stands after the last whole step, as copies: all that it can be gone on from.

        It has the weights and buffers, the averaged ones, what optimizer and schedule remember, the state of the random
        numbers, the order of the data and the place in it, the history, and what callbacks remember.
        """
        fresh = not self._torn and are_finite(self._trained())
        if fresh or self._snapshot is None:
            self._snapshot = self._take_snapshot()
        return self._snapshot

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go back to where `state_dict` was called. Going on from there gives the same weights, bit for bit.

        Raises:
            CheckpointError: the state is of another network, or it is damaged.
        """
        try:
            self.model.load_state_dict(state["weights"])
            self._check_kinds(state.get("kinds", {}))
            load_values(self._others(), state.get("others", []))
            if self.average is not None:
                self.average.load_state_dict(state["average"])
            numbered = {int(number): values for number, values in state["optimizer"]["state"].items()}
            self.optimizer.load_state_dict({**state["optimizer"], "state": numbered})
            if self.schedule is not None:
                self.schedule.load_state_dict(state["schedule"])
            progress = state["progress"]
            counted, expected = set(progress["sums"]), {"loss", *self.metrics}
            if counted != (expected if progress["batches"] else set()):
                raise ValueError(f"the epoch has counted {sorted(counted)}; expected {sorted(expected)}")
            self.progress = Progress(int(progress["batches"]), int(progress["images"]), dict(progress["sums"]))
            self.history, self.steps = [dict(entry) for entry in state["history"]], int(state["steps"])
            self.stopped, self._order = "", state["order"]
            default_generator.set_state(self._order)  # raises here, if it is none
            default_generator.set_state(state["random"])
            if isinstance(self.data, DataLoader):
                self.data.load_state_dict(state["place"] | {"position": self._position()})
            remembered = {**state["callbacks"]}
            for name, callback in named(self.callbacks).items():
                if remembered.get(name):
                    callback.load_state_dict(remembered[name])
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, IndexError) as error:
            raise cannot_go_on(error) from None
        self._step_is_over()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the state to a file. Whatever happens, there is a whole one under its name, old or new."""
        save_archive(path, KEY, {"state": self.state_dict()})

    def load(self, path: str | os.PathLike[str]) -> None:
        """Go on from the state in a file.

        Raises:
            CheckpointError: the file is damaged, or of another training.
            OSError: it cannot be opened.
        """
        self.load_state_dict(load_archive(path, KEY, "checkpoint", CheckpointError, lambda content: content["state"]))

    def _agree_to_stop(self) -> None:
        """Let all processes stop when the first does: their clocks may differ."""
        if self.processes is not None:
            self.stopped = self.processes.of_first(self.stopped)

    def _trained(self) -> dict[str, Any]:
        """Return the weights that are learned: a mask, among the buffers, may well hold infinities."""
        return {name: weight for name, weight in self.model.named_parameters() if weight.requires_grad}

    def _kinds(self) -> dict[str, str]:
        return {name: type(getattr(self, name)).__name__ for name in ("optimizer", "schedule", "average")}

    def _check_kinds(self, kinds: Mapping[str, str]) -> None:
        """Raise ValueError unless all is of the kind that the state is of: options of one would become another's."""
        for name, kind in self._kinds().items():
            if kinds.get(name, kind) != kind:
                raise ValueError(f"it has the {name} {kinds[name]}, and this training {kind}; give the same")

    def _others(self) -> list[Any]:
        """Return what the optimizer changes that is not the model's, such as weights of the loss."""
        own = {id(parameter) for parameter in self.model.parameters()}
        return [p for group in self.optimizer.param_groups for p in group["params"] if id(p) not in own]

    def _step_is_over(self) -> None:
        self._random = default_generator.get_state()  # whatever is drawn elsewhere before a checkpoint is made
        self._torn = False

    def _rest_of_the_epoch(self) -> Iterator[Any]:
        """Go through the data; where the epoch has begun already, in the same order, and from where it stands."""
        if not self.progress.batches:
            if self.processes is not None:  # they may have drawn differently: where one has no example, say
                default_generator.set_state(self.processes.of_first(default_generator.get_state()))
            self._order = default_generator.get_state()
            return iter(self.data)
        if isinstance(self.data, DataLoader):
            self.data.load_state_dict(self._place() or {})
            return iter(self.data if self._position() else ())
        now = default_generator.get_state()
        default_generator.set_state(self._order)
        batches = iter(self.data)
        for _ in range(self.progress.batches):
            next(batches, None)
        default_generator.set_state(now)
        return batches

    def _place(self) -> dict[str, Any] | None:
        """Return where a DataLoader stands. What else batches come from is gone through anew, to where it stood."""
        return self.data.state_dict() | {"position": self._position()} if isinstance(self.data, DataLoader) else None

    def _position(self) -> int:
        """Return how many batches were taken of a pass that is not over."""
        over = self.progress.batches >= length_hint(self.data, sys.maxsize)  # a stream has no length
        return 0 if over else self.progress.batches

    def _end_epoch(self) -> None:
        if not are_finite(self._trained()):
            raise DivergedError("training has diverged: some weights are not finite; use a smaller learning rate")
        noted = self.progress.averages
        for name, loader in self.evaluations.items():
            outputs, targets = (changed(found, wrap) for found in predict(self.used_model, loader))
            noted[f"{name}_loss"] = float(self.loss_fn(outputs, targets).item())
            found = measured(self.metrics, outputs, targets)
            noted |= {f"{name}_{key}": value for key, value in found.items()}
        if self.schedule is not None and self.schedule_each == "epoch":
            plateau = isinstance(self.schedule, ReduceLROnPlateau)
            self.schedule.step(*([noted.get("validation_loss", noted["loss"])] if plateau else []))
        self.history, self.progress = [*self.history, noted], Progress()
        self._step_is_over()  # wherever Ctrl-C comes before, the state is that of the last snapshot
        for callback in self.callbacks:
            callback.on_epoch(self)
        self._step_is_over()  # with what they drew

    def _take_snapshot(self) -> dict[str, Any]:
        return copy.deepcopy(
            {
                "weights": self.model.state_dict(),
                "others": self._others(),
                "kinds": self._kinds(),
                "average": None if self.average is None else self.average.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "schedule": None if self.schedule is None else without_functions(self.schedule.state_dict()),
                "random": self._random,
                "order": self._order,
                "place": self._place(),
                "progress": asdict(self.progress),
                "steps": self.steps,
                "history": self.history,
                "callbacks": {name: callback.state_dict() for name, callback in named(self.callbacks).items()},
            }
        )
