"""Indices as ONNX has them: slices, single numbers, new axes and one array of positions, each by an operator."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.interop.onnx.graph import Twin, Value, node
from tinygrad_edu.interop.onnx.recording import Given, Step


def getitem(t: Twin) -> Any:
    """Translate `a[index]`."""
    parts = list(zip(_full(t.first.params["index"], t), _full(t.second.params["index"], t), strict=True))
    arrays = [first for first, _ in parts if isinstance(first, Step | Given)]
    if len(arrays) > 1 or any(x.array.dtype.kind != "i" for x in arrays):
        raise t.error("ONNX has an index of one array of positions, not of several, and not of truth values; use where")
    y: Value = t.inputs[0]
    y = _slices(t, y, parts)
    axis, kept, numbers = 0, 0, []
    new, gathered = [], None
    for first, second in parts:
        if first is None:
            new.append(kept)
            kept += 1
            continue
        if isinstance(first, Step | Given):
            gathered = axis, t.inputs[-1]
            kept += first.array.ndim
        elif isinstance(first, slice):
            kept += 1
        else:
            numbers.append((axis, (int(first), int(second))))
        axis += 1
    if gathered is not None and numbers and numbers[0][0] < gathered[0]:
        raise t.error("a number before an array of positions cannot be exported; index twice: a[0][:, positions]")
    for place, pair in reversed(numbers):
        y = _take(y, pair, place)
    if gathered is not None:
        y = node("Gather", y, gathered[1], axis=gathered[0])
    return node("Unsqueeze", y, np.array(new)) if new else y


def _full(index: Any, t: Twin) -> list[Any]:
    """Return an index with one part for each axis, and for each new one."""
    parts = list(index) if isinstance(index, tuple) else [index]
    used = sum(part is not None and part is not Ellipsis for part in parts)
    rest = [slice(None)] * (t.rank() - used)
    place = next((i for i, part in enumerate(parts) if part is Ellipsis), None)
    return parts + rest if place is None else parts[:place] + rest + parts[place + 1 :]


def _slices(t: Twin, y: Value, parts: list[tuple[Any, Any]]) -> Value:
    """Take the slices; those that take everything are left out."""
    axes, bounds, steps = [], [], []
    sizes = t.shape_of(0)
    old = [part for part in parts if part[0] is not None]
    for axis, (first, second) in enumerate(old):
        if isinstance(first, slice):
            (a, b, step), (c, d, _) = first.indices(sizes[axis][0]), second.indices(sizes[axis][1])
            if (a, b, step) != (0, sizes[axis][0], 1) or (c, d) != (0, sizes[axis][1]):
                axes.append(axis)
                bounds.append(((a, c), (b, d) if b >= 0 else (np.iinfo(np.int64).min,) * 2))
                steps.append(step)
    if not axes:
        return y
    starts, ends = (t.graph.sizes([pair[i] for pair in bounds]) for i in (0, 1))
    return node("Slice", y, starts, ends, np.array(axes), np.array(steps))


def _take(y: Value, pair: tuple[int, int], axis: int) -> Value:
    """Take one position along an axis, which goes away."""
    if pair[0] == pair[1]:
        return node("Gather", y, np.array(pair[0]), axis=axis)
    return node("Squeeze", node("Gather", y, y.graph.sizes([pair]), axis=axis), np.array([axis]))
