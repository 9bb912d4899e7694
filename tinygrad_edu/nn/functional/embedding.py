"""Class indices as vectors: rows of a table, sums of rows, and rows with a single 1."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.tensors.tensor import Tensor

__all__ = ["embedding", "embedding_bag", "one_hot"]


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


def embedding_bag(
    input: Any,
    weight: Any,
    offsets: Any = None,
    *,
    mode: str = "mean",
    per_sample_weights: Any = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Any:
    """Add up, or average, the rows of a table (K, D) at the indices of each of B bags: (B, D).

    Parameters:
        input: the indices: (B, T), a bag in each row; or all in a row (T), with
        offsets: where each bag begins in that row, (B).
        mode: "mean" or "sum". An empty bag gives 0.
        per_sample_weights: what each row is multiplied by, of the input's shape, for "sum".
        include_last_offset: whether `offsets` has one more number, the end of the last bag.
        padding_idx: an index that is left out.
    """
    indices = np.asarray(getattr(input, "array", input))
    if mode not in ("mean", "sum") or (mode == "mean" and per_sample_weights is not None):
        raise ValueError(f'embedding_bag: expected mode "mean", or "sum" with or without weights, got {mode!r}')
    if indices.ndim not in (1, 2) or (indices.ndim == 1) != (offsets is not None):
        raise ValueError(
            f"embedding_bag: expected indices (B, T), or (T) with offsets, got shape {indices.shape} "
            f"{'without' if offsets is None else 'with'} offsets"
        )
    if offsets is None:
        bags, count = np.repeat(np.arange(len(indices)), indices.shape[1]), len(indices)
    else:
        starts = np.asarray(getattr(offsets, "array", offsets))[: -1 if include_last_offset else None]
        bags, count = np.searchsorted(starts, np.arange(len(indices)), side="right") - 1, len(starts)
    rows = embedding(indices.reshape(-1), weight)
    kept = np.ones(len(bags), bool) if padding_idx is None else indices.reshape(-1) != padding_idx % weight.shape[0]
    if per_sample_weights is not None:
        rows = rows * ops.reshape(per_sample_weights, shape=(-1, 1))
    if padding_idx is not None:
        rows = ops.getitem(rows, index=kept)
    sums = ops.put(rows, index=bags[kept], shape=(count, weight.shape[1]))
    if mode == "sum":
        return sums
    sizes = np.maximum(np.bincount(bags[kept], minlength=count), 1)
    return sums / sizes[:, None].astype(weight.dtype)


def one_hot(tensor: Any, num_classes: int = -1) -> Tensor:
    """Write class indices (…) as rows of zeros with a single 1: int64 (…, K).

    Parameters:
        num_classes: K; the largest index + 1 if not given.

    Raises:
        TypeError: the indices are not integers.
        ValueError: an index is negative or not below `num_classes`, or there are none to count K by.
    """
    indices = np.asarray(getattr(tensor, "array", tensor))
    if indices.dtype.kind not in "iu":
        raise TypeError(f"one_hot: expected class indices, which are integers, got {indices.dtype}; use t.long()")
    if indices.size == 0 and num_classes < 1:
        raise ValueError("one_hot: there are no indices to count the classes by; pass num_classes=")
    if num_classes == -1:
        num_classes = int(indices.max()) + 1
    if indices.size and (indices.min() < 0 or indices.max() >= num_classes):
        raise ValueError(
            f"one_hot: expected indices from 0 to {num_classes - 1}, got {indices.min()} to {indices.max()}"
        )
    return Tensor((np.expand_dims(indices, -1) == np.arange(num_classes)).astype(np.int64))
