"""Numbers, parameters and names as short texts, safe to stand in a picture."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu.engine.op import Array

WIDEST = 60  # letters
SMALL = 8  # elements: a tensor up to this size is shown with its values
IN_A_ROW = 4  # elements of a vector that stand in one line
SPACE = "\u00a0"  # does not collapse, so that columns stay columns
PLAIN = re.compile(r"[\w .,:()\[\]—+-]*", re.ASCII)
UNPRINTABLE = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def escape(text: str) -> str:
    """Make any text safe to stand in a label: markup is escaped, what XML cannot hold becomes �, a newline ⏎."""
    if PLAIN.fullmatch(text):
        return text
    text = UNPRINTABLE.sub("\ufffd", text.replace("\r\n", "\n")).replace("\n", "⏎").replace("\t", " ")
    return html.escape(text).replace("\\", "\\\\")  # Graphviz puts names in the place of \N, \G and others


def shorten(text: str) -> str:
    """Cut a text that would make its box too wide."""
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"


def quote(text: str) -> str:
    """Make any text a quoted string of DOT, in which a newline starts a new line."""
    text = UNPRINTABLE.sub("\ufffd", text)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def format_values(array: Array) -> list[str]:
    """Return the lines that show a small array, one for each row of a matrix; none for a larger array."""
    if array.size > SMALL or array.ndim > 2 or not array.size:
        return []
    show = number_format(array)
    if array.ndim == 0:
        return [show(array.item())]
    if array.ndim == 1:
        elements = [show(x) for x in array.tolist()]
        rows = [", ".join(elements[i : i + IN_A_ROW]) for i in range(0, len(elements), IN_A_ROW)]
        return bracket(rows, ",")
    table = [[show(x) for x in row] for row in array.tolist()]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    padded = [[cell.rjust(width, SPACE) for cell, width in zip(row, widths, strict=True)] for row in table]
    return bracket([f"[{', '.join(row)}]" for row in padded], "")


def bracket(rows: list[str], joint: str) -> list[str]:
    """Return rows with a bracket around them all, each but the last one ending in `joint`."""
    return [f"{SPACE if i else '['}{row}{joint if i < len(rows) - 1 else ']'}" for i, row in enumerate(rows)]


def number_format(array: Array) -> Callable[[Any], str]:
    """Return what turns the elements of `array` into text: four figures of a float, all of anything else."""
    return "{:.4g}".format if array.dtype.kind == "f" else str


def format_gradient(grad: Array | None) -> list[str]:
    """Return the lines that show a gradient: its values, the norm of a large one, a dash for none."""
    if grad is None:
        return ["—"]
    if not grad.size:
        return ["[]"]
    return format_values(grad) or [f"norm {float(np.linalg.norm(grad.astype(np.float64))):.4g}"]


def format_parameter(value: Any) -> str:
    """Return the value of an operation's parameter: an axis, a shape, an index."""
    if isinstance(value, np.ndarray):
        return str(value.tolist()) if value.size <= SMALL else f"{value.dtype} {value.shape}"
    if isinstance(value, slice):
        start, stop, step = ("" if x is None else format_parameter(x) for x in (value.start, value.stop, value.step))
        return f"{start}:{stop}:{step}" if step else f"{start}:{stop}"
    if isinstance(value, tuple | list):
        inside = ", ".join(map(format_parameter, value))
        return f"[{inside}]" if isinstance(value, list) else f"({inside},)" if len(value) == 1 else f"({inside})"
    if value is Ellipsis:
        return "…"
    return str(value) if isinstance(value, np.generic | np.dtype) else repr(value)
