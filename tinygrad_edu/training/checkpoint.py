"""Saving a training run to a file, and loading it again.

A checkpoint is an .npz or a .safetensors file: arrays, and one text in JSON under the name "tinygrad_edu" that says
what they are. `np.load`, or the package safetensors, reads it too.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.nn import Sequential
from tinygrad_edu.system.files import FormatError
from tinygrad_edu.training.archive import load_archive, save_archive
from tinygrad_edu.training.recipes import Recipe, build_model, state_shapes

KEY = "tinygrad_edu"
COUNT = "num_batches_tracked"  # the one whole number that a layer keeps
NOTED = ("loss", "accuracy", "test_accuracy")


class CheckpointError(FormatError):
    """A file is not a whole and correct checkpoint. The message is one line that says what is wrong."""


@dataclass(frozen=True)
class Checkpoint:
    """A network with the recipe that made it and, if training may go on, where it stands.

    Attributes:
        recipe: how it is trained.
        weights: the parameters and buffers by name, as the network's `state_dict` has them: those to be used.
        history: for each whole epoch of training, the numbers that were reported; see `Run`.
        state: what training goes on from; see `Training.state_dict`.
    """

    recipe: Recipe
    weights: Mapping[str, Array]
    history: list[dict[str, float]] = field(default_factory=list)
    state: dict[str, Any] = field(default_factory=dict)

    @property
    def epoch(self) -> int:
        """The number of whole epochs of training."""
        return len(self.history)

    def build_model(self) -> Sequential:
        """Make the network, with these weights."""
        model = build_model(self.recipe)
        model.load_state_dict(self.weights)
        return model


def save_checkpoint(checkpoint: Checkpoint, path: str | os.PathLike[str]) -> None:
    """Write a checkpoint to `path`.

    It is written beside its place and then renamed: whatever happens, there is a whole file, old or new.
    """
    save_archive(path, KEY, {**vars(checkpoint), "recipe": asdict(checkpoint.recipe)})


def load_checkpoint(path: str | os.PathLike[str]) -> Checkpoint:
    """Read a checkpoint. No more is allocated than the file is long, and nothing in it is executed.

    Raises:
        CheckpointError: it is no checkpoint, or a truncated or damaged one.
        OSError: the file cannot be opened.
    """
    return load_archive(path, KEY, "checkpoint", CheckpointError, _from_content)


def _from_content(content: dict[str, Any]) -> Checkpoint:
    recipe, weights, history = Recipe.from_dict(content["recipe"]), content["weights"], content["history"]
    # Compared before the network is made: a recipe may ask for more memory than the file holds.
    if len({id(array) for array in weights.values()}) != len(weights):
        raise ValueError("it gives one array for several weights")
    expected = state_shapes(recipe)
    needed, held = (sum(map(math.prod, shapes)) for shapes in (expected.values(), (w.shape for w in weights.values())))
    if held != needed:
        raise ValueError(f"its recipe has {needed:,} weights, and it holds {held:,}")
    if any(array.dtype != (np.int64 if name.endswith(COUNT) else np.float32) for name, array in weights.items()):
        raise ValueError("its weights are not float32")
    if not all(np.isfinite(array).all() for array in weights.values()):
        raise ValueError("some of its weights are infinite or not a number")
    if not isinstance(history, list) or not all(is_entry(entry) for entry in history):
        raise ValueError("its history is not a list of losses and accuracies")
    shapes = {name: array.shape for name, array in weights.items()}
    for name in [*shapes, *expected]:
        if shapes.get(name) != expected.get(name):
            raise ValueError(f"its {name!r:.40} has shape {shapes.get(name)}, its recipe's {expected.get(name)}")
    if not isinstance(content["state"], dict):
        raise ValueError("its state is no dictionary")
    return Checkpoint(recipe, weights, history, content["state"])


def is_entry(entry: Any) -> bool:
    """Tell whether `entry` is what is noted after an epoch."""
    return isinstance(entry, dict) and all(
        isinstance(entry.get(name), float) and math.isfinite(entry[name]) for name in NOTED
    )
