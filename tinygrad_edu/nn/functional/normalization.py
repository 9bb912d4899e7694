"""Normalizations: over the layer, groups of channels, neighbouring channels, each vector."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.functions.arguments import half_as_single
from tinygrad_edu.functions.norms import norm
from tinygrad_edu.nn.functional.floats import check_float
from tinygrad_edu.nn.functional.pooling import avg_pool2d
from tinygrad_edu.tensors.tensor import Tensor


@half_as_single
def group_norm(input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Tensor:
    """Standardize each group of channels of each example (N, C, …).

    From Wu and He: Group normalization, ECCV 2018.

    Raises:
        ValueError: the channels cannot be split into so many groups of the same size.
    """
    if input.ndim < 2 or input.shape[1] % num_groups:
        raise ValueError(
            f"group_norm: expected an input (N, C, …) whose C is a multiple of {num_groups} groups, got shape "
            f"{tuple(input.shape)}"
        )
    check_float("group_norm", input)
    shape = tuple(input.shape)
    groups = ops.reshape(input, shape=(shape[0], num_groups, math.prod(shape[1:]) // num_groups))
    return scale_channels(ops.reshape(ops.standardize(groups, axis=2, eps=eps), shape=shape), weight, bias)


@half_as_single
def layer_norm(
    input: Any, normalized_shape: Sequence[int], weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Tensor:
    """Standardize each example over its last dimensions, those of `normalized_shape`.

    From Ba, Kiros and Hinton: Layer normalization, 2016.

    Parameters:
        weight, bias: of shape `normalized_shape`, or None.

    Raises:
        ValueError: the input does not end in `normalized_shape`.
    """
    axes = _last("layer_norm", input, normalized_shape)
    if weight is None:
        y = ops.standardize(input, axis=axes, eps=eps)
        return y if bias is None else y + bias
    bias = 0.0 if bias is None else bias
    if len(axes) == 1:
        return ops.layer_norm(input, weight, bias, eps=eps)
    rows = ops.reshape(input, shape=(*input.shape[: -len(axes)], -1))
    weight, bias = (x if isinstance(x, float) else ops.reshape(x, shape=(-1,)) for x in (weight, bias))
    return ops.reshape(ops.layer_norm(rows, weight, bias, eps=eps), shape=tuple(input.shape))


@half_as_single
def rms_norm(input: Any, normalized_shape: Sequence[int], weight: Any = None, eps: float | None = None) -> Tensor:
    """Divide by the root of the mean square over the last dimensions: w x / √(mean x² + eps).

    From Zhang and Sennrich: Root mean square layer normalization, NeurIPS 2019.

    Parameters:
        eps: the machine epsilon of the input's type, if not given.
    """
    axes = _last("rms_norm", input, normalized_shape)
    eps = float(np.finfo(input.dtype).eps) if eps is None else eps
    y = input / ops.sqrt(ops.mean(ops.square(input), axis=axes, keepdims=True) + eps)
    return y if weight is None else y * weight


@half_as_single
def local_response_norm(input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:
    """Divide by the power of the neighbouring channels: x / (k + α mean(x² over `size` channels))ᵝ, for (N, C, …).

    Channels beyond the first and the last count as 0. From Krizhevsky, Sutskever and Hinton: ImageNet classification
    with deep convolutional neural networks, NIPS 2012.
    """
    if 0 in input.shape:
        return input
    if input.ndim < 3:
        raise ValueError(f"local_response_norm: expected an input (N, C, …), got shape {tuple(input.shape)}")
    N, C = input.shape[:2]
    squares = ops.reshape(ops.square(input), shape=(N, 1, C, -1))
    padded = ops.pad(squares, pad_width=((0, 0), (0, 0), (size // 2, (size - 1) // 2), (0, 0)))
    power = ops.reshape(avg_pool2d(padded, (size, 1), 1), shape=tuple(input.shape))
    return input / (power * alpha + k) ** beta


@half_as_single
def normalize(input: Any, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Tensor:
    """Divide by the p-norm along `dim`, or by eps where the norm is smaller."""
    return input / ops.clip(norm(input, p, dim, keepdim=True), min=eps)


def _last(name: str, input: Any, normalized_shape: Sequence[int]) -> tuple[int, ...]:
    check_float(name, input)
    shape = tuple(normalized_shape)
    if not shape or tuple(input.shape[-len(shape) :]) != shape:
        raise ValueError(f"{name}: expected an input of shape (…, {', '.join(map(str, shape))}), got {input.shape}")
    return tuple(range(-len(shape), 0))


def along_channels(parameter: Any, ndim: int) -> Any:
    """Give a parameter (C) the shape in which it broadcasts with inputs (N, C, …)."""
    return ops.reshape(parameter, shape=(-1, *(1,) * (ndim - 2)))


def scale_channels(y: Any, weight: Any, bias: Any) -> Any:
    """Multiply each channel with its weight and add its bias, if there are such."""
    y = y if weight is None else y * along_channels(weight, y.ndim)
    return y if bias is None else y + along_channels(bias, y.ndim)
