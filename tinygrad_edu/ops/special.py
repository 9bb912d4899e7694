"""The error function and its complement, which NumPy does not have.

Between the points of a fine grid, whose values come from `math.erf`, its Taylor series is exact to
rounding: the derivatives of erf are Hermite polynomials times exp(-x²).
"""

import math

import numpy as np

from tinygrad_edu.engine.op import Sample, op
from tinygrad_edu.ops.arithmetic import ANY

STEPS = 32  # grid points in a unit
LARGEST = 6  # erf is 1 in double precision from here on
GRID = np.arange(LARGEST * STEPS + 1) / STEPS
AT_GRID = np.array([math.erf(x) for x in GRID])
SLOPE_AT_GRID = 2 / math.sqrt(math.pi) * np.exp(-GRID * GRID)


def _erf(a):
    size = np.minimum(np.abs(a).astype(np.float64), LARGEST)
    nearest = np.rint(np.nan_to_num(size) * STEPS).astype(int)
    x = GRID[nearest]
    d = size - x
    # The k-th derivative of the slope is (-1)ᵏ Hₖ(x) times the slope, with Hₖ₊₁ = 2x Hₖ - 2k Hₖ₋₁.
    hermite_before, hermite = 0.0, 1.0
    power, series = d, d.copy()
    for k in range(1, 9):
        hermite_before, hermite = hermite, 2 * x * hermite - 2 * (k - 1) * hermite_before
        power = power * -d / (k + 1)
        series += power * hermite
    return np.copysign(AT_GRID[nearest] + SLOPE_AT_GRID[nearest] * series, a).astype(a.dtype)


@op(
    formula="y = 2 (∫₀ᵃ exp(-t²) dt) / √π",
    derivative=("2 g exp(-a²) / √π",),
    samples=[*ANY, Sample((9,), domain=(-5.0, 5.0))],
    reference=np.vectorize(math.erf, otypes=[np.float64]),
    of_floats=True,
)
def erf(a):
    """Compute the error function, to double precision."""

    def grad_a(g):
        return g * (2 / math.sqrt(math.pi)) * np.exp(-a * a)

    # From Tensors only the pullback is wanted, and that does not use the value.
    return None if hasattr(a, "__apply_op__") else _erf(a), (grad_a,)


_erfc = np.vectorize(math.erfc, otypes=[np.float64])  # slower than erf, but 1 - erf(a) loses all digits at a large a


@op(
    formula="y = 1 - erf(a)",
    derivative=("-2 g exp(-a²) / √π",),
    samples=[*ANY, Sample((9,), domain=(-5.0, 5.0))],
    reference=lambda a: 1 - np.vectorize(math.erf, otypes=[np.float64])(a),
    of_floats=True,
)
def erfc(a):
    """Compute 1 - erf(a), precise where that is close to 0."""

    def grad_a(g):
        return g * (-2 / math.sqrt(math.pi)) * np.exp(-a * a)

    return None if hasattr(a, "__apply_op__") else _erfc(a).astype(a.dtype), (grad_a,)
