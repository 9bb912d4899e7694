"""The arguments of a call as short texts."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.tensors.numbers import FLOATS, format_number

WIDEST = 60  # letters
SMALL = 8  # elements: an array up to this size is written out


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
    if isinstance(value, float):
        return format_number(value, FLOATS)
    return str(value) if isinstance(value, np.generic | np.dtype) else repr(value)


def shorten(text: str, most: int = WIDEST) -> str:
    """Cut a text that would make its box too wide."""
    return text if len(text) <= most else text[: most - 1] + "…"
