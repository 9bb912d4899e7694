"""Functions of each element. Those that need no translation are the operations themselves."""

from __future__ import annotations

from typing import Any

from tinygrad_edu import ops
from tinygrad_edu.ops import (
    abs,
    cos,
    eq,
    exp,
    ge,
    gt,
    isfinite,
    isinf,
    isnan,
    le,
    log,
    logical_and,
    logical_not,
    logical_or,
    lt,
    maximum,
    minimum,
    mul,
    ne,
    neg,
    pow,
    relu,
    sigmoid,
    sign,
    sin,
    sqrt,
    tanh,
)

__all__ = [
    "abs", "add", "clamp", "clip", "cos", "div", "eq", "exp", "ge", "gt", "isfinite", "isinf", "isnan", "le", "log",
    "logical_and", "logical_not", "logical_or", "lt", "maximum", "minimum", "mul", "ne", "neg", "pow", "relu",
    "sigmoid", "sign", "sin", "sqrt", "square", "sub", "tanh", "where",
]  # fmt: skip


def add(input: Any, other: Any, *, alpha: float = 1) -> Any:
    """Compute input + alpha · other."""
    return ops.add(input, other if alpha == 1 else other * alpha)


def sub(input: Any, other: Any, *, alpha: float = 1) -> Any:
    """Compute input - alpha · other."""
    return ops.sub(input, other if alpha == 1 else other * alpha)


def div(input: Any, other: Any) -> Any:
    """Compute input / other."""
    return ops.div(input, other)


def square(input: Any) -> Any:
    """Compute input²."""
    return ops.mul(input, input)


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


def where(condition: Any, input: Any, other: Any) -> Any:
    """Choose from `input` where `condition` holds, from `other` elsewhere."""
    return ops.where(condition, input, other)
