"""Maps that are linear in one input, or in each of two."""

from __future__ import annotations

from typing import Any

from tinygrad_edu import ops
from tinygrad_edu.tensors.tensor import Tensor


def linear(input: Any, weight: Any, bias: Any = None) -> Tensor:
    """Compute x Wᵀ + b: input (…, in), weight (out, in) and bias (out) or None give (…, out)."""
    if bias is None:
        return ops.matmul(input, ops.transpose(weight))
    return ops.linear(input, weight, bias)


def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Tensor:
    """Compute yₖ = x₁ᵀ Wₖ x₂ + bₖ: (…, D1), (…, D2), weight (O, D1, D2) and bias (O) give (…, O)."""
    y = ops.einsum(input1, input2, weight, subscripts="...i,...j,oij->...o")
    return y if bias is None else y + bias
