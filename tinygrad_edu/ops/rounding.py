"""Rounding. These functions are flat wherever they have a slope, so their gradient is 0."""

import numpy as np

from tinygrad_edu.engine.op import op
from tinygrad_edu.ops.arithmetic import ANY


def _flat(name, function, formula):
    def rule(a):
        def grad_a(g):
            return np.zeros_like(g)

        return function(a), (grad_a,)

    rule.__name__ = name
    rule.__doc__ = f"Compute {formula}. Its gradient is 0."
    return op(function, formula=formula, derivative=("0",), samples=ANY)(rule)


sign = _flat("sign", np.sign, "y = -1, 0 or 1, the sign of a")
floor = _flat("floor", np.floor, "y = the largest whole number up to a")
ceil = _flat("ceil", np.ceil, "y = the smallest whole number from a on")
round = _flat("round", np.round, "y = the nearest whole number to a, the even one of two")
trunc = _flat("trunc", np.trunc, "y = a without its fraction")
