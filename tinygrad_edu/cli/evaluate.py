"""`tinygrad-edu evaluate`: how well a trained network reads the test images."""

from __future__ import annotations

import argparse
from pathlib import Path

from tinygrad_edu.data import DataLoader
from tinygrad_edu.engine.op import Array
from tinygrad_edu.training import accuracy, build_transform, confusion_matrix, load_checkpoint, predict
from tinygrad_edu.training.run_files import find_weights
from tinygrad_edu.vision.datasets import MNIST

HELP = "see how well a trained network does, and which digits it confuses"
DESCRIPTION = """\
Let a trained network read the 10,000 test images of MNIST, which it has not learned from.

Row by row, the table tells for the images of one digit how often each digit was the answer: on the diagonal
it was right, everywhere else it took one digit for another.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("weights", type=Path, metavar="RUN", help="the folder that `train` made, or a file of weights")


def run(args: argparse.Namespace) -> int:
    """Evaluate, and print a table."""
    checkpoint = load_checkpoint(find_weights(args.weights))
    test_set = MNIST(train=False, transform=build_transform(checkpoint.recipe))
    outputs, targets = predict(checkpoint.build_model(), DataLoader(test_set, 1000))
    print(f"{checkpoint.recipe}; epoch {checkpoint.epoch}")
    print(f"test accuracy {accuracy(outputs, targets):.2%} of {len(targets):,} images\n")
    print("\n".join(table(confusion_matrix(outputs, targets))))
    return 0


def table(confusion: Array) -> list[str]:
    """Lay out a confusion matrix (K, K), with the share that was right in each row."""
    classes = range(len(confusion))
    lines = ["is \\ read as" + "".join(f"{i:6}" for i in classes) + "    right"]
    for i, row in enumerate(confusion):
        counts = "".join(f"{count or '.':>6}" for count in row.tolist())
        right = f"{row[i] / row.sum():9.2%}" if row.sum() else f"{'-':>9}"
        lines.append(f"{i:12}{counts}{right}")
    return lines
