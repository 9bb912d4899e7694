"""What is known about the numbers in a graph: values, gradients, and where NaN and infinities come from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from tinygrad_edu.engine.grad_mode import enable_grad
from tinygrad_edu.engine.op import Array
from tinygrad_edu.engine.value import Node
from tinygrad_edu.engine.versions import changed_since, changes
from tinygrad_edu.engine.watchers import unwatched
from tinygrad_edu.tensors.hooks import GradKeeper
from tinygrad_edu.tensors.tensor import Tensor
from tinygrad_edu.viz.backward.shares import BackwardPass, record_backward
from tinygrad_edu.viz.text import flaws
from tinygrad_edu.viz.tracing.trace import Trace
from tinygrad_edu.viz.tracing.walking import arrays_of, values_of


class Values:
    """The values in a graph. What an operation in place has written over since is not known, unless a trace kept it."""

    def __init__(self, nodes: Sequence[Node], results: Iterable[Tensor], trace: Trace | None) -> None:
        self.made = arrays_of(nodes, results)
        self.known = values_of(nodes, results, trace)
        self.changed = {  # leaves and constants that hold something else now than when they were read
            id(array)
            for node in nodes
            if changes.latest > node.time
            for source, array in zip(node.sources, node.arrays, strict=True)
            if isinstance(array, np.ndarray) and not isinstance(source, Node) and changed_since(node.time, array)
        }

    def of_node(self, node: Node) -> Array | None:
        """Return what a node made."""
        return self.known.get(node)

    def of_given(self, source: Any, array: Any) -> Array | None:
        """Return what a leaf or a constant held when it was read."""
        if id(array) in self.changed:
            return None
        return np.asarray(source if isinstance(source, int | float | complex) else array)


def stored_gradient(key: Any) -> Array | None:
    """Return the gradient in the `.grad` of a leaf, or of a tensor for which `retain_grad` was called."""
    if isinstance(key, Node):
        holders = [hook.tensor() for hook in key.hooks or () if isinstance(hook, GradKeeper)]
    else:
        holders = [key] if isinstance(key, Tensor) else []
    return next((x.grad.array for x in holders if x is not None and x.grad is not None), None)


def has_one_number(results: Sequence[Tensor]) -> bool:
    """Tell whether the result is one number that was computed: of that it is clear what a gradient is."""
    return len(results) == 1 and results[0].array.size == 1 and results[0].source is not None


def run_backward(results: Sequence[Tensor], **words: Any) -> tuple[BackwardPass | None, str]:
    """Return the backward pass of a result; of several, and of an array, that of the sum of all numbers.

    If the pass cannot be run, there is none, but a text that says why. The other parameters are `record_backward`'s.
    """
    try:
        with np.errstate(all="ignore"), unwatched(), enable_grad():
            root = results[0] if has_one_number(results) else reduce(add, (x.sum() for x in results))
            return record_backward(root, **words), ""
    except Exception as error:  # whatever is wrong with the pass, a picture is what one looks at to find it
        return None, str(error)


def made_flaws(nodes: Iterable[Node], values: Values) -> tuple[dict[Node, str], set[Node]]:
    """Return the nodes whose value has a NaN or an infinity, with the word for it, and those whose inputs had none."""
    found: dict[Node, str] = {}
    first = set()
    for node in nodes:
        flaw = flaws(values.of_node(node))
        if flaw:
            found[node] = flaw
            inputs = zip(node.sources, node.arrays, strict=True)
            if not any(s in found if isinstance(s, Node) else flaws(values.of_given(s, a)) for s, a in inputs):
                first.add(node)
    return found, first
