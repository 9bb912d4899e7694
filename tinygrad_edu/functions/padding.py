"""Borders: what lies around the elements."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.functions.indexing import numpy_take
from tinygrad_edu.functions.numpy_protocol import answers

if TYPE_CHECKING:
    from tinygrad_edu.tensors.tensor import Tensor


def pad(input: Any, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Tensor:
    """Add elements at the borders, or take some away.

    Parameters:
        pad: (before, after) for the last dimension, then for the one before it, and so on. A negative number cuts.
        mode: what the border is: "constant", the `value` (0); "reflect", the inside mirrored at the outermost
            element; "replicate", the outermost element; "circular", what is at the other end.

    Raises:
        ValueError: the mode is unknown, or a border is wider than what it is made of.
    """
    if mode != "constant" and mode not in BORDERS:
        raise ValueError(f"pad: expected mode to be one of constant, {', '.join(BORDERS)}, got {mode!r}")
    if len(pad) % 2 or len(pad) > 2 * input.ndim:
        raise ValueError(
            f"pad: expected (before, after) for at most {input.ndim} dimensions, last dimension first, got {tuple(pad)}"
        )
    pairs = [(pad[i], pad[i + 1]) for i in reversed(range(0, len(pad), 2))]
    widths = [(0, 0)] * (input.ndim - len(pairs)) + pairs
    added = [(max(before, 0), max(after, 0)) for before, after in widths]
    if mode in ("constant", "circular"):
        input, widths = _cut(input, widths), added
    if mode == "constant":
        return ops.pad(input, pad_width=added, constant_values=0.0 if value is None else value)
    for axis, (before, after) in enumerate(widths):
        widest = {"reflect": input.shape[axis] - 1, "circular": input.shape[axis]}.get(mode, math.inf)
        if max(before, after) > max(widest, 0):
            raise ValueError(
                f'pad: with mode="{mode}" a border of {max(before, after)} cannot be made from dimension {axis} of '
                f"size {input.shape[axis]}; expected at most {widest}"
            )
    return ops.clone(_cut(_surround(input, added, BORDERS[mode]), widths))


def _cut(input: Any, widths: Any) -> Any:
    """Take elements away at the ends where the width of the border is negative."""
    if all(width >= 0 for ends in widths for width in ends):
        return input
    return ops.getitem(input, index=tuple(slice(max(-before, 0), min(after, 0) or None) for before, after in widths))


BORDERS = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
"""NumPy's names for PyTorch's modes."""


def _surround(input: Any, widths: Any, mode: str) -> Any:
    """Put elements from inside around: each axis is read at the places that NumPy's mode finds for its numbers."""
    for axis, (before, after) in enumerate(widths):
        if before or after:
            input = numpy_take(input, np.pad(np.arange(input.shape[axis]), (before, after), mode), axis)  # type: ignore[call-overload]
    return input


# NumPy's


@answers(np.pad)
def numpy_pad(array: Any, pad_width: Any, mode: str = "constant", **kwargs: Any) -> Tensor:
    """Add a border: of a constant, or of elements from inside (edge, reflect, symmetric, wrap)."""
    if mode == "constant":
        return ops.pad(array, pad_width=pad_width, **kwargs)
    modes = ("constant", "edge", "reflect", "symmetric", "wrap")
    if mode not in modes or kwargs:
        raise ValueError(f"np.pad: on Tensors the modes are {', '.join(modes)}, without further options; not {mode!r}")
    return _surround(array, np.broadcast_to(pad_width, (array.ndim, 2)).tolist(), mode)
