"""Standardizing: the middle of batch, group and instance normalization; and the whole of layer normalization."""

import numpy as np

from tinygrad_edu.engine.op import Sample, op
from tinygrad_edu.ops.fusing import own
from tinygrad_edu.ops.reduction import mean


@op(
    formula="y = (a - mean(a)) / √(var(a) + eps)",
    derivative=("(g - mean(g) - y mean(g y)) / √(var(a) + eps)",),
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
    centered = a - mean(a, axis=axis, keepdims=True)
    std = np.sqrt(mean(centered * centered, axis=axis, keepdims=True) + eps)
    y = centered / std

    def grad_a(g):
        return (g - mean(g, axis=axis, keepdims=True) - y * mean(g * y, axis=axis, keepdims=True)) / std

    return y, (grad_a,)


@op(
    formula="y = w z + b, z = (a - mean(a)) / √(var(a) + eps)",
    derivative=(
        "(g w - mean(g w) - z mean(g w z)) / √(var(a) + eps)",
        "g z",
        "g",
    ),
    samples=[
        Sample((5, 3), (3,), (3,)),
        Sample((2, 3, 4), (4,), (4,), eps=0.1),
        Sample((4,), (4,), (4,)),
        Sample((0, 3), (3,), (3,)),
        Sample((5, 3), (3,), 0.0),
    ],
    reference=lambda a, w, b, eps=1e-5: (
        w * (a - a.mean(-1, keepdims=True)) / np.sqrt(a.var(-1, keepdims=True) + eps) + b
    ),
)
def layer_norm(a, w, b, *, eps=1e-5):
    """Shift and scale each row to mean 0 and variance 1; then weigh and shift each column: a (…, D), w (D), b (D).

    Fused like `standardize`. Its means are matrix products: NumPy is slow to sum many short rows.
    """
    average = np.full(a.shape[-1], 1 / a.shape[-1], a.dtype)
    z = a - _mean_of_rows(a, average)
    scale = 1 / np.sqrt(_mean_of_rows(z * z, average) + eps)
    z = np.multiply(z, scale, out=own(z))
    y = z * w
    y += b

    def grad_a(g):
        d = g * w
        along_z = z * _mean_of_rows(d * z, average)
        d = d - _mean_of_rows(d, average)
        d -= along_z
        d *= scale
        return d

    def grad_w(g):
        return g * z

    def grad_b(g):
        return g

    return y, (grad_a, grad_w, grad_b)


def _mean_of_rows(a, average):
    return np.expand_dims(np.matmul(a, average), -1)
