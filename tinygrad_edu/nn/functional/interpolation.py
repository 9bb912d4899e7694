"""Resizing rows (N, C, L), images (N, C, H, W) and volumes (N, C, D, H, W).

Each dimension is resized by itself. But for "nearest", which copies elements, it is a product with a matrix
(new size, old size) that holds, for each new element, the weights of the old ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.dtypes import is_float, uint8
from tinygrad_edu.engine.op import Array
from tinygrad_edu.nn.functional.floats import check_float
from tinygrad_edu.nn.functional.sizes import Sizes, averaging, each, weigh
from tinygrad_edu.tensors.tensor import Tensor, wrap


def interpolate(
    input: Any,
    size: Sizes | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    """Resize rows (N, C, L), images (N, C, H, W) or volumes (N, C, D, H, W).

    Parameters:
        size: the new size; or else
        scale_factor: by how much to multiply the size (and round down).
        mode: "nearest" repeats or leaves out elements; "nearest-exact" does it from the middle of each; "linear"
            (rows), "bilinear" (images) and "trilinear" (volumes) are weighted averages of the neighbours on either
            side, "bicubic" (images) of two on either side; "area" averages what a new element covers.
        align_corners: for the linear and cubic modes: whether the corner elements of old and new size lie on each
            other, rather than the corners of the area that the elements fill.
        recompute_scale_factor: whether to go by the rounded size rather than by the factor.
        antialias: whether "bilinear" and "bicubic", where they make an image smaller, weigh all that a new element
            covers, so that fine patterns do not turn into coarse ones.

    Raises:
        ValueError: the mode is unknown or not for this shape, or not exactly one of size and scale_factor is given.
        TypeError: there are averages to take of integers. (Those of bytes, pictures, are rounded.)
    """
    n = input.ndim - 2
    if n not in MODES or mode not in (*MODES[n], "nearest", "nearest-exact", "area"):
        raise ValueError(
            "interpolate: expected one of the modes nearest, nearest-exact and area, or linear for rows (N, C, L), "
            "bilinear or bicubic for images (N, C, H, W), trilinear for volumes (N, C, D, H, W); got "
            f"{mode!r} for shape {tuple(input.shape)}"
        )
    if not mode.startswith("nearest") and not (input.dtype == uint8 and mode in MODES[2]):
        check_float(f"interpolate with mode={mode!r}", input)
    if (size is None) == (scale_factor is None):
        raise ValueError(f"interpolate: expected either size or scale_factor, got size={size}, {scale_factor=}")
    if align_corners is not None and mode not in MODES[n]:
        raise ValueError("interpolate: align_corners is for the linear and cubic modes; leave it out")
    if antialias and mode not in MODES[2]:
        raise ValueError('interpolate: antialias is for the modes "bilinear" and "bicubic"; leave it out')
    if scale_factor is not None:
        factors = tuple(scale_factor) if isinstance(scale_factor, list | tuple) else (scale_factor,) * n
        sizes = tuple(int(m * f) for m, f in zip(input.shape[2:], factors, strict=True))
        steps = tuple(1 / f for f in factors)
    else:
        sizes = each("interpolate", "size", size, n)
    if scale_factor is None or recompute_scale_factor:
        steps = tuple(m / s for m, s in zip(input.shape[2:], sizes, strict=True))
    for i in reversed(range(n)):
        axis, old, new, step = i + 2, input.shape[i + 2], sizes[i], steps[i]
        if mode.startswith("nearest"):
            input = _nearest(input, axis, new, step, 0.5 if mode == "nearest-exact" else 0.0)
        else:
            if align_corners:
                step = (old - 1) / (new - 1) if new > 1 else 0.0
            place = np.arange(new) * step if align_corners else (np.arange(new) + 0.5) * step - 0.5
            weights = _spread(old, place, step, mode) if antialias else _WEIGHTS[mode](old, new, place)
            average = weigh if is_float(input.dtype) else _average_of_bytes
            input = average(input, weights, axis)
    return input


def _average_of_bytes(x: Any, weights: Array, axis: int) -> Any:
    """Average and round to bytes. The weights are rounded to 15 bits, so that the result is PyTorch's to the bit."""
    bits = next(b for b in range(22, -1, -1) if int(0.5 + weights.max() * 2**b) < 2**15)
    scaled = np.trunc(weights * 2**bits + np.copysign(0.5, weights))
    total = weigh(np.asarray(getattr(x, "array", x), np.float64), scaled, axis)
    return wrap(np.clip(np.floor((total + 2 ** (bits - 1)) / 2**bits), 0, 255).astype(np.uint8))


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
    """Weigh the four elements around each place by cubic convolution with a = -3/4."""
    low = np.floor(place)
    return _matrix(old, new, low - 1, [_convolution(np.abs(place - low - i), -0.75) for i in range(-1, 3)])


def _convolution(x: Array, a: float) -> Array:
    """Compute the weight at a distance x ≥ 0 of cubic convolution: one cubic up to 1, another up to 2, 0 beyond.

    From Keys: Cubic convolution interpolation for digital image processing, IEEE Transactions on Acoustics, Speech and
    Signal Processing 29, 1981.
    """
    near, far = ((a + 2) * x - (a + 3)) * x * x + 1, ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
    return np.where(x < 1, near, np.where(x < 2, far, 0.0))


def _spread(old: int, place: Array, step: float, mode: str) -> Array:
    """Weigh all elements by their distance from each place, in steps of what a new element covers where that is more.

    The cubic's a is -1/2 here, as in PyTorch and in most programs for pictures.
    """
    distance = np.abs(np.arange(old) - place[:, None]) / max(step, 1.0)
    weights = _convolution(distance, -0.5) if mode == "bicubic" else np.maximum(1 - distance, 0.0)
    return weights / weights.sum(1, keepdims=True)


def _matrix(old: int, new: int, first: Array, weights: Sequence[Array]) -> Array:
    """Write weights for consecutive elements, from `first` on, as a matrix; outside, the border element repeats."""
    matrix, row = np.zeros((new, old)), np.arange(new)
    for i, weight in enumerate(weights):
        np.add.at(matrix, (row, np.clip(first + i, 0, old - 1).astype(np.intp)), weight)
    return matrix


_WEIGHTS: dict[str, Callable[[int, int, Array], Array]] = {
    "linear": _linear,
    "bilinear": _linear,
    "trilinear": _linear,
    "bicubic": _cubic,
    "area": lambda old, new, place: averaging(old, new),  # of what each new element covers, also in part
}
MODES = {1: ("linear",), 2: ("bilinear", "bicubic"), 3: ("trilinear",)}
"""The modes of neighbours, by the number of dimensions that are resized."""
