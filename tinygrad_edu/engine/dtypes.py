"""Number types: PyTorch's names for NumPy's, and what Python data becomes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_edu.engine.op import Array

__all__ = [
    "bool",
    "double",
    "float",
    "float16",
    "float32",
    "float64",
    "half",
    "int",
    "int8",
    "int16",
    "int32",
    "int64",
    "long",
    "short",
    "uint8",
]  # fmt: skip

float16 = half = np.dtype(np.float16)
float32 = float = np.dtype(np.float32)
float64 = double = np.dtype(np.float64)
int8 = np.dtype(np.int8)
int16 = short = np.dtype(np.int16)
int32 = int = np.dtype(np.int32)
int64 = long = np.dtype(np.int64)
uint8 = np.dtype(np.uint8)
bool = np.dtype(np.bool_)

DEFAULT = float32
"""What a Python float becomes, and what an operation on integers gives where its result is a fraction."""


def is_float(dtype: np.dtype[Any]) -> Any:
    """Tell whether numbers of this type can have a gradient."""
    return dtype.kind == "f"


def as_array(data: Any, dtype: Any = None) -> Array:
    """Return `data` as an array of numbers, without a copy where it is one already.

    Python floats become float32, ints int64 and bools bool, as in PyTorch; arrays and NumPy's own
    numbers keep their type.

    Raises:
        TypeError: complex numbers, text, None, or nested lists of uneven length.
    """
    if hasattr(data, "__array__"):
        array = np.asarray(data)
    else:
        try:
            array = np.asarray(data)
        except ValueError as error:
            raise ValueError(f"tensor: rows of uneven length or shape cannot form a tensor ({error})") from None
        if dtype is None and array.dtype == float64 and not _holds_numpy(data):
            array = array.astype(DEFAULT)
    if array.dtype.kind == "c":
        raise TypeError(
            f"tensor: complex numbers ({array.dtype}) are not supported; keep real and imaginary part apart"
        )
    if array.dtype.kind not in "biuf":
        raise TypeError(
            f"tensor: expected numbers, or lists or arrays of numbers, but {data!r:.60} is {array.dtype}; "
            "convert it to numbers first"
        )
    return array if dtype is None else array.astype(np.dtype(dtype), copy=False)


def _holds_numpy(data: Any) -> Any:
    """Tell whether the first number in nested lists is NumPy's, which keeps its float64."""
    while isinstance(data, list | tuple) and data:
        data = data[0]
    return hasattr(data, "dtype")


def of_result(inputs: Sequence[Any]) -> np.dtype[Any]:
    """Return PyTorch's type for a float result: the widest float among the inputs, else the default.

    NumPy would answer float64 as soon as an integer array takes part.
    """
    floats = [x.dtype for x in inputs if hasattr(x, "array") or isinstance(x, np.ndarray)]
    floats = [dtype for dtype in floats if dtype.kind == "f"]
    return max(floats, key=lambda dtype: dtype.itemsize, default=DEFAULT)
