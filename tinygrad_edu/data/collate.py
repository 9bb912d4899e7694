"""Making one batch of a list of items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tinygrad_edu.engine.dtypes import float64
from tinygrad_edu.functions.joining import stack
from tinygrad_edu.tensors.tensor import Tensor, wrap


def default_collate(batch: Sequence[Any]) -> Any:
    """Join N items into a batch, as PyTorch does.

    Tensors, arrays and numbers are stacked along a new first dimension (Python floats as float64);
    text stays as it is; tuples, lists and dicts are joined entry by entry (a tuple becomes a list,
    a named tuple keeps its type).

    Raises:
        ValueError: entries that belong together differ in shape, length or keys.
        TypeError: an item is of another kind, or of another than the first.
    """
    first = batch[0]
    if isinstance(first, Tensor | np.ndarray):
        if not all(isinstance(item, Tensor | np.ndarray) for item in batch):
            raise TypeError(
                f"default_collate: items of different kinds, {sorted({type(item).__name__ for item in batch})}, cannot "
                "be stacked to a batch; return the same kind for every index, or pass your own collate_fn="
            )
        shapes = {tuple(item.shape) for item in batch}
        if len(shapes) > 1:
            raise ValueError(
                f"default_collate: items of different shapes, {sorted(shapes)}, cannot be stacked to a batch; bring "
                "them to one shape in the dataset, or pass your own collate_fn="
            )
        return stack(batch) if isinstance(first, Tensor) else wrap(np.stack(batch))
    if isinstance(first, str | bytes):
        return batch
    if isinstance(first, int | np.generic):
        return wrap(np.asarray(batch))
    if isinstance(first, float):
        return wrap(np.asarray(batch, float64))
    if isinstance(first, Mapping):
        for i, item in enumerate(batch):
            missing = [key for key in first if key not in item]
            if missing:
                raise ValueError(
                    f"default_collate: item {i} of the batch has no {missing}, which item 0 has; return the same keys "
                    "for every index, or pass your own collate_fn="
                )
        return {key: default_collate([item[key] for item in batch]) for key in first}
    if isinstance(first, Sequence):
        if any(len(item) != len(first) for item in batch):
            raise ValueError(
                f"default_collate: items of different lengths, {sorted({len(item) for item in batch})}, cannot be "
                "joined entry by entry; pass your own collate_fn="
            )
        columns = [default_collate(column) for column in zip(*batch, strict=True)]
        return type(first)(*columns) if hasattr(first, "_fields") else columns
    raise TypeError(
        f"default_collate: an item is a {type(first).__name__}; expected tensors, arrays, numbers, text, or tuples, "
        "lists and dicts of these. Pass your own collate_fn= for anything else"
    )


def default_convert(item: Any) -> Any:
    """Turn the arrays within one item into Tensors, for a DataLoader that makes no batches."""
    if isinstance(item, np.ndarray | np.generic):
        return wrap(np.asarray(item))
    if isinstance(item, Mapping):
        return {key: default_convert(value) for key, value in item.items()}
    if isinstance(item, tuple) and hasattr(item, "_fields"):
        return type(item)(*map(default_convert, item))
    if isinstance(item, list | tuple):
        return [default_convert(value) for value in item]
    return item
