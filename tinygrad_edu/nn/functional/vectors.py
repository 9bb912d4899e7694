"""Vectors: looking them up, bringing them to length 1, comparing them."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.functions.linalg import norm

__all__ = ["cosine_similarity", "embedding", "normalize", "pairwise_distance"]


def embedding(input: Any, weight: Any, padding_idx: int | None = None) -> Any:
    """Read the rows of a table at indices: input (…) and weight (K, D) give (…, D).

    Parameters:
        padding_idx: a row that gets no gradient.

    Raises:
        TypeError: the indices are not integers.
        IndexError: an index is not among 0 … K - 1.
    """
    indices, K = np.asarray(getattr(input, "array", input)), weight.shape[0]
    if indices.dtype.kind not in "iu":
        raise TypeError(f"embedding: expected indices, which are integers, got {indices.dtype}; use input.long()")
    if indices.size and (indices.min() < 0 or indices.max() >= K):
        raise IndexError(
            f"embedding: expected indices from 0 to {K - 1}, got {indices.min()} to {indices.max()} for a weight of "
            f"shape {tuple(weight.shape)}"
        )
    rows = ops.getitem(weight, index=indices)
    if padding_idx is None:
        return rows
    if not -K <= padding_idx < K:
        raise ValueError(f"embedding: expected padding_idx to be one of {K} rows, got {padding_idx}")
    is_padding = np.expand_dims(indices == padding_idx % K, -1)
    return ops.where(is_padding, getattr(rows, "array", rows), rows)


def normalize(input: Any, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Any:
    """Divide by the p-norm along `dim`, or by eps where the norm is smaller."""
    return input / ops.clip(norm(input, p, dim, keepdim=True), min=eps)


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    """Compute the cosine of the angle between vectors along `dim`: x₁·x₂ / (max(‖x₁‖, eps) max(‖x₂‖, eps)).

    The two broadcast to one shape first.
    """
    shape = np.broadcast_shapes(x1.shape, x2.shape)
    x1, x2 = (ops.broadcast_to(x, shape=shape) for x in (x1, x2))
    return ops.sum(normalize(x1, 2, dim, eps) * normalize(x2, 2, dim, eps), axis=dim)


def pairwise_distance(x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Any:
    """Compute the p-norm of x₁ - x₂ + eps along the last dimension. With eps, equal vectors have a finite slope."""
    return norm(x1 - x2 + eps, p, -1, keepdim=keepdim)
