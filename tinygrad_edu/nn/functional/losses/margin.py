"""Losses that want some things nearer or higher than others, by a margin.

Their subgradient at 0 is the slope, where they do not say otherwise.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.dtypes import array_of
from tinygrad_edu.nn.functional.distance import pairwise_distance
from tinygrad_edu.nn.functional.floats import as_float
from tinygrad_edu.nn.functional.losses.cross_entropies import (
    binary_cross_entropy_with_logits,
    class_indices,
    class_weight,
)
from tinygrad_edu.nn.functional.losses.reduction import check_same_shape, reduce, takes_old_reduction
from tinygrad_edu.tensors.tensor import Tensor


@takes_old_reduction
def margin_ranking_loss(
    input1: Any, input2: Any, target: Any, margin: float = 0.0, *, reduction: str = "mean"
) -> Tensor:
    """Compute max(0, -t (x₁ - x₂) + margin): 0 where x₁ exceeds x₂ by the margin (t = 1), or the reverse (t = -1)."""
    losses = ops.clip(margin - target * (as_float(input1) - input2), min=0)
    return reduce("margin_ranking_loss", losses, reduction)


@takes_old_reduction
def cosine_embedding_loss(
    input1: Any, input2: Any, target: Any, margin: float = 0.0, *, reduction: str = "mean"
) -> Tensor:
    """Compute 1 - cos for pairs that belong together (t = 1), max(0, cos - margin) for those that do not (t = -1).

    Parameters:
        input1, input2: vectors (N, D) or (D).
        target: (N) or (), of 1 and -1.
    """
    if input1.shape != input2.shape or input1.ndim not in (1, 2) or tuple(target.shape) != tuple(input1.shape[:-1]):
        raise ValueError(
            f"cosine_embedding_loss: expected inputs (N, D) and a target (N), or (D) and (), got "
            f"{tuple(input1.shape)}, {tuple(input2.shape)} and {tuple(target.shape)}"
        )
    input1, input2 = as_float(input1), as_float(input2)
    squares = [ops.sum(x * x, axis=-1) + 1e-12 for x in (input1, input2)]
    cos = ops.sum(input1 * input2, axis=-1) / ops.sqrt(squares[0] * squares[1])
    apart = ops.clip(cos - margin, min=0)
    losses = ops.where(target == 1, 1 - cos, ops.where(target == -1, apart, 0.0))
    return reduce("cosine_embedding_loss", losses, reduction)


@takes_old_reduction
def triplet_margin_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-6,
    swap: bool = False,
    *,
    reduction: str = "mean",
) -> Tensor:
    """Compute max(0, d(a, p) - d(a, n) + margin): the positive is to be nearer than the negative, by the margin.

    Parameters:
        anchor, positive, negative: vectors (N, D) or (D).
        p: which norm the distance is; eps is added to each difference (see `pairwise_distance`).
        swap: use d(p, n) instead of d(a, n) where it is smaller.

    Raises:
        ValueError: the margin is not positive.
    """
    if margin <= 0:
        raise ValueError(f"triplet_margin_loss: expected margin > 0, got {margin}")
    near, far = pairwise_distance(anchor, positive, p, eps), pairwise_distance(anchor, negative, p, eps)
    if swap:
        far = ops.minimum(far, pairwise_distance(positive, negative, p, eps))
    return reduce("triplet_margin_loss", ops.clip(near - far + margin, min=0), reduction)


@takes_old_reduction
def hinge_embedding_loss(input: Any, target: Any, margin: float = 1.0, *, reduction: str = "mean") -> Tensor:
    """Compute the distance x for pairs that belong together (t = 1), max(0, margin - x) for others (t = -1).

    Parameters:
        input, target: numbers of one shape.

    Raises:
        ValueError: the shapes differ.
    """
    check_same_shape("hinge_embedding_loss", input, target)
    near, apart = as_float(input), ops.clip(margin - as_float(input), min=0)
    losses = ops.where(target == -1, 0.0, near) + ops.where(target == 1, 0.0, apart)
    return reduce("hinge_embedding_loss", losses, reduction)


@takes_old_reduction
def multi_margin_loss(
    input: Any, target: Any, p: int = 1, margin: float = 1.0, weight: Any = None, *, reduction: str = "mean"
) -> Tensor:
    """Compute Σ max(0, margin - x[t] + x[k])ᵖ / K over the other classes k ≠ t: the target's score is to be higher.

    The subgradient at 0 is 0.

    Parameters:
        input: scores (N, K) or (K).
        target: class indices (N) or ().
        p: 1 or 2.
        weight: (K), constant; multiplies the terms, before the power, of the class that is the target.

    Raises:
        TypeError: the target does not hold integers, or the scores do.
        ValueError: a shape or option does not fit.
        IndexError: a class index is not among 0 … K - 1.
    """
    name = "multi_margin_loss"
    if p not in (1, 2):
        raise ValueError(f"{name}: expected p to be 1 or 2, got {p}")
    if input.ndim < 2:  # one example
        row, one = ops.reshape(input, shape=(1, -1)), array_of(target).reshape(-1)
        losses = multi_margin_loss(row, one, p, margin, weight, reduction="none")
        return reduce(name, ops.reshape(losses, shape=tuple(target.shape)), reduction)
    _check_rows(name, input)
    indices, _ = class_indices(name, input, target, 1, -1)
    behind = ops.relu(margin - ops.take_along_axis(input, indices[:, None], axis=1) + input)
    losses = ops.where(np.arange(input.shape[1]) == indices[:, None], 0.0, behind**p)
    if weight is not None:
        losses = losses * class_weight(name, weight, input, input.shape[1])[indices][:, None]
    return reduce(name, ops.sum(losses, axis=1) / input.shape[1], reduction)


@takes_old_reduction
def multilabel_margin_loss(input: Any, target: Any, *, reduction: str = "mean") -> Tensor:
    """Compute Σ max(0, 1 - x[t] + x[k]) / K over all targets t and all classes k that are no target.

    The subgradient at 0 is 0.

    Parameters:
        input: scores (N, K) or (K).
        target: class indices, of the same shape; what comes after the first -1 of a row does not count.

    Raises:
        ValueError: the shapes differ.
        IndexError: a class index is not among 0 … K - 1.
    """
    name = "multilabel_margin_loss"
    check_same_shape(name, input, target)
    if input.ndim < 2:  # one example
        rows = (ops.reshape(x, shape=(1, -1)) for x in (input, target))
        return reduce(name, ops.squeeze(multilabel_margin_loss(*rows, reduction="none"), axis=0), reduction)
    _check_rows(name, input)
    K, indices = input.shape[1], array_of(target)
    counts = np.logical_and.accumulate(indices >= 0, axis=1)
    indices = np.where(counts, indices, 0)
    if indices.max(initial=0) >= K:
        raise IndexError(f"{name}: a class index is {indices.max()}, expected -1 to {K - 1} for K = {K}")
    is_target = ((indices[:, :, None] == np.arange(K)) & counts[:, :, None]).any(1)
    ahead = ops.take_along_axis(input, indices, axis=1)
    behind = ops.relu(1 - ops.expand_dims(ahead, axis=2) + ops.expand_dims(input, axis=1))
    losses = ops.where(counts[:, :, None] & ~is_target[:, None, :], behind, 0.0)
    return reduce(name, ops.sum(losses, axis=(1, 2)) / K, reduction)


@takes_old_reduction
def soft_margin_loss(input: Any, target: Any, *, reduction: str = "mean") -> Tensor:
    """Compute log(1 + exp(-t x)) of each element, for targets t of 1 and -1.

    Raises:
        ValueError: the shapes differ.
    """
    check_same_shape("soft_margin_loss", input, target)
    return reduce("soft_margin_loss", ops.logaddexp(-target * as_float(input), 0), reduction)


@takes_old_reduction
def multilabel_soft_margin_loss(input: Any, target: Any, weight: Any = None, *, reduction: str = "mean") -> Tensor:
    """Compute the cross entropy of sigmoid(x) with t, averaged over the classes: -t log σ(x) - (1 - t) log σ(-x).

    Parameters:
        input: scores (…, K).
        target: probabilities, often 0 and 1, of the same shape.
        weight: multiplies the term of each class; constant, broadcast to the input's shape.

    Raises:
        ValueError: the shapes differ.
    """
    name = "multilabel_soft_margin_loss"
    losses = binary_cross_entropy_with_logits(input, target, weight, reduction="none")
    return reduce(name, ops.mean(losses, axis=-1), reduction)


def _check_rows(name: str, input: Any) -> None:
    if input.ndim != 2 or not input.shape[1]:
        raise ValueError(f"{name}: expected scores (N, K) or (K) of K ≥ 1 classes, got shape {tuple(input.shape)}")
