"""Matrix products."""

import math

import numpy as np

from tinygrad_edu.engine.op import Sample, op
from tinygrad_edu.engine.summation import add_up


@op(
    np.matmul,
    formula="y = a @ b",
    derivative=("g @ bᵀ", "aᵀ @ g"),
    samples=[
        Sample((3, 4), (4, 2)),
        Sample((4,), (4,)),
        Sample((4,), (4, 2)),
        Sample((3, 4), (4,)),
        Sample((5, 3, 4), (5, 4, 2)),
        Sample((5, 3, 4), (4, 2)),
        Sample((3, 4), (5, 4, 2)),
        Sample((2, 1, 3, 4), (5, 4, 2)),
        Sample((4,), (5, 4, 2)),
        Sample((5, 3, 4), (4,)),
        Sample((0, 4), (4, 2)),
    ],
)
def matmul(a, b):
    """Multiply matrices: (…, n, k) @ (…, k, m) is (…, n, m). A vector is a row on the left, a column on the right."""
    y = np.matmul(a, b)

    def grad_a(g):
        if b.ndim == 1:  # the product with a column
            return np.expand_dims(g, -1) * b
        if a.ndim == 1:  # a row: (k,) @ (…, k, m)
            return np.matmul(b, np.expand_dims(g, -1))[..., 0]
        return np.matmul(g, np.swapaxes(b, -1, -2))

    def grad_b(g):
        if a.ndim == 1:
            return g * a if b.ndim == 1 else np.expand_dims(a, -1) * np.expand_dims(g, -2)
        if b.ndim == 1:
            return np.matmul(np.swapaxes(a, -1, -2), np.expand_dims(g, -1))[..., 0]
        if b.ndim == 2 and a.ndim > 2:  # one matrix for the whole batch: the batch is just more rows
            return np.matmul(np.transpose(_as_rows(a)), _as_rows(g))
        return np.matmul(np.swapaxes(a, -1, -2), g)

    return y, (grad_a, grad_b)


def _as_rows(a):
    return a if a.ndim == 2 else np.reshape(a, (math.prod(a.shape[:-1]), a.shape[-1]))


@op(
    formula="y = x @ wᵀ + b",
    derivative=("g @ w", "gᵀ @ x", "Σₙ gₙⱼ"),
    samples=[
        Sample((5, 3), (2, 3), (2,)),
        Sample((3,), (2, 3), (2,)),
        Sample((4, 5, 3), (2, 3), (2,)),
        Sample((0, 3), (2, 3), (2,)),
        Sample((2, 3, 0), (2, 0), (2,)),
    ],
    reference=lambda x, w, b: x @ w.T + b,
)
def linear(x, w, b):
    """Apply a linear layer: x (…, in), w (out, in), b (out) give (…, out).

    One operation instead of three saves two passes over the output in each direction.
    """
    y = _as_rows(x) @ w.T  # one product for all rows, where NumPy would make one for each matrix of a batch
    y += b

    def grad_x(g):
        return np.reshape(_as_rows(g) @ w, x.shape)

    def grad_w(g):
        return _as_rows(g).T @ _as_rows(x)

    def grad_b(g):
        return add_up(_as_rows(g), (0,))

    return y if x.ndim == 2 else np.reshape(y, (*x.shape[:-1], w.shape[0])), (grad_x, grad_w, grad_b)
