"""`tinygrad-edu predict`: let a trained network read images."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from tinygrad_edu.cli.digits import SIZE
from tinygrad_edu.cli.errors import CommandError
from tinygrad_edu.cli.images import Picture, read_pictures
from tinygrad_edu.engine.grad_mode import no_grad
from tinygrad_edu.engine.op import Array
from tinygrad_edu.training import Checkpoint, build_transform, confidences, load_checkpoint
from tinygrad_edu.training.run_files import find_weights

HELP = "let a trained network read images"
DESCRIPTION = """\
Let a trained network read images of digits. It answers with a digit and how sure it is.

An image is one of
  mnist:7              a test image of MNIST, by its number
  FILE.npy             an array: one image (H, W) or (H, W, 3), or several (N, H, W), or rows of 784 pixels (N, 784)
  FILE in IDX format   MNIST's own, gzipped or not; FILE[3] is one of its images
  FILE.pgm             grey, as text (P2) or bytes (P5)
  FILE.png, FILE.jpg   and others, if Pillow is installed

An image of 28 x 28 pixels with a digit in its middle is taken as it is. Any other is brought to the form of MNIST,
since the network has seen nothing else: the digit is scaled to 20 pixels and put with its centre of mass in the
middle of 28 x 28. The ground is what is along the border; a digit that is darker is inverted.
"""

SHADES = " .:-=+*#%@"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("weights", type=Path, metavar="RUN", help="the folder that `train` made, or a file of weights")
    parser.add_argument("images", nargs="+", metavar="IMAGE", help="an image, or a file of several; see above")
    parser.add_argument("--index", type=int, metavar="N", help="take only image N of a file that has several")
    parser.add_argument(
        "--as-is", action="store_true", help="do not move or scale images, which must have the size of the network's"
    )
    parser.add_argument("--top", type=int, default=1, metavar="K", help="name the K likeliest classes (default: 1)")
    parser.add_argument("--json", action="store_true", help="print a line of JSON for each image, for programs")
    parser.add_argument("--show", action="store_true", help="print the image too, as the network sees it")


def run(args: argparse.Namespace) -> int:
    """Read the images and print the answers."""
    checkpoint = load_checkpoint(find_weights(args.weights))
    if not 1 <= args.top <= checkpoint.recipe.classes:
        raise CommandError(f"--top is a number of classes from 1 to {checkpoint.recipe.classes}, not {args.top}")
    if checkpoint.recipe.image != (SIZE, SIZE) and not args.as_is:
        height, width = checkpoint.recipe.image
        raise CommandError(
            f"this network reads {height} x {width} pixels, and digits are brought to 28 x 28; add --as-is"
        )
    for name in args.images:
        pictures = read_pictures(name, args.index, None if not args.as_is else checkpoint.recipe.image)
        for picture, likely in zip(pictures, read_digits(checkpoint, pictures), strict=True):
            if args.json:
                answer = {"image": picture.name, "label": int(likely.argmax()), "probabilities": likely.tolist()}
                print(json.dumps(answer if picture.label is None else {**answer, "truth": picture.label}))
                continue
            digit, *others = np.argsort(-likely, kind="stable")[: args.top].tolist()
            truth = "" if picture.label is None else f"   (it is a {picture.label})"
            less = "".join(f", {other}   {likely[other]:.1%}" for other in others)
            print(f"{picture.name}: {digit}   {likely[digit]:.1%} sure{less}{truth}")
            if args.show:
                print("\n".join(render(picture.pixels)))
    return 0


def read_digits(checkpoint: Checkpoint, pictures: Iterable[Picture]) -> Array:
    """Return how sure the network is of each digit, for each picture: (N, 10)."""
    transform = build_transform(checkpoint.recipe).batch
    assert transform is not None  # all of its transforms know batches
    model = checkpoint.build_model().eval()
    with no_grad():
        outputs = model(transform(np.stack([picture.pixels for picture in pictures])))
        likely: Array = confidences(checkpoint.recipe, outputs).numpy()
    return likely


def render(pixels: Array) -> list[str]:
    """Draw an image (H, W) of bytes with letters. A letter is about twice as high as wide, so it takes two rows."""
    even = pixels[: len(pixels) // 2 * 2] if len(pixels) > 1 else np.repeat(pixels, 2, axis=0)
    rows = even.reshape(len(even) // 2, 2, -1).mean(axis=1)
    shades = (rows * (len(SHADES) - 1) / 255).round().astype(int)
    return ["".join(SHADES[shade] for shade in row).rstrip() for row in shades]
