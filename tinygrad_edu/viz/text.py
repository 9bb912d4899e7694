"""Numbers, parameters and names as short texts, safe to stand in a picture."""

from __future__ import annotations

import html
import re

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.formulas.arguments import shorten
from tinygrad_edu.tensors.numbers import format_number, is_noise, largest

LONGEST_STRING = 4000  # letters; Graphviz reads no more than 16,384
SMALL = 8  # elements: a tensor up to this size is shown with its values
IN_A_ROW = 4  # elements of a vector that stand in one line
SPACE = "\u00a0"  # does not collapse, so that columns stay columns
PLAIN = re.compile(r"[\w .,:()\[\]—+-]*", re.ASCII)
UNPRINTABLE = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def escape(text: str) -> str:
    """Make any text safe to stand in a label: markup is escaped, what XML cannot hold becomes �, a newline ⏎."""
    if PLAIN.fullmatch(text):
        return text
    text = printable(text.replace("\r\n", "\n")).replace("\n", "⏎").replace("\t", " ")
    return html.escape(text).replace("\\", "\\\\")  # Graphviz puts names in the place of \N, \G and others


def printable(text: str) -> str:
    """Put � in the place of what XML cannot hold."""
    return UNPRINTABLE.sub("\ufffd", text)


def count(number: int, thing: str) -> str:
    """Return a number of things in words."""
    return f"{number} {thing if number == 1 else f'{thing}es' if thing.endswith('x') else f'{thing}s'}"


def quote(text: str) -> str:
    """Make any text a quoted string of DOT, in which a newline starts a new line."""
    text = shorten(printable(text), LONGEST_STRING)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def format_values(array: Array, summed: Array | float = 0.0) -> list[str]:
    """Return the lines that show a small array, one for each row of a matrix; none for a larger array.

    `summed` says how large the numbers were that each element was added up from, where that is known.
    """
    if array.size > SMALL or array.ndim > 2 or not array.size:
        return []
    sizes = np.broadcast_to(summed, array.shape).ravel().tolist()
    elements = [format_number(x, array.dtype, size) for x, size in zip(array.ravel().tolist(), sizes, strict=True)]
    if array.ndim == 0:
        return [f"{array.item():.1g}", f"≈ 0 beside {sizes[0]:.1g}"] if elements == ["≈ 0"] else elements
    if array.ndim == 1:
        rows = [", ".join(elements[i : i + IN_A_ROW]) for i in range(0, len(elements), IN_A_ROW)]
        return bracket(rows, ",")
    width = array.shape[1]
    table = [elements[i : i + width] for i in range(0, len(elements), width)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    padded = [[cell.rjust(width, SPACE) for cell, width in zip(row, widths, strict=True)] for row in table]
    return bracket([f"[{', '.join(row)}]" for row in padded], "")


def bracket(rows: list[str], joint: str) -> list[str]:
    """Return rows with a bracket around them all, each but the last one ending in `joint`."""
    return [f"{SPACE if i else '['}{row}{joint if i < len(rows) - 1 else ']'}" for i, row in enumerate(rows)]


def format_gradient(grad: Array | None, summed: Array | float = 0.0) -> list[str]:
    """Return the lines that show a gradient: its values, the norm of a large one, a dash for none.

    `summed` says how large the numbers were that each element was added up from (`backward.rounding.summed_sizes`).
    """
    if grad is None:
        return ["—"]
    if not grad.size:
        return ["[]"]
    norm = format_norm(grad, largest(np.asarray(summed)))
    return norm if grad.size > 1 and len(norm) > 1 else format_values(grad, summed) or norm


def format_norm(grad: Array, scale: float = 0.0) -> list[str]:
    """Return the norm of a gradient as text, with a line that says so where rounding alone may have made it."""
    norm = float(np.linalg.norm(grad.astype(np.complex128 if grad.dtype.kind == "c" else np.float64)))
    small = is_noise(largest(grad), grad.dtype, scale)
    return [f"norm {norm:.1g}", f"≈ 0 beside {scale:.1g}"] if small else [f"norm {norm:.4g}"]


def flaws(array: Array | None) -> str:
    """Return the word for what is wrong with an array: "NaN" or "infinity" if it has one, else nothing."""
    if array is None or array.dtype.kind not in "fc" or np.isfinite(array).all():
        return ""
    return "NaN" if np.isnan(array).any() else "infinity"
