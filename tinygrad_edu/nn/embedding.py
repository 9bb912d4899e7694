"""A learned vector for each of K things, and sums of such vectors."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from tinygrad_edu.nn import functional as F
from tinygrad_edu.nn import init
from tinygrad_edu.nn.module import Module
from tinygrad_edu.nn.parameter import Parameter, new_parameter
from tinygrad_edu.system.devices import takes_device
from tinygrad_edu.system.generator import Generator
from tinygrad_edu.tensors.tensor import Tensor


class Embedding(Module):
    """Look up the vectors of indices (…): (…, embedding_dim). They start out standard normal.

    Parameters:
        num_embeddings: K, how many vectors there are.
        embedding_dim: D, how long they are.
        padding_idx: an index whose vector starts at 0 and gets no gradient.
        max_norm, norm_type, scale_grad_by_freq: as for `functional.embedding`.
        sparse: for programs written for PyTorch; gradients are dense here.
        dtype: the type of the vectors; the default one if not given.
        generator: draws the initial values; the default generator if not given.

    Attributes:
        weight: (K, D).
    """

    weight: Parameter
    usual: ClassVar[dict[str, Any]] = {
        "padding_idx": None,
        "max_norm": None,
        "norm_type": 2,
        "scale_grad_by_freq": False,
    }
    """Options that are printed, where they are not as here."""

    @takes_device
    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
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
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
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

    def forward(self, input: Any) -> Tensor:
        return F.embedding(input, self.weight, self.padding_idx, self.max_norm, self.norm_type, self.scale_grad_by_freq)

    def extra_repr(self) -> str:
        words = {name: getattr(self, name) for name in self.usual}
        others = [f", {name}={value!r}" for name, value in words.items() if value != self.usual[name]]
        return f"{self.num_embeddings}, {self.embedding_dim}{''.join(others)}"


class EmbeddingBag(Embedding):
    """Look up the vectors of the indices in each bag and add or average them. See `functional.embedding_bag`.

    Parameters:
        mode: "mean", "sum" or "max".
        include_last_offset: whether `offsets` ends with the number of indices.
        and the others: as for Embedding.

    Attributes:
        weight: (K, D).
    """

    usual: ClassVar[dict[str, Any]] = {
        "max_norm": None, "norm_type": 2, "scale_grad_by_freq": False, "mode": None, "padding_idx": None
    }  # fmt: skip

    @takes_device
    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        *,
        dtype: Any = None,
        generator: Generator | None = None,
    ) -> None:
        super().__init__(
            num_embeddings, embedding_dim, padding_idx, max_norm, norm_type, scale_grad_by_freq, dtype=dtype,
            generator=generator,
        )  # fmt: skip
        self.mode = mode
        self.include_last_offset = include_last_offset

    def forward(self, input: Any, offsets: Any = None, per_sample_weights: Any = None) -> Tensor:
        names = ("max_norm", "norm_type", "scale_grad_by_freq", "mode", "include_last_offset", "padding_idx")
        options = {name: getattr(self, name) for name in names}
        return F.embedding_bag(input, self.weight, offsets, per_sample_weights=per_sample_weights, **options)
