"""What is known about the numbers in a graph: values, gradients, and where NaN and infinities come from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.engine.value import Node
from tinygrad_edu.engine.versions import changed_since
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
        self.latest = {id(self.made[node]): node.time for node in nodes}  # when what an array holds now was made

    def of_node(self, node: Node) -> Array | None:
        """Return what a node made."""
        return self.known.get(node)

    def of_given(self, source: Any, array: Any) -> Array | None:
        """Return what a leaf or a constant holds."""
        return self.now(np.asarray(source if isinstance(source, int | float | complex) else array), 0)

    def now(self, array: Array, time: int) -> Array | None:
        """Return an array if it still holds what it held at a time."""
        overwritten = self.latest.get(id(array), 0) > time and changed_since(time, array)
        return None if overwritten else array


def stored_gradient(key: Any) -> Array | None:
    """Return the gradient in the `.grad` of a leaf, or of a tensor for which `retain_grad` was called."""
    if isinstance(key, Node):
        holders = [hook.tensor() for hook in key.hooks or () if isinstance(hook, GradKeeper)]
    else:
        holders = [key] if isinstance(key, Tensor) else []
    return next((x.grad.array for x in holders if x is not None and x.grad is not None), None)


def run_backward(results: Sequence[Tensor], trace: Trace | None) -> BackwardPass | None:
    """Return the backward pass of one number. For several, and for an array, there is none: it has no one seed."""
    if len(results) != 1 or results[0].array.size != 1 or results[0].source is None:
        return None
    try:
        with np.errstate(all="ignore"):
            return record_backward(results[0], trace=trace)
    except Exception:  # whatever is wrong with the pass, a picture is what one looks at to find it
        return None


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
