"""Borders of rows and images: what lies around them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from tinygrad_edu import ops
from tinygrad_edu.functions import shape as functions

__all__ = ["pad"]


def pad(input: Any, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Any:
    """Add elements at the borders, or take some away.

    Parameters:
        pad: (before, after) for the last dimension, then for the one before it, and so on. A negative number,
            with mode="constant", cuts.
        mode: what the border is: "constant", the `value` (0); "reflect", the inside mirrored at the outermost
            element; "replicate", the outermost element; "circular", what is at the other end.

    Raises:
        ValueError: the mode is unknown, or a border is wider than what it is made of.
    """
    if mode == "constant":
        if any(p < 0 for p in pad):
            pairs = [(pad[i], pad[i + 1]) for i in range(0, len(pad), 2)]
            inside = [
                slice(max(-before, 0), n - max(-after, 0))
                for n, (before, after) in zip(reversed(input.shape), pairs, strict=False)
            ]
            input = ops.getitem(input, index=(Ellipsis, *reversed(inside)))
            pad = [max(p, 0) for p in pad]
        return functions.pad(input, pad, "constant", 0.0 if value is None else value)
    if mode not in _BORDERS:
        raise ValueError(f"pad: expected mode to be one of constant, {', '.join(_BORDERS)}, got {mode!r}")
    if len(pad) % 2 or len(pad) > 2 * input.ndim or min(pad, default=0) < 0:
        raise ValueError(f'pad: with mode="{mode}" expected pairs (before, after), each ≥ 0, got {tuple(pad)}')
    for i in range(0, len(pad), 2):
        axis, before, after = input.ndim - 1 - i // 2, pad[i], pad[i + 1]
        widest = {"reflect": input.shape[axis] - 1, "circular": input.shape[axis]}.get(mode, math.inf)
        if max(before, after) > widest:
            raise ValueError(
                f'pad: with mode="{mode}" a border of {max(before, after)} cannot be made from dimension {axis} of '
                f"size {input.shape[axis]}; expected at most {widest}"
            )
        parts = [_BORDERS[mode](input, axis, before, True), input, _BORDERS[mode](input, axis, after, False)]
        parts = [part for part in parts if part.shape[axis]]
        input = parts[0] if len(parts) == 1 else ops.concatenate(*parts, axis=axis)
    return input


def _cut(x: Any, axis: int, start: int, stop: int) -> Any:
    return ops.getitem(x, index=(*(slice(None),) * axis, slice(start, stop)))


def _reflected(x: Any, axis: int, width: int, is_before: bool) -> Any:
    n = x.shape[axis]
    inside = _cut(x, axis, 1, 1 + width) if is_before else _cut(x, axis, n - 1 - width, n - 1)
    return ops.flip(inside, axis=axis)


def _replicated(x: Any, axis: int, width: int, is_before: bool) -> Any:
    n = x.shape[axis]
    edge = _cut(x, axis, 0, 1) if is_before else _cut(x, axis, n - 1, n)
    return ops.broadcast_to(edge, shape=(*x.shape[:axis], width, *x.shape[axis + 1 :]))


def _wrapped(x: Any, axis: int, width: int, is_before: bool) -> Any:
    n = x.shape[axis]
    return _cut(x, axis, n - width, n) if is_before else _cut(x, axis, 0, width)


_BORDERS = {"reflect": _reflected, "replicate": _replicated, "circular": _wrapped}
