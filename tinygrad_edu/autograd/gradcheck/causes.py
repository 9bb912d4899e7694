"""From the pattern of a wrong gradient to its likely cause."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tinygrad_edu.engine.op import Array

CLOSE = 1e-3
"""How near, relative to the whole gradient, a pattern must come to be named."""


def likely_cause(analytic: Array, numeric: Array, slices: Sequence[Array], output_shape: tuple[int, ...]) -> str:
    """Name the mistake that turns the gradient `numeric` into `analytic`; "" if it is none of the usual ones.

    Parameters:
        analytic, numeric: what backward gives and what differences give, in the shape of the input;
            NaN in `numeric` where the function has no derivative.
        slices: for each axis of the output, the parts of `numeric` that come from each index along
            it, stacked along a first axis; their sum is `numeric`.
        output_shape: the shape of the output.
    """
    if not np.all(np.isfinite(analytic)):
        what = "NaN" if np.any(np.isnan(analytic)) else "infinity"
        return f"backward gives {what}: a 0/0, 0 · inf or an overflow inside a pullback, or in a branch not chosen"
    known = np.isfinite(numeric)
    if not np.any(analytic[known]):
        return (
            "backward gives 0 everywhere: a pullback is missing or gives zeros, or the value left the graph "
            "(detach(), no_grad(), .array, numpy())"
        )
    factor = _factor(analytic[known], numeric[known])
    if factor is not None and abs(factor + 1) < CLOSE:
        return "the sign is flipped"
    for back in _transposes(numeric):
        if _close(analytic, back):
            return "the gradient is transposed: it holds the right numbers in the order of the transpose"
    if factor is not None:
        return f"every element is {factor:.7g} times the right one{_count_behind(factor, numeric.shape, output_shape)}"
    for axis, parts in enumerate(slices):
        for i, part in enumerate(parts):
            if len(parts) > 1 and _close(analytic, part):
                return (
                    f"a sum over axis {axis} of the output is missing: only index {i} of its {len(parts)} contributes"
                )
    return ""


def _factor(analytic: Array, numeric: Array) -> float | None:
    """Return the number that all of `numeric` is multiplied by, or None if there is no such number."""
    square = float(np.sum(numeric * numeric))
    if square == 0:
        return None
    factor = float(np.sum(analytic * numeric)) / square
    deviation = math.sqrt(float(np.sum((analytic - factor * numeric) ** 2)) / square)
    return factor if factor != 1 and deviation < CLOSE * abs(factor - 1) else None


def _transposes(numeric: Array) -> list[Array]:
    """Return the transpose, and each matrix's transpose, poured into the shape of the input."""
    candidates = [numeric.T, np.swapaxes(numeric, -1, -2)] if numeric.ndim > 1 else []
    poured = [candidate.reshape(numeric.shape) for candidate in candidates]
    return [candidate for candidate in poured if not np.array_equal(candidate, numeric, equal_nan=True)]


def _close(analytic: Array, candidate: Array) -> bool:
    known = np.isfinite(candidate)
    scale = np.max(np.abs(candidate), initial=0, where=known)
    return bool(np.max(np.abs(analytic - candidate), initial=0, where=known) <= CLOSE * scale)


def _count_behind(factor: float, shape: tuple[int, ...], output_shape: tuple[int, ...]) -> str:
    """Say what is behind a whole factor n or 1/n: a number in the rule, or, where sizes allow it, a sum or a mean."""
    larger = max(abs(factor), 1 / abs(factor))
    n = round(larger)
    if n < 2 or abs(larger - n) > CLOSE * n:
        return ""
    simple = f": a constant factor {n} is {'too many' if abs(factor) > 1 else 'missing'}"
    inside, outside = math.prod(shape), math.prod(output_shape)
    if inside == outside or n not in {*shape, *output_shape, inside, outside}:
        return simple
    mistake = "a 1/n is missing" if abs(factor) > 1 else "a sum over n copies is missing, or a 1/n too many"
    return f"{simple}; or, since {n} is a size here too, {mistake}"
