"""Whether a program has computed what the engine computes, to the last bit; and other data to ask it on."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.program.instructions import is_number
from tinygrad_edu.tensors.tensor import Tensor


def same(a: Any, b: Any) -> bool:
    """Tell whether two results, nested as they may be, are the same to the last bit; a tensor is its array.

    NaN is the same as NaN, and 0.0 is not the same as -0.0.
    """
    a, b = (x.array if isinstance(x, Tensor) else x for x in (a, b))
    if isinstance(b, tuple | list):
        return isinstance(a, tuple | list) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(b, dict):
        return isinstance(a, dict) and a.keys() == b.keys() and all(same(a[key], b[key]) for key in b)
    if not all(isinstance(x, np.ndarray) or is_number(x) for x in (a, b)):
        return a is b or bool(type(a) is type(b) and a == b)
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    if b.dtype.kind not in "fc":
        return np.array_equal(a, b)
    equal = (a == b) & (np.signbit(a.real) == np.signbit(b.real))
    return bool((equal | (np.isnan(a) & np.isnan(b))).all())


def changed(array: Any) -> Any:
    """Return other data like this: the elements in another order, and floats somewhat smaller."""
    mixed = np.random.default_rng(0).permutation(array.ravel()).reshape(array.shape)
    return np.asarray(mixed * array.dtype.type(0.9375)) if array.dtype.kind == "f" else mixed
