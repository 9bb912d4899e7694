"""Where a command writes: a folder for each run, named by its settings, and never over what is there already."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from tinygrad_edu.cli.errors import CommandError
from tinygrad_edu.training import RECIPES, Recipe

LONGEST = 100  # characters in the name of a folder
OF_DATA = ("image", "classes", "mean", "std")  # what a recipe knows of the images


def name_of(recipe: Recipe, data: Path | None = None) -> str:
    """Name a run by its recipe and by what differs from it: `classic-init_xavier`; and by the folder of its images."""
    usual = RECIPES.get(recipe.name, recipe)
    changed = {field.name: getattr(recipe, field.name) for field in fields(recipe)}
    changed = {key: value for key, value in changed.items() if value != getattr(usual, key)}
    if data is not None:
        changed = {"data": Path(data).resolve().name} | {k: v for k, v in changed.items() if k not in OF_DATA}
    return name_with(recipe.name, changed)


def name_with(name: str, changed: Mapping[str, Any]) -> str:
    """Add to a name what is not as usual: `valleys-seeds_1-starts_2.0_2.4`."""
    parts = [name]
    for key, value in changed.items():
        words = value if isinstance(value, tuple) else (value,)
        parts.append("_".join([key, *(map(str, words) if words else ["none"])]))
    return "-".join(parts).replace(" ", "").replace("/", "_")[:LONGEST]


def make_folder(parent: Path, name: str) -> Path:
    """Make a new folder. If there is one of its name, a number is added: `mlp`, `mlp-2`, `mlp-3`."""
    parent.mkdir(parents=True, exist_ok=True)
    for number in itertools.count(1):
        folder = parent / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir()
        except FileExistsError:  # also one that another run has made in this moment
            continue
        return folder
    raise AssertionError  # there is always another number


def unused(path: Path) -> Path:
    """Return `path`, or where there is a file already, the same with a number: `report.html`, `report-2.html`."""
    for number in itertools.count(1):
        free = path if number == 1 else path.with_stem(f"{path.stem}-{number}")
        if not free.exists():
            return free
    raise AssertionError  # there is always another number


def refuse_existing(path: Path, force: bool) -> None:
    """Raise CommandError if there is a file at `path` already, unless it is to be written over."""
    if path.exists() and not force:
        raise CommandError(f"{path} is there already; name another file with --out, or write over it with --force")
