"""Functions of each element. Those that need no translation are the operations themselves."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.dtypes import get_default_dtype
from tinygrad_edu.engine.op import NUMPY
from tinygrad_edu.functions.numpy_protocol import answers
from tinygrad_edu.ops import exponential, trigonometric
from tinygrad_edu.ops.activation import relu, sigmoid
from tinygrad_edu.ops.arithmetic import abs, mul, neg, pow
from tinygrad_edu.ops.exponential import *  # noqa: F403
from tinygrad_edu.ops.rounding import ceil, copysign, floor, fmod, remainder, sign, trunc
from tinygrad_edu.ops.special import erf, erfc
from tinygrad_edu.ops.trigonometric import *  # noqa: F403

if TYPE_CHECKING:
    from tinygrad_edu.tensors.tensor import Tensor

__all__ = [
    "abs", "absolute", "add", "addcdiv", "addcmul", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2",
    "arctanh", "ceil", "copysign", "deg2rad", "div", "divide", "erf", "erfc", "fix", "float_power", "floor", "fmod",
    "frac", "heaviside", "lerp", "logit", "mul", "multiply", "neg", "negative", "positive", "pow", "rad2deg", "relu",
    "remainder", "round", "rsqrt", "sgn", "sigmoid", "sign", "sub", "subtract", "true_divide", "trunc",
]  # fmt: skip
__all__ += exponential.__all__
__all__ += trigonometric.__all__

arccos, arccosh, arcsin, arcsinh = ops.acos, ops.acosh, ops.asin, ops.asinh
arctan, arctan2, arctanh = ops.atan, ops.atan2, ops.atanh
absolute, negative, multiply = abs, neg, mul
fix, sgn = trunc, sign


def add(input: Any, other: Any, *, alpha: float = 1) -> Tensor:
    """Compute input + alpha · other."""
    if alpha < 0:  # bytes have no negative numbers to multiply with
        return ops.sub(input, other if alpha == -1 else other * -alpha)
    return ops.add(input, other if alpha == 1 else other * alpha)


def sub(input: Any, other: Any, *, alpha: float = 1) -> Tensor:
    """Compute input - alpha · other."""
    return add(input, other, alpha=-alpha)


subtract = sub


def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Tensor:
    """Compute input / other; rounded towards 0 with rounding_mode="trunc", downwards with "floor"."""
    if rounding_mode is None:
        return ops.div(input, other)
    if rounding_mode == "trunc":
        return ops.div_trunc(input, other)
    if rounding_mode == "floor":
        return ops.div_floor(input, other)
    raise ValueError(f"div: expected rounding_mode to be None, 'trunc' or 'floor', got {rounding_mode!r}")


divide = true_divide = div


def as_floats(input: Any) -> Any:
    """Make integers and bools floats of the default type; leave floats and plain numbers as they are."""
    return (
        input
        if not hasattr(input, "dtype") or input.dtype.kind == "f"
        else ops.astype(input, dtype=get_default_dtype())
    )


def float_power(input: Any, exponent: Any) -> Tensor:
    """Compute inputᵉˣᵖᵒⁿᵉⁿᵗ in float64, whatever the types."""
    base, exponent = (ops.astype(x, dtype=np.float64) if hasattr(x, "dtype") else x for x in (input, exponent))
    return ops.pow(base if hasattr(base, "dtype") else np.float64(base), exponent)


NUMPY[np.float_power] = float_power


def heaviside(input: Any, values: Any) -> Tensor:
    """Compute 0 where the input is below 0 or NaN, 1 where it is above, and `values` where it is 0. It has no gradient.

    Raises:
        TypeError: the two are not tensors of one type.
    """
    types = [str(getattr(a, "dtype", "a number")) for a in (input, values)]
    if types[0] != types[1] or "a number" in types:
        raise TypeError(f"heaviside: expected two tensors of one type, got {types[0]} and {types[1]}")
    x, at_0 = (getattr(a, "array", a) for a in (input, values))
    return input.new_tensor(np.where(x == 0, at_0, x > 0), dtype=input.dtype)


def rsqrt(input: Any) -> Tensor:
    """Compute 1 / √input."""
    return ops.reciprocal(ops.sqrt(input))


@answers(np.round, np.around)
def round(input: Any, decimals: int = 0) -> Tensor:
    """Round to so many decimals, of two numbers as near to the even one. With decimals=-2, to hundreds."""
    if not decimals:
        return ops.round(input)
    scale = 10.0 ** math.fabs(decimals)
    return ops.round(input * scale) / scale if decimals > 0 else ops.round(input / scale) * scale


def frac(input: Any) -> Tensor:
    """Take the fraction: input - trunc(input)."""
    return input - ops.trunc(input)


def logit(input: Any, eps: float | None = None) -> Tensor:
    """Compute log(p / (1 - p)), the inverse of sigmoid; with `eps`, of p limited to [eps, 1 - eps]."""
    input = as_floats(input)
    p = input if eps is None else ops.clip(input, min=eps, max=1 - eps)
    return ops.log(p) - ops.log1p(-p)


def lerp(input: Any, end: Any, weight: Any) -> Tensor:
    """Go from `input` towards `end` by a share: input + weight · (end - input)."""
    return input + weight * (end - input)


def addcmul(input: Any, tensor1: Any, tensor2: Any, *, value: float = 1) -> Tensor:
    """Compute input + value · tensor1 · tensor2."""
    product = ops.mul(tensor1, tensor2)
    return input + (product if value == 1 else product * value)


def addcdiv(input: Any, tensor1: Any, tensor2: Any, *, value: float = 1) -> Tensor:
    """Compute input + value · tensor1 / tensor2."""
    ratio = ops.div(tensor1, tensor2)
    return input + (ratio if value == 1 else ratio * value)


def positive(input: Any) -> Tensor:
    """Return the input."""
    return input


def deg2rad(input: Any) -> Tensor:
    """Turn degrees into radians."""
    return input * (math.pi / 180)


def rad2deg(input: Any) -> Tensor:
    """Turn radians into degrees."""
    return input * (180 / math.pi)


# NumPy's functions of each element that are no operation here


@answers(np.unwrap)
def unwrap(p: Any, discont: float | None = None, axis: int = -1, *, period: float = 2 * math.pi) -> Any:
    """Add whole periods, so that neighbours differ by less than half of one. They are constants to the gradient."""
    return np.add(p, np.unwrap(p.array, discont, axis, period=period) - p.array)


NUMPY.update(
    {
        np.cbrt: lambda x: np.multiply(np.sign(x), np.power(np.abs(x), 1 / 3)),
        np.conjugate: positive,
        np.deg2rad: deg2rad,
        np.degrees: rad2deg,
        np.divmod: lambda a, b: (np.floor_divide(a, b), np.remainder(a, b)),
        np.fabs: np.abs,
        np.imag: np.zeros_like,
        np.ldexp: lambda x, exponent: np.multiply(x, 2.0**exponent),
        np.logaddexp2: lambda a, b: np.log2(np.add(np.exp2(np.subtract(a, m := np.maximum(a, b))), np.exp2(b - m))) + m,
        np.modf: lambda x: (frac(x), np.trunc(x)),
        np.positive: positive,
        np.rad2deg: rad2deg,
        np.radians: deg2rad,
        np.real: positive,
        np.real_if_close: lambda a, tol=100: a,
        np.rint: np.round,
    }
)
if hasattr(np, "fix"):  # deprecated by NumPy 2.5
    NUMPY[np.fix] = NUMPY[np.trunc]
