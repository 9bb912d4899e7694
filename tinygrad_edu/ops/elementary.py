"""Elementary functions and activations, each applied to every element."""

import numpy as np

from tinygrad_edu.engine.op import Sample, op
from tinygrad_edu.ops.arithmetic import ANY

LARGEST_EXPONENT = {2: 11, 4: 88, 8: 709}  # the largest whole x with exp(x) finite, by bytes of the float
POSITIVE = [Sample(*sample.inputs, domain=(0.2, 3.0)) for sample in ANY]


@op(np.exp, formula="y = exp(a)", derivative=("g y",), samples=ANY)
def exp(a):
    y = np.exp(a)

    def grad_a(g):
        return g * y

    return y, (grad_a,)


@op(np.log, formula="y = log(a)", derivative=("g / a",), samples=POSITIVE)
def log(a):
    def grad_a(g):
        return g / a

    return np.log(a), (grad_a,)


@op(np.sqrt, formula="y = √a", derivative=("g / 2y",), samples=POSITIVE)
def sqrt(a):
    """Take the square root. Its slope at 0 is infinite."""
    y = np.sqrt(a)

    def grad_a(g):
        return g / (2 * y)

    return y, (grad_a,)


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


@op(np.tanh, formula="y = tanh(a)", derivative=("g (1 - y²)",), samples=ANY)
def tanh(a):
    y = np.tanh(a)

    def grad_a(g):
        return g * (1 - y * y)

    return y, (grad_a,)


@op(
    formula="y = 1 / (1 + exp(-a))",
    derivative=("g y (1 - y)",),
    samples=[*ANY, Sample((5,), domain=(-15.0, 15.0))],
    reference=lambda a: 1 / (1 + np.exp(-a)),
)
def sigmoid(a):
    """Squash to (0, 1). exp(-a) is kept below the largest float, past which y is 0 anyway."""
    y = 1 / (1 + np.exp(np.minimum(-a, LARGEST_EXPONENT.get(a.dtype.itemsize, 709))))

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
    """Rectify. The subgradient at 0 is 0."""
    y = np.maximum(a, 0)

    def grad_a(g):
        return g * (y > 0)

    return y, (grad_a,)
