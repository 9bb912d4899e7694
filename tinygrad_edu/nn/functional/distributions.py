"""Losses that compare probabilities with probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.nn.functional.reduce import check_float, check_same_shape, constant, reduce

__all__ = ["binary_cross_entropy", "kl_div"]


def binary_cross_entropy(input: Any, target: Any, weight: Any = None, *, reduction: str = "mean") -> Any:
    """Compute the cross entropy of probabilities p with the target t: -t log p - (1 - t) log(1 - p).

    Logarithms are limited to at least -100. From scores, `binary_cross_entropy_with_logits` is more precise.

    Parameters:
        input: probabilities of any shape.
        target: probabilities of the same shape.
        weight: multiplies each loss; constant, broadcast to the input's shape.
        reduction: "none", "sum" or "mean".

    Raises:
        TypeError: the input is of integers.
        ValueError: the shapes differ, or the input is not between 0 and 1.
    """
    name = "binary_cross_entropy"
    check_same_shape(name, input, target)
    check_float(name, input)
    p = np.asarray(getattr(input, "array", input))
    if p.size and not (p.min() >= 0 and p.max() <= 1):
        raise ValueError(
            f"{name}: expected probabilities from 0 to 1 as input, got {p.min()} to {p.max()}; for scores use {name}"
            "_with_logits"
        )
    losses = ops.binary_cross_entropy(input, target)
    if weight is not None:
        losses = losses * constant(name, "weight", weight, input.dtype)
    return reduce(name, losses, reduction)


def kl_div(input: Any, target: Any, *, reduction: str = "mean", log_target: bool = False) -> Any:
    """Compute the terms of the Kullback-Leibler divergence, t (log t - input), and add them up.

    Parameters:
        input: logarithms of probabilities.
        target: probabilities t of the same shape, or their logarithms with `log_target`.
        reduction: "batchmean", the sum over the first dimension's size, which is the divergence averaged over
            the batch; "mean", over all elements, which is not; "sum" or "none".

    Raises:
        ValueError: the shapes differ.
    """
    check_same_shape("kl_div", input, target)
    check_float("kl_div", input)
    terms = ops.exp(target) * (target - input) if log_target else ops.xlogy(target, target) - target * input
    if reduction == "batchmean":
        return ops.sum(terms) / input.shape[0]
    return reduce("kl_div", terms, reduction)
