"""The folder of a training run: named by its settings, never one that is there already."""

from __future__ import annotations

import itertools
from dataclasses import fields
from pathlib import Path

from tinygrad_edu.training import RECIPES, Recipe

WEIGHTS, UNFINISHED = "weights.npz", "weights.unfinished.npz"
LONGEST = 100  # characters in the name of a folder


def name_of(recipe: Recipe) -> str:
    """Name a run by its recipe and by what differs from it: `classic-init_xavier`."""
    usual = RECIPES.get(recipe.name)
    parts = [recipe.name]
    for field in fields(recipe):
        value = getattr(recipe, field.name)
        if usual is None or value == getattr(usual, field.name):
            continue
        words = value if isinstance(value, tuple) else (value,)
        parts.append("_".join([field.name, *(map(str, words) if words else ["none"])]))
    return "-".join(parts)[:LONGEST]


def make_folder(parent: Path, recipe: Recipe) -> Path:
    """Make a new folder for a run. If there is one of its name, a number is added: `mlp`, `mlp-2`, `mlp-3`."""
    parent.mkdir(parents=True, exist_ok=True)
    name = name_of(recipe)
    for number in itertools.count(1):
        folder = parent / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir()
        except FileExistsError:  # also one that another run has made in this moment
            continue
        return folder
    raise AssertionError  # there is always another number


def find_weights(path: Path) -> Path:
    """Return the file of weights that `path` means: itself, or in the folder of a run the weights that are there."""
    files = (path / name for name in (WEIGHTS, UNFINISHED))
    return next((file for file in files if file.is_file()), path)
