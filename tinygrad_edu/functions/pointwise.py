"""Functions of each element. Those that need no translation are the operations themselves."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.functions.naming import numpy_names
from tinygrad_edu.ops import (
    abs,
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    bitwise_and,
    bitwise_not,
    bitwise_or,
    bitwise_xor,
    ceil,
    cos,
    cosh,
    eq,
    erf,
    exp,
    exp2,
    expm1,
    floor,
    floor_divide,
    ge,
    gt,
    hypot,
    isfinite,
    isinf,
    isnan,
    le,
    log,
    log1p,
    log2,
    log10,
    logaddexp,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    lt,
    maximum,
    minimum,
    mul,
    ne,
    neg,
    pow,
    reciprocal,
    relu,
    remainder,
    round,
    sigmoid,
    sign,
    sin,
    sinc,
    sinh,
    sqrt,
    square,
    tan,
    tanh,
    trunc,
    xlogy,
)

__all__ = [
    "abs", "absolute", "acos", "acosh", "add", "addcdiv", "addcmul", "allclose", "arccos", "arccosh", "arcsin",
    "arcsinh", "arctan", "arctan2", "arctanh", "asin", "asinh", "atan", "atan2", "atanh", "bitwise_and", "bitwise_not",
    "bitwise_or", "bitwise_xor", "ceil", "clamp", "clip", "cos", "cosh", "count_nonzero", "div", "divide", "eq",
    "equal", "erf", "exp", "exp2", "expm1", "floor", "floor_divide", "frac", "ge", "gt", "hypot", "isclose", "isfinite",
    "isinf", "isnan", "le", "lerp", "log", "log1p", "log2", "log10", "logaddexp", "logical_and", "logical_not",
    "logical_or", "logical_xor", "logit", "lt", "maximum", "minimum", "mul", "multiply", "nan_to_num", "ne", "neg",
    "negative", "pow", "reciprocal", "relu", "remainder", "round", "rsqrt", "sigmoid", "sign", "sin", "sinc", "sinh",
    "sqrt", "square", "sub", "subtract", "tan", "tanh", "true_divide", "trunc", "where", "xlogy",
]  # fmt: skip


arccos, arccosh, arcsin, arcsinh = acos, acosh, asin, asinh
arctan, arctan2, arctanh = atan, atan2, atanh
absolute, negative, multiply = abs, neg, mul


def add(input: Any, other: Any, *, alpha: float = 1) -> Any:
    """Compute input + alpha · other."""
    return ops.add(input, other if alpha == 1 else other * alpha)


def sub(input: Any, other: Any, *, alpha: float = 1) -> Any:
    """Compute input - alpha · other."""
    return ops.sub(input, other if alpha == 1 else other * alpha)


subtract = sub


def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    """Compute input / other; rounded towards 0 with rounding_mode="trunc", downwards with "floor"."""
    if rounding_mode is None:
        return ops.div(input, other)
    if rounding_mode == "trunc":
        return ops.trunc(ops.div(input, other))
    if rounding_mode == "floor":
        return ops.floor(ops.div(input, other))
    raise ValueError(f"div: expected rounding_mode to be None, 'trunc' or 'floor', got {rounding_mode!r}")


divide = true_divide = div


def rsqrt(input: Any) -> Any:
    """Compute 1 / √input."""
    return ops.reciprocal(ops.sqrt(input))


def frac(input: Any) -> Any:
    """Take the fraction: input - trunc(input)."""
    return input - ops.trunc(input)


def logit(input: Any, eps: float | None = None) -> Any:
    """Compute log(p / (1 - p)), the inverse of sigmoid; with `eps`, of p limited to [eps, 1 - eps]."""
    p = input if eps is None else ops.clip(input, min=eps, max=1 - eps)
    return ops.log(p) - ops.log1p(-p)


def clamp(input: Any, min: Any = None, max: Any = None) -> Any:
    """Limit the elements to the range from `min` to `max`: numbers, or tensors that broadcast with `input`.

    The gradient at a bound goes to the input. Where `min` exceeds `max`, the result is `max`.
    """
    if min is None and max is None:
        raise ValueError("clamp: expected min=, max= or both, got neither")
    if not hasattr(min, "shape") and not hasattr(max, "shape"):
        return ops.clip(input, min=min, max=max)
    if min is not None:
        input = ops.where(ops.lt(input, min), min, input)
    if max is not None:
        input = ops.where(ops.gt(input, max), max, input)
    return input


clip = clamp


def only_bools(name: str, role: str, given: Any) -> None:
    """Raise TypeError unless `given`, a tensor or an array, is one of bools."""
    if hasattr(given, "dtype") and given.dtype.kind != "b":
        raise TypeError(f"{name}: expected a {role} of bools, got {given.dtype}; write {role} != 0, or {role}.bool()")


def where(condition: Any, input: Any, other: Any) -> Any:
    """Choose from `input` where `condition` holds, from `other` elsewhere."""
    only_bools("where", "condition", condition)
    return ops.where(condition, input, other)


def lerp(input: Any, end: Any, weight: Any) -> Any:
    """Go from `input` towards `end` by a share: input + weight · (end - input)."""
    return input + weight * (end - input)


def addcmul(input: Any, tensor1: Any, tensor2: Any, *, value: float = 1) -> Any:
    """Compute input + value · tensor1 · tensor2."""
    product = ops.mul(tensor1, tensor2)
    return input + (product if value == 1 else product * value)


def addcdiv(input: Any, tensor1: Any, tensor2: Any, *, value: float = 1) -> Any:
    """Compute input + value · tensor1 / tensor2."""
    ratio = ops.div(tensor1, tensor2)
    return input + (ratio if value == 1 else ratio * value)


def nan_to_num(input: Any, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Any:
    """Replace NaN by a number, and the infinities by numbers (the largest and smallest of the type, if not given)."""
    limits = np.finfo(input.dtype)
    input = ops.where(ops.isnan(input), nan, input)
    input = ops.where(ops.eq(input, math.inf), float(limits.max) if posinf is None else posinf, input)
    return ops.where(ops.eq(input, -math.inf), float(limits.min) if neginf is None else neginf, input)


def isclose(input: Any, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Any:
    """Tell where |input - other| ≤ atol + rtol · |other|; infinities are close if they are equal."""
    near = ops.le(ops.abs(input - other), atol + rtol * ops.abs(other))
    close = ops.logical_or(ops.eq(input, other), ops.logical_and(near, ops.isfinite(other)))
    return ops.logical_or(close, ops.logical_and(ops.isnan(input), ops.isnan(other))) if equal_nan else close


def allclose(input: Any, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Tell whether all elements are close; see `isclose`."""
    return bool(ops.all(isclose(input, other, rtol, atol, equal_nan)))


def equal(input: Any, other: Any) -> bool:
    """Tell whether two tensors have the same shape and the same elements."""
    return tuple(input.shape) == tuple(other.shape) and bool(ops.all(ops.eq(input, other)))


@numpy_names
def count_nonzero(input: Any, dim: Any = None) -> Any:
    """Count the elements that are not 0."""
    return ops.sum(ops.ne(input, 0), axis=tuple(dim) if isinstance(dim, list | tuple) else dim)
