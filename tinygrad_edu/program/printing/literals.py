"""Numbers, shapes, types and small arrays, as they are written in a program."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

FEW = 8  # elements: a constant array up to this size is written out


def number(x: Any) -> str:
    """Write one of Python's numbers so that reading it gives the same one."""
    if isinstance(x, float) and not math.isfinite(x):
        return "np.nan" if math.isnan(x) else "np.inf" if x > 0 else "-np.inf"
    text = repr(x)
    return text.replace("e-0", "e-").replace("e+0", "e").replace("e+", "e") if isinstance(x, float) else text


def dtype(x: Any) -> str:
    """Write a type of elements: `np.float32`."""
    name = np.dtype(x).name
    return (
        f"np.{name}"
        if hasattr(np, name) and name != "bool"
        else "bool"
        if name == "bool"
        else f"np.dtype({np.dtype(x).str!r})"
    )


def of_array(array: Any) -> str | None:
    """Write a constant array as the call that makes it; None if there is no short one."""
    shape, kind = array.shape, array.dtype
    typed = "" if kind == np.float64 else f", {dtype(kind)}"
    if not array.size:
        return f"np.zeros({shape_of(shape)}{typed})"
    if (array == array.flat[0]).all() and not (array.flat[0] == 0 and np.signbit(np.real(array)).any()):
        first = array.flat[0].item()
        if not shape:
            return f"np.array({number(first)}, {dtype(kind)})"
        if first in (0, 1):
            return f"np.{'ones' if first else 'zeros'}({shape_of(shape)}{typed})"
        return f"np.full({shape_of(shape)}, {number(first)}, {dtype(kind)})"
    return _steps(array) or _triangle(array) or (elements(array) if array.size <= FEW else None)


def shape_of(shape: tuple[int, ...]) -> str:
    return str(shape[0]) if len(shape) == 1 else str(shape)


def _steps(array: Any) -> str | None:
    """Write what counts up in equal steps along its only long axis."""
    line = array.ravel()
    if array.dtype.kind not in "iu" or max(array.shape) != len(line):
        return None
    start, step = int(line[0]), int(line[1]) - int(line[0])
    stop = start + step * len(line)
    few = len(line) <= 3 and (start, step) != (0, 1)  # as short when it is written out
    if few or not step or not np.array_equal(np.arange(start, stop, step), line):
        return None
    bounds = str(stop) if (start, step) == (0, 1) else f"{start}, {stop}" if step == 1 else f"{start}, {stop}, {step}"
    if array.dtype != np.int64:
        bounds += f", dtype={dtype(array.dtype)}"
    axis = array.shape.index(len(line))
    index = ", ".join(":" if i == axis else "None" for i in range(array.ndim))
    return f"np.arange({bounds})" + (f"[{index}]" if array.ndim > 1 else "")


def _triangle(array: Any) -> str | None:
    """Write the matrix that is 1 on the diagonal, or up to the diagonal, as a causal mask is."""
    if array.ndim != 2:
        return None
    rows, columns = array.shape
    size = str(rows) if rows == columns else f"{rows}, {columns}"
    typed = "" if array.dtype == np.float64 else f", dtype={dtype(array.dtype)}"
    if np.array_equal(np.eye(rows, columns), array):
        return f"np.eye({size}{typed})"
    if np.array_equal(np.tri(rows, columns), array):
        return f"np.tri({size}{typed})"
    if array.dtype == bool and np.array_equal(np.tri(rows, columns, dtype=bool), ~array):
        return f"~np.tri({size}{typed})"
    return None


def elements(array: Any) -> str:
    """Write an array out."""

    def nested(a: Any) -> str:
        return f"[{', '.join(map(nested, a))}]" if isinstance(a, list) else number(a)

    return f"np.array({nested(array.tolist())}, {dtype(array.dtype)})"
