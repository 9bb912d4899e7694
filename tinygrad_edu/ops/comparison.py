"""Comparisons, logic, positions and constants: operations that have no derivative."""

import numpy as np

from tinygrad_edu.engine.op import Op, Sample, op
from tinygrad_edu.ops.arithmetic import ANY, PAIRS, POSITIVE_PAIRS
from tinygrad_edu.ops.rounding import floored

__all__ = [
    "bitwise_and", "bitwise_not", "bitwise_or", "bitwise_xor", "eq", "floor_divide", "ge", "gt", "isfinite", "isinf",
    "isnan", "le", "logical_and", "logical_not", "logical_or", "logical_xor", "lt", "ne",
]  # fmt: skip

BITS = np.array([True, False, True]), np.array([[True], [False]])
AXES = [Sample((3, 4)), Sample((3, 4), axis=0), Sample((2, 3, 2), axis=-1, keepdims=True)]


def _of_one(name, function, formula, samples) -> Op:
    def rule(a, **params):
        return function(a, **params), (None,)

    return _register(rule, name, function, formula, samples)


def _of_two(name, function, formula, samples) -> Op:
    def rule(a, b):
        return function(a, b), (None, None)

    return _register(rule, name, function, formula, samples)


def _register(rule, name, function, formula, samples) -> Op:
    rule.__name__ = name
    rule.__doc__ = f"Compute {formula}. It has no derivative."
    return op(function, formula=formula, derivative=None, samples=samples)(rule)


eq = _of_two("eq", np.equal, "y = a == b", PAIRS)
ne = _of_two("ne", np.not_equal, "y = a != b", PAIRS)
lt = _of_two("lt", np.less, "y = a < b", PAIRS)
le = _of_two("le", np.less_equal, "y = a <= b", PAIRS)
gt = _of_two("gt", np.greater, "y = a > b", PAIRS)
ge = _of_two("ge", np.greater_equal, "y = a >= b", PAIRS)

logical_and = _of_two("logical_and", np.logical_and, "y = a and b", [Sample(*BITS)])
logical_or = _of_two("logical_or", np.logical_or, "y = a or b", [Sample(*BITS)])
logical_xor = _of_two("logical_xor", np.logical_xor, "y = a xor b", [Sample(*BITS)])
logical_not = _of_one("logical_not", np.logical_not, "y = not a", [Sample(BITS[0])])
bitwise_and = _of_two("bitwise_and", np.bitwise_and, "y = a & b", [Sample(*BITS)])
bitwise_or = _of_two("bitwise_or", np.bitwise_or, "y = a | b", [Sample(*BITS)])
bitwise_xor = _of_two("bitwise_xor", np.bitwise_xor, "y = a ^ b", [Sample(*BITS)])
bitwise_not = _of_one("bitwise_not", np.invert, "y = ~a", [Sample(BITS[0])])


@op(np.floor_divide, formula="y = ⌊a / b⌋", derivative=None, samples=POSITIVE_PAIRS)
def floor_divide(a, b):
    """Compute the quotient, rounded downwards. It has no derivative."""
    return floored(a, b), (None, None)


isnan = _of_one("isnan", np.isnan, "y = a is NaN", ANY)
isinf = _of_one("isinf", np.isinf, "y = |a| == ∞", ANY)
isfinite = _of_one("isfinite", np.isfinite, "y = |a| < ∞", ANY)

zeros_like = _of_one("zeros_like", np.zeros_like, "y = 0, in the shape of a", ANY)
ones_like = _of_one("ones_like", np.ones_like, "y = 1, in the shape of a", ANY)

argmax = _of_one("argmax", np.argmax, "y = the position of the largest a", AXES)
argsort = _of_one("argsort", np.argsort, "y = the order that sorts a", AXES[1:2])
argmin = _of_one("argmin", np.argmin, "y = the position of the smallest a", AXES)
any = _of_one("any", np.any, "y = whether any a is true", AXES)
all = _of_one("all", np.all, "y = whether all a are true", AXES)
