"""Resizing rows (N, C, L) and images (N, C, H, W).

Each dimension is resized by itself. But for "nearest", which copies elements, it is a product with a matrix
(new size, old size) that holds, for each new element, the weights of the old ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.op import Array
from tinygrad_edu.nn.functional.sizes import each

__all__ = ["interpolate"]

Sizes = int | tuple[int, ...]


def interpolate(
    input: Any,
    size: Sizes | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
) -> Any:
    """Resize rows (N, C, L) or images (N, C, H, W).

    Parameters:
        size: the new size; or else
        scale_factor: by how much to multiply the size (and round down).
        mode: "nearest" repeats or leaves out elements; "nearest-exact" does it from the middle of each; "linear" (rows)
            and "bilinear" (images) are weighted averages of the neighbours on either side, "bicubic" (images) of two
            on either side; "area" averages what a new element covers.
        align_corners: for the linear and cubic modes: whether the corner elements of old and new size lie on each
            other, rather than the corners of the area that the elements fill.
        recompute_scale_factor: whether to go by the rounded size rather than by the factor.

    Raises:
        ValueError: the mode is unknown or not for this shape, or not exactly one of size and scale_factor is given.
    """
    n = input.ndim - 2
    modes = {1: ("nearest", "nearest-exact", "linear", "area"), 2: ("nearest", "nearest-exact", *_IMAGES, "area")}
    if mode not in modes.get(n, ()):
        raise ValueError(
            f"interpolate: expected for rows (N, C, L) one of the modes {', '.join(modes[1])}, for images "
            f"(N, C, H, W) one of {', '.join(modes[2])}; got {mode!r} for shape {tuple(input.shape)}"
        )
    if (size is None) == (scale_factor is None):
        raise ValueError(f"interpolate: expected either size or scale_factor, got size={size}, {scale_factor=}")
    if align_corners is not None and mode not in ("linear", *_IMAGES):
        raise ValueError("interpolate: align_corners is for the linear and cubic modes; leave it out")
    if scale_factor is not None:
        factors = tuple(scale_factor) if isinstance(scale_factor, list | tuple) else (scale_factor,) * n
        sizes = tuple(int(m * f) for m, f in zip(input.shape[2:], factors, strict=True))
        steps = tuple(1 / f for f in factors)
    else:
        sizes = each("interpolate", "size", size, n)
    if scale_factor is None or recompute_scale_factor:
        steps = tuple(m / s for m, s in zip(input.shape[2:], sizes, strict=True))
    for i, (new, step) in enumerate(zip(sizes, steps, strict=True)):
        axis, old = i + 2, input.shape[i + 2]
        if mode.startswith("nearest"):
            input = _nearest(input, axis, new, step, 0.5 if mode == "nearest-exact" else 0.0)
        else:
            place = np.arange(new) * ((old - 1) / (new - 1) if new > 1 else 0.0)
            if not align_corners:
                place = (np.arange(new) + 0.5) * step - 0.5
            weights = _WEIGHTS[mode](old, new, place).astype(input.dtype)
            input = ops.matmul(input, weights.T) if axis == input.ndim - 1 else ops.matmul(weights, input)
    return input


def _nearest(x: Any, axis: int, new: int, step: float, offset: float) -> Any:
    old = x.shape[axis]
    if new % old == 0 and step == old / new:  # each element so many times: a broadcast, whose way back is a sum
        copies = ops.broadcast_to(
            ops.expand_dims(x, axis=axis + 1), shape=(*x.shape[: axis + 1], new // old, *x.shape[axis + 1 :])
        )
        return ops.reshape(copies, shape=(*x.shape[:axis], new, *x.shape[axis + 1 :]))
    places = np.minimum(((np.arange(new) + offset) * step).astype(np.intp), old - 1)
    return ops.getitem(x, index=(*(slice(None),) * axis, places))


def _linear(old: int, new: int, place: Array) -> Array:
    """Weigh the two elements around each place; before the first place there is only the first."""
    place = np.maximum(place, 0.0)
    low = np.floor(place)
    return _matrix(old, new, low, [1 - (place - low), place - low])


def _cubic(old: int, new: int, place: Array) -> Array:
    """Weigh the four elements around each place by cubic convolution with a = -3/4.

    From Keys: Cubic convolution interpolation for digital image processing, IEEE Transactions on Acoustics, Speech and
    Signal Processing 29, 1981.
    """
    a, low = -0.75, np.floor(place)

    def near(x: Array) -> Array:  # up to a distance of 1
        return ((a + 2) * x - (a + 3)) * x * x + 1

    def far(x: Array) -> Array:  # from 1 to 2
        return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a

    x = place - low
    return _matrix(old, new, low - 1, [far(x + 1), near(x), near(1 - x), far(2 - x)])


def _area(old: int, new: int, place: Array) -> Array:
    """Average the elements that each new one covers, also in part."""
    starts = [i * old // new for i in range(new)]
    ends = [-(-(i + 1) * old // new) for i in range(new)]
    column = np.arange(old)
    return np.array([((column >= i) & (column < j)) / (j - i) for i, j in zip(starts, ends, strict=True)])


def _matrix(old: int, new: int, first: Array, weights: Sequence[Array]) -> Array:
    """Write weights for consecutive elements, from `first` on, as a matrix; outside, the border element repeats."""
    matrix, row = np.zeros((new, old)), np.arange(new)
    for i, weight in enumerate(weights):
        np.add.at(matrix, (row, np.clip(first + i, 0, old - 1).astype(np.intp)), weight)
    return matrix


_WEIGHTS: dict[str, Callable[[int, int, Array], Array]] = {
    "linear": _linear,
    "bilinear": _linear,
    "bicubic": _cubic,
    "area": _area,
}
_IMAGES = ("bilinear", "bicubic")
