"""Figures of what a network knows: what it confuses, its worst mistakes, its weights, and how sure it is."""

from __future__ import annotations

import numpy as np

from tinygrad_edu.plots.axes import (
    CLOSE,
    bare,
    legend,
    lines,
    mosaic,
    new_figure,
    outline,
    panel,
    percent_axis,
    stretched_axis,
)
from tinygrad_edu.plots.picture import Picture, require
from tinygrad_edu.plots.style import ABOVE_ZERO, BELOW_ZERO, LIGHT, LINES, ON_LIGHT, WIDTH
from tinygrad_edu.training.metrics import BINS
from tinygrad_edu.training.report.findings import Findings
from tinygrad_edu.training.report.measures import confused_pairs, percent, strongest

COLUMNS, MOST_COLUMNS = 4, 6
GAP, TEXT = 3, 11  # pixels of a digit: between two beside each other, and for the text between two below each other
FEW = 20  # images in a bin; the share of fewer says little


def draw_confusion(findings: Findings) -> Picture:
    """Draw the confusion matrix. The colour is for the mistakes: on the diagonal there is none."""
    counts = findings.confusion
    classes = len(counts)
    right = np.eye(classes, dtype=bool)
    shade = np.where(right, 0, counts) / max(1, counts[~right].max())
    figure = new_figure(4.0)
    axes = panel(figure, 0.5, 0.1, 0.1, 0.5)
    # Colour that lets the page through: few mistakes are pale on a light page, and dim on a dark one.
    colours = np.empty((classes, classes, 4))
    colours[..., :3], colours[..., 3] = ABOVE_ZERO, np.where(shade > 0, 0.1 + 0.9 * shade, 0)
    axes.imshow(colours, interpolation="none", aspect="auto")
    for (i, j), count in np.ndenumerate(counts):
        if count:
            colour = ON_LIGHT if shade[i, j] > 0.75 else LIGHT["ink"]
            weight = "bold" if i == j or colour == ON_LIGHT else "normal"
            axes.text(j, i, str(count), ha="center", va="center", fontsize=8.5, color=colour, fontweight=weight)
    outline(axes)
    axes.set_xticks(range(classes))
    axes.set_yticks(range(classes))
    axes.tick_params(length=0, top=False, labeltop=True, labelbottom=False)
    axes.xaxis.set_label_position("top")
    axes.set_xlabel("read as")
    axes.set_ylabel("is")
    pairs = confused_pairs(counts)[:3]
    most_often = "; ".join(f"a {i} read as {j}, {count} times" for i, j, count in pairs) or "there are no mistakes"
    wrong = int(counts.sum() - np.trace(counts))
    return Picture(
        "confusion",
        "What it confuses",
        f"A table of how often each digit is read as each: {wrong:,} of {counts.sum():,} are wrong. Most often: "
        f"{most_often}.",
        f"How often the test images of each digit (row) were read as each digit (column). Right answers stand on the "
        f"diagonal; the colour is for the mistakes. Most often: {most_often}.",
        figure,
    )


def draw_mistakes(findings: Findings) -> Picture | None:
    """Draw the images that were misread with the greatest certainty."""
    mistakes = findings.mistakes
    if not mistakes:
        return None
    height, width = mistakes[0].pixels.shape
    rows = -(-len(mistakes) // COLUMNS)
    across = COLUMNS * (width + GAP) - GAP
    down = rows * (height + TEXT)
    figure = new_figure(WIDTH * down / across)
    axes = panel(figure, 0, 0, 0, 0, xlim=(0, across), ylim=(down, 0))
    bare(axes)
    for number, mistake in enumerate(mistakes):
        left, top = number % COLUMNS * (width + GAP), number // COLUMNS * (height + TEXT)
        extent = (left, left + width, top + height, top)
        axes.imshow(mistake.pixels, cmap="gray", vmin=0, vmax=1, interpolation="none", extent=extent, aspect="auto")
        for line, (digit, likely, colour) in enumerate(
            ((mistake.answer, mistake.likely.max(), "red"), (mistake.label, mistake.own, "blue"))
        ):
            mark = "✗" if colour == "red" else "✓"
            axes.text(
                left + width / 2,
                top + height + 2.8 + 4 * line,
                f"{mark} {digit}: {percent(likely)}",
                ha="center",
                va="center",
                fontsize=8.5,
                color=LIGHT[colour],
                fontweight="bold" if colour == "red" else "normal",
            )
    axes.set(xlim=(0, across), ylim=(down, 0))
    return Picture(
        "mistakes",
        "Its worst mistakes",
        "Test images that were misread: " + "; ".join(map(str, mistakes)) + ".",
        "The test images that were misread with the greatest certainty. Above the answer and how sure the network was "
        "of it, below the right digit and how sure it was of that.",
        figure,
    )


def columns_for(count: int) -> int:
    """Return in how many columns so many images leave the fewest gaps."""
    most = min(count, MOST_COLUMNS)
    return min(range(min(count, COLUMNS), most + 1), key=lambda columns: (-count % columns, -columns))


def draw_filters(findings: Findings) -> Picture | None:
    """Draw the weights of the first layer as images."""
    if findings.filters is None:
        return None
    shown = strongest(findings.filters)
    whole = np.ma.masked_invalid(mosaic(shown, columns_for(len(shown))))
    limit = float(np.quantile(np.abs(shown), 0.995)) or 1.0
    across = WIDTH - 0.1
    down = across * whole.shape[0] / whole.shape[1]
    figure = new_figure(down + 0.6)
    axes = panel(figure, 0.05, 0.55, 0.05, 0.05)
    colours = require("matplotlib.colors").LinearSegmentedColormap.from_list(
        "weights", [(0, (*BELOW_ZERO, 1)), (0.5, (*BELOW_ZERO, 0)), (0.5, (*ABOVE_ZERO, 0)), (1, (*ABOVE_ZERO, 1))]
    )
    image = axes.imshow(whole, cmap=colours, vmin=-limit, vmax=limit, interpolation="none", aspect="auto")
    bare(axes)
    bar = panel(figure, 0.6, 0.32, 0.6, down + 0.15)
    figure.colorbar(image, cax=bar, orientation="horizontal").outline.set_visible(False)
    units = len(findings.filters)
    which = f"All {units} units"
    if len(shown) < units:
        which = f"The {len(shown)} of {units} units with the largest weights"
    return Picture(
        "filters",
        "The weights of the first layer",
        f"{which}, each as an image of its weights, blue where they are below 0 and orange where they are above.",
        f"{which}, each drawn as the image it looks for: orange where a bright pixel makes its sum larger, blue where "
        f"it makes it smaller.{'' if shown.any() else ' They all are 0.'}",
        figure,
    )


def draw_calibration(findings: Findings) -> Picture:
    """Draw the reliability diagram, and below it how often the network is how sure."""
    found = findings.calibration
    figure = new_figure(4.0)
    axes = panel(figure, 0.78, 1.6, 0.25, 0.12)
    lower = panel(figure, 0.78, 0.5, 0.25, 2.6, yscale="log")
    axes.plot([0, 1], [0, 1], color=LIGHT["faint"], linewidth=1)
    enough = found.counts >= FEW
    colour = LINES[0][0]
    axes.plot(found.confidence[enough], found.accuracy[enough], color=colour, marker="o", markersize=5.5, clip_on=False)
    few = (found.counts > 0) & ~enough
    hollow = {"marker": "o", "markersize": 5.5, "markerfacecolor": "none", "markeredgecolor": colour}
    axes.plot(found.confidence[few], found.accuracy[few], linestyle="", clip_on=False, **hollow)
    axes.annotate("surer than right", (0.96, 0.06), ha="right", color=LIGHT["faint"])
    axes.annotate("right more often than sure", (0.03, 0.92), color=LIGHT["faint"])
    axes.set(xlim=(0, 1), ylim=(0, 1), ylabel="share that is right")
    percent_axis(axes.yaxis)
    axes.tick_params(labelbottom=False)
    edges = np.arange(BINS) / BINS
    lower.bar(edges, found.counts, width=0.94 / BINS, align="edge", color=colour)
    lower.set(xlim=(0, 1), ylim=(0.7, found.counts.max() * 3), ylabel="images", xlabel="how sure it is of its answer")
    lower.set_yticks([1, 10**2, 10**4], ["1", "100", "10,000"])
    lower.minorticks_off()
    percent_axis(lower.xaxis)
    sure = float((found.counts * np.nan_to_num(found.confidence)).sum() / max(1, found.counts.sum()))
    summary = (
        f"On average it is {sure:.1%} sure and {findings.accuracy:.1%} right. The expected calibration error is "
        f"{found.error:.2%}."
    )
    return Picture(
        "calibration",
        "Is it as right as it is sure?",
        f"Points near the diagonal where the network is as right as it is sure. {summary}",
        "The test images in bins by how sure the network is of its answer: on the line, it is right as often as it is "
        f"sure. Hollow points are of fewer than {FEW} images. {summary} That is the average distance from the line.",
        figure,
    )


def draw_sureness(findings: Findings) -> Picture:
    """Draw how sure the network is on digits, on inverted ones, and on noise."""
    figure = new_figure(2.9)
    axes = panel(figure, 0.78, 0.5, 0.3, 0.3, xscale="log")
    rest = np.geomspace(1, CLOSE, 201)
    shares = [(1 - found.sure[:, None] <= rest).mean(axis=0) for found in findings.sureness]
    lines(axes, rest, zip((found.kind for found in findings.sureness), shares, strict=True))
    axes.set(xlim=(1, CLOSE), ylim=(-0.02, 1.03), xlabel="at least so sure of its answer", ylabel="share of the images")
    stretched_axis(axes.xaxis, CLOSE)
    percent_axis(axes.yaxis)
    legend(axes)
    each = "; ".join(
        f"{found.kind}: {found.mean:.0%} sure on average, most often of a {found.answers.argmax()}"
        for found in findings.sureness
    )
    return Picture(
        "sureness",
        "How sure it is where there is no digit",
        f"Three falling lines. {each}.",
        f"The share of images on which it is at least so sure. A network has no answer for “this is no digit”: {each}. "
        "The noise has every pixel drawn evenly between black and white.",
        figure,
    )
