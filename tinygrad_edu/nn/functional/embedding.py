"""Class indices as vectors: rows of a table, sums of rows, and rows with a single 1."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.dtypes import array_of
from tinygrad_edu.engine.op import Array
from tinygrad_edu.engine.versions import mark_changed
from tinygrad_edu.tensors.tensor import Tensor, wrap


def embedding(
    input: Any,
    weight: Any,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """Read the rows of a table at indices: input (…) and weight (K, D) give (…, D).

    Parameters:
        padding_idx: a row that gets no gradient.
        max_norm: rows that are read and longer than this are shortened to it first, in the table itself.
        norm_type: the p of the p-norm that `max_norm` means.
        scale_grad_by_freq: divide the gradient of a row by how often the row is read.
        sparse: for programs written for PyTorch; gradients are dense here.

    Raises:
        TypeError: the indices are not integers.
        IndexError: an index is not among 0 … K - 1.
        ValueError: the table is not of two dimensions, or `padding_idx` is none of its rows.
    """
    indices = array_of(input)
    if weight.ndim != 2:
        raise ValueError(f"embedding: expected a weight (K, D), got shape {tuple(weight.shape)}")
    K = weight.shape[0]
    if indices.dtype.kind not in "iu":
        raise TypeError(f"embedding: expected indices, which are integers, got {indices.dtype}; use input.long()")
    if indices.size and (indices.min() < 0 or indices.max() >= K):
        raise IndexError(
            f"embedding: expected indices from 0 to {K - 1}, got {indices.min()} to {indices.max()} for a weight of "
            f"shape {tuple(weight.shape)}"
        )
    if padding_idx is not None and not -K <= padding_idx < K:
        raise ValueError(f"embedding: expected padding_idx to be one of {K} rows, got {padding_idx}")
    if max_norm is not None:
        _shorten(weight, np.unique(indices), max_norm, norm_type)
    rows = ops.getitem(weight, index=indices)
    constant = getattr(rows, "array", rows)
    if scale_grad_by_freq:
        often = np.bincount(indices.reshape(-1), minlength=K)[indices]
        rows = constant + (rows - constant) / np.expand_dims(often, -1).astype(weight.dtype)  # changes the slope only
    if padding_idx is None:
        return rows
    return ops.where(np.expand_dims(indices == padding_idx % K, -1), constant, rows)


def _shorten(weight: Any, used: Array, max_norm: float, norm_type: float) -> None:
    """Scale the used rows of a table that are longer than `max_norm` down to that length, in place."""
    array = getattr(weight, "array", weight)
    length = np.linalg.norm(array[used].astype(np.float64), norm_type, axis=1)
    long = length > max_norm
    array[used[long]] *= (max_norm / (length[long, None] + 1e-7)).astype(array.dtype)
    mark_changed(array, "embedding(max_norm=)")


def embedding_bag(
    input: Any,
    weight: Any,
    offsets: Any = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Any = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """Add up, average, or take the largest of, the rows of a table (K, D) at the indices of each of B bags: (B, D).

    Parameters:
        input: the indices: (B, T), a bag in each row; or all in a row (T), with
        offsets: where each bag begins in that row, (B).
        max_norm, norm_type, scale_grad_by_freq, sparse: as for `embedding`.
        mode: "mean", "sum" or "max". An empty bag gives 0.
        per_sample_weights: what each row is multiplied by, of the input's shape, for "sum".
        include_last_offset: whether `offsets` has one more number, the end of the last bag.
        padding_idx: an index that is left out.
    """
    indices = array_of(input)
    if mode not in ("mean", "sum", "max") or (mode != "sum" and per_sample_weights is not None):
        raise ValueError(
            'embedding_bag: expected mode "mean" or "max", or "sum" with or without per_sample_weights, got '
            f"{mode!r}{'' if per_sample_weights is None else ' with weights'}"
        )
    if indices.ndim not in (1, 2) or (indices.ndim == 1) != (offsets is not None):
        raise ValueError(
            f"embedding_bag: expected indices (B, T), or (T) with offsets, got shape {indices.shape} "
            f"{'without' if offsets is None else 'with'} offsets"
        )
    if offsets is None:
        bags, count = np.repeat(np.arange(len(indices)), indices.shape[1]), len(indices)
    else:
        starts = array_of(offsets)[: -1 if include_last_offset else None]
        bags, count = np.searchsorted(starts, np.arange(len(indices)), side="right") - 1, len(starts)
    rows = embedding(indices.reshape(-1), weight, None, max_norm, norm_type, scale_grad_by_freq)
    if per_sample_weights is not None:
        rows = rows * ops.reshape(per_sample_weights, shape=(-1, 1))
    if padding_idx is not None:
        kept = indices.reshape(-1) != padding_idx % weight.shape[0]
        rows, bags = ops.getitem(rows, index=kept), bags[kept]
    filled, sizes = np.unique(bags, return_counts=True)
    if mode == "max":
        values = getattr(rows, "array", rows)
        ends = np.cumsum(sizes)
        places = [end - size + values[end - size : end].argmax(0) for size, end in zip(sizes, ends, strict=True)]
        index = (np.reshape(places, (-1, weight.shape[1])).astype(np.intp), np.arange(weight.shape[1]))
        return ops.put(ops.getitem(rows, index=index), index=filled, shape=(count, weight.shape[1]))
    sums = ops.put(rows, index=bags, shape=(count, weight.shape[1]))
    if mode == "sum":
        return sums
    divisor = np.ones((count, 1), weight.dtype)
    divisor[filled, 0] = sizes
    return sums / divisor


def one_hot(tensor: Any, num_classes: int = -1) -> Tensor:
    """Write class indices (…) as rows of zeros with a single 1: int64 (…, K).

    Parameters:
        num_classes: K; the largest index + 1 if not given.

    Raises:
        TypeError: the indices are not integers.
        ValueError: an index is negative or not below `num_classes`, or there are none to count K by.
    """
    indices = array_of(tensor)
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
    return wrap((np.expand_dims(indices, -1) == np.arange(num_classes)).astype(np.int64))
