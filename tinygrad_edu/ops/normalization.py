"""Standardizing: the middle of batch, layer, group and instance normalization."""

import numpy as np

from tinygrad_edu.engine.op import Sample, op


@op(
    formula="y = (a - mean) / √(var + eps)",
    derivative=("(g - mean of g - y · mean of g y) / √(var + eps)",),
    samples=[
        Sample((5, 3), axis=0),
        Sample((3, 4), axis=-1),
        Sample((4, 3, 2, 2), axis=(0, 2, 3), eps=0.1),
        Sample((2, 3, 4), axis=(1, 2), eps=0.0),
    ],
    reference=lambda a, axis, eps=1e-5: (a - a.mean(axis, keepdims=True)) / np.sqrt(a.var(axis, keepdims=True) + eps),
)
def standardize(a, *, axis, eps=1e-5):
    """Shift and scale to mean 0 and variance 1 over `axis`. The variance is that of the numbers themselves, / n.

    Fused: mean and variance each depend on every element, and the three ways back join into one formula.
    """
    centered = a - np.mean(a, axis=axis, keepdims=True)
    std = np.sqrt(np.mean(centered * centered, axis=axis, keepdims=True) + eps)
    y = centered / std

    def grad_a(g):
        mean_g = np.mean(g, axis=axis, keepdims=True)
        return (g - mean_g - y * np.mean(g * y, axis=axis, keepdims=True)) / std

    return y, (grad_a,)
