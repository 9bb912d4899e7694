"""Attention (Vaswani and others: Attention is all you need, NeurIPS 2017)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.functions.joining import repeat_interleave
from tinygrad_edu.nn.functional.dropout import check_probability, kept
from tinygrad_edu.system.generator import Generator
from tinygrad_edu.tensors.tensor import Tensor


def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
    *,
    generator: Generator | None = None,
) -> Tensor:
    """Average the values, each weighted by how well its key fits the query: softmax(Q Kᵀ / √D) V.

    Parameters:
        query: (…, T, D).
        key: (…, S, D).
        value: (…, S, E).
        attn_mask: broadcast to (…, T, S): True where a query may look at a key; or numbers that are added to
            the scores before softmax.
        dropout_p: the probability that a weight is dropped. (It is: pass 0 for use after training.)
        is_causal: let query t look at the keys up to t only.
        scale: what the scores are multiplied by; 1/√D if not given.
        enable_gqa: let groups of query heads share a key and a value head: the heads, in the third dimension from the
            end, of the queries are a multiple of those of keys and values.
        generator: draws what is dropped; the default generator if not given.

    Returns:
        (…, T, E). A query that may look at nothing gets zeros.
    """
    name = "scaled_dot_product_attention"
    check_probability(name, dropout_p)
    if enable_gqa:
        key, value = (repeat_interleave(x, query.shape[-3] // x.shape[-3], -3) for x in (key, value))
    if is_causal:
        if attn_mask is not None:
            raise ValueError(f"{name}: expected attn_mask or is_causal, got both; put the causal mask into attn_mask")
        attn_mask = np.tri(query.shape[-2], key.shape[-2], dtype=bool)
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    weights = 1.0
    if dropout_p:
        before = np.broadcast_shapes(query.shape[:-2], key.shape[:-2])
        weights = kept((*before, query.shape[-2], key.shape[-2]), query.dtype, dropout_p, generator)
    return ops.attention(query, key, value, 0.0 if attn_mask is None else attn_mask, weights, scale=scale)


def attention_weights(query: Any, key: Any, mask: Any = None) -> Any:
    """Return the weights (…, T, S) of the keys for each query. The mask is that of `scaled_dot_product_attention`.

    Unlike there, and as in PyTorch, those of a query that may look at nothing are NaN.
    """
    scores = ops.matmul(query / math.sqrt(query.shape[-1]), ops.swapaxes(key, axis1=-1, axis2=-2))
    return ops.softmax(scores if mask is None else scores + additive_mask(mask), axis=-1)


def additive_mask(mask: Any) -> Any:
    """Return a mask as numbers to add to the scores: -∞ where it is False."""
    return np.where(mask, np.float32(0), np.float32(-np.inf)) if mask.dtype.kind == "b" else mask
