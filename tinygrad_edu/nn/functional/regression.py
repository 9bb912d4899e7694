"""Losses that compare numbers with numbers of the same shape."""

from __future__ import annotations

from typing import Any

from tinygrad_edu import ops
from tinygrad_edu.nn.functional.reduce import check_same_shape, reduce


def mse_loss(input: Any, target: Any, *, reduction: str = "mean") -> Any:
    """Compute the squared error (input - target)² of each element, and average.

    Parameters:
        input, target: numbers of one shape.
        reduction: "mean", "sum" or "none".

    Raises:
        ValueError: the shapes differ. (PyTorch warns and broadcasts.)
    """
    check_same_shape("mse_loss", input, target)
    return reduce("mse_loss", _squared_error(input, target), reduction)


def sum_squared_error(input: Any, target: Any) -> Any:
    """Compute Σ (input - target)²: the loss of many a first lesson, and nothing but `mse_loss` with "sum"."""
    check_same_shape("sum_squared_error", input, target)
    return ops.sum(_squared_error(input, target))


def l1_loss(input: Any, target: Any, *, reduction: str = "mean") -> Any:
    """Compute the absolute error |input - target| of each element, and average. Its subgradient at 0 is 0.

    Parameters:
        input, target: numbers of one shape.
        reduction: "mean", "sum" or "none".

    Raises:
        ValueError: the shapes differ. (PyTorch warns and broadcasts.)
    """
    check_same_shape("l1_loss", input, target)
    return reduce("l1_loss", ops.abs(ops.sub(input, target)), reduction)


def _squared_error(input: Any, target: Any) -> Any:
    difference = ops.sub(input, target)
    return ops.mul(difference, difference)
