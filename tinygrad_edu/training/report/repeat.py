"""The command that repeats a run."""

from __future__ import annotations

import os
import shlex
from dataclasses import fields
from typing import Any

from tinygrad_edu.training.recipes import RECIPES, Recipe

DEFAULT = "mlp"
LAST = ("layers", "hidden")  # as they take any number of words
OF_DATA = ("image", "classes")  # what the images themselves say


def repeat_command(recipe: Recipe, data: str | os.PathLike[str] | None = None) -> str | None:
    """Return the arguments of `tinygrad-edu` that train this recipe once more. None if its options cannot say it.

    Parameters:
        data: the folder of the images; MNIST if not given.
    """
    usual = RECIPES.get(recipe.name)
    names = [field.name for field in fields(recipe) if data is None or field.name not in OF_DATA]
    changed = {name: getattr(recipe, name) for name in names if getattr(recipe, name) != getattr(usual, name, None)}
    if usual is None or changed.keys() & OF_DATA or any(value is None for value in changed.values()):
        return None
    if "optimizer" in changed:
        changed["lr"] = recipe.lr  # otherwise another optimizer brings its own
    words = ["train"] if recipe.name == DEFAULT else ["train", "--recipe", recipe.name]
    words += [] if data is None else ["--data", os.fspath(data)]
    for name in sorted(changed, key=lambda name: (name in LAST, name != "epochs")):
        value: Any = changed[name]
        words += [f"--{name.replace('_', '-')}", *map(str, value if isinstance(value, tuple) else (value,))]
    return shlex.join(words)
