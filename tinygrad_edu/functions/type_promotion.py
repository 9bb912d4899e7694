"""Which type of numbers comes of two: PyTorch's rules, asked about without computing anything."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.engine.dtypes import get_default_dtype, int64

__all__ = ["can_cast", "promote_types", "result_type"]

ORDER = "biuf"
"""The kinds of types, from bools over integers, signed or not, to floats."""


def _rank(dtype: np.dtype[Any]) -> int:
    return (0, 1, 1, 2)[ORDER.index(dtype.kind)]


def promote_types(type1: Any, type2: Any) -> np.dtype[Any]:
    """Return the smallest type that two can be taken to: of an integer and a float, the float; of two, the wider."""
    one, two = np.dtype(type1), np.dtype(type2)
    if _rank(one) != _rank(two):
        return max(one, two, key=_rank)
    return np.promote_types(one, two)


def can_cast(from_: Any, to: Any) -> bool:
    """Tell whether a result of one type may be written into another: an integer as a float, but not the reverse."""
    return _rank(np.dtype(from_)) <= _rank(np.dtype(to))


def result_type(tensor1: Any, tensor2: Any) -> np.dtype[Any]:
    """Return the type of tensor1 + tensor2. Either may be a number.

    Tensors with dimensions decide, then those without, then Python's numbers. What comes later counts only if it is of
    a higher kind: floats are above integers, and integers above bools.
    """
    groups: list[np.dtype[Any] | None] = [None, None, None]
    for x in (tensor1, tensor2):
        if hasattr(x, "dtype"):
            place, dtype = (0 if x.ndim else 1), x.dtype
        else:
            kinds = {bool: np.dtype(bool), int: int64, float: get_default_dtype()}
            if type(x) not in kinds:
                raise TypeError(f"result_type: expected tensors or numbers, got {type(x).__name__}")
            place, dtype = 2, kinds[type(x)]
        before = groups[place]
        groups[place] = dtype if before is None else promote_types(before, dtype)
    result, *later = [dtype for dtype in groups if dtype is not None]
    for dtype in later:
        if _rank(dtype) > _rank(result):
            result = promote_types(result, dtype)
    return result
