"""Comparing elements, choosing between them, and keeping them in bounds."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.op import NUMPY
from tinygrad_edu.functions.arguments import plain_index
from tinygrad_edu.functions.numpy_protocol import answers
from tinygrad_edu.ops import comparison
from tinygrad_edu.ops.comparison import *  # noqa: F403
from tinygrad_edu.ops.selection import fmax, fmin, maximum, minimum

if TYPE_CHECKING:
    from tinygrad_edu.tensors.tensor import Tensor

__all__ = [
    "allclose", "clamp", "clamp_max", "clamp_min", "clip", "equal", "fmax", "fmin", "greater", "greater_equal",
    "isclose", "less", "less_equal", "maximum", "minimum", "nan_to_num", "not_equal", "where",
]  # fmt: skip
__all__ += comparison.__all__

greater, greater_equal, less, less_equal, not_equal = ops.gt, ops.ge, ops.lt, ops.le, ops.ne


def isclose(input: Any, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Tensor:
    """Tell where |input - other| ≤ atol + rtol · |other|; infinities are close if they are equal."""
    if rtol < 0 or atol < 0:
        raise ValueError(f"isclose: expected rtol and atol to be 0 or more, got {rtol} and {atol}")
    if hasattr(input, "dtype") and input.dtype.kind == "b":
        return ops.eq(input, other)
    near = ops.le(ops.abs(input - other), atol + rtol * ops.abs(other))
    close = ops.logical_or(ops.eq(input, other), ops.logical_and(near, ops.isfinite(other)))
    return ops.logical_or(close, ops.logical_and(ops.isnan(input), ops.isnan(other))) if equal_nan else close


def allclose(input: Any, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Tell whether all elements are close; see `isclose`."""
    return bool(ops.all(isclose(input, other, rtol, atol, equal_nan)))


def equal(input: Any, other: Any) -> bool:
    """Tell whether two tensors have the same shape and the same elements."""
    return tuple(input.shape) == tuple(other.shape) and bool(ops.all(ops.eq(input, other)))


def only_bools(name: str, role: str, given: Any) -> None:
    """Raise TypeError unless `given`, a tensor or an array, is one of bools."""
    if hasattr(given, "dtype") and given.dtype.kind != "b":
        raise TypeError(f"{name}: expected a {role} of bools, got {given.dtype}; write {role} != 0, or {role}.bool()")


def where(condition: Any, input: Any, other: Any) -> Tensor:
    """Choose from `input` where `condition` holds, from `other` elsewhere."""
    only_bools("where", "condition", condition)
    return ops.where(condition, input, other)


def clamp(input: Any, min: Any = None, max: Any = None) -> Tensor:
    """Limit the elements to the range from `min` to `max`: numbers, or tensors that broadcast with `input`.

    The gradient at a bound goes to the input. Where `min` exceeds `max`, the result is `max`. A NaN, among the
    elements or the bounds, is passed on, and has no gradient.
    """
    if min is None and max is None:
        raise ValueError("clamp: expected min=, max= or both, got neither")
    if not hasattr(min, "shape") and not hasattr(max, "shape"):
        return ops.clip(input, min=min, max=max)
    if min is not None:
        input = ops.clamp_min(input, min)
    if max is not None:
        input = ops.clamp_max(input, max)
    return input


clip = clamp


def clamp_min(input: Any, min: Any) -> Tensor:
    """Raise what is below `min` to it."""
    return clamp(input, min=min)


def clamp_max(input: Any, max: Any) -> Tensor:
    """Lower what is above `max` to it."""
    return clamp(input, max=max)


def nan_to_num(input: Any, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Tensor:
    """Replace NaN by a number, and the infinities by numbers (the largest and smallest of the type, if not given)."""
    if input.dtype.kind != "f":
        return ops.clone(input)
    limits = np.finfo(input.dtype)
    input = ops.where(ops.isnan(input), nan, input)
    input = ops.where(ops.eq(input, math.inf), float(limits.max) if posinf is None else posinf, input)
    return ops.where(ops.eq(input, -math.inf), float(limits.min) if neginf is None else neginf, input)


# NumPy's


@answers(np.clip)
def numpy_clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    """Limit the elements to a range. The subgradient at a bound goes to `a`."""
    low, high = (min if a_min is None else a_min), (max if a_max is None else a_max)
    if low is None and high is None:
        return np.copy(a)
    return clamp(a, low, high) if hasattr(a, "__apply_op__") else np.minimum(np.maximum(a, low), high)


@answers(np.select)
def numpy_select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    """Choose for each place from the first choice whose condition holds there."""
    result = default
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        result = np.where(condition, choice, result)
    return result


@answers(np.piecewise)
def piecewise(x: Any, condlist: Any, funclist: Sequence[Any], *args: Any, **kwargs: Any) -> Any:
    """Use on each part of x a function of its own, or a number; one more of them is for the rest."""
    conditions = [plain_index(condition) for condition in condlist]
    if len(funclist) == len(conditions) + 1:
        conditions.append(~np.any(conditions, axis=0))
    y = np.zeros_like(x)
    for condition, part in zip(conditions, funclist, strict=True):
        value = part(x[condition], *args, **kwargs) if isinstance(part, Callable) else part  # type: ignore[arg-type]
        y = ops.setitem(y, value, index=condition)
    return y


NUMPY.update(
    {
        np.allclose: allclose,
        np.choose: lambda a, choices: numpy_select([np.equal(a, i) for i in range(len(choices))], choices),
        np.heaviside: lambda x, h: np.where(np.equal(x, 0), h, np.divide(np.add(np.sign(x), 1), 2)),
        np.isclose: isclose,
        np.nan_to_num: lambda x, copy=True, *numbers, **options: nan_to_num(x, *numbers, **options),
    }
)
