"""Several results in one: a node has a single output, so they are joined in a row, and cut again behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.tensors.tensor import Tensor

Shapes = Sequence[tuple[tuple[int, ...], Any]]


def pack(arrays: Sequence[Any]) -> Any:
    """Join arrays in one row. One alone stays as it is."""
    return arrays[0] if len(arrays) == 1 else np.concatenate([np.ravel(y) for y in arrays])


def unpack(row: Tensor, shapes: Shapes) -> list[Tensor]:
    """Cut a row into Tensors of these shapes and dtypes: undo `pack`."""
    if len(shapes) == 1:
        return [row]
    ends = np.cumsum([int(np.prod(shape)) for shape, _ in shapes]).tolist()
    parts = zip([0, *ends[:-1]], ends, shapes, strict=True)
    return [
        ops.astype(ops.reshape(ops.getitem(row, index=slice(start, end)), shape=shape), dtype=dtype)
        for start, end, (shape, dtype) in parts
    ]
