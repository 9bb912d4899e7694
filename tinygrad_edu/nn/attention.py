"""Attention with several heads (Vaswani and others: Attention is all you need, NeurIPS 2017)."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.nn import functional as F
from tinygrad_edu.nn import init
from tinygrad_edu.nn.functional.attention import additive_mask, attention_weights
from tinygrad_edu.nn.linear import Linear
from tinygrad_edu.nn.module import Module
from tinygrad_edu.nn.parameter import Parameter, new_parameter
from tinygrad_edu.system.devices import takes_device
from tinygrad_edu.system.generator import Generator
from tinygrad_edu.tensors.tensor import Tensor

WEIGHTS = ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight")


class MultiheadAttention(Module):
    """Attend with several heads at once, each with its own part of the vectors, and mix what they find.

    Parameters:
        embed_dim: E, the length of the vectors.
        num_heads: into how many parts they are split.
        dropout: the probability that an attention weight is dropped, in training.
        bias: whether there are biases.
        add_bias_kv: whether there are one more key and value, which are learned.
        add_zero_attn: whether there are one more key and value of zeros: a query may attend to nothing.
        kdim, vdim: the lengths of keys and values, where they are not E.
        batch_first: inputs and output are (N, T, E) instead of (T, N, E).
        dtype: the type of the parameters; the default one if not given.
        generator: draws initial values and what is dropped; the default generator if not given.

    Attributes:
        in_proj_weight, in_proj_bias: (3 E, E) and (3 E): the maps to queries, keys and values, one below the other.
        q_proj_weight, k_proj_weight, v_proj_weight: these maps, where keys or values have another length.
        bias_k, bias_v: (1, 1, E), the learned key and value, or None.
        out_proj: the Linear layer that mixes the heads.
    """

    in_proj_weight: Parameter | None
    in_proj_bias: Parameter | None
    bias_k: Parameter | None
    bias_v: Parameter | None

    @takes_device
    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        *,
        dtype: Any = None,
        generator: Generator | None = None,
    ) -> None:
        super().__init__()
        if num_heads < 1 or embed_dim % num_heads:
            raise ValueError(
                f"MultiheadAttention: expected embed_dim to be a multiple of {num_heads} heads, got {embed_dim}"
            )
        self.embed_dim = embed_dim
        self.num_heads = num_heads
        self.dropout = dropout
        self.batch_first = batch_first
        self.generator = generator
        self.add_zero_attn = add_zero_attn
        self.kdim, self.vdim = kdim or embed_dim, vdim or embed_dim
        shapes = dict.fromkeys(WEIGHTS)
        if self.kdim == self.vdim == embed_dim:
            shapes["in_proj_weight"] = (3 * embed_dim, embed_dim)
        else:
            shapes |= zip(WEIGHTS[1:], ((embed_dim, n) for n in (embed_dim, self.kdim, self.vdim)), strict=True)
        shapes["in_proj_bias"] = (3 * embed_dim,) if bias else None
        shapes |= dict.fromkeys(("bias_k", "bias_v"), (1, 1, embed_dim) if add_bias_kv else None)
        for name, shape in shapes.items():
            self.register_parameter(name, None if shape is None else new_parameter(shape, dtype))
        self.out_proj = Linear(embed_dim, embed_dim, bias, dtype=dtype, generator=generator)
        self.reset_parameters(generator)

    def reset_parameters(self, generator: Generator | None = None) -> None:
        """Draw new initial values for the maps to queries, keys and values; set all biases to 0."""
        for names, draw in ((WEIGHTS, init.xavier_uniform_), (("bias_k", "bias_v"), init.xavier_normal_)):
            for parameter in (getattr(self, name) for name in names):
                if parameter is not None:
                    draw(parameter, generator=generator)
        if self.in_proj_bias is not None:
            init.zeros_(self.in_proj_bias)
        if self.out_proj.bias is not None:
            init.zeros_(self.out_proj.bias)

    def forward(
        self,
        query: Any,
        key: Any,
        value: Any,
        key_padding_mask: Any = None,
        need_weights: bool = True,
        attn_mask: Any = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """Return the output, of the query's shape, and the weights (N, T, S), or None.

        Parameters:
            query: (N, T, E), or (T, E); see `batch_first`.
            key, value: (N, S, E), or (S, E).
            key_padding_mask: (N, S): True for keys that are not to be looked at, or numbers to add to the scores.
            need_weights: whether the weights are returned.
            attn_mask: (T, S) or (N · heads, T, S): True where a query must not look at a key, or numbers to add.
                (`functional.scaled_dot_product_attention` has it the other way round, as in PyTorch.)
            average_attn_weights: whether they are averaged over the heads, or (N, heads, T, S).
            is_causal: says that `attn_mask` is causal; it must be given nevertheless, as in PyTorch.
        """
        if is_causal and attn_mask is None:
            raise ValueError("MultiheadAttention: is_causal=True only says what attn_mask is; pass the mask too")
        if query.ndim == 2:
            axis = 0 if self.batch_first else 1
            q, k, v = (ops.expand_dims(x, axis=axis) for x in (query, key, value))
            padding = None if key_padding_mask is None else key_padding_mask[None]
            y, weights = self.forward(q, k, v, padding, need_weights, attn_mask, average_attn_weights, is_causal)
            return ops.squeeze(y, axis=axis), None if weights is None else ops.squeeze(weights, axis=0)
        projected = self._project(query, key, value)
        if not self.batch_first:
            projected = [ops.swapaxes(x, axis1=0, axis2=1) for x in projected]
        N, T, E = projected[0].shape
        more = self._more(N)
        if more:
            projected[1:] = (ops.concatenate(x, *rows, axis=1) for x, rows in zip(projected[1:], more, strict=True))
            attn_mask, key_padding_mask = (
                None if mask is None else F.pad(mask, (0, len(more[0]))) for mask in (attn_mask, key_padding_mask)
            )
        q, k, v = (
            ops.swapaxes(ops.reshape(x, shape=(N, x.shape[1], self.num_heads, E // self.num_heads)), axis1=1, axis2=2)
            for x in projected
        )
        mask = self._mask(attn_mask, key_padding_mask, (N, self.num_heads, T, k.shape[2]))
        weights = None
        if need_weights:
            weights = attention_weights(q, k, mask)
            weights = F.dropout(weights, self.dropout, self.training, generator=self.generator)
            heads = ops.matmul(weights, v)
            weights = ops.mean(weights, axis=1) if average_attn_weights else weights
        else:
            p = self.dropout if self.training else 0.0
            heads = F.scaled_dot_product_attention(q, k, v, mask, p, generator=self.generator)
        y = self.out_proj(ops.reshape(ops.swapaxes(heads, axis1=1, axis2=2), shape=(N, T, E)))
        return (y if self.batch_first else ops.swapaxes(y, axis1=0, axis2=1)), weights

    def _project(self, query: Any, key: Any, value: Any) -> list[Any]:
        E, w, b = self.embed_dim, self.in_proj_weight, self.in_proj_bias
        parts = [slice(i * E, (i + 1) * E) for i in range(3)]
        weights = [
            getattr(self, name) if w is None else ops.getitem(w, index=part)
            for name, part in zip(WEIGHTS[1:], parts, strict=True)
        ]
        return [
            F.linear(x, weight, None if b is None else ops.getitem(b, index=part))
            for x, weight, part in zip((query, key, value), weights, parts, strict=True)
        ]

    def _more(self, N: int) -> list[list[Any]]:
        """Return the keys, and the values, (N, 1, E) each, that there are beside those of the input."""
        shape = (N, 1, self.embed_dim)
        more: list[list[Any]] = [
            [] if x is None else [ops.broadcast_to(x, shape=shape)] for x in (self.bias_k, self.bias_v)
        ]
        if self.add_zero_attn:
            for rows in more:
                rows.append(np.zeros(shape, self.out_proj.weight.dtype))
        return more if more[0] else []

    def _mask(self, attn_mask: Any, key_padding_mask: Any, shape: tuple[int, ...]) -> Any:
        """Join the masks into one: True where a query may look at a key, or numbers to add to the scores."""
        masks = [] if attn_mask is None else [ops.reshape(attn_mask, shape=shape) if attn_mask.ndim == 3 else attn_mask]
        if key_padding_mask is not None:
            masks.append(ops.reshape(key_padding_mask, shape=(shape[0], 1, 1, shape[3])))
        masks = [~getattr(mask, "array", mask) if mask.dtype.kind == "b" else mask for mask in masks]
        if len(masks) < 2:
            return masks[0] if masks else None
        if all(mask.dtype.kind == "b" for mask in masks):
            return masks[0] & masks[1]
        return additive_mask(masks[0]) + additive_mask(masks[1])
