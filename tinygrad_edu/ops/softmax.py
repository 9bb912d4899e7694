"""Log-sum-exp and its relatives, along one axis. The largest value is subtracted before exp, which changes nothing
in the result and keeps it from overflowing."""

import numpy as np

from tinygrad_edu.engine.op import Sample, op
from tinygrad_edu.ops.fusing import own
from tinygrad_edu.ops.reduction import AXES, axis_of_number, restore

ROWS = [
    Sample((3, 4), axis=-1),
    Sample((3, 4), axis=0),
    Sample((2, 3, 2), axis=1),
    Sample((4,), domain=(-30.0, 30.0)),
    Sample((2, 0), axis=-1),
]


def _largest(a, axis):
    """Take the largest value along an axis, to be subtracted; of nothing, 0."""
    return (np.sum if 0 in a.shape else np.max)(a, axis=axis, keepdims=True)


@op(
    formula="y = log Σ exp(a)",
    derivative=("g exp(a - y)",),
    samples=[*AXES, Sample((0, 3), axis=1)],
    reference=lambda a, axis=None, keepdims=False: np.log(np.sum(np.exp(a), axis=axis, keepdims=keepdims)),
    of_floats=True,
)
def logsumexp(a, *, axis=None, keepdims=False):
    if not a.ndim:
        axis = axis_of_number(axis)
    largest = _largest(a, axis)
    shift = np.where(np.isfinite(largest), largest, 0)  # inf - inf would be NaN
    y = np.log(np.sum(np.exp(a - shift), axis=axis, keepdims=True)) + shift

    def grad_a(g):
        return restore(g, axis, keepdims) * np.exp(a - y)

    return (y if keepdims else np.squeeze(y, axis=axis)), (grad_a,)


@op(
    formula="y = exp(a) / Σ exp(a)",
    derivative=("y (g - Σ g y)",),
    samples=ROWS,
    reference=lambda a, axis=-1: np.exp(a) / np.sum(np.exp(a), axis=axis, keepdims=True),
    of_floats=True,
)
def softmax(a, *, axis=-1):
    e = np.exp(a - _largest(a, axis))
    y = np.divide(e, np.sum(e, axis=axis, keepdims=True), out=own(e))

    def grad_a(g):
        return y * (g - np.sum(g * y, axis=axis, keepdims=True))

    return y, (grad_a,)


@op(
    formula="y = a - log Σ exp(a)",
    derivative=("g - exp(y) Σ g",),
    samples=ROWS,
    reference=lambda a, axis=-1: a - np.log(np.sum(np.exp(a), axis=axis, keepdims=True) + (a.size == 0)),
    of_floats=True,
)
def log_softmax(a, *, axis=-1):
    if 0 in a.shape:
        return np.copy(a), (lambda g: g,)  # log Σ exp of nothing would be a warning
    shifted = a - np.max(a, axis=axis, keepdims=True)
    y = shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))

    def grad_a(g):
        return g - np.exp(y) * np.sum(g, axis=axis, keepdims=True)

    return y, (grad_a,)
