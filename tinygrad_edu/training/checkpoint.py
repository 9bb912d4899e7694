"""Saving a training run to a file, and loading it again.

A checkpoint is an .npz file without pickled objects: arrays, and one text in JSON under the name
"tinygrad_edu" that says what they are. `np.load` reads it too.
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
from tinygrad_edu.tensors.tensor import Tensor
from tinygrad_edu.training.archive import load_archive, save_archive
from tinygrad_edu.training.recipes import Recipe, build_model, weight_shapes

KEY = "tinygrad_edu"
NOTED = ("loss", "accuracy", "test_accuracy")


class CheckpointError(FormatError):
    """A file is not a whole and correct checkpoint. The message is one line that says what is wrong."""


@dataclass(frozen=True)
class Checkpoint:
    """A network with the recipe that made it and, if training may go on, where it stands.

    Attributes:
        recipe: how it is trained.
        weights: the parameters by name, as the network's `state_dict` has them.
        history: for each whole epoch of training, the numbers that were reported; see `Run`.
        state: what else there was after the last whole epoch; see `Run`. Training goes on from there.
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
    arrays: dict[str, Array] = {}
    content = {
        "recipe": asdict(checkpoint.recipe),
        "weights": pack(checkpoint.weights, "weights", arrays),
        "history": checkpoint.history,
        "state": pack(checkpoint.state, "state", arrays),
    }
    save_archive(path, KEY, content, arrays)


def load_checkpoint(path: str | os.PathLike[str]) -> Checkpoint:
    """Read a checkpoint. No more is allocated than the file is long, and nothing in it is executed.

    Raises:
        CheckpointError: it is no checkpoint, or a truncated or damaged one.
        OSError: the file cannot be opened.
    """
    return load_archive(path, KEY, "checkpoint", CheckpointError, _from_content)


def _from_content(content: dict[str, Any], arrays: dict[str, Array]) -> Checkpoint:
    recipe = Recipe.from_dict(content["recipe"])
    weights = unpack(content["weights"], arrays)
    # Compared before the network is made: a recipe may ask for more memory than the file holds.
    if len({id(array) for array in weights.values()}) != len(weights):
        raise ValueError("it gives one array for several weights")
    held = sum(array.size for array in weights.values())
    if held != recipe.parameter_count:
        raise ValueError(f"its recipe has {recipe.parameter_count:,} weights, and it holds {held:,}")
    if any(array.dtype != np.float32 for array in weights.values()):
        raise ValueError("its weights are not float32")
    if not all(np.isfinite(array).all() for array in weights.values()):
        raise ValueError("some of its weights are infinite or not a number")
    history = content["history"]
    if not isinstance(history, list) or not all(is_entry(entry) for entry in history):
        raise ValueError("its history is not a list of losses and accuracies")
    shapes, expected = {name: array.shape for name, array in weights.items()}, weight_shapes(recipe)
    for name in [*shapes, *expected]:
        if shapes.get(name) != expected.get(name):
            raise ValueError(f"its {name!r:.40} has shape {shapes.get(name)}, its recipe's {expected.get(name)}")
    return Checkpoint(recipe, weights, history, unpack(content["state"], arrays))


def is_entry(entry: Any) -> bool:
    """Tell whether `entry` is what is noted after an epoch."""
    return isinstance(entry, dict) and all(
        isinstance(entry.get(name), float) and math.isfinite(entry[name]) for name in NOTED
    )


def pack(tree: Any, name: str, arrays: dict[str, Array]) -> Any:
    """Turn nested dicts and lists into what JSON can hold: move the arrays in them to `arrays`, under their path.

    An array that is there already is referred to by the name it has.
    """
    if isinstance(tree, Tensor | np.ndarray):
        array = tree.array if isinstance(tree, Tensor) else tree
        known = next((known for known, held in arrays.items() if held is array), name)
        arrays[known] = array
        return {"array": known}
    if isinstance(tree, Mapping):
        return {str(key): pack(value, f"{name}/{key}", arrays) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [pack(value, f"{name}/{i}", arrays) for i, value in enumerate(tree)]
    return tree


def unpack(tree: Any, arrays: Mapping[str, Array]) -> Any:
    """Undo `pack`; keys come back as text and tuples as lists."""
    if isinstance(tree, dict):
        if set(tree) == {"array"}:
            return arrays[tree["array"]]
        return {key: unpack(value, arrays) for key, value in tree.items()}
    if isinstance(tree, list):
        return [unpack(value, arrays) for value in tree]
    return tree
