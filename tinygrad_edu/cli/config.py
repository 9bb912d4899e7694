"""Configuration files: the options of `train` in TOML, read for `--config` and written into the folder of each run."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tinygrad_edu.cli.errors import CommandError
from tinygrad_edu.cli.options import FLAGS, OF_RECIPE, OF_RUN
from tinygrad_edu.system.files import replacing
from tinygrad_edu.training import RECIPES, Recipe

MOST = 1 << 20  # bytes of such a file
KNOWN = ("recipe", *OF_RECIPE, *OF_RUN, *FLAGS)
HEADER = "# The options of this run. To train it once more: tinygrad-edu train --config THIS_FILE\n"


def read_config(path: Path) -> dict[str, Any]:
    """Return the options in a file.

    Raises:
        CommandError: it is no TOML, or has something that is no option.
        OSError: it cannot be opened.
    """
    with path.open("rb") as file:
        content = file.read(MOST + 1)
    if len(content) > MOST:
        raise CommandError(f"{path} is larger than {MOST:,} bytes; that is no file of options")
    try:
        found = tomllib.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{path} is no TOML file: {' '.join(str(error).split()):.200}") from None
    unknown = [name for name in found if name not in KNOWN]
    if unknown:
        raise CommandError(f"{path}: {unknown[0]!r:.60} is no option; expected some of {', '.join(KNOWN)}")
    for name, kind in (("data", str), ("out", str), ("recipe", str), *dict.fromkeys(FLAGS, bool).items()):
        if name in found and not isinstance(found[name], kind):
            raise CommandError(f"{path}: expected {name} to be {WORDS[kind]}, got {found[name]!r:.60}")
        if "\0" in str(found.get(name)):
            raise CommandError(f"{path}: {name} has a character of code 0 in it, which no file's name can have")
    for name in ("time_budget", "save_every"):
        if name in found and (isinstance(found[name], bool) or not isinstance(found[name], int | float)):
            raise CommandError(f"{path}: expected {name} to be a number of seconds, got {found[name]!r:.60}")
    if found.get("recipe", "mlp") not in RECIPES:
        raise CommandError(f"{path}: expected recipe to be one of {', '.join(RECIPES)}, got {found['recipe']!r:.60}")
    return found | {name: Path(found[name]) for name in ("data", "out") if name in found}


WORDS = {str: "a text in quotes", bool: "true or false"}


def write_config(path: Path, recipe: Recipe, others: Mapping[str, Any]) -> None:
    """Write the options that make a recipe, and others that are not None; see `OF_RUN`."""
    chosen = {"recipe": recipe.name, **{name: getattr(recipe, name) for name in OF_RECIPE}, **others}
    lines = [f"{name} = {as_toml(value)}\n" for name, value in chosen.items() if value is not None]
    with replacing(path) as file:
        file.write((HEADER + "".join(lines)).encode(errors="replace"))


def as_toml(value: Any) -> str:
    """Write a value as TOML has it."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(as_toml, value))}]"
    if isinstance(value, str | Path):
        return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value)
