"""Combining vectors: adding up rows of a table, bilinear forms."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.nn.functional.vectors import embedding

__all__ = ["bilinear", "embedding_bag"]


def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Any:
    """Compute yₖ = x₁ᵀ Wₖ x₂ + bₖ: (…, D1), (…, D2), weight (O, D1, D2) and bias (O) give (…, O)."""
    y = ops.einsum(input1, input2, weight, subscripts="...i,...j,oij->...o")
    return y if bias is None else y + bias


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
