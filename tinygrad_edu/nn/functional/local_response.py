"""Local response normalization, of the first deep convolutional networks."""

from __future__ import annotations

from typing import Any

from tinygrad_edu import ops
from tinygrad_edu.nn.functional.pooling import avg_pool2d

__all__ = ["local_response_norm"]


def local_response_norm(input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Any:
    """Divide by the power of the neighbouring channels: x / (k + α mean(x² over `size` channels))ᵝ, for (N, C, …).

    Channels beyond the first and the last count as 0. From Krizhevsky, Sutskever and Hinton: ImageNet classification
    with deep convolutional neural networks, NIPS 2012.
    """
    if input.ndim < 3:
        raise ValueError(f"local_response_norm: expected an input (N, C, …), got shape {tuple(input.shape)}")
    N, C = input.shape[:2]
    squares = ops.reshape(ops.square(input), shape=(N, 1, C, -1))
    padded = ops.pad(squares, pad_width=((0, 0), (0, 0), (size // 2, (size - 1) // 2), (0, 0)))
    power = ops.reshape(avg_pool2d(padded, (size, 1), 1), shape=tuple(input.shape))
    return input / (power * alpha + k) ** beta
