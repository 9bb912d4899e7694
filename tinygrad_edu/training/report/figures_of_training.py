"""Figures of how a network learned: loss, accuracy, gradients, steps, flat and dead units, and the way it went."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.plots.axes import (
    CLOSE,
    epoch_axis,
    legend,
    lines,
    log_axis,
    new_figure,
    outline,
    panel,
    percent_axis,
    stretched_axis,
)
from tinygrad_edu.plots.picture import Picture, require
from tinygrad_edu.plots.style import LIGHT, LINES, ON_DARK, ON_LIGHT, WIDTH
from tinygrad_edu.training.report.findings import Findings

GRADIENTS, UPDATES = (1e-8, 1.0), (1e-7, 1.0)  # what the axes show, the same in every report
GOOD_UPDATE = 1e-3
LEFT, BELOW, RIGHT = 0.82, 0.5, 0.2  # inches around a plot
HIGH = 2.1  # inches, without what is above and below


def epochs_of(findings: Findings) -> float:
    """Return how long the network was trained, in epochs, as far as is known."""
    record = findings.record
    seen = record.steps[-1] / record.batches if record is not None and len(record.steps) else 0.0
    return max(len(findings.history), float(seen))


def noted(findings: Findings, name: str) -> tuple[Array, Array]:
    """Return after which epochs a number was noted, and the numbers."""
    values = [(i, entry[name]) for i, entry in enumerate(findings.history, start=1) if name in entry]
    return np.array([i for i, _ in values], float), np.array([value for _, value in values], float)


def draw_loss(findings: Findings) -> Picture | None:
    """Draw the loss over the epochs, on training and on test images."""
    record = findings.record
    learned, tested = noted(findings, "loss"), noted(findings, "test_loss")
    if not len(learned[0]) and record is None:
        return None
    figure, axes = new_plot(3, 2)
    axes.set_yscale("log")
    if record is not None:
        _on_probe(axes, findings, record.loss)
    _by_epoch(axes, learned, tested)
    axes.set_ylabel(f"loss ({findings.recipe.loss.replace('_', ' ')})")
    epoch_axis(axes, epochs_of(findings))
    log_axis(axes.yaxis, *axes.get_ylim())
    legend(axes, 2)
    last = [f"the average over the last epoch was {learned[1][-1]:.4g}"] if len(learned[0]) else []
    last += [f"on the test images the loss is {tested[1][-1]:.4g}"] if len(tested[0]) else []
    return Picture(
        "loss",
        "Loss",
        f"Lines over {epochs_of(findings):.3g} epochs: {'; '.join(last) or 'the loss on some training images'}.",
        "What training makes small. A training loss that goes on falling while the test loss rises means that the "
        "network learns the training images by heart. The average over an epoch stands in the middle of it.",
        figure,
    )


def draw_accuracy(findings: Findings) -> Picture | None:
    """Draw the accuracy over the epochs, on an axis that is stretched towards 100%."""
    record = findings.record
    learned, tested = noted(findings, "accuracy"), noted(findings, "test_accuracy")
    if not len(learned[0]) and record is None:
        return None
    figure, axes = new_plot(3, 2)
    axes.set_yscale("log")
    errors = [np.maximum(1 - values, CLOSE) for values in (learned[1], tested[1])]
    if record is not None:
        missed = np.maximum(1 - record.accuracy, CLOSE)
        _on_probe(axes, findings, missed)
        errors.append(missed)
    _by_epoch(axes, (learned[0], errors[0]), (tested[0], errors[1]))
    least = min(values.min() for values in errors if len(values))
    least = min(least / 1.3, 0.4)
    axes.set_ylim(1, least)
    stretched_axis(axes.yaxis, least)
    axes.set_ylabel("accuracy")
    epoch_axis(axes, epochs_of(findings))
    legend(axes, 2)
    return Picture(
        "accuracy",
        "Accuracy",
        f"Lines over {epochs_of(findings):.3g} epochs. In the end {findings.accuracy:.2%} of the test images are read "
        "right.",
        "The share of images that are read right. The axis is stretched towards 100%: each step up cuts the mistakes "
        "by the same factor.",
        figure,
    )


def draw_gradients(findings: Findings) -> Picture | None:
    """Draw the size of each layer's gradient over time."""
    return _draw_layers(
        findings,
        "gradient",
        ("gradients", "Gradients"),
        "gradient, √(mean of g²)",
        "How large the gradient of the loss is with respect to a layer's weights. Layers far apart learn at very "
        "different speeds; a gradient that shrinks from layer to layer towards the input vanishes. The axis is the "
        "same in every report.",
        GRADIENTS,
    )


def draw_updates(findings: Findings) -> Picture | None:
    """Draw how far a step moves each layer's weights, over time."""
    return _draw_layers(
        findings,
        "update",
        ("updates", "Steps"),
        "step / weights",
        f"How far one step moves a layer's weights, as a share of their size. About {GOOD_UPDATE:g} (the thin line) is "
        "a rule of thumb: far above it training is restless, far below it hardly moves. The axis is the same in every "
        "report.",
        UPDATES,
        GOOD_UPDATE,
    )


def draw_flat(findings: Findings) -> Picture | None:
    """Draw the share of flat outputs in each hidden layer, over time."""
    activation = findings.recipe.activation
    where, note = "close to one of its two limits", ""
    if activation == "relu":
        where, note = "0", " That it is so for about half of them is as it should be."
    return _draw_layers(
        findings,
        "flat",
        ("flat", "Flat outputs"),
        "share of the outputs",
        f"How many outputs of {activation} are {where}, where it is flat, so that hardly any gradient goes back "
        f"through it.{note}",
    )


def draw_dead(findings: Findings) -> Picture | None:
    """Draw the share of dead units in each hidden layer, over time."""
    return _draw_layers(
        findings,
        "dead",
        ("dead", "Dead units"),
        "share of the units",
        f"How many units are flat for all of {findings.probe} training images: from these they learn nothing.",
    )


def _draw_layers(
    findings: Findings,
    what: str,
    names: tuple[str, str],
    label: str,
    caption: str,
    limits: tuple[float, float] | None = None,
    guide: float | None = None,
) -> Picture | None:
    """Draw a line for each layer: on a logarithmic axis with these limits, or as shares if there are none."""
    record = findings.record
    if record is None or not (values := getattr(record, what).astype(float)).size or len(values) < 2:
        return None
    shown = list(some(values.shape[1]))
    figure, axes = new_plot(len(shown), 3)
    if limits is None:
        axes.set_ylim(-0.02, 1.02)
        percent_axis(axes.yaxis)
        form = ".0%"
    else:
        axes.set_yscale("log")
        axes.set_ylim(*limits)
        log_axis(axes.yaxis, *limits)
        form = ".1e"
        beyond = int((values[1:] < limits[0]).sum() + (values > limits[1]).sum())
        caption += f" {beyond} of the values lie beyond it." if beyond else ""
    if guide is not None:
        axes.axhline(guide, color=LIGHT["faint"], linewidth=0.8)
    lines(axes, record.steps / record.batches, ((f"layer {i + 1}", values[:, i]) for i in shown))
    axes.set_ylabel(label)
    epoch_axis(axes, epochs_of(findings))
    legend(axes)
    ends = "; ".join(f"layer {i + 1} from {values[1, i]:{form}} to {values[-1, i]:{form}}" for i in shown)
    return Picture(*names, f"A line for each layer: {ends}.", caption, figure)


def draw_landscape(findings: Findings) -> Picture | None:
    """Draw the loss on a plane through the weights, with the path of training."""
    land = findings.landscape
    if land is None:
        return None
    figure = new_figure(5.3)
    axes, bar = panel(figure, LEFT, 2.2, 0.85, 0.05), panel(figure, WIDTH - 0.75, 2.2, 0.6, 0.05)
    lower = panel(figure, LEFT, BELOW - 0.1, 0.85, 3.9, yscale="log")
    surface = np.ma.masked_invalid(land.surface)
    low, high = min(surface.min(), np.nanmin(land.loss)), max(surface.max(), np.nanmax(land.loss))
    scale = require("matplotlib.colors").LogNorm(low, high)
    extent = (land.x[0], land.x[-1], land.y[0], land.y[-1])
    image = axes.imshow(surface, origin="lower", extent=extent, aspect="auto", interpolation="bilinear", norm=scale)
    axes.contour(
        land.x, land.y, surface, levels=np.geomspace(low, high, 14), colors=ON_DARK, linewidths=0.5, alpha=0.45
    )
    axes.plot(*land.path.T, color=ON_DARK, linewidth=1.1)
    axes.scatter(*land.path.T, c=land.loss, s=34, edgecolors=ON_DARK, linewidths=1.1, zorder=3, norm=scale)
    for place, text in ((land.path[0], "start"), (land.path[-1], "end")):
        away = (place - land.path.mean(axis=0)) / (np.ptp(land.x), np.ptp(land.y))
        axes.annotate(
            text,
            place,
            18 * away / np.hypot(*away),
            textcoords="offset points",
            ha="center",
            va="center",
            color=ON_DARK,
            fontweight="bold",
            bbox={"facecolor": ON_LIGHT, "alpha": 0.55, "edgecolor": "none", "pad": 1.2},
        )
    outline(axes)
    axes.set_xlabel(f"first direction ({land.explained[0]:.0%} of the path)")
    axes.set_ylabel(f"second ({land.explained[1]:.0%})")
    colours = figure.colorbar(image, cax=bar)
    log_axis(colours.ax.yaxis, low, high)
    colours.outline.set_visible(False)
    numbers = np.arange(len(land.loss))
    lower.plot(numbers, land.loss, "o-", color=LINES[0][0], markersize=4, label="true loss")
    lower.plot(numbers, land.loss_below, color=LINES[1][0], linestyle="--", label="on the plane")
    lower.set_xlabel("points of the path, from start to end")
    lower.set_xticks([])
    log_axis(lower.yaxis, *lower.get_ylim())
    lower.set_ylabel("loss")
    legend(lower, 2)
    both = sum(land.explained)
    return Picture(
        "landscape",
        "The loss around the path",
        f"A map of the loss, from {land.surface.min():.3g} to {land.surface.max():.3g}, with the path of the weights "
        f"from a loss of {land.loss[0]:.3g} to {land.loss[-1]:.3g}. The two directions hold {both:.0%} of the path. "
        "Below it the loss along the path, and that on the plane under it.",
        f"A plane through the final weights, along the two directions that hold most of the path: {both:.0%} of the "
        "squared distances from its end. Each point has the colour of the true loss of the network at that time, which "
        "is off the plane. (A random walk has some 90% in two directions too: a large share proves little.)",
        figure,
    )


def new_plot(lines: int, columns: int) -> tuple[Any, Any]:
    """Return a figure and the axes in it, with room above for the names of so many lines in columns."""
    above = 0.1 + 0.2 * -(-lines // columns)
    figure = new_figure(above + HIGH + BELOW)
    return figure, panel(figure, LEFT, BELOW, RIGHT, above)


def some(count: int) -> Iterator[int]:
    """Yield the numbers of the layers to show: all, or as many as there are kinds of lines, the ends among them."""
    yield from np.unique(np.linspace(0, count - 1, min(count, len(LINES))).round().astype(int)).tolist()


def _on_probe(axes: Any, findings: Findings, values: Array) -> None:
    record, name = findings.record, f"{findings.probe} training images"
    assert record is not None
    axes.plot(record.steps / record.batches, values, color=LIGHT["faint"], linewidth=1, label=name)


def _by_epoch(axes: Any, learned: tuple[Array, Array], tested: tuple[Array, Array]) -> None:
    for number, (name, (epochs, values), shift) in enumerate(
        (("training, average", learned, 0.5), ("test", tested, 0.0))
    ):
        colour, dashes = LINES[number]
        marker = "o" if len(epochs) <= 30 else ""
        axes.plot(epochs - shift, values, color=colour, linestyle=dashes, marker=marker, markersize=4, label=name)
