"""Operations on each element as ONNX has them: an operator of the same meaning, or a formula of several."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu.interop.onnx.graph import Value, node

SAME = {
    "abs": "Abs", "acos": "Acos", "acosh": "Acosh", "add": "Add", "asin": "Asin", "asinh": "Asinh", "atan": "Atan",
    "atanh": "Atanh", "ceil": "Ceil", "clamp_max": "Min", "clamp_min": "Max", "cos": "Cos", "cosh": "Cosh",
    "div": "Div", "erf": "Erf", "exp": "Exp", "floor": "Floor", "log": "Log", "maximum": "Max", "minimum": "Min",
    "mul": "Mul", "neg": "Neg", "pow": "Pow", "reciprocal": "Reciprocal", "relu": "Relu", "round": "Round",
    "sigmoid": "Sigmoid", "sign": "Sign", "sin": "Sin", "sinh": "Sinh", "sqrt": "Sqrt", "sub": "Sub", "tan": "Tan",
    "tanh": "Tanh",
}  # fmt: skip
"""Operations on numbers, and the operator that means the same."""

COMPARISONS = {"eq": "Equal", "ge": "GreaterOrEqual", "gt": "Greater", "le": "LessOrEqual", "lt": "Less"}
TRUTHS = {
    "bitwise_and": "And", "bitwise_not": "Not", "bitwise_or": "Or", "bitwise_xor": "Xor", "logical_and": "And",
    "logical_not": "Not", "logical_or": "Or", "logical_xor": "Xor",
}  # fmt: skip
"""Operations on truth values. Of whole numbers, ONNX has none of these."""


def elu(a: Value, *, alpha: float = 1.0, scale: float = 1.0, rate: float = 1.0) -> Value:
    if rate == 1.0:
        y = node("Elu", a, alpha=alpha)
    elif rate == alpha:
        y = node("Celu", a, alpha=alpha)
    else:
        y = node("Where", node("Greater", a, 0, dtype=bool), a, alpha * (node("Exp", a / rate) - 1), dtype=a.dtype)
    return y if scale == 1.0 else y * scale


def softplus(a: Value, *, beta: float = 1.0, threshold: float = 20.0) -> Value:
    scaled = a if beta == 1.0 else a * beta
    y = node("Softplus", scaled)
    y = y if beta == 1.0 else y / beta
    if threshold >= 20.0:  # from there on the two are equal but for 1e-10
        return y
    return node("Where", node("Greater", scaled, threshold, dtype=bool), a, y, dtype=a.dtype)


def clip(a: Value, *, min: Any = None, max: Any = None) -> Value:
    return node("Clip", a, min, max)


FORMULAS: dict[str, Callable[..., Any]] = {
    "clip": clip,
    "elu": elu,
    "erfc": lambda a: 1 - node("Erf", a),
    "exp2": lambda a: node("Exp", a * math.log(2)),
    "expm1": lambda a: node("Exp", a) - 1,
    "gelu": lambda a, approximate="none": node("Gelu", a, approximate=approximate),
    "hardtanh": lambda a, min_val=-1.0, max_val=1.0: node("Clip", a, min_val, max_val),
    "hypot": lambda a, b: node("Sqrt", a * a + b * b),
    "leaky_relu": lambda a, negative_slope=0.01: node("LeakyRelu", a, alpha=negative_slope),
    "log10": lambda a: node("Log", a) / math.log(10),
    "log1p": lambda a: node("Log", a + 1),
    "log2": lambda a: node("Log", a) / math.log(2),
    "logaddexp": lambda a, b: node("Max", a, b) + node("Softplus", -node("Abs", a - b)),
    "remainder": lambda a, b: a - b * node("Floor", a / b),
    "silu": lambda a: a * node("Sigmoid", a),
    "softplus": softplus,
    "square": lambda a: a * a,
    "trunc": lambda a: node("Sign", a) * node("Floor", node("Abs", a)),
}
"""Operations on numbers that take several operators, or one with attributes."""


def elementwise(name: str, inputs: list[Any], dtypes: list[np.dtype[Any]], dtype: np.dtype[Any], params: Any) -> Any:
    """Translate an operation on each element, or return None if it is none that is known.

    ONNX wants the inputs of an operator to be of one type; here, they are made so.
    """
    if name in TRUTHS:
        known = all(kind == np.bool_ for kind in dtypes)
        return node(TRUTHS[name], *as_type(inputs, np.dtype(bool)), dtype=bool) if known else None
    if name in ("isnan", "isinf"):
        return node({"isnan": "IsNaN", "isinf": "IsInf"}[name], *inputs, dtype=bool)
    if name in COMPARISONS or name == "ne":
        values = as_type(inputs, np.result_type(*dtypes) if dtypes else dtype)
        same = node(COMPARISONS.get(name, "Equal"), *values, dtype=bool)
        return node("Not", same) if name == "ne" else same
    if name in SAME:
        return node(SAME[name], *as_type(inputs, dtype))
    if name in FORMULAS:
        return FORMULAS[name](*as_type(inputs, dtype), **params)
    return None


def as_type(inputs: list[Any], dtype: np.dtype[Any]) -> list[Any]:
    """Return values of one type; numbers become what the node makes of them."""
    return [cast(x, dtype) if isinstance(x, Value) else x for x in inputs]


def cast(value: Value, dtype: np.dtype[Any]) -> Value:
    """Return a value as another type."""
    if value.dtype == dtype:
        return value
    kind = value.graph.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    return node("Cast", value, dtype=dtype, to=kind)
