"""Numbers as short text that never says another number: for pictures and notebooks."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.engine.op import Array

DIGITS = 4  # significant ones of a number, as a rule
ROUNDINGS = 16  # as many errors of rounding, each the smallest difference from 1, are taken for nothing
FLOATS = np.dtype(np.float64)


def format_number(x: Any, dtype: np.dtype[Any], scale: float = 0.0) -> str:
    """Return a number as short text, and never as another number that it is not.

    Four significant digits, as a rule. What these round to a much shorter number, -0.99999 to -1, gets as many more as
    it takes to see that it is another one, unless rounding errors alone may explain the difference. A number so small
    beside `scale`, the size of the numbers that it was added up from, that rounding alone may have made it, is ≈ 0.
    """
    if dtype.kind == "c":
        x = complex(x)
        imaginary = format_number(x.imag, FLOATS, scale).lstrip("-")
        return f"{format_number(x.real, FLOATS, scale)}{'-' if x.imag < 0 else '+'}{imaginary}i"
    if dtype.kind != "f":
        return str(x)
    x = float(x)
    if is_noise(x, dtype, scale):
        return "≈ 0"
    rounding = ROUNDINGS * float(np.finfo(dtype).eps)
    for digits in range(DIGITS, 18):
        text = f"{x:.{digits}g}"
        if not np.isfinite(x) or abs(float(text) - x) <= rounding * abs(x) or significant(text) > DIGITS // 2:
            return text
    return text


def significant(text: str) -> int:
    """Return how many digits of a number there are between its first and its last that is not 0: 2 of "-0.0120"."""
    return len(text.partition("e")[0].replace(".", "").strip("-0"))


def is_noise(x: float, dtype: np.dtype[Any], scale: float) -> bool:
    """Tell whether rounding alone may have made a number, where others of the size `scale` were added up to it."""
    return dtype.kind == "f" and 0 < abs(x) < ROUNDINGS * float(np.finfo(dtype).eps) * scale


def equal_up_to_rounding(a: Array, b: Array) -> bool:
    """Tell whether two arrays of one shape hold the same numbers, NaN too, where these were computed in two ways."""
    if a.shape != b.shape or b.dtype.kind not in "fc":
        return np.array_equal(a, b)
    rounding = ROUNDINGS * float(np.finfo(b.dtype).eps)
    return bool(np.allclose(a, b, rounding, rounding * largest(b), equal_nan=True))


def format_statistics(array: Array) -> list[str]:
    """Return the lines that show a large array: its range and its mean, of the numbers in it that are finite."""
    if not array.size:
        return ["no elements"]
    if array.dtype.kind == "b":
        return [f"{np.count_nonzero(array)} of {array.size} true"]
    finite = array[np.isfinite(array)] if array.dtype.kind in "fc" else array
    if not finite.size:
        return []
    if array.dtype.kind == "c":
        return [f"sizes to {largest(finite):.3g}"]
    low, high = (format_number(x.item(), array.dtype) for x in (finite.min(), finite.max()))
    mean = format_number(
        finite.mean(dtype=np.float64), array.dtype if array.dtype.kind == "f" else FLOATS, largest(array)
    )
    lines = [f"all {low}"] if low == high else [f"{low} … {high}", f"mean {mean}"]
    return lines if finite.size == array.size else [*lines, f"finite: {finite.size} of {array.size}"]


def largest(array: Array) -> float:
    """Return the largest size of the finite numbers in an array, 0 if there are none."""
    if array.dtype.kind not in "fc":
        return 0.0
    sizes = np.abs(array)
    return float(sizes.max(initial=0, where=np.isfinite(sizes)))
