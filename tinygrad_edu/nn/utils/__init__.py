"""Helpers over all parameters of a model: clip their gradients, join them into one vector."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.dtypes import array_of
from tinygrad_edu.engine.versions import mark_changed
from tinygrad_edu.nn.utils import parametrize, rnn
from tinygrad_edu.nn.utils.clip_grad import clip_grad_norm_, clip_grad_value_, clip_grads_with_norm_, get_total_norm
from tinygrad_edu.tensors.tensor import Tensor

__all__ = [
    "clip_grad_norm_", "clip_grad_value_", "clip_grads_with_norm_", "get_total_norm", "parameters_to_vector",
    "parametrize", "rnn", "vector_to_parameters",
]  # fmt: skip


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
