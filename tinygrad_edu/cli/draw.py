"""`tinygrad-edu draw`: draw the graph of one training step."""

from __future__ import annotations

import argparse
from pathlib import Path

from tinygrad_edu import viz
from tinygrad_edu.cli.errors import CommandError
from tinygrad_edu.data import DataLoader
from tinygrad_edu.system.generator import manual_seed
from tinygrad_edu.training import RECIPES, build_model, build_transform
from tinygrad_edu.training.parts import LOSSES
from tinygrad_edu.vision.datasets import MNIST
from tinygrad_edu.viz.drawing import RENDERED_FORMATS, TEXT_FORMATS

ENDINGS = (*RENDERED_FORMATS, *TEXT_FORMATS)
HELP = "draw the computation graph of one training step"
DESCRIPTION = """\
Draw the computation graph of one step of training: from the images and the weights to the loss, and the
gradient of the loss with respect to every weight.

A file that ends in .svg, .png or .pdf needs Graphviz's program `dot`. One that ends in .dot is text, and
needs nothing; paste it into any viewer of Graphviz graphs.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--recipe", choices=RECIPES, default="mlp", help="whose network to draw (default: mlp)")
    parser.add_argument("--batch-size", type=int, default=4, metavar="N", help="how many images (default: 4)")
    parser.add_argument(
        "--out", type=Path, default=Path("graph.svg"), metavar="FILE", help="where to (default: graph.svg)"
    )


def run(args: argparse.Namespace) -> int:
    """Do one step of a network, draw its graph and save it."""
    if args.batch_size < 1:
        raise CommandError(f"--batch-size is a positive number of images, not {args.batch_size}")
    if args.out.suffix.lower() not in ENDINGS:
        raise CommandError(f"--out {args.out}: expected a file name that ends in one of {', '.join(ENDINGS)}")
    manual_seed(0)
    recipe = RECIPES[args.recipe]
    model = build_model(recipe)
    images, labels = next(iter(DataLoader(MNIST(train=False, transform=build_transform(recipe)), args.batch_size)))
    pixels = images.flatten(1)  # here rather than in the model, whose first layer it is, so that it keeps its name
    pixels.name, labels.name = "pixels", "labels"
    loss = LOSSES[recipe.loss](model[1:](pixels), labels)
    loss.name = "loss"
    loss.backward(retain_graph=True)
    path = viz.draw(loss, model=model, legend=True).save(args.out)
    print(f"{recipe.name}, {args.batch_size} images: the graph of one step is in {path}")
    return 0
