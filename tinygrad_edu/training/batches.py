"""Batches as training takes them: pairs of inputs and targets, each of which may be several."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from numbers import Number
from typing import Any

import numpy as np


def pair(batch: Any) -> Any:
    """Return a batch as it is, if it is a pair of inputs and targets; raise TypeError if not."""
    if isinstance(batch, tuple | list) and len(batch) == 2:
        return batch
    found = f"a {type(batch).__name__}" + (f" of {len(batch)}" if isinstance(batch, tuple | list) else "")
    raise TypeError(
        f"training: expected batches that are pairs (inputs, targets), got {found}; two whole arrays become batches in "
        "DataLoader((x, y), batch_size), and a collate_fn= makes pairs of other items"
    )


def parts(values: Any) -> list[Any]:
    """Return what outputs or targets are made of: the entries of a dictionary, or of a list but of numbers or texts."""
    if isinstance(values, Mapping):
        return list(values.values())
    several = isinstance(values, tuple | list) and not any(isinstance(x, Number | str) for x in values)
    return list(values) if several else []


def size(values: Any) -> int:
    """Return how many examples outputs or targets are of."""
    inner = parts(values)
    return size(inner[0]) if inner else len(values)


def joined(batches: Sequence[Any]) -> Any:
    """Make one of the outputs, or of the targets, of many batches: an array, or a list or dictionary of them."""
    first = batches[0]
    if not parts(first):
        return np.concatenate([np.asarray(getattr(x, "array", x)) for x in batches])
    if isinstance(first, Mapping):
        return {name: joined([batch[name] for batch in batches]) for name in first}  # in any order of the names
    return [joined(column) for column in zip(*map(parts, batches), strict=True)]


def changed(values: Any, change: Callable[[Any], Any]) -> Any:
    """Return outputs or targets with each of them changed by a function."""
    if not parts(values):
        return change(values)
    news = [changed(value, change) for value in parts(values)]
    return dict(zip(values, news, strict=True)) if isinstance(values, Mapping) else news
