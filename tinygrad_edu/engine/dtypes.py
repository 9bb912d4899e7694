"""Number types: PyTorch's names for NumPy's, and what Python data becomes."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_edu.engine.op import ARRAYS, Array

__all__ = [
    "bool", "double", "finfo", "float", "float16", "float32", "float64", "get_default_dtype", "half", "iinfo", "int",
    "int8", "int16", "int32", "int64", "is_floating_point", "long", "set_default_dtype", "short", "uint8",
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

DEFAULT = float32  # at first
_default = DEFAULT


def set_default_dtype(d: Any) -> None:
    """Choose what a Python float becomes and what fractions of integers and initial weights are: float32 or float64.

    It is float32 until then. Set it once, where the program begins.

    Raises:
        TypeError: another type.
    """
    global _default
    if d not in (float32, float64):
        raise TypeError(f"set_default_dtype: expected float32 or float64, got {d!r:.40}")
    _default = np.dtype(d)


def get_default_dtype() -> np.dtype[Any]:
    """Return what `set_default_dtype` has chosen; float32 at first."""
    return _default


def or_default(dtype: Any) -> np.dtype[Any]:
    """Return the dtype that was asked for, the default one for None."""
    return _default if dtype is None else np.dtype(dtype)


def is_floating_point(input: Any) -> builtins.bool:
    """Tell whether a tensor holds floating-point numbers, the kind that can have a gradient."""
    return is_float(input.dtype)


def is_float(dtype: np.dtype[Any]) -> builtins.bool:
    """Tell whether numbers of this type can have a gradient."""
    return dtype.kind == "f"


def as_array(data: Any, dtype: Any = None) -> Array:
    """Return `data` as an array of numbers, without a copy where it is one already.

    Python floats become the default dtype, ints int64 and bools bool, as in PyTorch; arrays and NumPy's
    own numbers keep their type.

    Raises:
        TypeError: complex numbers, text, None.
        ValueError: nested lists of uneven length, or a number that `dtype` cannot hold.
    """
    if hasattr(data, "__array__"):
        array = data if data.__class__ in ARRAYS else np.asarray(data)
    else:
        try:
            array = np.asarray(data)
        except ValueError as error:
            raise ValueError(f"tensor: rows of uneven length or shape cannot form a tensor ({error})") from None
        if dtype is None and array.dtype == float64 and not _holds_numpy(data):
            array = array.astype(_default, copy=False)
    if array.dtype.kind == "c":
        raise TypeError(
            f"tensor: complex numbers ({array.dtype}) are not supported; keep real and imaginary part apart"
        )
    if array.dtype.kind not in "biuf":
        raise TypeError(
            f"tensor: expected numbers, or lists or arrays of numbers, but {data!r:.60} is {array.dtype}; "
            "convert it to numbers first"
        )
    if dtype is None:
        return array
    return array.astype(dtype, copy=False) if hasattr(data, "__array__") else _fitting(array, np.dtype(dtype))


def array_of(x: Any) -> Array:
    """Return the numbers of a tensor, or of what NumPy takes for an array."""
    x = getattr(x, "array", x)
    return x if x.__class__ in ARRAYS else np.asarray(x)


def _fitting(array: Array, dtype: np.dtype[Any]) -> Array:
    """Return numbers as a type; ValueError if it cannot hold one. An unsigned type lets negative ones wrap around."""
    if dtype.kind in "iu" and array.size:
        limits = np.iinfo(dtype)
        low, high = array.min(), array.max()
        if not (limits.min or -limits.max) <= low <= high <= limits.max:
            raise ValueError(
                f"tensor: {dtype} holds numbers from {limits.min} to {limits.max}, got {high if low >= 0 else low}; "
                "choose a wider dtype"
            )
    return array.astype(dtype)


def _holds_numpy(data: Any) -> Any:
    """Tell whether the first number in nested lists is NumPy's, which keeps its float64."""
    while isinstance(data, list | tuple) and data:
        data = data[0]
    return hasattr(data, "dtype")


def of_result(inputs: Sequence[Any]) -> np.dtype[Any]:
    """Return PyTorch's type for a fraction: the widest float among the inputs, else the default.

    Beside floats with dimensions a single number does not count, however wide it is.
    """
    floats = [x for x in inputs if (hasattr(x, "array") or isinstance(x, np.ndarray)) and x.dtype.kind == "f"]
    widths = [x.dtype for x in floats if x.ndim] or [x.dtype for x in floats]
    return max(widths, key=lambda dtype: dtype.itemsize, default=_default)


def as_floats(arrays: Sequence[Any]) -> list[Any]:
    """Return arrays of integers and bools among `arrays` as floats, as wide as the floats among them."""
    for x in arrays:
        if x.__class__ in ARRAYS and x.dtype.kind != "f":
            dtype = of_result(arrays)
            return [x.astype(dtype) if isinstance(x, np.ndarray) and x.dtype.kind != "f" else x for x in arrays]
    return arrays  # type: ignore[return-value]  # as `record` has made it


def of_pytorch(value: Any, inputs: Sequence[Any], params: dict[str, Any]) -> Array:
    """Return what NumPy has computed from `inputs` as an array of PyTorch's type, unless the call names a dtype."""
    array = value if value.__class__ in ARRAYS and value.dtype.kind in "fib" else as_array(value)
    return array if "dtype" in params else narrowed(array, inputs)


def narrowed(array: Array, inputs: Sequence[Any]) -> Array:
    """Return what NumPy has computed from `inputs` as PyTorch's type, which is never a wider one.

    NumPy widens a float32 beside an array of integers, and beside a single number of a wider type.
    """
    dtype = array.dtype
    given = []
    for x in inputs:
        if isinstance(x, np.ndarray):
            if x.dtype is dtype and (x.ndim or not array.ndim):
                return array  # as wide as an input that counts
            given.append(x)
    if dtype.kind == "f":
        return array.astype(of_result(given), copy=False)
    if dtype == np.uint64 or (dtype.kind == "i" and given and all(x.dtype == bool for x in given)):
        return array.astype(int64, copy=False)  # NumPy's sums of bytes, and its small numbers of bools
    integers = [x.dtype for x in given if x.ndim and x.dtype.kind in "iu"]
    if dtype.kind in "iu" and integers and len(given) > 1:
        return array.astype(np.result_type(*integers), copy=False)
    return array


class finfo:  # noqa: N801 - PyTorch's name
    """The limits of a floating-point type, the default one if none is given: `finfo(float32).eps`.

    Attributes:
        bits: how many bits a number takes.
        eps: the distance from 1 to the next larger number.
        min, max: the most negative and the largest number.
        tiny, smallest_normal: the smallest positive number of full precision.
        resolution: about how precise a number in decimal digits is.
        dtype: the name of the type.

    Raises:
        TypeError: it is no floating-point type.
    """

    def __init__(self, type: Any = None) -> None:
        dtype = or_default(type)
        if not is_float(dtype):
            raise TypeError(f"finfo: expected a floating-point type, got {dtype}; the limits of integers are in iinfo")
        info = np.finfo(dtype)
        self.bits = info.bits
        self.eps, self.min, self.max = info.eps.item(), info.min.item(), info.max.item()
        self.tiny = self.smallest_normal = info.tiny.item()
        self.resolution = 10.0**-info.precision
        self.dtype = dtype.name

    def __repr__(self) -> str:
        names = ("resolution", "min", "max", "eps", "smallest_normal", "tiny")
        return f"finfo({', '.join(f'{name}={getattr(self, name):g}' for name in names)}, dtype={self.dtype})"


class iinfo:  # noqa: N801 - PyTorch's name
    """The limits of an integer type: `iinfo(int64).max`.

    Attributes:
        bits: how many bits a number takes.
        min, max: the smallest and the largest number.
        dtype: the name of the type.

    Raises:
        TypeError: it is no integer type.
    """

    def __init__(self, type: Any) -> None:
        dtype = np.dtype(type)
        if dtype.kind not in "iu":
            raise TypeError(f"iinfo: expected an integer type, got {dtype}; the limits of fractions are in finfo")
        info = np.iinfo(dtype)
        self.bits, self.min, self.max = info.bits, info.min, info.max
        self.dtype = dtype.name

    def __repr__(self) -> str:
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype})"
