"""`tinygrad-edu evaluate`: how well a trained network reads the test images."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from tinygrad_edu.cli.datasets import data_of, open_data
from tinygrad_edu.cli.errors import CommandError
from tinygrad_edu.cli.threads import one_blas_thread
from tinygrad_edu.data import DataLoader
from tinygrad_edu.engine.op import Array
from tinygrad_edu.tensors.tensor import wrap
from tinygrad_edu.training import (
    accuracy,
    build_transform,
    calibrate,
    confidences,
    confusion_matrix,
    f1_score,
    load_checkpoint,
    precision,
    predict,
    recall,
    top_k_accuracy,
)
from tinygrad_edu.training.run_files import find_weights

HELP = "see how well a trained network does, and which digits it confuses"
DESCRIPTION = """\
Let a trained network read the test images, the 10,000 of MNIST or those of its run, which it has not learned from.

Row by row, the table tells for the images of one digit how often each digit was the answer: on the diagonal
it was right, everywhere else it took one digit for another. Then for each class the precision (how much of what was
taken for it is it), the recall (how much of it was found) and their harmonic mean, F1.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("weights", type=Path, metavar="RUN", help="the folder that `train` made, or a file of weights")
    parser.add_argument("--data", type=Path, metavar="DIR", help="read the test images in this folder of IDX files")
    parser.add_argument("--json", action="store_true", help="print one line of JSON, for programs")


@one_blas_thread()
def run(args: argparse.Namespace) -> int:
    """Evaluate, and print tables."""
    weights = find_weights(args.weights)
    checkpoint = load_checkpoint(weights)
    recipe = checkpoint.recipe
    test_set = open_data(args.data or data_of(weights), train=False, transform=build_transform(recipe))
    came, expected = (test_set.data.shape[1:], len(test_set.classes)), (recipe.image, recipe.classes)
    if came[0] != expected[0] or came[1] > expected[1]:
        (size, classes), (own, known) = came, expected
        raise CommandError(
            f"the test images have {size[0]} x {size[1]} pixels and {classes} classes; this network reads {own[0]} x "
            f"{own[1]} pixels, of {known} classes"
        )
    outputs, targets = predict(checkpoint.build_model(), DataLoader(test_set, 1000))
    likely = confidences(recipe, wrap(outputs)).numpy()
    found = {
        "accuracy": accuracy(outputs, targets),
        "top_3_accuracy": top_k_accuracy(outputs, targets, min(3, recipe.classes)),
        "calibration_error": calibrate(likely, targets).error,
    }
    by_class = {"precision": precision, "recall": recall, "f1": f1_score}
    shares = {name: function(outputs, targets) for name, function in by_class.items()}
    confusion = confusion_matrix(outputs, targets)
    if args.json:
        lists = {name: [None if np.isnan(x) else x for x in share.tolist()] for name, share in shares.items()}
        print(json.dumps({"images": len(targets), **found, **lists, "confusion": confusion.tolist()}))
        return 0
    print(f"{recipe}; epoch {checkpoint.epoch}")
    print(f"test accuracy {found['accuracy']:.2%} of {len(targets):,} images")
    print(f"among the first three {found['top_3_accuracy']:.2%}; calibration error {found['calibration_error']:.2%}\n")
    print("\n".join([*table(confusion), "", *table_of_classes(shares)]))
    return 0


def table_of_classes(shares: Mapping[str, Array]) -> list[str]:
    """Lay out numbers for each class, and their means."""
    lines = ["class       " + "".join(f"{name:>12}" for name in shares)]
    lines += [f"{i:<12}" + "".join(f"{share[i]:12.2%}" for share in shares.values()) for i in range(len(shares["f1"]))]
    return [*lines, "mean        " + "".join(f"{np.nanmean(share):12.2%}" for share in shares.values())]


def table(confusion: Array) -> list[str]:
    """Lay out a confusion matrix (K, K), with the share that was right in each row."""
    classes = range(len(confusion))
    lines = ["is \\ read as" + "".join(f"{i:6}" for i in classes) + "    right"]
    for i, row in enumerate(confusion):
        counts = "".join(f"{count or '.':>6}" for count in row.tolist())
        right = f"{row[i] / row.sum():9.2%}" if row.sum() else f"{'-':>9}"
        lines.append(f"{i:12}{counts}{right}")
    return lines
