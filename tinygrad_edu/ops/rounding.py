"""Rounding and signs, which are flat wherever they have a slope (their gradient is 0), and what they take off."""

import numpy as np

from tinygrad_edu.engine.op import Op, Sample, op
from tinygrad_edu.ops.arithmetic import ANY, PAIRS, POSITIVE_PAIRS


def _flat(name, function, formula, words, numpy=None) -> Op:
    def rule(a):
        def grad_a(g):
            return np.zeros_like(g)

        return function(a), (grad_a,)

    rule.__name__ = name
    rule.__doc__ = f"{words}. The gradient is 0."
    return op(numpy or function, formula=formula, derivative=("0",), samples=ANY)(rule)


def _sign(a):
    return np.sign(a) if a.dtype.kind != "b" else np.copy(a)  # NumPy has none of bools


sign = _flat("sign", _sign, "y = 1 where a > 0, -1 where a < 0, else 0", "Take the sign of a", np.sign)
floor = _flat("floor", np.floor, "y = ⌊a⌋", "Take the largest whole number up to a")
ceil = _flat("ceil", np.ceil, "y = ⌈a⌉", "Take the smallest whole number from a on")
round = _flat("round", np.round, "y = round(a)", "Take the whole number nearest to a, of two the even one")
trunc = _flat("trunc", np.trunc, "y = sign(a) ⌊|a|⌋", "Take a without its fraction")


def _flat_quotient(name, function, formula, words) -> Op:
    def rule(a, b):
        def grad(g):
            return np.zeros_like(g)

        return function(a, b), (grad, grad)

    rule.__name__ = name
    rule.__doc__ = f"Compute a / b, rounded {words}; of integers, an integer. The gradients are 0."
    return op(formula=formula, derivative=("0", "0"), samples=POSITIVE_PAIRS, reference=function)(rule)


def _check_divisor(a, b):
    """Raise ValueError for an integer over 0, which NumPy calls 0."""
    if all(x.dtype.kind != "f" if hasattr(x, "dtype") else isinstance(x, int) for x in (a, b)) and not np.all(b):
        raise ValueError("integers cannot be divided by 0; make them floats first: a.float()")


def floored(a, b):
    """Round a / b downwards."""
    _check_divisor(a, b)
    return np.floor_divide(a, b)


def _truncated(a, b):
    """Round a / b towards 0, exactly for integers: what fmod leaves is taken off first."""
    if np.result_type(a, b).kind == "f":
        return np.trunc(np.divide(a, b))
    _check_divisor(a, b)
    return np.floor_divide(a - np.fmod(a, b), b)


div_floor = _flat_quotient("div_floor", floored, "y = ⌊a / b⌋", "downwards")
div_trunc = _flat_quotient("div_trunc", _truncated, "y = trunc(a / b)", "towards 0")


@op(
    np.remainder,
    formula="y = a - b ⌊a / b⌋",
    derivative=("g", "-g ⌊a / b⌋"),
    samples=[*POSITIVE_PAIRS, Sample((5,), 0.7)],
)
def remainder(a, b):
    """Compute what division leaves, with the sign of b. The jumps where a / b is whole count as flat.

    The quotient is the one that belongs to the remainder: a / b, rounded first, may be the next whole number.
    """

    def grad_a(g):
        return g

    def grad_b(g):
        return -g * np.floor_divide(a, b)

    return np.remainder(a, b), (grad_a, grad_b)


@op(
    np.fmod,
    formula="y = a - b trunc(a / b)",
    derivative=("g", "-g trunc(a / b)"),
    samples=[*POSITIVE_PAIRS, Sample((5,), 0.7)],
)
def fmod(a, b):
    """Compute what division leaves, with the sign of a. The jumps where a / b is whole count as flat."""

    def grad_a(g):
        return g

    def grad_b(g):
        return -g * div_trunc(a, b)

    return np.fmod(a, b), (grad_a, grad_b)


@op(
    np.copysign,
    formula="y = |a| where b ≥ 0, else -|a|",
    derivative=("g sign(a) where b ≥ 0, else -g sign(a)", "0"),
    samples=PAIRS,
)
def copysign(a, b):
    """Give a the sign of b, which -0.0 has too. The subgradient at a = 0 is 0; to b it is 0 everywhere."""

    def grad_a(g):
        return g * np.sign(a) * np.copysign(1, b)

    def grad_b(g):
        return np.zeros_like(g)

    return np.copysign(a, b), (grad_a, grad_b)
