"""Fused losses."""

import numpy as np

from tinygrad_edu.engine.op import Sample, op


@op(
    formula="y = Σₙ rₙ / N where mean, else r, rₙ = log Σₖ exp(aₙₖ) - a[n, target[n]]",
    where="rₙ: the loss of row n",
    derivative=("(g / N where mean, else g) (softmax(a) - onehot(target))", "-"),
    samples=[
        Sample((5, 3), np.array([0, 2, 1, 1, 0])),
        Sample((5, 3), np.array([0, 2, 1, 1, 0]), mean=True),
        Sample((1, 4), np.array([3]), domain=(-30.0, 30.0)),
    ],
    reference=lambda a, target, mean=False: _reduce(np.log(np.exp(a).sum(axis=1)) - a[np.arange(len(a)), target], mean),
)
def softmax_cross_entropy(a, target, *, mean=False):
    """Compute the cross entropy of each row of logits a (N, K) with its class index target (N), or their mean.

    Fused: the gradient needs no more than the probabilities, and one pass.
    """
    shifted = a - np.max(a, axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    total = exponentials.sum(axis=1, keepdims=True)
    y = np.log(total[:, 0]) - shifted[np.arange(a.shape[0]), target]

    def grad_a(g):
        is_target = target[:, None] == np.arange(a.shape[1])
        each = g / a.shape[0] if mean else g[:, None]
        return each * (exponentials / total - is_target)

    return _reduce(y, mean), (grad_a, None)


def _reduce(y, mean):
    return y.sum() / y.shape[0] if mean else y
