"""`tinygrad-edu source`: print one step of training as NumPy code."""

from __future__ import annotations

import argparse
from typing import Any

from tinygrad_edu.cli.errors import CommandError
from tinygrad_edu.data import DataLoader
from tinygrad_edu.program.source import source
from tinygrad_edu.system.generator import manual_seed
from tinygrad_edu.training import RECIPES, build_model, build_transform
from tinygrad_edu.training.parts import LOSSES, OPTIMIZERS
from tinygrad_edu.vision.datasets import MNIST

HELP = "print one step of training as NumPy code"
DESCRIPTION = """\
Print one step of a recipe, forward pass, backward pass and update, as a function that needs NumPy alone and changes the
weights bit for bit as the library does:

  tinygrad-edu source --recipe classic > step.py
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--recipe", choices=RECIPES, default="mlp", help="whose step to print (default: mlp)")
    parser.add_argument("--batch-size", type=int, metavar="N", help="how many images (default: the recipe's)")


def run(args: argparse.Namespace) -> int:
    """Print it."""
    recipe = RECIPES[args.recipe]
    batch_size = recipe.batch_size if args.batch_size is None else args.batch_size
    if batch_size < 1:
        raise CommandError(f"--batch-size is a positive number of images, not {batch_size}")
    manual_seed(recipe.seed)
    model = build_model(recipe)
    optimizer = OPTIMIZERS[recipe.optimizer](model.parameters(), recipe.lr, recipe.weight_decay)
    data = MNIST(train=False, transform=build_transform(recipe))

    def step(images: Any, labels: Any) -> Any:
        optimizer.zero_grad()
        outputs = model(images)
        loss = LOSSES[recipe.loss](outputs, labels)
        loss.backward()
        optimizer.step()
        return loss

    print(source(step, *next(iter(DataLoader(data, batch_size)))), end="")
    return 0
