"""How numbers vary together: covariances, correlations; and averages with weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.functions.numpy_protocol import answers

__all__ = ["corrcoef", "cov"]


def cov(input: Any, *, correction: int = 1) -> Any:
    """Compute the covariances of variables, one a row: (D, N) gives (D, D)."""
    rows = np.atleast_2d(input)
    covariance = covariances(rows, rows.shape[1] - correction)
    return covariance if input.ndim == 2 else ops.reshape(covariance, shape=())


def covariances(rows: Any, divisor: float) -> Any:
    """Multiply the deviations of each row from its mean with those of each other: (D, N) gives (D, D)."""
    deviation = np.subtract(rows, np.mean(rows, axis=1, keepdims=True))
    return np.divide(np.matmul(deviation, np.transpose(deviation)), divisor)


def corrcoef(input: Any) -> Any:
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
    return np.squeeze(covariances(x, n))


@answers(np.corrcoef)
def numpy_corrcoef(x: Any, y: Any = None, rowvar: bool = True) -> Any:
    """Compute the correlations of variables: their covariances over their standard deviations."""
    return correlations(np.cov(x, y, rowvar))
