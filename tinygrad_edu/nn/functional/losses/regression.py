"""Losses that compare numbers with numbers of the same shape."""

from __future__ import annotations

from typing import Any

from tinygrad_edu import ops
from tinygrad_edu.nn.functional.losses.reduction import check_same_shape, reduce, takes_old_reduction
from tinygrad_edu.tensors.tensor import Tensor


@takes_old_reduction
def mse_loss(input: Any, target: Any, *, reduction: str = "mean", weight: Any = None) -> Tensor:
    """Compute the squared error (input - target)² of each element, and average.

    Parameters:
        input, target: numbers of one shape.
        reduction: "mean", "sum" or "none".
        weight: multiplies each loss; of the same shape. The mean divides by its sum.

    Raises:
        ValueError: the shapes differ. (PyTorch warns and broadcasts.)
    """
    check_same_shape("mse_loss", input, target)
    return _weighted_mean("mse_loss", _squared_error(input, target), reduction, weight)


def sum_squared_error(input: Any, target: Any) -> Tensor:
    """Compute Σ (input - target)²: the loss of many a first lesson, and nothing but `mse_loss` with "sum"."""
    check_same_shape("sum_squared_error", input, target)
    return ops.sum(_squared_error(input, target))


@takes_old_reduction
def l1_loss(input: Any, target: Any, *, reduction: str = "mean", weight: Any = None) -> Tensor:
    """Compute the absolute error |input - target| of each element, and average. Its subgradient at 0 is 0.

    Parameters and errors as for `mse_loss`.
    """
    check_same_shape("l1_loss", input, target)
    return _weighted_mean("l1_loss", ops.abs(ops.sub(input, target)), reduction, weight)


@takes_old_reduction
def smooth_l1_loss(input: Any, target: Any, *, reduction: str = "mean", beta: float = 1.0) -> Tensor:
    """Compute ½ d² / β where |d| < β, else |d| - ½ β, of each difference d = input - target, and average.

    Parameters:
        input, target, reduction: as for `mse_loss`.
        beta: where the square becomes a line; 0 is `l1_loss`.

    Raises:
        ValueError: the shapes differ, or beta is negative.
    """
    check_same_shape("smooth_l1_loss", input, target)
    if beta < 0:
        raise ValueError(f"smooth_l1_loss: expected beta ≥ 0, got {beta}")
    if beta == 0:
        return l1_loss(input, target, reduction=reduction)
    return reduce("smooth_l1_loss", _square_then_line(input, target, beta) / beta, reduction)


@takes_old_reduction
def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: float = 1.0, weight: Any = None) -> Tensor:
    """Compute ½ d² where |d| ≤ δ, else δ (|d| - ½ δ), of each difference d = input - target, and average.

    Parameters:
        input, target, reduction: as for `mse_loss`.
        delta: where the square becomes a line.
        weight: multiplies each loss; of the same shape. The mean divides by the number of losses.

    Raises:
        ValueError: the shapes differ, or delta is not positive.
    """
    check_same_shape("huber_loss", input, target)
    if delta <= 0:
        raise ValueError(f"huber_loss: expected delta > 0, got {delta}")
    losses = _square_then_line(input, target, delta)
    return reduce("huber_loss", losses if weight is None else _weighted("huber_loss", losses, weight), reduction)


def _square_then_line(input: Any, target: Any, bend: float) -> Any:
    """Compute ½ d² where |d| < bend, else bend (|d| - ½ bend); both are the same at the bend."""
    size = ops.abs(ops.sub(input, target))
    return ops.where(size < bend, 0.5 * size * size, bend * (size - 0.5 * bend))


def _squared_error(input: Any, target: Any) -> Any:
    difference = ops.sub(input, target)
    return ops.mul(difference, difference)


def _weighted(name: str, losses: Any, weight: Any) -> Any:
    check_same_shape(name, losses, weight, "weight")
    return losses * weight


def _weighted_mean(name: str, losses: Any, reduction: str, weight: Any) -> Any:
    """Reduce weighted losses; the mean divides by the sum of the weights."""
    if weight is None:
        return reduce(name, losses, reduction)
    losses = _weighted(name, losses, weight)
    return ops.sum(losses) / ops.sum(weight) if reduction == "mean" else reduce(name, losses, reduction)
