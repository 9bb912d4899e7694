"""Negative log likelihoods of numbers, for networks that predict a distribution: the normal one, or Poisson's."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.dtypes import array_of
from tinygrad_edu.nn.functional.losses.reduction import check_same_shape, reduce, takes_old_reduction
from tinygrad_edu.tensors.tensor import Tensor


def gaussian_nll_loss(
    input: Any, target: Any, var: Any, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
) -> Tensor:
    """Compute ½ (log v + (x - t)² / v), the negative log likelihood of a normal distribution of mean x and variance v.

    Parameters:
        input: the means x, of any shape.
        target: the numbers t that occurred, broadcast to the input's shape.
        var: the variances v ≥ 0: a number; or of the input's shape, or without its last size or with 1 in place of a
            size.
        full: whether to add the constant ½ log 2π.
        eps: what smaller variances are taken for; the gradient is that at eps.
        reduction: "none", "sum" or "mean".

    Raises:
        ValueError: a shape does not fit, or a variance is negative.

    From Nix and Weigend: Estimating the mean and variance of the target probability distribution, ICNN 1994.
    """
    name = "gaussian_nll_loss"
    if not hasattr(var, "shape"):
        var = np.full(input.shape, var, input.dtype)
    numbers = array_of(var)
    if (numbers < 0).any():
        raise ValueError(f"{name}: expected variances ≥ 0, got {numbers.min()}")
    if var.shape != input.shape and var.shape == input.shape[:-1]:
        var = ops.expand_dims(var, axis=-1)
    for what, x in (("target", target), ("var", var)):
        if not _can_be_broadcast(x.shape, input.shape) or (what == "var" and x.ndim != input.ndim):
            raise ValueError(f"{name}: expected a {what} for an input {tuple(input.shape)}, got shape {tuple(x.shape)}")
    var = var + np.maximum(eps - array_of(var), 0)  # a constant
    losses = 0.5 * (ops.log(var) + (input - target) ** 2 / var)
    return reduce(name, losses + 0.5 * math.log(2 * math.pi) if full else losses, reduction)


@takes_old_reduction
def poisson_nll_loss(
    input: Any,
    target: Any,
    log_input: bool = True,
    full: bool = False,
    *,
    eps: float = 1e-8,
    reduction: str = "mean",
) -> Tensor:
    """Compute λ - t log λ, the negative log likelihood of Poisson's distribution of mean λ, without log t!.

    Parameters:
        input: log λ; or λ, without `log_input`.
        target: the counts t that occurred, of the same shape.
        full: whether to add Stirling's formula for log t!, t log t - t + ½ log 2πt, where t > 1.
        eps: is added to λ in its logarithm, without `log_input`.
        reduction: "none", "sum" or "mean".

    Raises:
        ValueError: the shapes differ.
    """
    check_same_shape("poisson_nll_loss", input, target)
    losses = ops.exp(input) - target * input if log_input else input - target * ops.log(input + eps)
    if full:
        counts = ops.where(target > 1, target, 1.0)
        stirling = counts * ops.log(counts) - counts + 0.5 * ops.log(2 * math.pi * counts)
        losses = losses + ops.where(target > 1, stirling, 0.0)
    return reduce("poisson_nll_loss", losses, reduction)


def _can_be_broadcast(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    pairs = zip(reversed(shape), reversed(to), strict=False)
    return len(shape) <= len(to) and all(m in (1, n) for m, n in pairs)
