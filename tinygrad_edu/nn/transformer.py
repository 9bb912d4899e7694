"""The transformer: an encoder and a decoder, each several layers, and the two together.

From Vaswani and others: Attention is all you need, NeurIPS 2017.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu.engine.dtypes import or_default
from tinygrad_edu.nn import functional as F
from tinygrad_edu.nn import init
from tinygrad_edu.nn.containers import ModuleList
from tinygrad_edu.nn.module import Module
from tinygrad_edu.nn.normalization import LayerNorm
from tinygrad_edu.nn.transformer_layers import TransformerDecoderLayer, TransformerEncoderLayer
from tinygrad_edu.system.devices import takes_device
from tinygrad_edu.system.generator import Generator
from tinygrad_edu.tensors.tensor import Tensor, wrap


class _Stack(Module):
    """Several copies of a layer, and a module for the end, or None."""

    norm: Module | None

    def __init__(self, layer: Module, num_layers: int, norm: Module | None) -> None:
        super().__init__()
        self.layers = ModuleList(copy.deepcopy(layer) for _ in range(num_layers))
        self.num_layers = num_layers
        self.norm = norm

    def _through(self, x: Any, *others: Any) -> Any:
        for layer in self.layers:
            x = layer(x, *others)
        return x if self.norm is None else self.norm(x)


class TransformerEncoder(_Stack):
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
        super().__init__(encoder_layer, num_layers, norm)

    def forward(
        self, src: Any, mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool | None = None
    ) -> Tensor:
        """Return the series, of the same shape; the masks are those of MultiheadAttention."""
        return self._through(src, mask, src_key_padding_mask, bool(is_causal) and mask is not None)


class TransformerDecoder(_Stack):
    """Pass through several copies of a layer, one after the other, each of which looks at the same memory.

    Parameters:
        decoder_layer: a TransformerDecoderLayer, or what is called like one. The copies start out equal.
        num_layers: how many.
        norm: a module for the end, or None.
    """

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__(decoder_layer, num_layers, norm)

    def forward(
        self,
        tgt: Any,
        memory: Any,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """Return the series, of the shape of tgt; the masks are those of MultiheadAttention."""
        masks = (tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask)
        return self._through(tgt, memory, *masks, bool(tgt_is_causal) and tgt_mask is not None, memory_is_causal)


class Transformer(Module):
    """Read one series with an encoder, and go on with another one with a decoder that looks at what was read.

    Parameters:
        num_encoder_layers, num_decoder_layers: how many layers the two have.
        custom_encoder, custom_decoder: modules in their place, or None.

    The others as for TransformerEncoderLayer.
    """

    @takes_device
    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Callable[[Any], Any] = F.relu,
        custom_encoder: Module | None = None,
        custom_decoder: Module | None = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        *,
        dtype: Any = None,
        generator: Generator | None = None,
    ) -> None:
        super().__init__()
        sizes: Any = (
            d_model,
            nhead,
            dim_feedforward,
            dropout,
            activation,
            layer_norm_eps,
            batch_first,
            norm_first,
            bias,
        )
        made: dict[str, Any] = {"dtype": dtype, "generator": generator}

        def norm() -> LayerNorm:
            return LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype)

        self.encoder = custom_encoder
        if custom_encoder is None:
            self.encoder = TransformerEncoder(TransformerEncoderLayer(*sizes, **made), num_encoder_layers, norm())
        self.decoder = custom_decoder
        if custom_decoder is None:
            self.decoder = TransformerDecoder(TransformerDecoderLayer(*sizes, **made), num_decoder_layers, norm())
        for parameter in self.parameters():
            if parameter.ndim > 1:
                init.xavier_uniform_(parameter, generator=generator)
        self.d_model, self.nhead, self.batch_first = d_model, nhead, batch_first

    def forward(
        self,
        src: Any,
        tgt: Any,
        src_mask: Any = None,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        src_key_padding_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """Return a series of the shape of tgt; the masks are those of MultiheadAttention.

        Parameters:
            src: the series for the encoder, (S, N, d_model), (N, S, d_model) with `batch_first`, or (S, d_model).
            tgt: the series for the decoder, (T, N, d_model) and so on.

        Raises:
            RuntimeError: N of the two differ, or their vectors are not of length d_model.
        """
        batch = 0 if self.batch_first else 1
        if src.ndim == 3 and src.shape[batch] != tgt.shape[batch]:
            raise RuntimeError(
                f"Transformer: expected src and tgt of one batch size, got {src.shape[batch]} and {tgt.shape[batch]} "
                f"with batch_first={self.batch_first}"
            )
        if not src.shape[-1] == tgt.shape[-1] == self.d_model:
            raise RuntimeError(
                f"Transformer: expected vectors of length d_model={self.d_model}, got {src.shape[-1]} in src and "
                f"{tgt.shape[-1]} in tgt"
            )
        encoder: Any = self.encoder
        decoder: Any = self.decoder
        memory = encoder(src, mask=src_mask, src_key_padding_mask=src_key_padding_mask, is_causal=src_is_causal)
        return decoder(
            tgt,
            memory,
            tgt_mask=tgt_mask,
            memory_mask=memory_mask,
            tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask,
            tgt_is_causal=tgt_is_causal,
            memory_is_causal=memory_is_causal,
        )

    @staticmethod
    @takes_device
    def generate_square_subsequent_mask(sz: int, *, dtype: Any = None) -> Tensor:
        """Return the causal mask (sz, sz) to add to scores: 0 up to the diagonal, -∞ above."""
        return wrap(np.triu(np.full((sz, sz), -np.inf, or_default(dtype)), 1))
