"""What figures have in common: places for axes, and axes for logarithms, shares and epochs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.plots.picture import require
from tinygrad_edu.plots.style import LIGHT, LINES, WIDTH

CLOSE = 1e-4  # what is closer than this to 100 % is drawn as if it were 100 %
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
LEGEND = {"frameon": False, "borderaxespad": 0.2, "columnspacing": 1.2, "handlelength": 2.4}


def new_figure(height: float) -> Any:
    """Return an empty figure, so many inches high."""
    return require("matplotlib.figure").Figure(figsize=(WIDTH, height))


def panel(figure: Any, left: float, bottom: float, right: float, top: float, **options: Any) -> Any:
    """Return axes in a figure whose borders are so many inches from the left and the bottom, and from right and top."""
    width, height = figure.get_size_inches()
    place = (left / width, bottom / height, 1 - (left + right) / width, 1 - (bottom + top) / height)
    return figure.add_axes(place, **options)


def log_axis(axis: Any, low: float, high: float) -> None:
    """Label a logarithmic axis from `low` to `high` with powers of ten, and with numbers between if it is short."""
    ticker = require("matplotlib.ticker")
    between = (1, 2, 5) if high < 60 * low else (1,)
    axis.set_major_locator(ticker.LogLocator(subs=between, numticks=10))
    axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: number(value)))
    axis.set_minor_locator(ticker.NullLocator())


def number(value: float) -> str:
    """Write a number that stands at an axis: a power of ten far from 1 as such."""
    exponent = np.log10(value) if value > 0 else 0.0
    whole = int(np.round(exponent))
    return "10" + str(whole).translate(SUPERSCRIPTS) if abs(whole) > 2 and np.isclose(exponent, whole) else f"{value:g}"


def stretched_axis(axis: Any, least: float) -> None:
    """Label an axis of shares p that is stretched towards 100 %: drawn is 1 - p, logarithmically from 1 to `least`.

    What is closer to 100 % than CLOSE has to be drawn at CLOSE.
    """
    ticks: list[float] = []
    for rest in (1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 5e-3, 2e-3, 1e-3, CLOSE):
        if rest >= least and (not ticks or ticks[-1] > rest * least**-0.11):
            ticks.append(rest)
    axis.set_ticks(ticks, ["100%" if rest == CLOSE else f"{100 * (1 - rest):g}%" for rest in ticks])
    axis.set_minor_locator(require("matplotlib.ticker").NullLocator())


def percent_axis(axis: Any) -> None:
    """Label an axis of shares from 0 to 1 as per cent."""
    axis.set_major_formatter(require("matplotlib.ticker").FuncFormatter(lambda value, _: f"{100 * value:g}%"))


def lines(axes: Any, x: Array, columns: Iterable[tuple[str, Array]]) -> None:
    """Draw lines, at most as many as there are kinds of them, with their names."""
    for (name, y), (colour, dashes) in zip(columns, LINES, strict=False):
        axes.plot(x, y, color=colour, linestyle=dashes, label=name)


def legend(axes: Any, columns: int = 3) -> None:
    """Put the names of the lines above a plot, where they hide nothing."""
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=columns,
        **LEGEND,
    )


def wide_legend(figure: Any, columns: int = 2, handlelength: float = LEGEND["handlelength"]) -> None:
    """Put the names of the first plot's lines above a figure, over its whole width."""
    figure.legend(
        *figure.axes[0].get_legend_handles_labels(),
        loc="upper left",
        bbox_to_anchor=(0, 1),
        ncols=columns,
        **LEGEND | {"handlelength": handlelength},
    )


def epoch_axis(axes: Any, last: float) -> None:
    """Let an axis go from the beginning of training to its end, in epochs."""
    axes.set_xlim(0, max(last, 1e-9))
    axes.xaxis.set_major_locator(require("matplotlib.ticker").MaxNLocator(8, integer=last >= 2))
    axes.set_xlabel("epochs")


def mosaic(images: Sequence[Array] | Array, columns: int, gap: int = 2) -> Array:
    """Put images (H, W) beside and below each other, with NaN between them."""
    height, width = images[0].shape
    rows = -(-len(images) // columns)
    whole = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap), np.nan, np.float32)
    for i, image in enumerate(images):
        top, left = i // columns * (height + gap), i % columns * (width + gap)
        whole[top : top + height, left : left + width] = image
    return whole


def bare(axes: Any) -> None:
    """Take the frame, the grid and the ticks away."""
    axes.set_axis_off()


def outline(axes: Any) -> None:
    """Draw a faint frame on all four sides, without a grid."""
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set(visible=True, color=LIGHT["faint"])
