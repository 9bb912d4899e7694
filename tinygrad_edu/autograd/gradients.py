"""Gradients as values: `grad` returns what `backward` would add to `.grad`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tinygrad_edu.engine.graph import GraphError, source_of
from tinygrad_edu.tensors.backward import carry_back
from tinygrad_edu.tensors.tensor import Tensor


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]:
    """Return the gradients of the sum of `outputs` with respect to each of `inputs`.

    Parameters:
        outputs, inputs: tensors or sequences of them; the inputs need not be leaves.
        grad_outputs: the upstream gradient of each output; may be None for single numbers.
        retain_graph: keep the graph for another use. As `create_graph` if not given.
        create_graph: record the computation, so that the gradients can be differentiated again.
        only_inputs: PyTorch's; it can only be True: no other gradient is computed.
        allow_unused: answer None for an input that the outputs do not depend on. As `materialize_grads` if not given.
        is_grads_batched: PyTorch's; several upstream gradients at once are not supported.
        materialize_grads: answer zeros for an input that the outputs do not depend on.

    Raises:
        GraphError: an input does not require a gradient or, without `allow_unused`, plays no part.
        TypeError: something among the outputs or inputs is not a Tensor.
        ValueError: there are more or fewer upstream gradients than outputs.
    """
    if not only_inputs or is_grads_batched:
        raise ValueError("grad: only_inputs=False and is_grads_batched=True are not supported; call grad for each")
    outputs, inputs = _as_list(outputs, "outputs"), _as_list(inputs, "inputs")
    found = carry_back("grad", "grad_outputs", outputs, grad_outputs, inputs, retain_graph, create_graph)
    keys = [source_of(tensor) for tensor in inputs]
    if allow_unused is None:
        allow_unused = materialize_grads
    for i, key in enumerate(keys):
        if key not in found and not allow_unused:
            raise GraphError(
                f"grad: the outputs do not depend on input {i}, of shape {inputs[i].shape}; pass allow_unused=True "
                "to get None for it"
            )
    missing = [Tensor(np.zeros_like(x.array)) if materialize_grads else None for x in inputs]
    return tuple(none if key not in found else _as_tensor(found[key]) for key, none in zip(keys, missing, strict=True))


def _as_list(tensors: Any, role: str) -> list[Tensor]:
    listed = list(tensors) if isinstance(tensors, Iterable) and not isinstance(tensors, Tensor) else [tensors]
    for tensor in listed:
        if not isinstance(tensor, Tensor):
            raise TypeError(
                f"grad: expected a Tensor or a sequence of them as {role}, got {type(tensor).__name__}; for the "
                "derivative of a function of arrays, use func.grad"
            )
    return listed


def _as_tensor(g: Any) -> Tensor:
    return g if isinstance(g, Tensor) else Tensor(g)
