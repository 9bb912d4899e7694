"""Where a command writes: a folder for each run, named by its settings, and never over what is there already."""

from __future__ import annotations

import itertools
from dataclasses import fields
from pathlib import Path

from tinygrad_edu.cli.errors import CommandError
from tinygrad_edu.training import RECIPES, Recipe

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
