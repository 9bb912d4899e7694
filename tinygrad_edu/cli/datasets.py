"""The images that a command reads: MNIST, or those in a folder of IDX files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tinygrad_edu.cli.config import read_config
from tinygrad_edu.cli.errors import CommandError
from tinygrad_edu.training import Recipe
from tinygrad_edu.training.run_files import CONFIG
from tinygrad_edu.vision.datasets import MNIST, IDXDataset


def open_data(folder: Path | None, train: bool, transform: Any = None) -> IDXDataset:
    """Return the training or the test images of a folder; MNIST's if there is none."""
    return MNIST(train=train, transform=transform) if folder is None else IDXDataset(folder, train, transform)


def describe_data(folder: Path, recipe: Recipe) -> dict[str, Any]:
    """Return what a recipe has to know of the images in a folder: their size, their classes, and their pixels.

    Raises:
        CommandError: there are none.
    """
    train_set = open_data(folder, train=True)
    images = train_set.data.array
    if images.size == 0 or images.dtype != np.uint8:
        raise CommandError(f"{folder} has {len(images)} training images of {images.dtype}; expected some of bytes")
    found = {"image": images.shape[1:], "classes": len(train_set.classes)}
    if (recipe.mean, recipe.std) == (0, 1):  # one that takes pixels as they are
        return found
    counts = np.bincount(images.ravel(), minlength=256) / images.size
    values = np.arange(256) / 255
    mean = float(counts @ values)
    std = float(np.sqrt(counts @ (values - mean) ** 2))
    return found | {"mean": round(mean, 4), "std": round(std, 4) or 1.0}


def data_of(weights: Path) -> Path | None:
    """Return the folder of the images that a run learned, from the options beside its weights; None for MNIST."""
    config = weights.with_name(CONFIG)
    return read_config(config).get("data") if config.is_file() else None
