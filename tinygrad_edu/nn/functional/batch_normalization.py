"""Batch and instance normalization, whose statistics may be the running ones of many batches."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.versions import mark_changed
from tinygrad_edu.functions.arguments import half_as_single
from tinygrad_edu.nn.functional.floats import check_float
from tinygrad_edu.nn.functional.normalization import along_channels, scale_channels
from tinygrad_edu.tensors.tensor import Tensor


@half_as_single
def batch_norm(
    input: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Standardize each channel over the whole batch: w (x - mean) / √(var + eps) + b.

    From Ioffe and Szegedy: Batch normalization, ICML 2015.

    Parameters:
        input: (N, C) or (N, C, …).
        running_mean, running_var: (C). In training they move towards those of the batch, in place; else they
            are what is used.
        weight, bias: (C) or None.
        training: use the batch's own mean and variance.
        momentum: how far the running ones move.
        eps: keeps the division finite.

    Raises:
        ValueError: in training there is but one number for each channel, or the statistics are missing otherwise.
    """
    if 0 in input.shape:  # of nothing there are no statistics, and the running ones stay
        return scale_channels(input, weight, bias)
    if input.ndim < 2:
        raise ValueError(f"batch_norm: expected an input (N, C) or (N, C, …), got shape {tuple(input.shape)}")
    if training and eps <= 0:
        raise ValueError(f"batch_norm: expected eps > 0 in training, got {eps}; equal numbers would be divided by 0")
    axes = (0, *range(2, input.ndim))
    y = _standardize("batch_norm", input, axes, running_mean, running_var, training, momentum, eps)
    return scale_channels(y, weight, bias)


@half_as_single
def instance_norm(
    input: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Standardize each channel of each example (N, C, …) by itself. Parameters as for `batch_norm`."""
    if input.ndim < 3:
        raise ValueError(f"instance_norm: expected an input (N, C, …), got shape {tuple(input.shape)}")
    axes = tuple(range(2, input.ndim))
    y = _standardize("instance_norm", input, axes, running_mean, running_var, use_input_stats, momentum, eps)
    return scale_channels(y, weight, bias)


def _standardize(
    name: str, input: Any, axes: tuple[int, ...], mean: Any, var: Any, own: bool, momentum: float, eps: float
) -> Any:
    """Bring to mean 0 and variance 1: the input's own, which move the running ones; or the running ones, constants."""
    check_float(name, input)
    if own:
        if math.prod(input.shape[i] for i in axes) == 1:
            raise ValueError(
                f"{name}: expected more than 1 number for each mean, got shape {tuple(input.shape)}: all would become "
                "0; use larger inputs or a larger batch, or eval()"
            )
        _move(mean, var, input, axes, momentum, name)
        return ops.standardize(input, axis=axes, eps=eps)
    if mean is None or var is None:
        raise ValueError(f"{name}: without the input's own statistics expected running_mean and running_var, got None")
    std = np.sqrt(var.array + eps).astype(input.dtype, copy=False)
    return (input - along_channels(mean.array, input.ndim)) / along_channels(std, input.ndim)


def _move(mean: Any, var: Any, input: Any, axes: tuple[int, ...], momentum: float, culprit: str) -> None:
    """Move the running mean and variance towards those of the input; the variance is that of the population."""
    array = getattr(input, "array", input)
    n = math.prod(array.shape[i] for i in axes)
    instances = 0 not in axes  # each example has its own; the running ones follow their average
    for running, now in (
        (mean, ops.mean(array, axis=axes)),
        (var, ops.var(array, axis=axes, ddof=1) if n > 1 else None),
    ):
        if running is not None and now is not None:
            running.array[...] += momentum * ((now.mean(0) if instances else now) - running.array)
            mark_changed(running.array, culprit)
