"""Sums and maxima as NumPy does them itself, without the functions around that, and some of them in a quicker way."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.program.instructions import Call, Method, Variable

REDUCTIONS = {"sum": np.add, "prod": np.multiply, "max": np.maximum, "min": np.minimum}
BY_FUNCTION = {getattr(np, name): ufunc for name, ufunc in REDUCTIONS.items()}
SHORT, MANY = 32, 32  # elements of a row, rows


def as_reduction(call: Call) -> tuple[Any, tuple[Any, ...]] | None:
    """Return `np.add.reduce` and its arguments (a, axis, dtype, out, keepdims) for a call that does the same."""
    function, kwargs = call.function, dict(call.kwargs)
    ufunc: Any
    axis: Any
    name = getattr(function, "__name__", "")
    if isinstance(function, Method) and function.name in REDUCTIONS:
        ufunc, axis = REDUCTIONS[function.name], None
    elif name == "reduce" and isinstance(getattr(function, "__self__", None), np.ufunc):
        ufunc, axis = function.__self__, 0  # type: ignore[attr-defined]
    elif function in BY_FUNCTION:
        ufunc, axis = BY_FUNCTION[function], None
    else:
        return None
    if len(call.args) > 2 or not isinstance(call.args[0], Variable) or call.args[0].kind != "array":
        return None
    axis = call.args[1] if len(call.args) == 2 else kwargs.pop("axis", axis)
    keepdims = kwargs.pop("keepdims", False)
    if kwargs:
        return None
    if ufunc is np.maximum and axis in (1, -1, (1,), (-1,)) and _has_short_rows(call.args[0]):
        return largest_of_rows, (call.args[0], axis, None, None, keepdims)
    return ufunc.reduce, (call.args[0], axis, None, None, keepdims)


def _has_short_rows(a: Variable) -> bool:
    return len(a.shape) == 2 and a.shape[1] <= SHORT and a.shape[0] >= MANY


def largest_of_rows(a: Any, axis: Any, dtype: Any, out: Any, keepdims: bool) -> Any:
    """Do what `np.maximum.reduce` does along the short rows of a matrix: NumPy is quick along long ones."""
    largest = np.maximum.reduce(np.ascontiguousarray(a.T), 0)
    if keepdims:
        largest = largest[:, np.newaxis]
    if out is None:
        return largest
    out[...] = largest
    return out
