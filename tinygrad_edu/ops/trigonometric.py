"""Trigonometric and hyperbolic functions of every element, and their inverses. Angles are in radians."""

import numpy as np

from tinygrad_edu.engine.op import Sample, op
from tinygrad_edu.ops.arithmetic import ANY, PAIRS, POSITIVE_PAIRS

__all__ = [
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cos", "cosh", "hypot", "sin", "sinc", "sinh", "tan",
    "tanh",
]  # fmt: skip

INSIDE = [Sample(*sample.inputs, domain=(-0.9, 0.9)) for sample in ANY]
ABOVE_1 = [Sample(*sample.inputs, domain=(1.2, 3.0)) for sample in ANY]


@op(np.sin, formula="y = sin(a)", derivative=("g cos(a)",), samples=ANY)
def sin(a):
    def grad_a(g):
        return g * np.cos(a)

    return np.sin(a), (grad_a,)


@op(np.cos, formula="y = cos(a)", derivative=("-g sin(a)",), samples=ANY)
def cos(a):
    def grad_a(g):
        return -g * np.sin(a)

    return np.cos(a), (grad_a,)


@op(np.tan, formula="y = tan(a)", derivative=("g (1 + y²)",), samples=INSIDE)
def tan(a):
    y = np.tan(a)

    def grad_a(g):
        return g * (1 + y * y)

    return y, (grad_a,)


@op(np.arcsin, formula="y = asin(a)", derivative=("g / √(1 - a²)",), samples=INSIDE)
def asin(a):
    def grad_a(g):
        return g / np.sqrt(1 - a * a)

    return np.arcsin(a), (grad_a,)


@op(np.arccos, formula="y = acos(a)", derivative=("-g / √(1 - a²)",), samples=INSIDE)
def acos(a):
    def grad_a(g):
        return -g / np.sqrt(1 - a * a)

    return np.arccos(a), (grad_a,)


@op(np.arctan, formula="y = atan(a)", derivative=("g / (1 + a²)",), samples=ANY)
def atan(a):
    def grad_a(g):
        return g / (1 + a * a)

    return np.arctan(a), (grad_a,)


@op(
    np.arctan2,
    formula="y = atan2(a, b)",
    derivative=("g b / (a² + b²)", "-g a / (a² + b²)"),
    samples=PAIRS,
)
def atan2(a, b):
    """Compute the angle of the point with abscissa b and ordinate a, from -π to π. Both slopes at (0, 0) are 0."""

    def over_square(g):
        square = a * a + b * b
        return np.where(square == 0, 0, g / np.where(square == 0, 1, square))

    def grad_a(g):
        return over_square(g) * b

    def grad_b(g):
        return -over_square(g) * a

    return np.arctan2(a, b), (grad_a, grad_b)


@op(np.hypot, formula="y = √(a² + b²)", derivative=("g a / y", "g b / y"), samples=POSITIVE_PAIRS)
def hypot(a, b):
    """Compute the length of the vector (a, b) without overflow. Its slopes at (0, 0) are NaN."""
    y = np.hypot(a, b)

    def grad_a(g):
        return g * (a / y)

    def grad_b(g):
        return g * (b / y)

    return y, (grad_a, grad_b)


@op(np.sinh, formula="y = sinh(a)", derivative=("g cosh(a)",), samples=ANY)
def sinh(a):
    def grad_a(g):
        return g * np.cosh(a)

    return np.sinh(a), (grad_a,)


@op(np.cosh, formula="y = cosh(a)", derivative=("g sinh(a)",), samples=ANY)
def cosh(a):
    def grad_a(g):
        return g * np.sinh(a)

    return np.cosh(a), (grad_a,)


@op(np.tanh, formula="y = tanh(a)", derivative=("g (1 - y²)",), samples=ANY)
def tanh(a):
    y = np.tanh(a)

    def grad_a(g):
        return g * (1 - y * y)

    return y, (grad_a,)


@op(np.arcsinh, formula="y = asinh(a)", derivative=("g / √(a² + 1)",), samples=ANY)
def asinh(a):
    def grad_a(g):
        return g / np.sqrt(a * a + 1)

    return np.arcsinh(a), (grad_a,)


@op(np.arccosh, formula="y = acosh(a)", derivative=("g / √(a² - 1)",), samples=ABOVE_1)
def acosh(a):
    def grad_a(g):
        return g / np.sqrt(a * a - 1)

    return np.arccosh(a), (grad_a,)


@op(np.arctanh, formula="y = atanh(a)", derivative=("g / (1 - a²)",), samples=INSIDE)
def atanh(a):
    def grad_a(g):
        return g / (1 - a * a)

    return np.arctanh(a), (grad_a,)


@op(
    np.sinc,
    formula="y = sin(π a) / (π a)",
    derivative=("g (cos(π a) - y) / a",),
    samples=[*ANY, Sample((3,), domain=(5e-4, 9.9e-4))],
    of_floats=True,
)
def sinc(a):
    """Compute the normalized sinc function; it is 1 at 0, and flat there."""
    y = np.sinc(a)

    def grad_a(g):
        # Close to 0 the difference cancels; there the series of the slope, -π² a / 3 + π⁴ a³ / 30, is exact.
        near = np.abs(a) < 1e-3
        safe = np.where(near, 1, a)
        series = -(np.pi**2) * a / 3 + np.pi**4 * a * a * a / 30
        return g * np.where(near, series, (np.cos(np.pi * safe) - np.sinc(safe)) / safe)

    return y, (grad_a,)
