"""`tinygrad-edu summary`: the layers of a network, without training it."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from tinygrad_edu.training import RECIPES, Recipe, load_checkpoint
from tinygrad_edu.training.run_files import find_weights

HELP = "list the layers of a network, their shapes and how many weights they have"
DESCRIPTION = """\
List the layers of a recipe's network, or of a run's: what comes out of each for one image, and how many weights and
biases it has. Nothing is trained.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "network", metavar="RECIPE|RUN", help="the name of a recipe, or the folder that `train` made, or its weights"
    )


def run(args: argparse.Namespace) -> int:
    """Print the table."""
    known = RECIPES.get(args.network)
    recipe = known if known is not None else load_checkpoint(find_weights(Path(args.network))).recipe
    print(recipe)
    print("\n".join(table(recipe)))
    return 0


def table(recipe: Recipe) -> list[str]:
    """Lay out the layers: name, kind, shape that goes out, weights."""
    rows = [("layer", "kind", "output", "weights")]
    for place, (text, step) in enumerate(zip(recipe.network, recipe.steps, strict=True)):
        weights = sum(math.prod(shape) for shape in step.weights.values())
        rows.append((str(place), text, " × ".join(map(str, step.out)), f"{weights:,}" if weights else "-"))
    rows.append(("", "", "all", f"{recipe.parameter_count:,}"))
    first, second, third, last = (max(map(len, column)) for column in zip(*rows, strict=True))
    return [f"{a:>{first}}  {b:{second}}  {c:{third}}  {d:>{last}}".rstrip() for a, b, c, d in rows]
