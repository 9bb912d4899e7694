"""The transformer layer around attention, and several of them (Vaswani and others, NeurIPS 2017)."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from tinygrad_edu.nn import functional as F
from tinygrad_edu.nn.attention import MultiheadAttention
from tinygrad_edu.nn.containers import ModuleList
from tinygrad_edu.nn.dropout import Dropout
from tinygrad_edu.nn.linear import Linear
from tinygrad_edu.nn.module import Module
from tinygrad_edu.nn.normalization import LayerNorm
from tinygrad_edu.system.devices import takes_device
from tinygrad_edu.system.generator import Generator
from tinygrad_edu.tensors.tensor import Tensor


class TransformerEncoderLayer(Module):
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
                raise ValueError(f'TransformerEncoderLayer: expected "relu", "gelu" or a function, got {activation!r}')
            activation = F.relu if activation == "relu" else F.gelu
        made: dict[str, Any] = {"dtype": dtype, "generator": generator}
        self.self_attn = MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first, **made)
        self.linear1 = Linear(d_model, dim_feedforward, bias, **made)
        self.dropout = Dropout(dropout, generator=generator)
        self.linear2 = Linear(dim_feedforward, d_model, bias, **made)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype)
        self.norm2 = LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype)
        self.dropout1 = Dropout(dropout, generator=generator)
        self.dropout2 = Dropout(dropout, generator=generator)
        self.activation = activation

    def forward(
        self, src: Any, src_mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool = False
    ) -> Tensor:
        """Return the series, of the same shape; the masks are those of MultiheadAttention."""

        def attend(x: Any) -> Any:
            y, _ = self.self_attn(x, x, x, src_key_padding_mask, False, src_mask, is_causal=is_causal)
            return self.dropout1(y)

        def transform(x: Any) -> Any:
            return self.dropout2(self.linear2(self.dropout(self.activation(self.linear1(x)))))

        if self.norm_first:
            src = src + attend(self.norm1(src))
            return src + transform(self.norm2(src))
        src = self.norm1(src + attend(src))
        return self.norm2(src + transform(src))


class TransformerEncoder(Module):
    """Pass through several copies of a layer, one after the other.

    Parameters:
        encoder_layer: a TransformerEncoderLayer, or what is called like one. The copies start out equal.
        num_layers: how many.
        norm: a module for the end, or None.
        enable_nested_tensor, mask_check: for programs written for PyTorch; they change nothing.
    """

    def __init__(
        self,
        encoder_layer: Module,
        num_layers: int,
        norm: Module | None = None,
        enable_nested_tensor: bool = True,
        mask_check: bool = True,
    ) -> None:
        super().__init__()
        self.layers = ModuleList(copy.deepcopy(encoder_layer) for _ in range(num_layers))
        self.num_layers = num_layers
        self.norm = norm

    def forward(
        self, src: Any, mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool | None = None
    ) -> Tensor:
        """Return the series, of the same shape; the masks are those of MultiheadAttention."""
        for layer in self.layers:
            src = layer(src, mask, src_key_padding_mask, bool(is_causal) and mask is not None)
        return src if self.norm is None else self.norm(src)
