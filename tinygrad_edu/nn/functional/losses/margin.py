"""Losses that want some things nearer or higher than others, by a margin. Their subgradient at 0 is the slope."""

from __future__ import annotations

from typing import Any

from tinygrad_edu import ops
from tinygrad_edu.nn.functional.distance import pairwise_distance
from tinygrad_edu.nn.functional.floats import as_float
from tinygrad_edu.nn.functional.losses.reduction import reduce, takes_old_reduction
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
