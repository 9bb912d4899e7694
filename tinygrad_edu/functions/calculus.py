"""NumPy's integrals, slopes, interpolation, convolutions, polynomials and grids."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.dtypes import of_result
from tinygrad_edu.engine.op import NUMPY
from tinygrad_edu.functions.arguments import along
from tinygrad_edu.functions.numpy_protocol import answers


def _cut(a: Any, axis: int, start: int | None, stop: int | None) -> Any:
    """Read the slices from `start` to `stop` along an axis."""
    return a[along(a, axis, slice(start, stop))]


def _spacing(x: Any, ndim: int, axis: int) -> Any:
    """Return the distances of neighbouring coordinates, to multiply slices along an axis with."""
    gaps = np.diff(x)
    return gaps if np.ndim(gaps) != 1 else np.reshape(gaps, (-1,) + (1,) * (ndim - 1 - axis % ndim))


@answers(np.trapezoid)
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """Integrate by the trapezoidal rule, over the coordinates x or a constant step."""
    y = y if hasattr(y, "ndim") else np.asarray(y)
    gaps = dx if x is None else np.diff(x, axis=axis) if np.ndim(x) > 1 else _spacing(x, y.ndim, axis)
    pairs = np.add(_cut(y, axis, 1, None), _cut(y, axis, None, -1))
    return np.divide(np.sum(np.multiply(gaps, pairs), axis=axis), 2)


@answers(np.gradient)
def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Estimate the slopes along each axis, or along `axis`, by central differences of second order.

    The spacing is 1, a number, or the coordinates, for all axes or one for each. At the ends the
    differences are one-sided, of the order `edge_order`.
    """
    axes = range(f.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    spacings = varargs * len(axes) if len(varargs) == 1 else varargs or (1.0,) * len(axes)
    slopes = [_slope(f, h, i, edge_order) for h, i in zip(spacings, axes, strict=True)]
    return slopes[0] if len(slopes) == 1 else tuple(slopes)


def _slope(f: Any, spacing: Any, axis: int, edge_order: int) -> Any:
    size = f.shape[axis]
    if size < edge_order + 1:
        raise ValueError(f"np.gradient: expected at least {edge_order + 1} elements along axis {axis}, got {size}")
    gaps = _spacing(spacing if np.ndim(spacing) else np.multiply(np.arange(size), spacing), f.ndim, axis)
    gaps = gaps.astype(f.dtype if f.dtype.kind == "f" else float)
    steps = np.divide(np.diff(f, axis=axis), gaps)  # the slopes between neighbours
    if size == 2:
        return np.concatenate([steps, steps], axis=axis)
    first = -gaps.ndim  # the axis of the gaps, which have none in front of it
    before, after = _cut(gaps, first, None, -1), _cut(gaps, first, 1, None)
    left, right = _cut(steps, axis, None, -1), _cut(steps, axis, 1, None)
    middle = np.divide(np.add(np.multiply(after, left), np.multiply(before, right)), np.add(before, after))
    start, end = _cut(steps, axis, 0, 1), _cut(steps, axis, -1, None)
    if edge_order == 2:  # the straight line through the slopes of two intervals, half an interval further out
        bend = np.divide(np.subtract(right, left), np.add(before, after))
        start = np.subtract(start, np.multiply(_cut(bend, axis, 0, 1), _cut(gaps, first, 0, 1)))
        end = np.add(end, np.multiply(_cut(bend, axis, -1, None), _cut(gaps, first, -1, None)))
    return np.concatenate([start, middle, end], axis=axis)


@answers(np.interp)
def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None) -> Any:
    """Read at x off the straight lines through the points (xp, fp), xp rising; beyond the ends, the end values."""
    xp, fp = (a if hasattr(a, "shape") else np.asarray(a, float) for a in (xp, fp))
    low = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, len(xp) - 2)
    x0, x1, y0, y1 = xp[low], xp[low + 1], fp[low], fp[low + 1]
    y = np.add(y0, np.multiply(np.subtract(y1, y0), np.divide(np.subtract(x, x0), np.subtract(x1, x0))))
    y = np.where(np.less(x, xp[0]), fp[0] if left is None else left, y)
    return np.where(np.greater(x, xp[-1]), fp[-1] if right is None else right, y)


@answers(np.convolve)
def convolve(a: Any, v: Any, mode: str = "full") -> Any:
    """Convolve two vectors: yₖ = Σ aᵢ vₖ₋ᵢ."""
    n, m = np.size(a), np.size(v)
    places = np.add.outer(np.arange(n), np.arange(m))
    full = ops.put(np.outer(a, v), index=places, shape=(n + m - 1,))
    shorter = min(n, m)
    cuts = {
        "full": (0, n + m - 1),
        "same": ((shorter - 1) // 2, max(n, m)),
        "valid": (shorter - 1, max(n, m) - shorter + 1),
    }
    if mode not in cuts:
        raise ValueError(f"np.convolve: expected mode to be 'full', 'same' or 'valid', got {mode!r}")
    start, size = cuts[mode]
    return full[start : start + size]


@answers(np.correlate)
def correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    """Slide one vector along another: yₖ = Σ aᵢ₊ₖ vᵢ."""
    return convolve(a, np.flip(v), mode) if np.size(a) >= np.size(v) else np.flip(convolve(v, np.flip(a), mode))


# Polynomials, the highest power first


@answers(np.polyval)
def polyval(p: Any, x: Any) -> Any:
    """Evaluate a polynomial by Horner's rule."""
    y: Any = 0.0
    for coefficient in p:
        y = np.add(np.multiply(y, x), coefficient)
    return y


@answers(np.vander)
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """Write the powers of x as columns."""
    powers = np.arange(np.size(x) if N is None else N)
    return np.power(np.reshape(x, (-1, 1)), powers if increasing else powers[::-1])


# Grids


@answers(np.linspace)
def numpy_linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True) -> Any:
    """Space numbers evenly from `start` to `stop`, along a new first axis."""
    shares = np.linspace(0, 1, num, endpoint, dtype=of_result((start, stop)))
    shares = shares.reshape(-1, *(1,) * max(np.ndim(start), np.ndim(stop)))
    return np.add(np.multiply(start, 1 - shares), np.multiply(stop, shares))


NUMPY.update(
    {
        np.geomspace: lambda start, stop, num=50, endpoint=True: np.exp(
            np.linspace(np.log(start), np.log(stop), num, endpoint)
        ),
        np.logspace: lambda start, stop, num=50, endpoint=True, base=10.0: np.power(
            base, np.linspace(start, stop, num, endpoint)
        ),
        np.polyder: lambda p: np.multiply(p[:-1], np.arange(len(p) - 1, 0, -1)),
        np.polyfit: lambda x, y, deg: np.matmul(np.linalg.pinv(np.vander(np.multiply(x, 1.0), deg + 1)), y),
        np.polyint: lambda p: np.append(np.divide(p, np.arange(len(p), 0, -1)), 0.0),
        np.polymul: convolve,
    }
)
