"""Numbers as short as they can be written without becoming other numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.tensors.numbers import is_noise, largest

SHOWN = 6  # elements: an array up to this size is written out


def exact(x: Any) -> str:
    """Return a number in the fewest digits that no other number of its type has: 0.1, -3, 0.70710677. -0 is 0."""
    text = str(x).removesuffix(".0")
    return "0" if text == "-0" else text


def exact_values(array: Any) -> str | None:
    """Return a number, or a small array, written out; None for a larger one."""
    if not isinstance(array, np.ndarray | np.generic):
        return exact(array)
    if array.size > SHOWN:
        return None
    return _nested(np.asarray(array))


def in_short(array: Array) -> str:
    """Return a small array written out, of a larger one its shape and norm."""
    text = exact_values(array)
    if text is not None:
        return text
    norm = float(np.linalg.norm(array.astype(np.float64).ravel()))
    return f"an array {array.shape} of norm {norm:.4g}"


def beside(array: Array, others: Array) -> str:
    """Return ` (≈ 0 beside 3.5)` where rounding alone may have made an array of these others, which cancel out."""
    scale = largest(others)
    noise = is_noise(largest(array), others.dtype, scale)
    return f" (≈ 0 beside {exact(others.dtype.type(scale))})" if noise else ""


def _nested(array: Array) -> str:
    if array.ndim == 0:
        return exact(array[()])
    return f"[{', '.join(map(_nested, array))}]"
