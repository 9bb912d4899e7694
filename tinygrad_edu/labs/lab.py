"""What a lab hands back: tables of numbers, from which the effect can be read, and pictures."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from tinygrad_edu.plots.picture import Picture, settings
from tinygrad_edu.system.extras import MissingExtraError

Row = dict[str, Any]
Progress = Callable[[Sequence[Any]], Iterable[Any]]
"""What goes through the runs of a lab one by one, as `iter` does, and may show how far it has come, as tqdm does."""


@dataclass(frozen=True)
class Table:
    """The numbers that came of an experiment: a row for each setting and seed.

    Attributes:
        name: of its file.
        title: what was tried, in a few words.
        settings: the columns that say what was set. The column `seed`, if there is one, tells repetitions apart; all
            other columns were measured.
        rows: a dictionary for each row. All have the same keys.
    """

    name: str
    title: str
    settings: tuple[str, ...]
    rows: Sequence[Row]

    def __post_init__(self) -> None:
        """Refuse a table without rows: nothing was tried."""
        if not self.rows:
            raise ValueError(f"{self.title}: nothing was tried; expected at least one seed, and one of each setting")

    def effect(self) -> list[Row]:
        """Return a row for each setting; in place of each number a tuple: its mean, least and most over the seeds."""
        groups: dict[tuple[Any, ...], list[Row]] = {}
        for row in self.rows:
            groups.setdefault(tuple(row[name] for name in self.settings), []).append(row)
        measured = [name for name in self.rows[0] if name not in (*self.settings, "seed")]
        return [
            dict(zip(self.settings, setting, strict=True))
            | {name: _over_seeds([row[name] for row in group]) for name in measured}
            for setting, group in groups.items()
        ]

    def csv(self) -> str:
        """Return all rows as the text of a CSV file, with the names of the columns above."""
        text = io.StringIO()
        writer = csv.DictWriter(text, self.rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        return text.getvalue()

    def __str__(self) -> str:
        """Lay out the effect as text: the mean over the seeds and, where they differ, the least and the most."""
        cells = self._cells()
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in cells]
        return "\n".join([self.title, "", lines[0], "  ".join("-" * width for width in widths), *lines[1:]])

    def _repr_html_(self) -> str:
        """Lay out the effect as a notebook shows it."""

        def line(tag: str, row: Sequence[str]) -> str:
            return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in row) + "</tr>"

        head, *rows = self._cells()
        body = "".join(line("td", row) for row in rows)
        return (
            f"<table><caption>{escape(self.title)}</caption>"
            f"<thead>{line('th', head)}</thead><tbody>{body}</tbody></table>"
        )

    def _cells(self) -> list[list[str]]:
        """Return the names of the columns, then what stands in each row of the effect."""
        effect = self.effect()
        return [list(effect[0]), *([_shown(value) for value in row.values()] for row in effect)]


@dataclass(frozen=True)
class Result:
    """What came of a lab.

    Attributes:
        tables: the numbers.
        draw: makes the pictures, when they are asked for.
        curves: more numbers, which the pictures show: too many to read.
    """

    tables: Sequence[Table]
    draw: Callable[[], list[Picture]]
    curves: Sequence[Table] = ()

    def pictures(self) -> list[Picture]:
        """Draw the pictures. MissingExtraError if Matplotlib is not installed."""
        with settings():
            return self.draw()

    def __str__(self) -> str:
        """Lay out the tables as text."""
        return "\n\n".join(map(str, self.tables))

    def _repr_html_(self) -> str:
        """Lay out tables and pictures as a notebook shows them; the tables alone where Matplotlib is not installed."""
        parts: list[Any] = [*self.tables]
        with contextlib.suppress(MissingExtraError):
            parts += self.pictures()
        return "".join(part._repr_html_() for part in parts)


def _over_seeds(values: Sequence[Any]) -> Any:
    """Return the mean, the least and the most of some numbers, or of yes and no as 1 and 0 where seeds disagree."""
    if isinstance(values[0], str) or (isinstance(values[0], bool) and len(set(values)) == 1):
        return values[0]
    return sum(values) / len(values), min(values), max(values)


def _shown(value: Any) -> str:
    """Write what stands in the table of an effect."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, tuple):
        return number(value) if isinstance(value, int | float) else str(value)
    mean, least, most = map(number, value)
    return mean if least == most else f"{mean} ({least} to {most})"


def number(value: float) -> str:
    """Write a number with three digits that count; a whole number, or one from 1000 up, without any after the point."""
    if abs(value) < 1e9 and (value == int(value) or abs(value) >= 1000):
        return f"{value:,.0f}"
    return f"{value:.3g}".replace("inf", "∞")
