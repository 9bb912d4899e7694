"""`tinygrad-edu draw`: draw the graph of one training step, or of what a script computes."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, get_args

import numpy as np

from tinygrad_edu import viz
from tinygrad_edu.cli.errors import CommandError
from tinygrad_edu.cli.folders import refuse_existing
from tinygrad_edu.cli.scripts import run_to_backward
from tinygrad_edu.data import DataLoader
from tinygrad_edu.system.generator import manual_seed
from tinygrad_edu.training import RECIPES, build_model, build_transform
from tinygrad_edu.training.parts import LOSSES
from tinygrad_edu.vision.datasets import MNIST
from tinygrad_edu.viz.pictures.drawing import LEAST, RENDERED_FORMATS, TEXT_FORMATS, Direction, Theme
from tinygrad_edu.viz.pictures.picture import MOST

ENDINGS = (*RENDERED_FORMATS, *TEXT_FORMATS)
HELP = "draw the computation graph of one training step, or of your own script"
DESCRIPTION = """\
Draw the computation graph of one step of training, from the images and the weights to the loss, with the
gradient of everything in it; or that of your own script:

  tinygrad-edu draw --recipe mlp            one step of a recipe
  tinygrad-edu draw script.py               what the script computes up to its first backward()
  tinygrad-edu draw script.py:function      what a function returns, or computes up to a backward()

A file that ends in .svg, .png or .pdf needs Graphviz: its program `dot`, or the package pygraphviz. One
that ends in .dot is text, and needs nothing; paste it into any viewer of Graphviz graphs.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("script", nargs="?", metavar="SCRIPT", help="script.py, or script.py:function")
    parser.add_argument("--recipe", choices=RECIPES, help="whose network to draw (default: mlp)")
    parser.add_argument("--batch-size", type=int, metavar="N", help="how many images (default: 4)")
    parser.add_argument(
        "--out", type=Path, default=Path("graph.svg"), metavar="FILE", help="where to (default: graph.svg)"
    )
    parser.add_argument("--force", action="store_true", help="write over a file that is there already")
    parser.add_argument(
        "--collapse",
        nargs="+",
        metavar="MODULE",
        help="modules to draw as one box: those deeper than a number (0: the whole network, 1: its layers), or by "
        "name or class, with * for anything",
    )
    parser.add_argument(
        "--max-nodes", type=int, default=MOST, metavar="N", help=f"fold what has more boxes (default: {MOST})"
    )
    parser.add_argument("--rankdir", choices=get_args(Direction), default="TB", help="where arrows point (default: TB)")
    parser.add_argument(
        "--theme", choices=get_args(Theme), default="auto", help="the ground; auto is the screen's (default: auto)"
    )


def run(args: argparse.Namespace) -> int:
    """Compute what is to be drawn, draw it and save it."""
    if args.out.suffix.lower() not in ENDINGS:
        raise CommandError(f"--out {args.out}: expected a file name that ends in one of {', '.join(ENDINGS)}")
    refuse_existing(args.out, args.force)
    if args.max_nodes < LEAST:
        raise CommandError(f"--max-nodes is a number of boxes from {LEAST} up, not {args.max_nodes}")
    options: dict[str, Any] = {"rankdir": args.rankdir, "theme": args.theme, "max_nodes": args.max_nodes}
    options["collapse"] = collapse(args.collapse)
    if args.script is None:
        drawing, what = draw_step(args.recipe or "mlp", 4 if args.batch_size is None else args.batch_size, options)
    elif args.recipe is not None or args.batch_size is not None:
        raise CommandError("--recipe and --batch-size are for a step of a recipe; leave them out with a script")
    else:
        computed = run_to_backward(args.script)
        drawing = viz.draw(computed.root, trace=computed.trace, grads=True, legend=True, **options)
        what = f"{args.script}: the graph of {drawing.operations} operations"
    path = drawing.save(args.out)
    print(f"{what} is in {path}")
    return 0


def collapse(given: list[str] | None) -> int | list[str] | None:
    """Return what `--collapse` means: one number, or names."""
    if given is None:
        return None
    return int(given[0]) if len(given) == 1 and given[0].isdecimal() else given


def draw_step(name: str, batch_size: int, options: dict[str, Any]) -> tuple[viz.Drawing, str]:
    """Do one step of a recipe; return its drawing, and words for it."""
    if batch_size < 1:
        raise CommandError(f"--batch-size is a positive number of images, not {batch_size}")
    manual_seed(0)
    recipe = RECIPES[name]
    model = build_model(recipe)
    data = MNIST(train=False, transform=build_transform(recipe))
    images, labels = next(iter(DataLoader(data, batch_size)))
    with viz.trace() as trace:
        outputs = model(images)
        loss = LOSSES[recipe.loss](outputs, labels)
    names = {"images": images, "labels": labels, "outputs": outputs, "loss": loss}
    read = (array for note in trace.notes.values() for array in note.arrays if isinstance(array, np.ndarray))
    flat = next((array for array in read if np.may_share_memory(array, images.array)), None)
    names["images"] = images if flat is None else flat  # nothing is recorded of how a network flattens them first
    drawing = viz.draw(loss, trace=trace, model=model, names=names, grads=True, legend=True, **options)
    return drawing, f"{recipe.name}, {batch_size} images: the graph of one step"
