"""The record of a run: what was seen of the network while it learned, and the file it is kept in.

The file is an .npz of plain arrays beside the weights. It is read as carefully as a checkpoint, since it may be
anybody's.
"""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.system.files import FormatError
from tinygrad_edu.training.archive import load_archive, save_archive
from tinygrad_edu.training.recipes import LARGEST, Recipe

KEY = "tinygrad_edu_record"


class RecordError(FormatError):
    """A file is not a whole and correct record of a run. The message is one line that says what is wrong."""


@dataclass(frozen=True)
class Record:
    """What was seen of a network after some steps of its training.

    R is the number of steps looked at, L of layers with weights, A of hidden layers with an activation, S of points
    on the path, P of weights and biases. A step is one change of the weights; step 0 is before the first, and has no
    gradient and no update: they are NaN there.

    Attributes:
        recipe: how the network is trained.
        batches: the number of steps in an epoch.
        weights, activations: the names of the L weights and of the A activations in the network.
        interval, path_interval: the numbers of the steps looked at, and of those on the path, are multiples of these.
        steps: the numbers of the steps, int64 (R,).
        loss, accuracy: on the images of the probe, which always are the same; float64 (R,).
        gradient: the size of the gradient of each weight, √(mean of g²); float32 (R, L).
        update: how far the step moved each weight, ‖after - before‖ / ‖before‖; float32 (R, L).
        flat: the share of a hidden layer's outputs on the probe at which its activation is nearly flat, so that hardly
            any gradient goes through; float32 (R, A).
        dead: the share of its units that are flat for all images of the probe; float32 (R, A).
        path_steps: the numbers of the steps on the path, int64 (S,).
        path: all weights and biases after these steps, one network a row, rounded to float16; (S, P).
    """

    recipe: Recipe
    batches: int
    weights: tuple[str, ...]
    activations: tuple[str, ...]
    interval: int
    path_interval: int
    steps: Array
    loss: Array
    accuracy: Array
    gradient: Array
    update: Array
    flat: Array
    dead: Array
    path_steps: Array
    path: Array

    def until(self, step: int) -> Record:
        """Return the part of the record up to and including a step."""
        rows, points = self.steps <= step, self.path_steps <= step
        kept = {name: getattr(self, name)[rows] for name in BY_STEP}
        return replace(self, **kept, path_steps=self.path_steps[points], path=self.path[points])

    def is_of(self, recipe: Recipe) -> bool:
        """Tell whether it is the record of this recipe, whatever the number of epochs."""
        return replace(self.recipe, epochs=recipe.epochs) == recipe


BY_STEP = ("steps", "loss", "accuracy", "gradient", "update", "flat", "dead")
SHARES = ("accuracy", "flat", "dead")  # from 0 to 1, and never NaN
TYPES = {
    "steps": np.int64,
    "loss": np.float64,
    "accuracy": np.float64,
    "gradient": np.float32,
    "update": np.float32,
    "flat": np.float32,
    "dead": np.float32,
    "path_steps": np.int64,
    "path": np.float16,
}
"""The arrays of a record, and what they are made of."""


def save_record(record: Record, path: str | os.PathLike[str]) -> None:
    """Write a record to `path`: beside its place first and then renamed, so that there always is a whole file."""
    arrays = {name: np.asarray(getattr(record, name), kind) for name, kind in TYPES.items()}
    save_archive(path, KEY, {**vars(record), **arrays, "recipe": asdict(record.recipe)})


def load_record(path: str | os.PathLike[str]) -> Record:
    """Read a record. No more is allocated than the file is long, and nothing in it is executed.

    Raises:
        RecordError: it is no record, or a truncated or damaged one.
        OSError: the file cannot be opened.
    """
    return load_archive(path, KEY, "record", RecordError, _from_content)


def _from_content(content: dict[str, Any]) -> Record:
    recipe = Recipe.from_dict(content["recipe"])
    known: dict[str, Any] = {key: _as_names(content[key]) for key in ("weights", "activations")}
    known |= {key: _as_count(content[key]) for key in ("batches", "interval", "path_interval")}
    arrays = {name: content[name] for name in TYPES}
    rows, points = len(arrays["steps"]), len(arrays["path_steps"])
    layers, activations = len(known["weights"]), len(known["activations"])
    shapes = {
        **dict.fromkeys(("steps", "loss", "accuracy"), (rows,)),
        **dict.fromkeys(("gradient", "update"), (rows, layers)),
        **dict.fromkeys(("flat", "dead"), (rows, activations)),
        "path_steps": (points,),
        "path": (points, recipe.parameter_count),
    }
    for name, kind in TYPES.items():
        array = arrays[name]
        if array.shape != shapes[name] or array.dtype != kind:
            raise ValueError(f"its {name} is {array.dtype} {array.shape}, expected {kind.__name__} {shapes[name]}")
    for name in ("steps", "path_steps"):
        if (np.diff(arrays[name]) <= 0).any() or (arrays[name] < 0).any():
            raise ValueError(f"its {name} do not rise from 0 up")
    if not np.isin(arrays["path_steps"], arrays["steps"]).all():
        raise ValueError("its path has steps that were not looked at")
    for name in BY_STEP:
        if (arrays[name] < 0).any() or (name in SHARES and not (arrays[name] <= 1).all()):
            raise ValueError(f"its {name} has a value that is not possible")
    return Record(recipe, **known | arrays)


def _as_names(value: Any) -> tuple[str, ...]:
    if not (isinstance(value, list) and all(isinstance(name, str) for name in value)):
        raise ValueError(f"expected a list of names, got {value!r:.40}")
    return tuple(value)


def _as_count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LARGEST:
        raise ValueError(f"expected a whole number from 1 up to {LARGEST}, got {value!r:.40}")
    return value
