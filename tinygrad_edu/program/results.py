"""What NumPy makes for the result of a call, if it is given no place for it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from tinygrad_edu.program.instructions import Call, Variable, is_number, strides_of


def is_value(call: Call) -> bool:
    """Tell whether a call with `out=` would make an array of that very shape and type by itself."""
    target, ufunc = call.kwargs["out"], call.function
    if not isinstance(ufunc, np.ufunc) or len(call.kwargs) > 1 or not all(map(_is_known, call.args)):
        return False
    kinds = [x.dtype if isinstance(x, Variable) and x.kind == "array" else _weak(x) for x in call.args]
    if ufunc.resolve_dtypes((*kinds, None))[-1] != target.dtype:
        return False
    if not ufunc.signature and np.broadcast_shapes(*map(_shape, call.args)) != target.shape:
        return False
    return strides_of(_allocated(call)) == target.strides


def _allocated(call: Call) -> Any:
    """Return an array like the one that NumPy would make for the result: it lies in memory as the arguments do."""
    ufunc: Any = call.function
    target, arrays = call.kwargs["out"], [x for x in call.args if isinstance(x, Variable) and x.shape]
    if ufunc.signature or not arrays:
        return np.empty(target.shape, target.dtype)
    given = [as_strided(np.empty((), x.dtype), x.shape, x.strides) for x in arrays]
    return np.nditer([*given, None], ["zerosize_ok"], op_dtypes=[*[None] * len(given), target.dtype]).operands[-1]


def _is_known(x: Any) -> bool:
    return isinstance(x, Variable) or is_number(x)


def _weak(x: Any) -> Any:
    if isinstance(x, Variable):
        return x.dtype or float
    return x.dtype if isinstance(x, np.generic) else type(x)


def _shape(x: Any) -> tuple[int, ...]:
    return getattr(x, "shape", ())
