"""Attention, fused: softmax between two matrix products."""

import math

import numpy as np

from tinygrad_edu.engine.op import Sample, op
from tinygrad_edu.engine.shared import shared
from tinygrad_edu.ops.fusing import own

CAUSAL = np.tri(3, 4, dtype=bool)  # each query sees one key more than the one before
NOTHING = np.array([[True], [False], [True]])  # the second sees none


def added(mask, dtype):
    """Return a mask of booleans as numbers to add: 0 for True, -∞ for False. Numbers stay as they are."""
    if mask.dtype.kind != "b":
        return mask
    return np.where(getattr(mask, "array", mask), dtype.type(0), dtype.type(-math.inf))


def are_small(scores):
    """Tell whether the exponentials of all scores, and sums of them, are far from overflow and from 0."""
    scores = getattr(scores, "array", scores)
    limit = 0.4 * math.log(np.finfo(scores.dtype).max)
    return -limit < np.min(scores, initial=0) and np.max(scores, initial=0) < limit


def row_sums(a):
    """Add up each row: (…, n) gives (…, 1). NumPy is slow to sum many short rows; as a matrix product it is fast."""
    return np.expand_dims(np.matmul(a, np.ones(a.shape[-1], a.dtype)), -1)


def _by_loops(q, k, v, mask, kept, scale):
    mask = mask if isinstance(mask, float) else added(mask, q.dtype)
    scores = scale * np.einsum("...td,...sd->...ts", q, k) + mask
    y = np.zeros((*scores.shape[:-1], v.shape[-1]))
    for place in np.ndindex(*scores.shape[:-1]):
        weights = np.exp(scores[place])
        if weights.any():
            weights = weights / weights.sum() * np.broadcast_to(kept, scores.shape)[place]
            y[place] = weights @ np.broadcast_to(v, (*scores.shape[:-2], *v.shape[-2:]))[place[:-1]]
    return y


@op(
    formula="y = (p · kept) @ v, p = softmax(scale · q @ kᵀ + mask)",
    derivative=(
        "scale · d @ k, d = p (kept · (g @ vᵀ) - Σ g y)",
        "scale · dᵀ @ q, d = p (kept · (g @ vᵀ) - Σ g y)",
        "(p · kept)ᵀ @ g",
        "p (kept · (g @ vᵀ) - Σ g y)",
        "-",
    ),
    samples=[
        Sample((3, 2), (4, 2), (4, 5), 0.0, 1.0, scale=0.7),
        Sample((2, 3, 2), (2, 4, 2), (2, 4, 1), (3, 4), 1.0, scale=1.0),
        Sample((2, 2, 3, 2), (2, 1, 4, 2), (2, 1, 4, 2), CAUSAL, 1.0, scale=0.7),
        Sample((3, 2), (4, 2), (4, 2), NOTHING, 2 * CAUSAL, scale=1.0),
    ],
    reference=_by_loops,
)
def attention(q, k, v, mask, kept, *, scale):
    """Average the values v (…, S, E), for each query (…, T, D) weighted by how well the keys k (…, S, D) fit it.

    The mask is added to the scores, or tells which keys a query may look at. One that may look at none gets zeros.
    The weights are multiplied by `kept`, a constant (of dropout, for example).

    Fused: the T S scores are by far the largest arrays, and here they are written once and read few times. They stay
    exponentials e; the division by their sum, p = e / Σ e, waits until only T E numbers are left.
    """
    scores = np.matmul(q * scale, np.swapaxes(k, -1, -2))
    small = are_small(scores)
    if not isinstance(mask, float):
        small = small and mask.dtype.kind == "b"
        scores = scores + added(mask, q.dtype)
    if not small:  # exp might overflow: the largest of each row is subtracted, which changes nothing in the result
        largest = np.max(getattr(scores, "array", scores), axis=-1, keepdims=True)
        scores = np.subtract(scores, np.where(np.isfinite(largest), largest, 0), out=own(scores))
    e = np.exp(scores, out=own(scores))
    total = row_sums(e)
    total = np.where(total == 0, 1, total)
    e_kept = e if isinstance(kept, float) else e * kept
    y = np.matmul(e_kept, v) / total

    def grad_scores(g):
        g_total = g / total
        d = np.matmul(g_total, np.swapaxes(v, -1, -2))
        if not isinstance(kept, float):
            d = np.multiply(d, kept, out=own(d))
        d = np.subtract(d, row_sums(g_total * y), out=own(d))
        return (np.multiply(d, e, out=own(d)),)

    def grad_q(d):
        return np.matmul(d, k) * scale

    def grad_k(d):
        return np.matmul(np.swapaxes(d, -1, -2), q) * scale

    def grad_v(g):
        return np.matmul(np.swapaxes(e_kept, -1, -2), g / total)

    def grad_mask(d):
        return d

    to_q, to_k, to_mask = shared(grad_scores, [grad_q, grad_k, grad_mask])
    return y, (to_q, to_k, grad_v, to_mask, None)
