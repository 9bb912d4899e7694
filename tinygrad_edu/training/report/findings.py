"""Everything a report tells of a run, as plain numbers: the figures and the text are made of this."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tinygrad_edu.data import DataLoader
from tinygrad_edu.engine.op import Array
from tinygrad_edu.system.generator import default_generator
from tinygrad_edu.tensors.tensor import Tensor, wrap
from tinygrad_edu.training.checkpoint import Checkpoint, load_checkpoint
from tinygrad_edu.training.evaluation import evaluating, predict
from tinygrad_edu.training.metrics import Calibration, calibrate, confusion_matrix
from tinygrad_edu.training.parts import LOSSES
from tinygrad_edu.training.recipes import Recipe, build_transform, confidences
from tinygrad_edu.training.record import Record, load_record
from tinygrad_edu.training.report.landscape import Landscape, survey
from tinygrad_edu.training.report.measures import (
    Mistake,
    Sureness,
    as_images,
    sureness,
    worst_mistakes,
)
from tinygrad_edu.training.run import PROBE, TEST_BATCH, Run, chosen
from tinygrad_edu.training.run_files import find_record, find_weights
from tinygrad_edu.vision.datasets import MNIST, IDXDataset

STRANGE = 1000  # images of each kind on which the confidence is looked at


@dataclass(frozen=True)
class Material:
    """What a report is made from: a network, what was seen while it learned, and the images."""

    checkpoint: Checkpoint
    record: Record | None
    train_set: Any
    test_set: Any
    data: str | os.PathLike[str] | None = None


@dataclass(frozen=True)
class Findings:
    """What is found out about a run.

    Attributes:
        recipe: how the network was trained.
        history: what was noted after each whole epoch.
        record: what was seen while it learned; None if nothing was kept.
        accuracy: the share of the N test images that is read right.
        confusion: how often each right class (row) was read as each class, (K, K).
        mistakes: the mistakes it was surest of.
        calibration: how often it is right when it is so sure.
        sureness: how sure it is on digits, on inverted ones, and on noise.
        filters: the weights of the first layer as images (units, H, W), where they are images.
        landscape: the loss around the path of training, where there is a path.
        probe: the number of training images on which the losses of the record and of the landscape were computed.
        missing: what the report leaves out, and why; a sentence each.
        data: the folder of the images; None for MNIST.
    """

    recipe: Recipe
    history: list[dict[str, float]]
    record: Record | None
    accuracy: float
    confusion: Array
    mistakes: list[Mistake]
    calibration: Calibration
    sureness: list[Sureness]
    filters: Array | None
    landscape: Landscape | None
    probe: int
    missing: list[str]
    data: str | os.PathLike[str] | None = None


def gather_material(run: Any, data: str | os.PathLike[str] | None = None) -> Material:
    """Return what there is of a run: a `Run`, or the path of its folder or its weights; `data` has its images."""
    if isinstance(run, Run):
        return Material(run.checkpoint(), run.record(), run.plain_set, run.test_loader.dataset, data)
    weights = find_weights(Path(run))
    checkpoint = load_checkpoint(weights)
    beside = find_record(weights)
    record = None if beside is None else load_record(beside)
    transform = build_transform(checkpoint.recipe)
    whole, test_set = (
        MNIST(train=train, transform=transform) if data is None else IDXDataset(str(data), train, transform)
        for train in (True, False)
    )
    return Material(checkpoint, record, chosen(whole, checkpoint.recipe)[0], test_set, data)


def examine(material: Material) -> Findings:
    """Find out about a run what a report tells of it. The default generator is left as it was."""
    random = default_generator.get_state()
    try:
        return _examine(material)
    finally:
        default_generator.set_state(random)


def _examine(material: Material) -> Findings:
    checkpoint, record = material.checkpoint, material.record
    recipe, missing = checkpoint.recipe, []
    if record is not None and not record.is_of(recipe):
        record = None
        missing.append("The record of the training is of another run: what was seen in the course of it is left out.")
    elif record is None:
        missing.append(
            "No record of the training was kept: gradients, updates, flat and dead units and the loss landscape are "
            "left out."
        )
    model = checkpoint.build_model()
    images, likely, targets = _read_test_images(recipe, model, material.test_set)
    probe = next(iter(DataLoader(material.train_set, PROBE)))
    landscape = None
    if record is not None:
        # The record goes on after the weights where the run diverged, or was killed between writing the two.
        steps = checkpoint.state.get("steps")
        ends_here = record.until(steps) if isinstance(steps, int) else record
        landscape = survey(model, LOSSES[recipe.loss], probe, ends_here)
        if landscape is None:
            kept = len(record.path) > 0 or len(record.steps) == 0
            why = "the path of its weights spans no plane" if kept else "it has too many weights to keep their path"
            missing.append(f"The network's loss landscape is left out: {why}.")
    first = next(parameter.array for parameter in model.parameters() if parameter.ndim > 1)
    return Findings(
        recipe,
        checkpoint.history,
        record,
        accuracy=float((likely.argmax(axis=1) == targets).mean()),
        confusion=confusion_matrix(likely, targets),
        mistakes=worst_mistakes(images, likely, targets),
        calibration=calibrate(likely, targets),
        sureness=[
            sureness(kind, _confidences(recipe, model, pixels)) for kind, pixels in strange_images(images).items()
        ],
        filters=as_images(first, images.shape[1:]),
        landscape=landscape,
        probe=len(probe[1]),
        missing=missing,
        data=material.data,
    )


def strange_images(images: Array) -> Mapping[str, Array]:
    """Return digits, and images that are none or that no training image is like, by name: pixels (N, H, W) from 0 to 1.

    The noise is drawn from a generator of its own, and is the same each time.
    """
    digits = images[:STRANGE]
    noise = np.random.default_rng(0).random(digits.shape, np.float32)
    return {"digits": digits, "inverted digits": 1 - digits, "noise": noise}


def _read_test_images(recipe: Recipe, model: Any, test_set: Any) -> tuple[Array, Array, Array]:
    """Return the pixels of the test images (N, H, W), from 0 to 1, the confidences (N, K) and the classes (N)."""
    loader = DataLoader(test_set, TEST_BATCH)
    outputs, targets = predict(model, loader)
    seen = np.concatenate([inputs.array for inputs, _ in loader])
    pixels = (seen * np.float32(recipe.std) + np.float32(recipe.mean)).reshape(len(seen), *seen.shape[-2:])
    return pixels, as_array(confidences(recipe, wrap(outputs))), targets


def _confidences(recipe: Recipe, model: Any, pixels: Array) -> Array:
    inputs = (pixels[:, None] - np.float32(recipe.mean)) / np.float32(recipe.std)
    with evaluating(model):
        return as_array(confidences(recipe, model(wrap(inputs))))


def as_array(values: Any) -> Array:
    """Return the array of a Tensor, or an array as it is."""
    return values.array if isinstance(values, Tensor) else values
