"""How numbers vary together: covariances, correlations; and averages with weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.op import NUMPY
from tinygrad_edu.functions.numpy_protocol import answers

if TYPE_CHECKING:
    from tinygrad_edu.tensors.tensor import Tensor

__all__ = ["corrcoef", "cov"]


def cov(input: Any, *, correction: int = 1, fweights: Any = None, aweights: Any = None) -> Tensor:
    """Compute the covariances of variables, one a row: (D, N) gives (D, D), one row a single number.

    Parameters:
        correction: what is taken from the number of observations before it divides.
        fweights: (N), how often each observation was made, whole numbers.
        aweights: (N), how much each observation counts.
    """
    if input.ndim > 2:
        raise ValueError(f"cov: expected variables (D, N) or one (N), got shape {tuple(input.shape)}")
    rows = ops.reshape(input, shape=(-1, input.shape[-1] if input.ndim else 1))
    w = observation_weights(rows.shape[1], fweights, aweights)
    total = rows.shape[1] if w is None else ops.sum(w)
    bias = correction if aweights is None or w is None else correction * ops.sum(w * aweights) / total
    covariance = covariances(rows, w, ops.clip(ops.sub(total, bias), min=0))
    return covariance if rows.shape[0] != 1 else ops.reshape(covariance, shape=())


def observation_weights(n: int, fweights: Any, aweights: Any) -> Any:
    """Multiply both kinds of weights of n observations; None where there are none."""
    given = {"fweights": fweights, "aweights": aweights}
    for name, w in given.items():
        if w is not None and (tuple(w.shape) != (n,) or (w.dtype.kind not in "iu" and name == "fweights")):
            raise ValueError(
                f"cov: expected {name} of shape ({n},){', whole numbers' * (name == 'fweights')}, "
                f"got {tuple(w.shape)} {w.dtype}"
            )
        if w is not None and ops.any(ops.lt(w, 0)):
            raise ValueError(f"cov: expected {name} from 0 on, got negative ones")
    both = [w for w in given.values() if w is not None]
    return ops.mul(*both) if len(both) == 2 else both[0] if both else None


def covariances(rows: Any, w: Any, divisor: Any) -> Any:
    """Multiply the deviations of each row from its mean with those of each other: (D, N) gives (D, D).

    Each observation counts as its weight w (N) says; all count alike where w is None.
    """
    if w is None:
        deviation = weighted = np.subtract(rows, np.mean(rows, axis=1, keepdims=True))
    else:
        mean = np.divide(np.sum(np.multiply(rows, w), axis=1, keepdims=True), np.sum(w))
        deviation = np.subtract(rows, mean)
        weighted = np.multiply(deviation, w)
    return np.divide(np.matmul(weighted, np.transpose(deviation)), divisor)


def corrcoef(input: Any) -> Tensor:
    """Compute the correlations of variables, one a row: their covariances over their standard deviations."""
    return correlations(cov(input))


def correlations(covariance: Any) -> Any:
    """Divide covariances by the standard deviations of both variables; a single one gives 1."""
    if covariance.ndim == 0:
        return covariance / covariance
    deviation = ops.sqrt(ops.diagonal(covariance))
    return covariance / ops.expand_dims(deviation, axis=1) / deviation


# NumPy's


@answers(np.average)
def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False) -> Any:
    """Average with weights: Σ w a / Σ w. Weights for one axis may be a vector."""
    if weights is None:
        weights = np.ones(np.shape(a))
    elif np.shape(weights) != np.shape(a):
        weights = np.reshape(weights, tuple(-1 if i == axis % np.ndim(a) else 1 for i in range(np.ndim(a))))
    weights = np.broadcast_to(weights, np.shape(a))
    total = np.sum(weights, axis=axis, keepdims=keepdims)
    mean = np.divide(np.sum(np.multiply(a, weights), axis=axis, keepdims=keepdims), total)
    return (mean, total) if returned else mean


@answers(np.cov)
def numpy_cov(m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: float | None = None) -> Any:
    """Compute the covariances of variables, one a row (one a column with rowvar=False)."""
    x = np.atleast_2d(np.multiply(m, np.float64(1)))
    if not rowvar and np.shape(x)[0] != 1:
        x = np.transpose(x)
    if y is not None:
        other = np.atleast_2d(y)
        x = np.concatenate([x, other if rowvar or np.shape(other)[0] == 1 else np.transpose(other)], axis=0)
    n = np.shape(x)[1] - ((0 if bias else 1) if ddof is None else ddof)
    return np.squeeze(covariances(x, None, n))


NUMPY[np.corrcoef] = lambda x, y=None, rowvar=True: correlations(np.cov(x, y, rowvar))
