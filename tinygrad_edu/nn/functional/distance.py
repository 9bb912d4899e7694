"""How far apart vectors are, and what angle is between them."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.functions.arguments import half_as_single
from tinygrad_edu.functions.norms import norm
from tinygrad_edu.nn.functional.normalization import normalize
from tinygrad_edu.tensors.tensor import Tensor


@half_as_single
def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """Compute the cosine of the angle between vectors along `dim`: x₁·x₂ / (max(‖x₁‖, eps) max(‖x₂‖, eps)).

    The two broadcast to one shape first.
    """
    shape = np.broadcast_shapes(x1.shape, x2.shape)
    x1, x2 = (ops.broadcast_to(x, shape=shape) for x in (x1, x2))
    return ops.sum(normalize(x1, 2, dim, eps) * normalize(x2, 2, dim, eps), axis=dim)


@half_as_single
def pairwise_distance(x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """Compute the p-norm of x₁ - x₂ + eps along the last dimension. With eps, equal vectors have a finite slope."""
    return norm(x1 - x2 + eps, p, -1, keepdim=keepdim)
