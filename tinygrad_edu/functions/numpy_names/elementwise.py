"""Functions of each element, and choices between values."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.op import NUMPY
from tinygrad_edu.functions import pointwise
from tinygrad_edu.functions.numpy_protocol import answers
from tinygrad_edu.functions.shape import plain_index

NUMPY.update(
    {
        np.cbrt: lambda x: np.multiply(np.sign(x), np.power(np.abs(x), 1 / 3)),
        np.conjugate: lambda x: x,
        np.copysign: lambda a, b: np.where(np.signbit(b), np.negative(np.abs(a)), np.abs(a)),
        np.deg2rad: lambda x: np.multiply(x, math.pi / 180),
        np.degrees: lambda x: np.multiply(x, 180 / math.pi),
        np.divmod: lambda a, b: (np.floor_divide(a, b), np.remainder(a, b)),
        np.fabs: np.abs,
        np.fix: np.trunc,
        np.float_power: lambda a, b: np.power(np.multiply(a, np.float64(1)), b),
        np.fmax: lambda a, b: np.maximum(np.where(np.isnan(a), b, a), np.where(np.isnan(b), a, b)),
        np.fmin: lambda a, b: np.minimum(np.where(np.isnan(a), b, a), np.where(np.isnan(b), a, b)),
        np.fmod: lambda a, b: np.where(np.less(a, 0), np.negative(r := np.remainder(abs(a), abs(b))), r),
        np.heaviside: lambda x, h: np.where(np.equal(x, 0), h, np.divide(np.add(np.sign(x), 1), 2)),
        np.imag: np.zeros_like,
        np.isclose: pointwise.isclose,
        np.ldexp: lambda x, exponent: np.multiply(x, 2.0**exponent),
        np.logaddexp2: lambda a, b: np.log2(np.add(np.exp2(np.subtract(a, m := np.maximum(a, b))), np.exp2(b - m))) + m,
        np.modf: lambda x: (np.subtract(x, np.trunc(x)), np.trunc(x)),
        np.nan_to_num: lambda x, copy=True, nan=0.0, posinf=None, neginf=None: pointwise.nan_to_num(
            x, nan, posinf, neginf
        ),
        np.positive: lambda x: x,
        np.rad2deg: lambda x: np.multiply(x, 180 / math.pi),
        np.radians: lambda x: np.multiply(x, math.pi / 180),
        np.real: lambda x: x,
        np.real_if_close: lambda a, tol=100: a,
        np.rint: np.round,
    }
)


@answers(np.round, np.around)
def round(a: Any, decimals: int = 0) -> Any:
    """Round to so many decimals. Its slope is 0."""
    return ops.round(a) if not decimals else np.divide(ops.round(np.multiply(a, 10.0**decimals)), 10.0**decimals)


@answers(np.clip)
def clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    """Limit the elements to a range. The subgradient at a bound goes to `a`."""
    low, high = (min if a_min is None else a_min), (max if a_max is None else a_max)
    if low is None and high is None:
        return np.copy(a)
    return pointwise.clamp(a, low, high) if hasattr(a, "__apply_op__") else np.minimum(np.maximum(a, low), high)


@answers(np.select)
def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    """Choose for each place from the first choice whose condition holds there."""
    result = default
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        result = np.where(condition, choice, result)
    return result


@answers(np.choose)
def choose(a: Any, choices: Sequence[Any]) -> Any:
    """Choose for each place from the choice with the number `a`."""
    return select([np.equal(a, i) for i in range(len(choices))], choices)


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


@answers(np.unwrap)
def unwrap(p: Any, discont: float | None = None, axis: int = -1, *, period: float = 2 * math.pi) -> Any:
    """Add whole periods, so that neighbours differ by less than half of one. They are constants to the gradient."""
    return np.add(p, np.unwrap(p.array, discont, axis, period=period) - p.array)
