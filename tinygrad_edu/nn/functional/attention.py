"""Attention (Vaswani and others: Attention is all you need, NeurIPS 2017)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.nn.functional.layers import dropout
from tinygrad_edu.random import Generator

__all__ = ["scaled_dot_product_attention"]


def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    *,
    generator: Generator | None = None,
) -> Any:
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
        generator: draws what is dropped; the default generator if not given.

    Returns:
        (…, T, E). A query that may look at nothing gets zeros.
    """
    weights = attention_weights("scaled_dot_product_attention", query, key, attn_mask, is_causal, scale)
    return ops.matmul(dropout(weights, dropout_p, generator=generator), value)


def attention_weights(
    name: str, query: Any, key: Any, mask: Any = None, is_causal: bool = False, scale: float | None = None
) -> Any:
    """Return the weights (…, T, S) of the keys for each query."""
    if is_causal:
        if mask is not None:
            raise ValueError(f"{name}: expected attn_mask or is_causal, got both; put the causal mask into attn_mask")
        mask = causal_mask(query.shape[-2], key.shape[-2])
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    scores = ops.matmul(query * scale, ops.swapaxes(key, axis1=-1, axis2=-2))
    if mask is None:
        return ops.softmax(scores, axis=-1)
    if mask.dtype.kind == "b":
        mask = getattr(mask, "array", mask)
        scores = ops.where(mask, scores, -math.inf)
    else:
        scores = scores + mask
    # The softmax of nothing but -inf is NaN. Such a row is computed of zeros instead, and then left out.
    nothing = (getattr(scores, "array", scores) == -math.inf).all(-1, keepdims=True)
    if not nothing.any():
        return ops.softmax(scores, axis=-1)
    return ops.where(nothing, 0.0, ops.softmax(ops.where(nothing, 0.0, scores), axis=-1))


def causal_mask(T: int, S: int) -> Any:
    """Return (T, S): True where the key is not later than the query."""
    return np.tri(T, S, dtype=bool)
