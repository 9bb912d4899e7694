"""Walking a recorded graph: what stands for a tensor in it, and which nodes there are. No recursion, linear time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_edu.engine.graph import GraphError, source_of
from tinygrad_edu.engine.op import Array
from tinygrad_edu.engine.value import Node
from tinygrad_edu.engine.versions import changed_since
from tinygrad_edu.tensors.tensor import Tensor
from tinygrad_edu.viz.tracing.keeping import is_changed, pullbacks_as_they_were

if TYPE_CHECKING:
    from tinygrad_edu.viz.tracing.trace import Trace


def key_of(x: Any) -> Any:
    """Return what stands for `x` wherever a graph is looked at: for a Tensor, for a source of a node, for an array.

    It is the node that made it, or the leaf itself. A Tensor without gradient and its bare array are the same thing to
    a graph, and are known by the array. A number is like no other: nobody means the same 2 twice.
    """
    if isinstance(x, Node):
        return x
    if isinstance(x, Tensor):
        return source_of(x) if x.tracked else ("array", id(x.array))
    return ("array", id(x)) if isinstance(x, np.ndarray) else object()


def keys_and_names(name: str, x: Any) -> Iterator[tuple[Any, str]]:
    """Yield what a name stands for: `x`, and its bare array, which a loss, say, takes from its targets."""
    yield key_of(x), name
    if isinstance(x, Tensor) and x.tracked:
        yield key_of(x.array), f"{name}.detach()"


@contextmanager
def lent(roots: Iterable[Tensor], trace: Trace | None = None) -> Iterator[list[Node]]:
    """Yield the nodes that `roots` depend on, the first recorded first, with all that they had when they were recorded.

    What was freed or changed in place since is lent by the trace meanwhile: sources, pullbacks, and copies of inputs.

    Raises:
        GraphError: the graph was freed, and the trace knows nothing of it.
    """
    notes: Mapping[Node, Any] = {} if trace is None else trace.notes
    before: list[tuple[Any, ...]] = []  # nodes, and what they have now
    nodes: set[Node] = {root.node for root in roots if root.node is not None}
    waiting = list(nodes)
    try:
        while waiting:
            node = waiting.pop()
            note = notes.get(node)
            if node.pullbacks is None or (note is not None and is_changed(node)):
                if note is None:
                    raise GraphError(
                        f"the graph was freed by a backward pass (here at {node.op.name}). Look at it before "
                        "backward(), call backward(retain_graph=True), or record it inside `with viz.trace() as t:` "
                        "and pass trace=t"
                    )
                before.append((node, node.sources, node.arrays, node.pullbacks))
                note.pullbacks = pullbacks_as_they_were(node, note.pullbacks, note.inputs, note.value)
                node.sources, node.arrays, node.pullbacks = note.sources, note.inputs, note.pullbacks
            new = {source for source in node.sources if source.__class__ is Node} - nodes
            nodes |= new
            waiting += new
        yield sorted(nodes, key=attrgetter("time"))
    finally:
        for node, *had in before:
            node.sources, node.arrays, node.pullbacks = had


def arrays_of(nodes: Iterable[Node], roots: Iterable[Tensor]) -> dict[Node, Array]:
    """Return the array that each node has made, whatever it holds now."""
    found = {
        source: array
        for node in nodes
        for source, array in zip(node.sources, node.arrays, strict=True)
        if isinstance(source, Node)
    }
    return found | {root.source: root.array for root in roots if isinstance(root.source, Node)}


def shapes_of(node: Node) -> list[tuple[int, ...]]:
    """Return the shapes of a node's inputs."""
    return [np.shape(array) for array in node.arrays]


def values_of(nodes: Iterable[Node], roots: Iterable[Tensor], trace: Trace | None = None) -> dict[Node, Array]:
    """Return what nodes have computed, so far as that is known: an operation in place may have written over it.

    What a trace has noted is known in any case.
    """
    nodes = list(nodes)
    found = {node: array for node, array in arrays_of(nodes, roots).items() if not overwritten(node, array)}
    notes = {} if trace is None else trace.notes
    return found | {node: notes[node].value for node in nodes if node in notes}


def overwritten(node: Node, array: Array) -> bool:
    """Tell whether what a node has left in an array is gone. An operation in place writes there itself."""
    by = changed_since(node.time, array)
    own = by is not None and by.split(" ")[0].strip("_") == node.op.name
    return by is not None and not (own and changed_since(node.time + 1, array) is None)
