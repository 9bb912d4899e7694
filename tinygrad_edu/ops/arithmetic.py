"""Arithmetic: the first operations to read.

Each is a plain NumPy function that returns its value and one pullback for each input. `g` is the gradient of the
output. Nothing here mentions broadcasting: `unbroadcast` sums a gradient back to the shape of its input. The names
are PyTorch's, two of which (`pow`, `abs`) hide Python's own in this file.
"""

import numpy as np

from tinygrad_edu.engine.op import Sample, op

# Shapes of inputs to check on: equal, a row beside a matrix, one number, both stretched, no elements at all.
PAIRS = [Sample((3, 4), (3, 4)), Sample((3, 4), (4,)), Sample((), (2, 3)), Sample((2, 1), (1, 3)), Sample((0, 3), (3,))]
POSITIVE_PAIRS = [Sample(*sample.inputs, domain=(0.3, 2.0)) for sample in PAIRS]
ANY = [Sample((3, 4)), Sample(()), Sample((0, 3)), Sample((2, 1, 3))]


@op(np.add, formula="y = a + b", derivative=("g", "g"), samples=PAIRS, linear=True)
def add(a, b):
    def grad_a(g):
        return g

    def grad_b(g):
        return g

    return np.add(a, b), (grad_a, grad_b)


@op(np.subtract, formula="y = a - b", derivative=("g", "-g"), samples=PAIRS, linear=True)
def sub(a, b):
    def grad_a(g):
        return g

    def grad_b(g):
        return -g

    return np.subtract(a, b), (grad_a, grad_b)


@op(np.negative, formula="y = -a", derivative=("-g",), samples=ANY, linear=True)
def neg(a):
    def grad_a(g):
        return -g

    return np.negative(a), (grad_a,)


@op(np.multiply, formula="y = a b", derivative=("g b", "g a"), samples=PAIRS)
def mul(a, b):
    def grad_a(g):
        return g * b

    def grad_b(g):
        return g * a

    return np.multiply(a, b), (grad_a, grad_b)


@op(np.divide, formula="y = a / b", derivative=("g / b", "-g a / b²"), samples=POSITIVE_PAIRS)
def div(a, b):
    def grad_a(g):
        return g / b

    def grad_b(g):
        return -g * (a / b) / b  # b² could overflow where this does not

    return np.divide(a, b), (grad_a, grad_b)


@op(np.absolute, formula="y = |a|", derivative=("g sign(a)",), samples=ANY)
def abs(a):
    """Take the absolute value. The subgradient at 0 is 0, and at NaN too."""

    def grad_a(g):
        return np.where(a > 0, g, np.where(a < 0, -g, 0))

    return np.absolute(a), (grad_a,)


@op(
    np.power,
    formula="y = aᵇ",
    derivative=("g b aᵇ⁻¹", "g y log(a)"),
    samples=[
        *POSITIVE_PAIRS,
        Sample((3, 4), 2),
        Sample((3,), 3),
        Sample((4,), -1.5, domain=(0.3, 2.0)),
        Sample(2.0, (3,)),
    ],
)
def pow(a, b):
    """Raise a to the power b. At a = 0 the slope of a⁰ is 0, and so is that of 0ᵇ in b for b ≥ 0."""
    y = a**b  # NumPy squares for a**2, but not for np.power(a, 2)

    def grad_a(g):
        # Where b is 0 the slope is 0; an exponent of 1 in place of 0 keeps 0 · 0⁻¹ from becoming NaN.
        nonzero = (b or 1) if isinstance(b, int | float) else np.where(b == 0, 1, b)
        return g * b * a ** (nonzero - 1)

    def grad_b(g):
        return g * y * np.log(np.where(np.logical_and(a == 0, b >= 0), np.ones_like(y), a))

    return y, (grad_a, grad_b)
