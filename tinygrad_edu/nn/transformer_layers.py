"""The layers of a transformer (Vaswani and others: Attention is all you need, NeurIPS 2017)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from tinygrad_edu.nn import functional as F
from tinygrad_edu.nn.attention import MultiheadAttention
from tinygrad_edu.nn.dropout import Dropout
from tinygrad_edu.nn.linear import Linear
from tinygrad_edu.nn.module import Module
from tinygrad_edu.nn.normalization import LayerNorm
from tinygrad_edu.system.devices import takes_device
from tinygrad_edu.system.generator import Generator
from tinygrad_edu.tensors.tensor import Tensor


class _Layer(Module):
    """Steps that each add to their input and are normalized: one attention or several, then a small network."""

    attentions: ClassVar[tuple[str, ...]]

    @takes_device
    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Callable[[Any], Any] = F.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        *,
        dtype: Any = None,
        generator: Generator | None = None,
    ) -> None:
        super().__init__()
        if isinstance(activation, str):
            if activation not in ("relu", "gelu"):
                raise ValueError(f'{type(self).__name__}: expected "relu", "gelu" or a function, got {activation!r}')
            activation = F.relu if activation == "relu" else F.gelu
        made: dict[str, Any] = {"dtype": dtype, "generator": generator}
        for name in self.attentions:
            self.add_module(name, MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first, **made))
        self.linear1 = Linear(d_model, dim_feedforward, bias, **made)
        self.dropout = Dropout(dropout, generator=generator)
        self.linear2 = Linear(dim_feedforward, d_model, bias, **made)
        self.norm_first = norm_first
        steps = range(1, len(self.attentions) + 2)
        for i in steps:
            self.add_module(f"norm{i}", LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype))
        for i in steps:
            self.add_module(f"dropout{i}", Dropout(dropout, generator=generator))
        self.activation = activation

    def _steps(self, x: Any, *steps: Callable[[Any], Any]) -> Any:
        for i, step in enumerate(steps, 1):
            norm, drop = getattr(self, f"norm{i}"), getattr(self, f"dropout{i}")
            x = x + drop(step(norm(x))) if self.norm_first else norm(x + drop(step(x)))
        return x

    def _transform(self, x: Any) -> Any:
        return self.linear2(self.dropout(self.activation(self.linear1(x))))


class TransformerEncoderLayer(_Layer):
    """Attend to oneself, then pass through a small network; each adds to its input and is normalized.

    Parameters:
        d_model: the length of the vectors.
        nhead: the number of heads of the attention.
        dim_feedforward: the width of the network's hidden layer.
        dropout: the probability of dropout, in training.
        activation: "relu", "gelu" or a function.
        layer_norm_eps: the eps of the normalizations.
        batch_first: the input is (N, T, d_model) instead of (T, N, d_model).
        norm_first: normalize what goes into attention and network, instead of the sums.
        bias: whether there are biases.
        dtype: the type of the parameters; the default one if not given.
        generator: draws initial values and what is dropped; the default generator if not given.
    """

    attentions = ("self_attn",)

    def forward(
        self, src: Any, src_mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool = False
    ) -> Tensor:
        """Return the series, of the same shape; the masks are those of MultiheadAttention."""
        attend = _attention(self.self_attn, src_mask, src_key_padding_mask, is_causal)
        return self._steps(src, attend, self._transform)


class TransformerDecoderLayer(_Layer):
    """Attend to oneself, then to what an encoder put out, then pass through a small network.

    Parameters as for TransformerEncoderLayer.
    """

    attentions = ("self_attn", "multihead_attn")

    def forward(
        self,
        tgt: Any,
        memory: Any,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """Return the series, of the shape of tgt (N, T, d_model); the masks are those of MultiheadAttention.

        Parameters:
            tgt: the series to go on with, (T, N, d_model), or as `batch_first` says.
            memory: what the encoder put out, (S, N, d_model), likewise.
        """
        attend = _attention(self.self_attn, tgt_mask, tgt_key_padding_mask, tgt_is_causal)
        look = _attention(self.multihead_attn, memory_mask, memory_key_padding_mask, memory_is_causal, memory)
        return self._steps(tgt, attend, look, self._transform)


def _attention(attention: Any, mask: Any, padding: Any, is_causal: bool, memory: Any = None) -> Callable[[Any], Any]:
    """Return the function that lets a series attend to a memory, or to itself."""

    def attend(x: Any) -> Any:
        keys = x if memory is None else memory
        return attention(x, keys, keys, padding, False, mask, is_causal=is_causal)[0]

    return attend
