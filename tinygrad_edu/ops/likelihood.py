"""The log likelihood of a coin, whose logarithms are limited."""

import numpy as np

from tinygrad_edu.engine.op import Sample, op

LEAST = -100.0


def limited_log(p):
    """Compute max(log p, -100) for p ≥ 0, without a warning at 0."""
    positive = p > 0
    return np.where(positive, np.maximum(np.log(np.where(positive, p, 1)), LEAST), LEAST)


@op(
    formula="y = -t max(log(a), -100) - (1 - t) max(log(1 - a), -100)",
    derivative=("g (a - t) / max(a (1 - a), 1e-12)", "g (max(log(1 - a), -100) - max(log(a), -100))"),
    samples=[
        Sample((3, 4), (3, 4), domain=(0.05, 0.95)),
        Sample((), (), domain=(0.1, 0.9)),
        Sample((0,), (0,), domain=(0.1, 0.9)),
    ],
    reference=lambda a, t: -t * np.log(a) - (1 - t) * np.log(1 - a),
)
def binary_cross_entropy(a, t):
    """Compute the cross entropy of a probability a with a probability t.

    Fused for the limits: at a = 0 with t = 1 the value is 100 and the gradient -1e12, where they would be infinite.
    """
    log_a, log_b = limited_log(a), limited_log(1 - a)

    def grad_a(g):
        return g * (a - t) / np.maximum(a * (1 - a), 1e-12)

    def grad_t(g):
        return g * (log_b - log_a)

    return -(t * log_a + (1 - t) * log_b), (grad_a, grad_t)
