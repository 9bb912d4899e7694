"""Lesson 14. How sure is a network of a digit where there is none?

A network that was trained on digits gives every image to one of the ten. It has no answer for "this is no digit", and
nobody ever told it to be unsure: on noise, and on digits with black and white exchanged, it is often as sure as on
digits. What makes it less so? Some remedies against overfitting are tried, and one made for the purpose: images of
noise among the training images, whose target is to be equally unsure of all ten.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import nn
from tinygrad_edu.data import DataLoader, TensorDataset
from tinygrad_edu.engine.op import Array
from tinygrad_edu.labs import digits
from tinygrad_edu.labs.dots import column, new_dots
from tinygrad_edu.labs.lab import Progress, Result, Row, Table
from tinygrad_edu.nn import functional as F
from tinygrad_edu.optim import AdamW
from tinygrad_edu.plots.axes import mosaic, new_figure, outline, panel, percent_axis
from tinygrad_edu.plots.picture import Picture
from tinygrad_edu.plots.style import LIGHT, WIDTH
from tinygrad_edu.training import accuracy, predict

QUESTION = "how sure is a network of a digit where there is none?"
QUICK = {"seeds": 1, "images": 500, "epochs": 1, "asked": 200}

SIDE = 28
NO_DIGIT = 10  # the label of noise
TARGETS = np.vstack([np.eye(10), np.full(10, 0.1)]).astype(np.float32)
"""What the network should say to each label, as probabilities: to noise, that all ten are equally likely."""


@dataclass(frozen=True)
class Treatment:
    """How a network is trained.

    Attributes:
        smoothing: how much of each target is shared out evenly among the digits.
        noise: for each digit so many images of uniform noise, whose targets are equal for all digits.
        weight_decay: by how much of lr times itself each weight shrinks in a step.
        dropout: the share of the hidden outputs that are set to 0 in training.
        shift: each digit is learned a second time, moved by up to so many pixels.
    """

    smoothing: float = 0.0
    noise: float = 0.0
    weight_decay: float = 0.0
    dropout: float = 0.0
    shift: int = 0


TREATMENTS = {
    "plain": Treatment(),
    "label smoothing": Treatment(smoothing=0.1),
    "noise, equal targets": Treatment(noise=0.2),
    "weight decay": Treatment(weight_decay=1.0),
    "dropout": Treatment(dropout=0.5),
    "augmentation": Treatment(shift=2),
}

KINDS: dict[str, Callable[[np.random.Generator, Array], Any]] = {
    "digits": lambda rng, pixels: pixels,
    "inverted digits": lambda rng, pixels: 1 - pixels,
    "uniform noise": lambda rng, pixels: rng.random(pixels.shape, np.float32),
    "Gaussian noise": lambda rng, pixels: digits.MEAN + digits.STD * rng.standard_normal(pixels.shape, np.float32),
}
"""Images (N, 784) of each kind, made of digits of the same number."""


def shifted(pixels: Array, most: int, rng: np.random.Generator) -> Array:
    """Move each image (N, 784) by up to `most` pixels, down or up and to the right or left."""
    images = pixels.reshape(-1, SIDE, SIDE)
    moves = zip(images, rng.integers(-most, most + 1, (len(images), 2)), strict=True)
    return np.stack([np.roll(image, move, (0, 1)) for image, move in moves]).reshape(pixels.shape)


def training_data(treatment: Treatment, count: int, rng: np.random.Generator) -> digits.Data:
    """Return the images to learn from, and their labels."""
    pixels, labels = (array[:count] for array in digits.mnist(train=True))
    images = [pixels]
    answers = [labels]
    if treatment.noise:
        images.append(rng.random((int(treatment.noise * count), digits.PIXELS), np.float32))
        answers.append(np.full(len(images[-1]), NO_DIGIT))
    if treatment.shift:
        images.append(shifted(pixels, treatment.shift, rng))
        answers.append(labels)
    return tg.tensor(digits.normalized(np.concatenate(images))), tg.tensor(np.concatenate(answers))


def network(dropout: float) -> nn.Module:
    """Make a network of two hidden layers."""
    return nn.Sequential(
        nn.Linear(digits.PIXELS, 100), nn.ReLU(), nn.Dropout(dropout),
        nn.Linear(100, 50), nn.ReLU(), nn.Dropout(dropout),
        nn.Linear(50, digits.CLASSES),
    )  # fmt: skip


def learn(treatment: Treatment, seed: int, images: int, epochs: int, lr: float = 0.002) -> nn.Module:
    """Train a network. The loss is the cross entropy with the targets of the labels."""
    tg.manual_seed(seed)
    model = network(treatment.dropout)
    data = training_data(treatment, images, np.random.default_rng(seed))
    targets = tg.tensor(TARGETS)

    def loss_fn(outputs: Any, labels: Any) -> Any:
        return F.cross_entropy(outputs, targets[labels], label_smoothing=treatment.smoothing)

    optimizer = AdamW(model.parameters(), lr, weight_decay=treatment.weight_decay)
    digits.train_as_far_as_it_goes(model, optimizer, data, epochs, loss_fn)
    return model


def sureness(model: nn.Module, pixels: Array) -> tuple[float, Array]:
    """Return how sure a network is of its answers on average, from 0 to 1, and the outputs themselves (N, 10)."""
    inputs = tg.tensor(digits.normalized(pixels))
    outputs, _ = predict(model, DataLoader(TensorDataset(inputs, inputs), 1000))
    return float(F.softmax(tg.tensor(outputs), dim=1).array.max(axis=1).mean()), outputs


def run(seeds: int = 3, images: int = 10_000, epochs: int = 5, asked: int = 2000, progress: Progress = iter) -> Result:
    """Train with each treatment, and ask how sure the network is on each kind of images.

    Parameters:
        seeds: how many networks to train with each treatment.
        images: how many digits to learn from.
        epochs: how often to go through them.
        asked: how many images of each kind to ask about.
        progress: see `lab.Progress`.
    """
    pixels, labels = (array[:asked] for array in digits.mnist(train=False))
    rows: list[Row] = []
    for name, seed in progress([*product(TREATMENTS, range(seeds))]):
        model = learn(TREATMENTS[name], seed, images, epochs)
        rng = np.random.default_rng([seed, 1])  # not the noise that it has learned
        said = {kind: sureness(model, make(rng, pixels)) for kind, make in KINDS.items()}
        right = {"test accuracy": accuracy(said["digits"][1], labels)}
        rows.append({"treatment": name, "seed": seed} | right | {kind: sure for kind, (sure, _) in said.items()})
    table = Table("sureness", f"How sure after {epochs} epochs on {images:,} digits", ("treatment",), rows)
    return Result([table], partial(draw, table))


def draw(table: Table) -> list[Picture]:
    """Draw some images of each kind, and how sure the networks are of them."""
    return [draw_kinds(), draw_sureness(table)]


def draw_kinds(count: int = 4) -> Picture:
    """Draw some images of each kind."""
    pixels = digits.mnist(train=False)[0][:count]
    rng = np.random.default_rng(0)
    figure = new_figure(1.25)
    width = WIDTH / len(KINDS)
    for i, (kind, make) in enumerate(KINDS.items()):
        axes = panel(figure, width * i + 0.05, 0.05, WIDTH - width * (i + 1) + 0.05, 0.25)
        whole = mosaic(np.clip(make(rng, pixels), 0, 1).reshape(-1, SIDE, SIDE), 2)
        axes.imshow(np.ma.masked_invalid(whole), cmap="gray", vmin=0, vmax=1, interpolation="none")
        axes.set_title(kind, fontsize=9)
        outline(axes)
        axes.set(xticks=[], yticks=[])
    return Picture(
        "kinds",
        "What it is asked about",
        "Some images of each kind: " + ", ".join(KINDS) + ".",
        "Digits of the test set, the same with black and white exchanged, and noise: every pixel drawn evenly between "
        "black and white, or from a normal distribution with the mean and spread of the digits' pixels.",
        figure,
    )


def draw_sureness(table: Table) -> Picture:
    """Draw how sure the networks are of each kind of images, with each treatment."""
    effect = table.effect()
    figure, axes = new_dots(list(TREATMENTS), {kind: column(effect, kind) for kind in KINDS}, 2)
    axes.axvline(1 / digits.CLASSES, color=LIGHT["faint"], linewidth=0.8)
    axes.set(xlim=(0, 1), xlabel="how sure it is of its answer")
    percent_axis(axes.xaxis)
    each = "; ".join(
        f"{row['treatment']}: " + ", ".join(f"{kind} {row[kind][0]:.0%}" for kind in KINDS) for row in effect
    )
    return Picture(
        "sureness",
        "How sure it is, on average",
        f"{each}.",
        "How sure the network is of its answer, on average over the images of each kind. The thin line, at 10%, is as "
        "unsure as can be; on digits a network should be sure, on all else it should not. The bars go from the least "
        "to the most over the seeds. The noise that is learned, with equal targets, is uniform.",
        figure,
    )
