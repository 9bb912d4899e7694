"""From the losses of single elements to one number: what `reduction=` says."""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.op import Array
from tinygrad_edu.tensors.tensor import Tensor

F = TypeVar("F", bound=Callable[..., Any])


def takes_old_reduction(function: F) -> F:
    """Let a loss be called with the names before `reduction=`: `size_average` (False: the sum), `reduce` (False: none).

    With a warning, as in PyTorch.
    """

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        old = [kwargs.pop(name, None) for name in ("size_average", "reduce")] if kwargs else [None, None]
        if old != [None, None]:
            average, reduced = (value is None or value for value in old)
            kwargs["reduction"] = ("mean" if average else "sum") if reduced else "none"
            warnings.warn(f"size_average and reduce are old; write reduction={kwargs['reduction']!r}", stacklevel=2)
        return function(*args, **kwargs)

    return wrapper  # type: ignore[return-value]  # the same signature, by functools.wraps


def reduce(name: str, losses: Any, reduction: str, divisor: float | None = None) -> Tensor:
    """Return the `losses` as they are ("none"), their sum ("sum"), or the sum over `divisor` ("mean").

    Without a divisor it is their number. The mean of nothing is 0/0, NaN.
    """
    if reduction == "none":
        return losses
    if reduction == "sum":
        return ops.sum(losses)
    if reduction != "mean":
        raise ValueError(f'{name}: expected reduction "mean", "sum" or "none", got {reduction!r}')
    if divisor is None and 0 not in losses.shape:
        return ops.mean(losses)
    return ops.sum(losses) / divisor if divisor else ops.sum(losses) * math.nan


def constant(name: str, what: str, value: Any, dtype: Any) -> Array:
    """Return a weight as an array; it is a constant to the loss, so one that wants a gradient is refused."""
    if isinstance(value, Tensor):
        if value.requires_grad:
            raise ValueError(f"{name}: no gradient is computed for {what}; pass {what}.detach()")
        value = value.array
    return value.astype(dtype, copy=False) if isinstance(value, np.ndarray) else np.asarray(value, dtype)


def check_same_shape(name: str, input: Any, target: Any, called: str = "target") -> None:
    """Raise unless two tensors or arrays have the same shape.

    Broadcasting (N, 1) against (N) would compare all pairs: a common mistake that trains to nonsense.
    """
    for what, value in (("input", input), (called, target)):
        if not hasattr(value, "shape"):
            raise TypeError(f"{name}: expected a tensor or array as {what}, got {type(value).__name__}")
    if input.shape != target.shape:
        raise ValueError(
            f"{name}: expected a {called} of the input's shape {tuple(input.shape)}, got {tuple(target.shape)}; "
            f"use {called}.reshape(...), or expand(...) to repeat it"
        )
