"""Helpers over all parameters of a model: clip their gradients, join them into one vector."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.dtypes import array_of
from tinygrad_edu.engine.versions import mark_changed
from tinygrad_edu.nn.utils import parametrize, rnn
from tinygrad_edu.tensors.tensor import Tensor

__all__ = ["clip_grad_norm_", "clip_grad_value_", "parameters_to_vector", "parametrize", "rnn", "vector_to_parameters"]


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor], max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False
) -> Tensor:
    """Scale all gradients in place, by one factor, so that their norm together is at most `max_norm`.

    The norm is (Σ |g|ᵖ)^(1/p) over every element of every gradient, with p = norm_type; for
    infinity, the largest |g|. Parameters without a gradient are passed over.

    Returns:
        The norm before clipping, a scalar.

    Raises:
        ValueError: with `error_if_nonfinite`, if the norm is infinite or NaN.
    """
    grads = _gradients(parameters)
    norms = [np.linalg.norm(g.ravel(), norm_type) for g in grads]
    total = np.linalg.norm(np.stack(norms), norm_type) if norms else np.float32(0)
    if error_if_nonfinite and not np.isfinite(total):
        raise ValueError(
            f"clip_grad_norm_: the norm of the gradients is {total}; some gradient is infinite or NaN. Look for it "
            "in p.grad, or pass error_if_nonfinite=False to scale by it anyway"
        )
    factor = np.minimum(max_norm / (total.item() + 1e-6), 1).item()  # no decision: a trace holds for any norm
    for g in grads:
        g *= factor
        mark_changed(g, "clip_grad_norm_")
    return Tensor(array_of(total))


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float) -> None:
    """Limit every element of every gradient, in place, to ±clip_value."""
    for g in _gradients(parameters):
        np.clip(g, -clip_value, clip_value, out=g)
        mark_changed(g, "clip_grad_value_")


def _gradients(parameters: Tensor | Iterable[Tensor]) -> list[Any]:
    tensors = [parameters] if isinstance(parameters, Tensor) else parameters
    return [tensor.grad.array for tensor in tensors if tensor.grad is not None]


def parameters_to_vector(parameters: Iterable[Tensor]) -> Any:
    """Join the elements of all parameters into one vector, through which gradients flow back to them."""
    rows = [ops.reshape(parameter, shape=(-1,)) for parameter in parameters]
    if not rows:
        raise ValueError("parameters_to_vector: expected at least one parameter, got none")
    return ops.concatenate(*rows)


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Copy the elements of a vector into the parameters, in order: the way back of `parameters_to_vector`.

    Raises:
        ValueError: the vector does not have as many elements as the parameters together; nothing is changed.
    """
    values, tensors = array_of(vec), list(parameters)
    sizes = [tensor.array.size for tensor in tensors]
    if values.shape != (sum(sizes),):
        raise ValueError(f"vector_to_parameters: expected a vector of {sum(sizes)} elements, got shape {values.shape}")
    for tensor, part in zip(tensors, np.split(values.copy(), np.cumsum(sizes)[:-1]), strict=True):
        tensor.array[...] = part.reshape(tensor.array.shape)
        mark_changed(tensor.array, "vector_to_parameters")
