"""Several dimensions as one, and one as several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tinygrad_edu.functions.shape import flatten, unflatten
from tinygrad_edu.nn.module import Module
from tinygrad_edu.tensors.tensor import Tensor


class Flatten(Module):
    """Merge the dimensions from `start_dim` to `end_dim` into one: images (N, C, H, W) become rows (N, C H W)."""

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, input: Any) -> Tensor:
        return flatten(input, self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """Split dimension `dim` into several of sizes `unflattened_size`; the reverse of Flatten."""

    def __init__(self, dim: int, unflattened_size: Sequence[int]) -> None:
        super().__init__()
        self.dim = dim
        self.unflattened_size = tuple(unflattened_size)

    def forward(self, input: Any) -> Tensor:
        return unflatten(input, self.dim, self.unflattened_size)

    def extra_repr(self) -> str:
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"
