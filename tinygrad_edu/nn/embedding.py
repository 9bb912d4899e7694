"""A learned vector for each of K things."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from tinygrad_edu.engine.dtypes import DEFAULT
from tinygrad_edu.nn import functional as F
from tinygrad_edu.nn import init
from tinygrad_edu.nn.module import Module
from tinygrad_edu.nn.parameter import Parameter
from tinygrad_edu.random import Generator


class Embedding(Module):
    """Look up the vectors of indices (…): (…, embedding_dim). They start out standard normal.

    Parameters:
        num_embeddings: K, how many vectors there are.
        embedding_dim: D, how long they are.
        padding_idx: an index whose vector starts at 0 and gets no gradient.
        dtype: the type of the vectors; float32 if not given.
        generator: draws the initial values; the default generator if not given.

    Attributes:
        weight: (K, D).
    """

    weight: Parameter

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        *,
        dtype: Any = None,
        generator: Generator | None = None,
    ) -> None:
        super().__init__()
        if padding_idx is not None:
            if not -num_embeddings <= padding_idx < num_embeddings:
                raise ValueError(f"Embedding: expected padding_idx below {num_embeddings}, got {padding_idx}")
            padding_idx %= num_embeddings
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.padding_idx = padding_idx
        self.weight = Parameter(np.empty((num_embeddings, embedding_dim), np.dtype(dtype or DEFAULT)))
        self.reset_parameters(generator)

    def reset_parameters(self, generator: Generator | None = None) -> None:
        """Draw new initial values."""
        init.normal_(self.weight, generator=generator)
        if self.padding_idx is not None:
            self.weight.array[self.padding_idx] = 0

    @classmethod
    def from_pretrained(cls, embeddings: Any, freeze: bool = True, padding_idx: int | None = None) -> Self:
        """Make an Embedding of given vectors (K, D); they are not trained, unless `freeze` is False."""
        K, D = embeddings.shape
        layer = cls(K, D, padding_idx, dtype=embeddings.dtype)
        layer.weight = Parameter(embeddings, requires_grad=not freeze)
        return layer

    def forward(self, input: Any) -> Any:
        return F.embedding(input, self.weight, self.padding_idx)

    def extra_repr(self) -> str:
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"
