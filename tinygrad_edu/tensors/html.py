"""How a tensor looks in a notebook: a table of its numbers or, if it is large, what they are like, and a heatmap.

Colours are laid over the page's own, whatever that is: orange for numbers above 0, blue for those below.
"""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.tensors.numbers import format_number, format_statistics, largest

SMALL = 64  # elements: a vector or matrix up to this size is shown with all its numbers
COLUMNS = 12  # of a table
ROWS_OF_A_MAP, COLUMNS_OF_A_MAP = 16, 32
ABOVE, BELOW, NOT_FINITE = "230, 126, 20", "60, 120, 210", "163, 18, 58"  # red, green, blue
STRONGEST = 0.6  # what colours may hide of the page: letters stay readable
LETTERS = "font-family: monospace; text-align: right; padding: 1px 6px; border: 0"
CELL = "width: 7px; min-width: 7px; height: 7px; padding: 0; border: 0"


def tensor_as_html(tensor: Any) -> str:
    """Return a tensor as HTML: shape, dtype, place in the graph, and its numbers, with a colour behind each."""
    array = tensor.array
    words = [f"<b>{escape(type(tensor).__name__)}</b> {tuple(array.shape)}", array.dtype.name]
    if tensor.name:
        words.insert(0, f"<b>{escape(str(tensor.name))}</b>")
    if tensor.node is not None:
        words.append(f"made by {escape(tensor.node.op.name)}")
    elif tensor.requires_grad:
        words.append("requires_grad")
    small = array.ndim <= 2 and array.size <= SMALL and (array.ndim == 0 or array.shape[-1] <= COLUMNS)
    if not small:
        words += map(escape, format_statistics(array))
    table = _numbers(array) if small and array.size else _map(array)
    return f'<div style="overflow-x: auto"><div>{" · ".join(words)}</div>{table}</div>'


def _numbers(array: Array) -> str:
    """Return a table of all numbers."""
    matrix = np.atleast_2d(array)
    texts = [[escape(format_number(x, array.dtype)) for x in row] for row in matrix.tolist()]
    return _table(LETTERS, texts, _colours(matrix))


def _map(array: Array) -> str:
    """Return a heatmap; nothing for complex numbers and where there are none."""
    if array.dtype.kind == "c" or not array.size:
        return ""
    colours = _colours(thumbnail(array.astype(np.float64), ROWS_OF_A_MAP, COLUMNS_OF_A_MAP))
    return _table(CELL, [[""] * len(row) for row in colours], colours)


def _table(style: str, texts: list[list[str]], colours: list[list[str]]) -> str:
    """Return a table of texts on colours."""
    rows = "".join(
        "<tr>" + "".join(f'<td style="{style}; background: {c}">{t}</td>' for t, c in zip(*row, strict=True)) + "</tr>"
        for row in zip(texts, colours, strict=True)
    )
    return f'<table style="border-collapse: collapse; margin: 4px 0">{rows}</table>'


def _colours(matrix: Array) -> list[list[str]]:
    """Return a colour for each number, the stronger the farther it is from zero."""
    numbers = np.abs(matrix) if matrix.dtype.kind == "c" else matrix.astype(np.float64)
    scale = largest(numbers) or 1.0
    return [[_colour(x / scale) for x in row] for row in numbers.tolist()]


def _colour(x: float) -> str:
    """Return the colour of a number from -1 to 1, as the rest of a style."""
    if not np.isfinite(x):
        return f"rgb({NOT_FINITE}); color: white"
    return f"rgba({ABOVE if x > 0 else BELOW}, {abs(x) * STRONGEST:.2f})"


def thumbnail(array: Array, rows: int, columns: int) -> Array:
    """Return a small matrix to be shown for an array: its last two dimensions, of the first index in all others.

    Dimensions of size 1 do not count. What is too large is cut into blocks, and each block is shown by the number in it
    that is farthest from zero.
    """
    matrix = np.atleast_2d(array.squeeze())
    matrix = matrix[(0,) * (matrix.ndim - 2)]
    for axis, most in ((0, rows), (1, columns)):
        size = matrix.shape[axis]
        if size > most:
            starts = np.linspace(0, size, most, endpoint=False).astype(int)
            high, low = np.maximum.reduceat(matrix, starts, axis), np.minimum.reduceat(matrix, starts, axis)
            matrix = np.where(np.abs(high) >= np.abs(low), high, low)
    return matrix
