"""A learned vector for each of K things, and sums of such vectors."""

from __future__ import annotations

from typing import Any, Self

from tinygrad_edu.nn import functional as F
from tinygrad_edu.nn import init
from tinygrad_edu.nn.module import Module
from tinygrad_edu.nn.parameter import Parameter, new_parameter
from tinygrad_edu.system.devices import takes_device
from tinygrad_edu.system.generator import Generator


class Embedding(Module):
    """Look up the vectors of indices (…): (…, embedding_dim). They start out standard normal.

    Parameters:
        num_embeddings: K, how many vectors there are.
        embedding_dim: D, how long they are.
        padding_idx: an index whose vector starts at 0 and gets no gradient.
        sparse: for programs written for PyTorch; gradients are dense here.
        dtype: the type of the vectors; the default one if not given.
        generator: draws the initial values; the default generator if not given.

    Attributes:
        weight: (K, D).
    """

    weight: Parameter

    @takes_device
    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        *,
        sparse: bool = False,
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
        self.weight = new_parameter((num_embeddings, embedding_dim), dtype)
        self.reset_parameters(generator)

    def reset_parameters(self, generator: Generator | None = None) -> None:
        """Draw new initial values."""
        init.normal_(self.weight, generator=generator)
        if self.padding_idx is not None:
            self.weight.array[self.padding_idx] = 0

    @classmethod
    def from_pretrained(
        cls, embeddings: Any, freeze: bool = True, padding_idx: int | None = None, **others: Any
    ) -> Self:
        """Make a layer of given vectors (K, D); they are not trained, unless `freeze` is False."""
        K, D = embeddings.shape
        layer = cls(K, D, padding_idx=padding_idx, dtype=embeddings.dtype, **others)
        layer.weight = Parameter(embeddings, requires_grad=not freeze)
        return layer

    def forward(self, input: Any) -> Any:
        return F.embedding(input, self.weight, self.padding_idx)

    def extra_repr(self) -> str:
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"


class EmbeddingBag(Embedding):
    """Look up the vectors of the indices in each bag and add or average them. See `functional.embedding_bag`.

    Parameters:
        num_embeddings, embedding_dim, sparse, padding_idx, dtype, generator: as for Embedding.
        mode: "mean" or "sum".
        include_last_offset: whether `offsets` ends with the number of indices.

    Attributes:
        weight: (K, D).
    """

    @takes_device
    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        *,
        mode: str = "mean",
        sparse: bool = False,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        dtype: Any = None,
        generator: Generator | None = None,
    ) -> None:
        super().__init__(num_embeddings, embedding_dim, padding_idx, sparse=sparse, dtype=dtype, generator=generator)
        self.mode = mode
        self.include_last_offset = include_last_offset

    def forward(self, input: Any, offsets: Any = None, per_sample_weights: Any = None) -> Any:
        return F.embedding_bag(
            input,
            self.weight,
            offsets,
            mode=self.mode,
            per_sample_weights=per_sample_weights,
            include_last_offset=self.include_last_offset,
            padding_idx=self.padding_idx,
        )

    def extra_repr(self) -> str:
        return f"{super().extra_repr()}, mode={self.mode!r}"
