"""Activation functions of every element."""

import math

import numpy as np

from tinygrad_edu.engine.op import Sample, op
from tinygrad_edu.ops.arithmetic import ANY
from tinygrad_edu.ops.fusing import own
from tinygrad_edu.ops.special import erf

# The well-known form in tanh: Φ(a) = (1 + tanh(a q(a²))) / 2 for a polynomial q, here linear.
TANH_FORM = (math.sqrt(2 / math.pi), math.sqrt(2 / math.pi) * 0.044715)
# Likewise Φ(a) = σ(a q(a²)). With these coefficients, fitted by weighted least squares for |a| < 6, a Φ(a) is off by
# 7e-8 at most, which is the rounding of float32.
FLOAT32_FORM = (
    1.59576843,
    0.0726685669,
    -6.62599217e-05,
    -1.10480334e-04,
    7.93822101e-06,
    -2.66892935e-07,
    3.6112352e-09,
)
WIDE = [*ANY, Sample((7,), domain=(-15.0, 15.0))]


@op(
    formula="y = 1 / (1 + exp(-a))",
    derivative=("g y (1 - y)",),
    samples=[*ANY, Sample((5,), domain=(-15.0, 15.0))],
    reference=lambda a: 1 / (1 + np.exp(-a)),
    of_floats=True,
)
def sigmoid(a):
    """Squash to (0, 1). Where exp(-a) overflows, y is 1 / ∞ = 0, as it should be."""
    if isinstance(a, np.ndarray | np.generic):
        with np.errstate(over="ignore"):
            y = 1 / (1 + np.exp(-a))
    else:  # a Tensor: the slope of 1 / (1 + ∞) would be 0 · ∞; that of the operation itself is 0
        y = sigmoid(a)

    def grad_a(g):
        return g * y * (1 - y)

    return y, (grad_a,)


@op(
    formula="y = max(a, 0)",
    derivative=("g where a > 0, else 0",),
    samples=ANY,
    reference=lambda a: np.where(a > 0, a, 0.0),
)
def relu(a):
    """Rectify. The subgradient at 0 is 0; NaN, which passes through, has slope 1."""
    y = np.maximum(a, 0)

    def grad_a(g):
        return g * (y != 0).astype(g.dtype)  # of one type: NumPy multiplies mixed ones piece by piece

    return y, (grad_a,)


@op(
    formula="y = log(1 + exp(β a)) / β",
    derivative=("g / (1 + exp(-β a))",),
    samples=[*WIDE, Sample((5,), beta=2.0), Sample((5,), domain=(-9.0, 9.0), threshold=4.0)],
    reference=lambda a, beta=1.0, threshold=20.0: np.where(a * beta > threshold, a, np.log1p(np.exp(beta * a)) / beta),
    of_floats=True,
)
def softplus(a, *, beta=1.0, threshold=20.0):
    """Compute a smooth form of relu. Where β a exceeds the threshold it is a itself, with slope 1."""
    linear = beta * a > threshold

    def grad_a(g):
        return np.where(linear, g, g * sigmoid(beta * a))

    return np.where(linear, a, np.logaddexp(beta * a, 0) / beta), (grad_a,)


@op(
    formula="y = a where a > 0, else negative_slope · a",
    derivative=("g where a > 0, else g · negative_slope",),
    samples=[*ANY, Sample((5,), negative_slope=0.2)],
    reference=lambda a, negative_slope=0.01: np.maximum(a, 0) + negative_slope * np.minimum(a, 0),
)
def leaky_relu(a, *, negative_slope=0.01):
    """Rectify, but let a share of what is negative through. The subgradient at 0 is `negative_slope`."""

    def grad_a(g):
        return np.where(a > 0, g, g * negative_slope)

    return np.where(a > 0, a, a * negative_slope), (grad_a,)


@op(
    formula="y = scale · a where a > 0, else scale · α (exp(a / rate) - 1)",
    derivative=("g · scale where a > 0, else g · scale · α exp(a / rate) / rate",),
    samples=[*WIDE, Sample((5,), alpha=0.5), Sample((5,), alpha=1.6, scale=1.1), Sample((5,), alpha=2.0, rate=2.0)],
    reference=lambda a, alpha=1.0, scale=1.0, rate=1.0: (
        scale * (np.maximum(a, 0) + alpha * (np.exp(np.minimum(a, 0) / rate) - 1))
    ),
)
def elu(a, *, alpha=1.0, scale=1.0, rate=1.0):
    """Compute the exponential linear unit; selu has a scale, celu a rate.

    At 0 the slope is the one from below, and the second derivative the one from above: 0.
    """
    negative = np.where(a >= 0, 0, a)  # exp of what is positive is not needed, and might overflow

    def grad_a(g):
        return g * np.where(a > 0, scale, scale * alpha / rate * np.exp(negative / rate))

    return np.where(a > 0, scale * a, scale * alpha * np.expm1(negative / rate)), (grad_a,)


@op(
    formula="y = a / (1 + exp(-a))",
    where="σ(a) = 1 / (1 + exp(-a))",
    derivative=("g σ(a) (1 + a (1 - σ(a)))",),
    samples=WIDE,
    reference=lambda a: a / (1 + np.exp(-a)),
    of_floats=True,
)
def silu(a):
    """Multiply by the sigmoid σ(a) (swish)."""
    s = sigmoid(a)

    def grad_a(g):
        return g * (s * (1 + a * (1 - s)))

    return a * s, (grad_a,)


@op(
    formula="y = a Φ(a)",
    where="Φ, φ: the distribution function and the density of the standard normal distribution",
    derivative=("g (Φ(a) + a φ(a))",),
    samples=[*WIDE, *(Sample(*sample.inputs, domain=sample.domain, approximate="tanh") for sample in WIDE)],
    reference=lambda a, approximate="none": (
        a
        * (
            0.5 + 0.5 * np.tanh(math.sqrt(2 / math.pi) * (a + 0.044715 * a**3))
            if approximate == "tanh"
            else 0.5 * np.vectorize(math.erfc, otypes=[float])(-a / math.sqrt(2))
        )
    ),
    of_floats=True,
)
def gelu(a, *, approximate="none"):
    """Compute the Gaussian error linear unit; with approximate="tanh", its formula in tanh.

    Φ is the distribution function of the normal distribution, and φ its density.
    """
    if approximate == "tanh":
        z = _times_line(a, *TANH_FORM)
        tanh = np.tanh(z, out=own(z))
        cumulative = np.add(tanh, 1, out=own(tanh))
        cumulative *= 0.5
    elif isinstance(a, np.ndarray) and a.dtype == np.float32:
        cumulative = _sigmoid_of_own(_times_polynomial(a, FLOAT32_FORM))
    else:
        cumulative = 0.5 * (1 + erf(a * math.sqrt(0.5)))

    def grad_a(g):
        if approximate == "tanh":  # Φ + a Φ', where Φ' = 2 Φ (1 - Φ) times the slope of a q(a²)
            slope = _times_line(a, 2 * TANH_FORM[0], 6 * TANH_FORM[1])
            slope *= 1 - cumulative
            slope += 1
            slope *= cumulative
        else:
            density = a * a
            density *= -0.5
            density -= math.log(math.sqrt(2 * math.pi))
            density = np.exp(density, out=own(density))
            slope = np.multiply(density, a, out=own(density))
            slope += cumulative
        slope *= g
        return slope

    return a * cumulative, (grad_a,)


def _times_line(a, constant, factor):
    """Compute a (constant + factor a²)."""
    y = a * a
    y *= factor
    y += constant
    y *= a
    return y


def _times_polynomial(a, coefficients):
    """Compute a q(a²) for an array a; from |a| = 6 on, a q(36)."""
    square = np.asarray(np.minimum(a * a, 36))
    y = np.full_like(square, coefficients[-1])
    for c in reversed(coefficients[:-1]):
        y *= square
        y += c
    y *= a
    return y


def _sigmoid_of_own(z):
    """Compute the sigmoid of z, and write it over z if that is an array."""
    with np.errstate(over="ignore"):  # as in sigmoid
        z = np.exp(np.negative(z, out=own(z)), out=own(z))
        return np.divide(1, np.add(z, 1, out=own(z)), out=own(z))


@op(
    formula="y = min(max(a, min_val), max_val)",
    derivative=("g where min_val < a < max_val, else 0",),
    samples=[*ANY, Sample((7,), min_val=0.0, max_val=6.0, domain=(-3.0, 9.0))],
    reference=lambda a, min_val=-1.0, max_val=1.0: np.clip(a, min_val, max_val),
)
def hardtanh(a, *, min_val=-1.0, max_val=1.0):
    """Limit to a range, as clip does; but the subgradient at a bound is 0."""

    def grad_a(g):
        return np.where(np.logical_and(a > min_val, a < max_val), g, 0)

    return np.clip(a, min_val, max_val), (grad_a,)
