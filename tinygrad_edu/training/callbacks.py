"""Callbacks: what is done beside training, after a step or an epoch. Each is one concern; `fit` takes any number.

A callback of your own overrides what it needs of `Callback`. What it remembers goes into checkpoints by its
`state_dict`; what it can compute from `training.history` need not be remembered.
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
import time
from collections.abc import Callable, Mapping
from operator import length_hint
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinygrad_edu.system.files import replacing

if TYPE_CHECKING:
    from tinygrad_edu.training.loop import Training


class Callback:
    """The base class of callbacks: it does nothing."""

    def on_start(self, training: Training) -> None:
        """Before the first step."""

    def on_epoch_start(self, training: Training) -> None:
        """Before the first step of an epoch, or of the rest of one."""

    def on_step(self, training: Training) -> None:
        """After each step."""

    def on_epoch(self, training: Training) -> None:
        """After each epoch, when its numbers stand in `training.history`."""

    def on_end(self, training: Training) -> None:
        """After the last epoch."""

    def state_dict(self) -> dict[str, Any]:
        """Return what it remembers, for a checkpoint."""
        return {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go back to what `state_dict` returned."""


class ProgressBar(Callback):
    """Show a bar for each epoch, on a terminal or in a notebook, with the loss and the metrics so far."""

    def __init__(self, disable: bool | None = None) -> None:
        self.disable = disable
        self.bar: Any = None

    def on_epoch_start(self, training: Training) -> None:
        """Show a bar."""
        from tqdm.auto import tqdm

        total = length_hint(training.data) or None  # a stream has none
        title = f"epoch {training.epoch + 1}/{training.epochs}"
        begun = training.progress.batches
        self.bar = tqdm(total=total, initial=begun, desc=title, unit="batch", leave=False, disable=self.disable)

    def on_step(self, training: Training) -> None:
        """Move it on."""
        if not self.bar.disable:
            shown = ", ".join(describe(name, value) for name, value in training.progress.averages.items())
            self.bar.set_postfix_str(shown, refresh=False)
            self.bar.update(training.progress.batches - self.bar.n)

    def on_epoch(self, training: Training) -> None:
        """Take it away."""
        self.close()

    def close(self) -> None:
        """Take the bar away, also where an epoch was left in the middle."""
        if self.bar is not None:
            self.bar.close()


class PrintEpochs(Callback):
    """Print a line after each epoch."""

    def __init__(self, write: Callable[[str], None] = print) -> None:
        self.write = write

    def on_epoch_start(self, training: Training) -> None:
        """Look at the clock."""
        self.start = time.perf_counter()

    def on_epoch(self, training: Training) -> None:
        """Print the numbers of the epoch."""
        title = f"epoch {training.epoch:{len(str(training.epochs))}}/{training.epochs}"
        noted = training.history[-1]
        names = {"accuracy": "training_accuracy"}
        shown = [
            describe(names.get(name, name), value)
            for name, value in noted.items()
            if not (name.endswith("_loss") and name.replace("_loss", "_accuracy") in noted)  # one is enough
        ]
        self.write("   ".join([title, *shown, f"{time.perf_counter() - self.start:.1f} s"]))


def describe(name: str, value: float) -> str:
    """Write a number with its name, an accuracy in per cent."""
    return f"{name.replace('_', ' ')} " + (f"{value:6.2%}" if name.endswith("accuracy") else f"{value:.4f}")


class HistoryFiles(Callback):
    """Keep the history in `history.csv` and `history.jsonl`, one line for each epoch, in a folder."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)

    def on_start(self, training: Training) -> None:
        """Write what was noted before."""
        if training.history:
            self.on_epoch(training)

    def on_epoch(self, training: Training) -> None:
        """Write both files anew: with what is noted, no more and no less, also after a run was resumed."""
        entries = [{"epoch": number, **entry} for number, entry in enumerate(training.history, start=1)]
        table = io.StringIO()
        writer = csv.DictWriter(table, list(dict.fromkeys(name for entry in entries for name in entry)))
        writer.writeheader()
        writer.writerows(entries)
        lines = "".join(json.dumps(entry) + "\n" for entry in entries)
        for name, text in (("history.csv", table.getvalue().replace("\r\n", "\n")), ("history.jsonl", lines)):
            with replacing(self.folder / name) as file:
                file.write(text.encode())


def best_epoch(history: list[dict[str, float]], monitor: str) -> int:
    """Return the number of the best epoch, from 1: where the loss `monitor` is least, or another number is largest.

    Raises:
        ValueError: nothing of that name was noted.
    """
    try:
        values = [entry[monitor] * (1 if monitor.endswith("loss") else -1) for entry in history]
    except KeyError:
        noted = ", ".join(history[0])
        raise ValueError(f"callback: nothing is noted as {monitor!r:.40}; expected one of {noted}") from None
    finite = [math.inf if math.isnan(value) else value for value in values]
    return 1 + finite.index(min(finite))  # the first of equals


class EarlyStopping(Callback):
    """Stop when a number of the history has not become better for `patience` epochs.

    Parameters:
        monitor: the name of the number. What ends in "loss" should be small, all else large.
    """

    def __init__(self, monitor: str = "validation_loss", patience: int = 5) -> None:
        self.monitor, self.patience = monitor, patience

    def on_start(self, training: Training) -> None:
        """Compare what was noted before: a run that was stopped stays so when it is gone on with."""
        if training.history:
            self.on_epoch(training)

    def on_epoch(self, training: Training) -> None:
        """Compare with the best."""
        best = best_epoch(training.history, self.monitor)
        if training.epoch - best >= self.patience:
            training.stop(f"{self.monitor} has not been better than in epoch {best} for {self.patience} epochs")


class KeepBest(Callback):
    """Keep the weights of the epoch that was best, and load them into the network in the end.

    Parameters:
        monitor: the name of a number of the history. What ends in "loss" should be small, all else large.
        restore: load them in the end; otherwise they are in `weights`.
    """

    def __init__(self, monitor: str = "validation_loss", restore: bool = True) -> None:
        self.monitor, self.restore = monitor, restore
        self.weights: dict[str, Any] = {}

    def on_start(self, training: Training) -> None:
        """Keep the weights of an epoch that another callback saved before this one saw it."""
        if training.history and not training.progress.batches:
            self.on_epoch(training)

    def on_epoch(self, training: Training) -> None:
        """Keep a copy if it is the best."""
        if best_epoch(training.history, self.monitor) == training.epoch:
            state = training.used_model.state_dict()
            self.weights = {name: tensor.array.copy() for name, tensor in state.items()}

    def on_end(self, training: Training) -> None:
        """Load the best weights."""
        if self.weights and self.restore:
            training.used_model.load_state_dict(self.weights)

    def state_dict(self) -> dict[str, Any]:
        """Return the best weights so far."""
        return {"weights": self.weights}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from those."""
        self.weights = dict(state["weights"])


class SaveCheckpoint(Callback):
    """Save where training stands: in the beginning, after each epoch, and every so many seconds within one.

    Parameters:
        path: the file, as `Training.save` writes it.
        seconds: how long to wait within an epoch; None for not at all.
    """

    def __init__(self, path: str | os.PathLike[str], seconds: float | None = 60) -> None:
        self.path, self.seconds = path, seconds

    def on_epoch_start(self, training: Training) -> None:
        """Save."""
        self.save(training)

    def on_step(self, training: Training) -> None:
        """Save if it is time."""
        if self.seconds is not None and time.monotonic() - self.saved >= self.seconds:
            self.save(training)

    def on_end(self, training: Training) -> None:
        """Save what has come of it."""
        self.save(training)

    def save(self, training: Training) -> None:
        """Write the file."""
        training.save(self.path)
        self.saved = time.monotonic()


class TimeBudget(Callback):
    """Stop after so many seconds of training; the present epoch is evaluated as it stands.

    The time before an interruption counts. How many steps fit into a time is another each time, and so are the
    weights.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds, self.before = seconds, 0.0
        self.start = time.monotonic()

    def on_start(self, training: Training) -> None:
        """Look at the clock; a run whose time was over stays stopped when it is gone on with."""
        self.start = time.monotonic()
        if training.history and not training.progress.batches:
            self.on_step(training)

    def on_step(self, training: Training) -> None:
        """Stop if it is time."""
        if self.spent >= self.seconds and not training.stopped:
            training.stop(f"the time of {self.seconds:g} s is over")

    @property
    def spent(self) -> float:
        """The seconds of training so far."""
        return self.before + time.monotonic() - self.start

    def state_dict(self) -> dict[str, Any]:
        """Return how long it has taken."""
        return {"spent": self.spent}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Count that, too."""
        self.before = float(state["spent"])
