"""Activations as modules, for use in a Sequential."""

from __future__ import annotations

from typing import Any

from tinygrad_edu.nn.functional import layers as F
from tinygrad_edu.nn.module import Module


class ReLU(Module):
    """Rectify each element: max(x, 0). The subgradient at 0 is 0.

    Parameters:
        inplace: whether to write the result into the input's memory.
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        return F.relu(input, self.inplace)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class Sigmoid(Module):
    """Squash each element to (0, 1): 1 / (1 + exp(-x))."""

    def forward(self, input: Any) -> Any:
        return F.sigmoid(input)


class Tanh(Module):
    """Squash each element to (-1, 1): tanh(x)."""

    def forward(self, input: Any) -> Any:
        return F.tanh(input)


class Softmax(Module):
    """Turn scores into probabilities along `dim`: exp(x) / Σ exp(x). CrossEntropyLoss wants the scores, not these."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Any) -> Any:
        return F.softmax(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class LogSoftmax(Module):
    """Compute the logarithm of softmax along `dim`: x - log Σ exp(x). What NLLLoss takes."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Any) -> Any:
        return F.log_softmax(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"
