"""Powers, exponentials and logarithms of every element."""

import math

import numpy as np

from tinygrad_edu.engine.op import Sample, op
from tinygrad_edu.ops.activation import sigmoid
from tinygrad_edu.ops.arithmetic import ANY, PAIRS, POSITIVE_PAIRS

__all__ = [
    "exp", "exp2", "expm1", "log", "log1p", "log2", "log10", "logaddexp", "reciprocal", "sqrt", "square", "xlogy",
]  # fmt: skip

POSITIVE = [Sample(*sample.inputs, domain=(0.2, 3.0)) for sample in ANY]


@op(np.square, formula="y = a²", derivative=("2 g a",), samples=ANY)
def square(a):
    def grad_a(g):
        return 2 * g * a

    return np.square(a), (grad_a,)


@op(np.sqrt, formula="y = √a", derivative=("g / (2 y)",), samples=POSITIVE)
def sqrt(a):
    """Take the square root. Its slope at 0 is infinite."""
    y = np.sqrt(a)

    def grad_a(g):
        return g / (2 * y)

    return y, (grad_a,)


@op(np.reciprocal, formula="y = 1 / a", derivative=("-g y²",), samples=POSITIVE, of_floats=True)
def reciprocal(a):
    y = np.reciprocal(a)

    def grad_a(g):
        return -g * y * y

    return y, (grad_a,)


@op(np.exp, formula="y = exp(a)", derivative=("g y",), samples=ANY)
def exp(a):
    y = np.exp(a)

    def grad_a(g):
        return g * y

    return y, (grad_a,)


@op(np.exp2, formula="y = 2ᵃ", derivative=("g y log(2)",), samples=ANY)
def exp2(a):
    y = np.exp2(a)

    def grad_a(g):
        return g * y * math.log(2)

    return y, (grad_a,)


@op(np.expm1, formula="y = exp(a) - 1", derivative=("g exp(a)",), samples=ANY)
def expm1(a):
    """Compute exp(a) - 1, precise where a is close to 0."""

    def grad_a(g):
        return g * np.exp(a)

    return np.expm1(a), (grad_a,)


@op(np.log, formula="y = log(a)", derivative=("g / a",), samples=POSITIVE)
def log(a):
    def grad_a(g):
        return g / a

    return np.log(a), (grad_a,)


@op(np.log2, formula="y = log₂(a)", derivative=("g / (a log(2))",), samples=POSITIVE)
def log2(a):
    def grad_a(g):
        return g / (a * math.log(2))

    return np.log2(a), (grad_a,)


@op(np.log10, formula="y = log₁₀(a)", derivative=("g / (a log(10))",), samples=POSITIVE)
def log10(a):
    def grad_a(g):
        return g / (a * math.log(10))

    return np.log10(a), (grad_a,)


@op(np.log1p, formula="y = log(1 + a)", derivative=("g / (1 + a)",), samples=POSITIVE)
def log1p(a):
    """Compute log(1 + a), precise where a is close to 0."""

    def grad_a(g):
        return g / (1 + a)

    return np.log1p(a), (grad_a,)


@op(
    np.logaddexp,
    formula="y = log(exp(a) + exp(b))",
    derivative=("g / (1 + exp(b - a))", "g / (1 + exp(a - b))"),
    samples=[*PAIRS, Sample((4,), (4,), domain=(-30.0, 30.0))],
)
def logaddexp(a, b):
    """Add two numbers that are given by their logarithms, without overflow."""

    def grad_a(g):
        return g * sigmoid(a - b)

    def grad_b(g):
        return g * sigmoid(b - a)

    return np.logaddexp(a, b), (grad_a, grad_b)


@op(
    formula="y = a log(b)",
    derivative=("g log(b)", "g a / b"),
    samples=POSITIVE_PAIRS,
    reference=lambda a, b: a * np.log(b),
    of_floats=True,
)
def xlogy(a, b):
    """Compute a log(b), which is 0 where a is 0, whatever b is, unless b is NaN.

    There the slope in a is 0 too where b has no finite logarithm from above, b ≤ 0.
    """
    zero = a == 0
    log_b = np.log(np.where(np.logical_and(zero, b <= 0), 1, b))

    def grad_a(g):
        return g * log_b

    def grad_b(g):
        return g * a / b

    return np.where(np.logical_and(zero, b > 0), 0, a * log_b), (grad_a, grad_b)


@op(
    formula="y = -a log(a)",
    derivative=("-g (log(a) + 1)",),
    samples=POSITIVE,
    reference=lambda a: -a * np.log(a),
    of_floats=True,
)
def entr(a):
    """Compute -a log(a), a term of an entropy: 0 at 0, where its slope is ∞, and -∞ below."""

    def grad_a(g):
        return -g * (np.log(a) + 1)

    log_a = np.log(np.where(a > 0, a, 1))
    return np.where(a < 0, -np.inf, -a * log_a), (grad_a,)
