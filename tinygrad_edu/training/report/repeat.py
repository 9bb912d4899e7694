"""The command that repeats a run."""

from __future__ import annotations

import shlex
from dataclasses import fields

from tinygrad_edu.training.recipes import RECIPES, Recipe

DEFAULT = "mlp"
OPTIONS = ("epochs", "batch_size", "lr", "optimizer", "activation", "init", "seed", "limit", "hidden")


def repeat_command(recipe: Recipe) -> str | None:
    """Return the arguments of `tinygrad-edu` that train this recipe once more. None if its options cannot say it."""
    usual = RECIPES.get(recipe.name)
    if usual is None:
        return None
    changed = [field.name for field in fields(recipe) if getattr(recipe, field.name) != getattr(usual, field.name)]
    if not set(changed) <= set(OPTIONS):
        return None
    if "optimizer" in changed and "lr" not in changed:
        changed.append("lr")  # otherwise another optimizer brings its own
    words = ["train"] if recipe.name == DEFAULT else ["train", "--recipe", recipe.name]
    for name in OPTIONS:
        if name in changed:
            value = getattr(recipe, name)
            words += [f"--{name.replace('_', '-')}", *map(str, value if isinstance(value, tuple) else (value,))]
    return shlex.join(words)
