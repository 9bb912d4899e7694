"""A large array as a small map of colours: blue below zero, white at zero, orange above."""

from __future__ import annotations

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.tensors.html import thumbnail
from tinygrad_edu.viz.pictures import style

ROWS, COLUMNS = 10, 16  # at most
CELL, LARGEST_CELL = 5, 9  # points
WIDTH = 60  # points, about


def shades(array: Array) -> list[list[str]]:
    """Return the colours of a heatmap, row by row."""
    matrix = thumbnail(array.astype(np.float64), ROWS, COLUMNS)
    finite = np.isfinite(matrix)
    scale = float(np.abs(matrix).max(initial=0, where=finite)) or 1.0
    middle = len(style.HEAT) // 2
    steps = np.rint(np.where(finite, matrix, 0) / scale * middle).astype(int) + middle
    return [
        [style.HEAT[step] if known else style.NOT_FINITE for step, known in zip(row, ok, strict=True)]
        for row, ok in zip(steps.tolist(), finite.tolist(), strict=True)
    ]


def write_heatmap(array: Array) -> str:
    """Return a heatmap as a table of Graphviz; nothing where all numbers are the same, or complex."""
    if array.dtype.kind == "c" or not array.size or (array == array.flat[0]).all():
        return ""
    colours = shades(array)
    height, width = len(colours), len(colours[0])
    cell = min(LARGEST_CELL, max(CELL, WIDTH // width))
    size = f'WIDTH="{cell}" HEIGHT="{cell}" FIXEDSIZE="TRUE"'
    rows = "".join(
        f"<TR>{''.join(f'<TD BGCOLOR={quoted} {size}></TD>' for quoted in quote(row))}</TR>" for row in colours
    )
    frame = f'BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0" WIDTH="{width * cell}" HEIGHT="{height * cell}"'
    return f'<TABLE {frame} FIXEDSIZE="TRUE">{rows}</TABLE>'


def quote(row: list[str]) -> list[str]:
    """Return colours as values of attributes."""
    return [f'"{colour}"' for colour in row]
