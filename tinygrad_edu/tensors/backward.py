"""Starting a backward pass: from which tensors, with which gradients, and what becomes of those it computes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_edu.engine.grad_mode import GradMode, switch
from tinygrad_edu.engine.graph import GraphError, backpropagate, source_of
from tinygrad_edu.engine.value import Value

if TYPE_CHECKING:
    from tinygrad_edu.tensors.tensor import Tensor


def backward(
    tensors: Tensor | Sequence[Tensor],
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Tensor | Sequence[Tensor] | None = None,
) -> None:
    """Do what `tensor.backward(gradient, ...)` does, for the sum of several tensors.

    Parameters:
        tensors: a tensor or several.
        grad_tensors: the upstream gradient of each; may be None for single numbers.
        retain_graph, create_graph, inputs: as in `Tensor.backward`.

    Raises:
        GraphError: one of `inputs` requires no gradient.
        ValueError: there are more or fewer upstream gradients than tensors.
    """
    roots = [tensors] if isinstance(tensors, Value) else list(tensors)
    receivers = [inputs] if isinstance(inputs, Value) else inputs
    with GradMode(create_graph or switch.enabled):
        gradients = carry_back("backward", "grad_tensors", roots, grad_tensors, receivers, retain_graph, create_graph)
        named = {} if receivers is None else {source_of(x): x for x in receivers}
        for source, g in gradients.items():
            tensor = named.get(source, source)
            tensor._accumulate(g)
            for hook in tensor.accumulated_hooks or ():
                hook(tensor)


def carry_back(
    name: str,
    what: str,
    outputs: Sequence[Tensor],
    upstream: Any,
    inputs: Sequence[Tensor] | None,
    retain_graph: bool | None,
    create_graph: bool,
) -> dict[Any, Any]:
    """Run the backward pass of `name`: from `outputs`, with the gradients that are its argument `what`, to `inputs`.

    Returns what `backpropagate` does; without `inputs`, the gradients of all leaves.
    """
    given = list(upstream) if isinstance(upstream, list | tuple) else [upstream] * len(outputs)
    if len(given) != len(outputs):
        raise ValueError(f"{name}: expected {what} for each of {len(outputs)} outputs, got {len(given)}")
    for i, tensor in enumerate(inputs or ()):
        if not tensor.requires_grad:
            raise GraphError(f"{name}: input {i} does not require a gradient; set requires_grad=True before it is used")
    starts = [start_gradient(output, g) for output, g in zip(outputs, given, strict=True)]
    with GradMode(create_graph or switch.enabled):
        return backpropagate(
            [(output, g if create_graph else g.array) for output, g in zip(outputs, starts, strict=True)],
            None if inputs is None else {source_of(x) for x in inputs},
            retain_graph=create_graph if retain_graph is None else retain_graph,
            create_graph=create_graph,
        )


def start_gradient(tensor: Tensor, gradient: Any) -> Tensor:
    """Return the gradient a backward pass starts with; 1 for a single number."""
    if not tensor.requires_grad:
        raise GraphError(
            "backward: this tensor does not require a gradient and no recorded operation made it. Set "
            "requires_grad=True on a tensor it is computed from, outside no_grad() and without detach()"
        )
    make: Any = tensor.plain  # Tensor, which this file is a part of and does not know
    if gradient is None:
        if tensor.array.size != 1:
            raise GraphError(
                f"backward: a gradient can be created by itself for a single number only, not for shape "
                f"{tensor.array.shape}; reduce it first (t.sum().backward()) or pass gradient="
            )
        return make.at(np.ones_like(tensor.array))
    gradient = gradient if isinstance(gradient, Value) else make(gradient)
    if gradient.array.shape != tensor.array.shape:
        raise ValueError(f"backward: gradient has shape {gradient.shape}, expected that of the tensor, {tensor.shape}")
    return gradient if gradient.dtype == tensor.dtype else gradient.astype(tensor.dtype)
