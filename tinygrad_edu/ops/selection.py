"""Operations that choose between values."""

import numpy as np

from tinygrad_edu.engine.op import Sample, op
from tinygrad_edu.ops.arithmetic import ANY, PAIRS

MASK = np.array([[True, False, True], [False, False, True]])


@op(
    np.where,
    formula="y = a where c, else b",
    derivative=("-", "g where c, else 0", "g where not c, else 0"),
    samples=[
        Sample(MASK, (2, 3), (2, 3)),
        Sample(MASK, (3,), (2, 1)),
        Sample(MASK, (), (3,)),
        Sample(MASK[0], (2, 3), 0.0),
    ],
    linear=True,
)
def where(c, a, b):
    """Choose a where the condition c holds, else b.

    A NaN or infinite slope in the branch not chosen still reaches its input, as 0 · inf = NaN:
    `where(x > 0, log(x), 0)` has the gradient NaN at 0. Choose a safe argument inside as well.
    """

    def grad_a(g):
        return np.where(c, g, 0)

    def grad_b(g):
        return np.where(c, 0, g)

    return np.where(c, a, b), (None, grad_a, grad_b)


@op(
    np.maximum,
    formula="y = max(a, b)",
    derivative=("g where a > b, g / 2 where a == b, else 0", "g where b > a, g / 2 where a == b, else 0"),
    samples=PAIRS,
)
def maximum(a, b):
    """Choose the larger. Equal values share the gradient evenly; where one is NaN, both have all of it."""
    return np.maximum(a, b), _of_the_winner(a < b, a > b, a == b)


@op(
    np.minimum,
    formula="y = min(a, b)",
    derivative=("g where a < b, g / 2 where a == b, else 0", "g where b < a, g / 2 where a == b, else 0"),
    samples=PAIRS,
)
def minimum(a, b):
    """Choose the smaller. Equal values share the gradient evenly; where one is NaN, both have all of it."""
    return np.minimum(a, b), _of_the_winner(a > b, a < b, a == b)


def _of_the_winner(a_loses, b_loses, tie):
    def grad_a(g):
        return np.where(tie, g / 2, np.where(a_loses, 0, g))

    def grad_b(g):
        return np.where(tie, g / 2, np.where(b_loses, 0, g))

    return grad_a, grad_b


@op(
    formula="y = max(a, b)",
    derivative=("g where a ≥ b, else 0", "g where a < b, else 0"),
    samples=PAIRS,
    reference=np.maximum,
)
def clamp_min(a, b):
    """Raise a to b. Of equal values, a has the gradient; a NaN is passed on, and has none."""
    return np.maximum(a, b), _where(a >= b, a < b)


@op(
    formula="y = min(a, b)",
    derivative=("g where a ≤ b, else 0", "g where a > b, else 0"),
    samples=PAIRS,
    reference=np.minimum,
)
def clamp_max(a, b):
    """Lower a to b. Of equal values, a has the gradient; a NaN is passed on, and has none."""
    return np.minimum(a, b), _where(a <= b, a > b)


@op(
    np.fmax,
    formula="y = max(a, b), or what is not NaN",
    derivative=("g where a ≥ b, else 0", "g where a < b, else 0"),
    samples=PAIRS,
)
def fmax(a, b):
    """Choose the larger one, and the one that is not NaN. Of two equal values or NaNs, a has the gradient."""
    from_a = np.logical_or(a >= b, np.isnan(b))
    return np.fmax(a, b), _where(from_a, np.logical_not(from_a))


@op(
    np.fmin,
    formula="y = min(a, b), or what is not NaN",
    derivative=("g where a ≤ b, else 0", "g where a > b, else 0"),
    samples=PAIRS,
)
def fmin(a, b):
    """Choose the smaller one, and the one that is not NaN. Of two equal values or NaNs, a has the gradient."""
    from_a = np.logical_or(a <= b, np.isnan(b))
    return np.fmin(a, b), _where(from_a, np.logical_not(from_a))


def _where(to_a, to_b):
    """Return pullbacks that pass the gradient on where two masks hold."""

    def grad_a(g):
        return np.where(to_a, g, 0)

    def grad_b(g):
        return np.where(to_b, g, 0)

    return grad_a, grad_b


@op(
    np.clip,
    formula="y = min(max(a, low), high)",
    derivative=("g where low ≤ a ≤ high, else 0",),
    samples=[*(Sample(*s.inputs, min=-1.0, max=0.7) for s in ANY), Sample((6,), min=0.1), Sample((6,), max=0.1)],
)
def clip(a, *, min=None, max=None):
    """Limit to the range from `min` to `max`. The subgradient at a bound is 1. A NaN has none, nor has a NaN bound."""

    def grad_a(g):
        if min is None:
            inside = a <= max
        elif max is None:
            inside = a >= min
        else:
            inside = np.logical_and(a >= min, a <= max)
        return np.where(inside, g, 0)

    return np.clip(a, min, max), (grad_a,)
