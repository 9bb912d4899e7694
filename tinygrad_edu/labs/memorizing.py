"""Lesson 15. Has a network learned, or does it know the images by heart?

Give each image a label at random: there is nothing to learn. A network with enough weights still comes to 100 % on its
training images, and to 10 % on all others, which is guessing. So the accuracy in training says nothing by itself. What
tells learning from memorizing? The accuracy on images it has not seen, above all; but also how long it takes to fit the
labels, and how far the weights have to go for it.

In practice some labels are wrong. Then a network learns from the right ones first, and the wrong ones by heart later.
Some remedies are measured by how many of the wrong labels the network repeats, and by its accuracy on unseen images.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import nn
from tinygrad_edu.engine.op import Array
from tinygrad_edu.labs import digits
from tinygrad_edu.labs.dots import column, new_dots
from tinygrad_edu.labs.lab import Progress, Result, Row, Table
from tinygrad_edu.nn import functional as F
from tinygrad_edu.optim import AdamW
from tinygrad_edu.plots.axes import epoch_axis, legend, new_figure, panel, percent_axis
from tinygrad_edu.plots.picture import Picture
from tinygrad_edu.plots.style import LINES

QUESTION = "has a network learned, or does it know the images by heart?"
QUICK = {"seeds": 1, "images": 100, "epochs": 6, "unseen": 500}

FITTED = 0.99  # of the training images
LABELS = {"true": 0.0, "random": 1.0}
"""The share of labels that are drawn at random."""


@dataclass(frozen=True)
class Cure:
    """How a network is trained on labels some of which are wrong.

    Attributes:
        epochs: the share of the epochs after which training is stopped.
        width: the number of hidden neurons.
        weight_decay: by how much of lr times itself each weight shrinks in a step.
        dropout: the share of the hidden outputs that are set to 0 in training.
        smoothing: how much of each target is shared out evenly among the digits.
        images: how many times as many images.
    """

    epochs: float = 1.0
    width: int = 128
    weight_decay: float = 0.0
    dropout: float = 0.0
    smoothing: float = 0.0
    images: int = 1


CURES = {
    "none": Cure(),
    "stop early": Cure(epochs=0.1),
    "8 hidden neurons": Cure(width=8),
    "weight decay": Cure(weight_decay=2.0),
    "dropout": Cure(dropout=0.7),
    "label smoothing": Cure(smoothing=0.5),
    "4 times the images": Cure(images=4),
}


def labelled(count: int, share: float, seed: int) -> tuple[digits.Data, Array]:
    """Return digits of which a share has random labels, and the places where those are wrong."""
    inputs, labels = digits.load(count)
    rng = np.random.default_rng(seed)
    given = np.where(rng.random(count) < share, rng.integers(0, digits.CLASSES, count), labels.array)
    return (inputs, tg.tensor(given)), np.flatnonzero(given != labels.array)


def learn(
    data: digits.Data, unseen: digits.Data, epochs: int, lr: float, cure: Cure, seed: int
) -> tuple[nn.Module, list[Row]]:
    """Train a network of one hidden layer. Return it, and each epoch's accuracy in training and on unseen images."""
    tg.manual_seed(seed)
    model = nn.Sequential(
        nn.Linear(digits.PIXELS, cure.width), nn.ReLU(), nn.Dropout(cure.dropout), nn.Linear(cure.width, digits.CLASSES)
    )
    optimizer = AdamW(model.parameters(), lr, weight_decay=cure.weight_decay)
    loss_fn = partial(F.cross_entropy, label_smoothing=cure.smoothing)
    curve = [
        {"epoch": epoch, "in training": progress.accuracy, "unseen": digits.accuracy(model, unseen)}
        for epoch, progress in enumerate(digits.train(model, optimizer, data, epochs, loss_fn), start=1)
    ]
    return model, curve


def distance(model: nn.Module) -> float:
    """Return the size of all weights, √(Σ w²)."""
    return float(np.sqrt(sum((p.array.astype(float) ** 2).sum() for p in model.parameters())))


def epochs_to(curve: Sequence[Row], accuracy: float) -> float:
    """Return the first epoch with such an accuracy in training; infinite if there is none."""
    return next((row["epoch"] for row in curve if row["in training"] >= accuracy), float("inf"))


def run(
    seeds: int = 3,
    images: int = 1000,
    epochs: int = 80,
    unseen: int = 2000,
    lrs: Sequence[float] = (0.001, 0.0002),
    wrong: float = 0.4,
    progress: Progress = iter,
) -> Result:
    """Train on true and on random labels, fast and slowly; then on partly wrong labels, with each cure.

    Parameters:
        seeds: how many networks to train of each kind.
        images: how many digits to learn from.
        epochs: how often to go through them.
        unseen: how many test images to try the networks on.
        lrs: the learning rates, fast and slow.
        wrong: the share of random labels for the cures.
        progress: see `lab.Progress`.
    """
    others = digits.load(unseen, train=False)
    fits: list[Row] = []
    curves: list[Row] = []
    for (labels, share), lr, seed in progress([*product(LABELS.items(), lrs, range(seeds))]):
        data, _ = labelled(images, share, seed)
        model, curve = learn(data, others, epochs, lr, Cure(), seed)
        which = {"labels": labels, "lr": lr, "seed": seed}
        curves += [which | row for row in curve]
        measured = {"in training": digits.accuracy(model, data), "unseen": curve[-1]["unseen"]}
        fits.append(
            which | measured | {f"epochs to {FITTED:.0%}": epochs_to(curve, FITTED), "weights": distance(model)}
        )
    cured: list[Row] = []
    for (name, cure), seed in progress([*product(CURES.items(), range(seeds))]):
        data, places = labelled(images * cure.images, wrong, seed)
        model, curve = learn(data, others, max(1, round(epochs * cure.epochs / cure.images)), lrs[0], cure, seed)
        mistaken = data[0][places], data[1][places]
        repeated = {"repeats wrong labels": digits.accuracy(model, mistaken)}
        cured.append({"cure": name, "seed": seed, "unseen": curve[-1]["unseen"]} | repeated)
    tables = [
        Table(
            "labels", f"{epochs} epochs on {images:,} digits with true and with random labels", ("labels", "lr"), fits
        ),
        Table("cures", f"The same with {wrong:.0%} of the labels drawn at random", ("cure",), cured),
    ]
    table = Table("curves", "Accuracy after each epoch", ("labels", "lr", "epoch"), curves)
    return Result(tables, partial(draw, table, tables[1]), [table])


def draw(curves: Table, cures: Table) -> list[Picture]:
    """Draw how the accuracies go, and what the cures do."""
    return [draw_curves(curves), draw_cures(cures)]


def draw_curves(table: Table) -> Picture:
    """Draw the accuracy in training and on unseen images over the epochs."""
    effect = table.effect()
    lrs = list(dict.fromkeys(row["lr"] for row in effect))
    each = 1.75
    figure = new_figure(0.95 + each * len(lrs))
    ends = []
    for i, lr in enumerate(lrs):
        axes = panel(figure, 0.7, 0.5 + each * (len(lrs) - 1 - i), 0.15, 0.72 + each * i)
        pairs = zip(product(LABELS, ("in training", "unseen")), LINES, strict=False)
        for (labels, where), (colour, dashes) in pairs:
            middle, least, most = np.array(column(effect, where, labels=labels, lr=lr)).T
            epochs = np.arange(1, len(middle) + 1)
            axes.plot(epochs, middle, color=colour, linestyle=dashes, label=f"{labels}, {where}")
            axes.fill_between(epochs, least, most, color=colour, alpha=0.18, linewidth=0)
            ends.append(f"{labels} labels, lr {lr:g}, {where} {middle[-1]:.0%}")
        axes.set(ylim=(0, 1.02), ylabel=f"lr {lr:g}")
        percent_axis(axes.yaxis)
        epoch_axis(axes, len(middle))
        if i == 0:
            legend(axes, 2)
        if i < len(lrs) - 1:
            axes.set_xlabel("")
            axes.tick_params(labelbottom=False)
    return Picture(
        "curves",
        "True labels are learned, random ones memorized",
        f"Accuracy over the epochs. In the end: {'; '.join(ends)}.",
        "Accuracy in training and on unseen images, with true labels and with random ones. With several seeds, bands "
        "go from the least to the most. What a network gets right of random labels it knows by heart: that takes "
        "longer, and on unseen images it brings nothing. There 10% is guessing.",
        figure,
    )


def draw_cures(table: Table) -> Picture:
    """Draw what is repeated of the wrong labels, and the accuracy on unseen images, with each cure."""
    effect = table.effect()
    series = {
        "unseen, right": column(effect, "unseen"),
        "wrong labels, repeated": column(effect, "repeats wrong labels"),
    }
    figure, axes = new_dots([row["cure"] for row in effect], series, 2)
    axes.set(xlim=(0, 1), xlabel="share of the images")
    percent_axis(axes.xaxis)
    each = "; ".join(
        f"{row['cure']}: {row['unseen'][0]:.0%} right, {row['repeats wrong labels'][0]:.0%} repeated" for row in effect
    )
    return Picture(
        "cures",
        "What helps against memorizing",
        f"{each}.",
        "Of networks that learned from partly wrong labels: the share of unseen images that they read right, and the "
        "share of the wrong labels that they repeat, which they can only know by heart.",
        figure,
    )
