"""A figure that several labs draw: a row for each setting, and in it a mark for each thing that was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tinygrad_edu.plots.axes import new_figure, panel, wide_legend
from tinygrad_edu.plots.style import LINES

MARKS = "osv^D*"
Spread = tuple[float, float, float]
"""The mean, the least and the most over the seeds, as `Table.effect` has them."""


def new_dots(names: Sequence[str], series: Mapping[str, Sequence[Spread]], columns: int = 3) -> tuple[Any, Any]:
    """Return a figure and its axes, with marks at the means and bars from the least to the most.

    Parameters:
        names: of the rows, from above.
        series: for each thing that was measured its values, one for each row.
        columns: of the legend.
    """
    left, above = 0.2 + 0.062 * max(map(len, names)), 0.15 + 0.2 * -(-len(series) // columns)
    figure = new_figure(0.55 + above + 0.28 * len(names))
    axes = panel(figure, left, 0.5, 0.2, above)
    for (name, values), (colour, _), mark in zip(series.items(), LINES, MARKS, strict=False):
        for place, (_, least, most) in enumerate(values):
            axes.plot([least, most], [place, place], color=colour, linewidth=3, alpha=0.4)
        middle = [value[0] for value in values]
        axes.plot(middle, range(len(middle)), mark, color=colour, label=name, clip_on=False)
    axes.set(ylim=(len(names) - 0.5, -0.5))
    axes.set_yticks(range(len(names)), names)
    wide_legend(figure, columns, handlelength=1)
    return figure, axes


def column(effect: Sequence[Mapping[str, Any]], key: str, **setting: Any) -> list[Spread]:
    """Return what was measured under a name in those rows of an effect that have a setting."""
    return [row[key] for row in effect if all(row[name] == value for name, value in setting.items())]
