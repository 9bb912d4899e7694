"""The graph and the backward pass.

Running an operation on a tensor that requires a gradient leaves a `Node` behind: which operation it
was, what it was called on, and the pullbacks its rule returned. The nodes form the graph, and
`backpropagate` walks it from the result to the leaves. It works on anything that has an `array` and
a `node`; that is, on Tensors, which are built on this file.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence, Set
from heapq import heappop, heappush
from operator import attrgetter
from typing import Any

import numpy as np

from tinygrad_edu.engine.anomaly import recorded_at
from tinygrad_edu.engine.broadcasting import unbroadcast
from tinygrad_edu.engine.op import Op, Pullback
from tinygrad_edu.engine.piece import Piece
from tinygrad_edu.engine.versions import changed_since, changes, clock, kept_arrays, overtaken


class GraphError(RuntimeError):
    """The graph is not in a state from which a gradient can be computed."""


NO_PARAMS: dict[str, Any] = {}


class Node:
    """One recorded operation, and the way back through it."""

    __slots__ = ("hooks", "inputs", "op", "params", "pullbacks", "time")

    def __init__(
        self, op: Op, inputs: Sequence[Any], params: dict[str, Any], pullbacks: Sequence[Pullback | None]
    ) -> None:
        self.op = op
        self.inputs = inputs  # the Tensors it was called on; a constant stands as it was given
        self.params = params or NO_PARAMS  # one empty dict serves all nodes
        self.pullbacks: Sequence[Pullback | None] | None = pullbacks  # None: that input takes no gradient
        self.time = next(clock)
        self.hooks: list[Callable[[Any], Any]] | None = None  # each sees, or replaces, the output's gradient

    def __repr__(self) -> str:
        return f"<node {self.op.name} of {len(self.inputs)} inputs>"

    def sources(self) -> Sequence[Any]:
        """Return the inputs as they stood when the node was recorded."""
        if changes.latest < self.time:  # nothing was changed in place since
            return self.inputs
        return [as_of(self.time, x) for x in self.inputs]

    def release(self) -> None:
        """Let go of everything that was kept for the way back."""
        self.inputs, self.pullbacks = (), None


def as_of(time: int, x: Any) -> Any:
    """Return the Tensor `x` as it stood at `time` (a constant as it is).

    An operation in place gives a tensor a younger node and adds what it was before to its `past`, a list.
    A node that used an older value leads back to that.
    """
    if getattr(x, "node", None) is None or x.node.time <= time or not x.past:
        return x
    return x.past[bisect_right(x.past, time, key=made_at) - 1]


def made_at(tensor: Any) -> int:
    """Return the time of the node that made a tensor; 0 for a leaf."""
    return 0 if tensor.node is None else tensor.node.time


def backpropagate(
    roots: Sequence[tuple[Any, Any]],
    wanted: Set[Any] | None = None,
    *,
    retain_graph: bool = False,
    create_graph: bool = False,
) -> dict[Any, Any]:
    """Carry gradients from `roots`, pairs of (tensor, gradient), back to all leaves.

    Reverse-mode automatic differentiation. Of the nodes whose output has a gradient, the youngest is
    visited next. Whatever uses its output is younger still and was visited before, so its gradient is
    complete. Each pullback turns that gradient into a contribution to one input, and contributions
    to the same input add up. There is no recursion: a graph may be a million operations deep.

    Returns each leaf with its gradient: an array that nothing else refers to or, with
    `create_graph`, a Tensor that can be differentiated again. With `wanted`, a set of leaves and
    nodes, only their gradients are computed and returned.
    """
    gradients: dict[Any, Any] = {}  # of nodes that wait for their turn, and of leaves
    ours: set[Any] = set()  # whose gradient is a sum allocated here, so that it may be added to in place
    waiting: list[tuple[int, Node]] = []  # a heap, the youngest node first
    finished: dict[Any, Any] = {}
    useful = None if wanted is None else leading_to(wanted, [tensor.node for tensor, _ in roots if tensor.node])

    def contribute(tensor: Any, share: Any, g: Any) -> None:
        node = tensor.node
        key = node or tensor
        if useful is not None and key not in useful:
            return
        if key not in gradients:
            if node is not None:
                heappush(waiting, (-node.time, node))
            elif not create_graph and (share is g or share.base is not None):
                share = share.copy()  # a leaf owns its gradient
            gradients[key] = share
        elif key in ours:
            gradients[key] += share
        else:
            gradients[key] = gradients[key] + share
            if not create_graph:
                ours.add(key)

    for tensor, g in roots:
        contribute(tensor, g, g)
    while waiting:
        _, node = heappop(waiting)
        g = gradients.pop(node)
        if node.hooks:
            for hook in node.hooks:
                g = hook(g)
        if wanted is not None and node in wanted:
            finished[node] = g
        inputs, pullbacks = node.inputs, node.pullbacks
        if create_graph or pullbacks is None or changes.latest > node.time or changes.recorded:  # else they are ready
            inputs, pullbacks = node.sources(), pullbacks_of(node, create_graph)
        for tensor, pullback in zip(inputs, pullbacks):  # noqa: B905 - as many as the inputs, which record checks
            if pullback is not None:
                share, array = pullback(g), tensor.array
                if share.dtype is not array.dtype or share.shape != array.shape:
                    if isinstance(share, Piece):
                        if (tensor.node or tensor) in ours:
                            share.add_to(gradients[tensor.node or tensor])
                            continue
                        share = np.asarray(share)
                    share = fit(share, array, node)
                contribute(tensor, share, g)
        if not retain_graph:
            node.release()
    for leaf, g in gradients.items():
        for hook in leaf.hooks or ():
            g = hook(g)
        finished[leaf] = g if create_graph or not leaf.hooks else g.copy()  # a hook may have kept it, or lent its own
    return finished


def toposort(roots: Iterable[Node]) -> list[Node]:
    """Return all nodes that `roots` depend on, each before those it depends on itself.

    An operation's inputs exist before its output, so creation order, reversed, is such an order.
    """
    stack = list(roots)
    seen = set(stack)
    while stack:
        node = stack.pop()
        for tensor, pullback in zip(node.sources(), pullbacks_of(node), strict=True):
            if pullback is not None and tensor.node is not None and tensor.node not in seen:
                seen.add(tensor.node)
                stack.append(tensor.node)
    return sorted(seen, key=attrgetter("time"), reverse=True)


def leading_to(wanted: Set[Any], roots: Iterable[Node]) -> set[Any]:
    """Return `wanted` and all nodes through which a gradient travels from `roots` to them."""
    useful = set(wanted)
    for node in reversed(toposort(roots)):
        pairs = zip(node.sources(), pullbacks_of(node), strict=True)
        if any(pullback is not None and (tensor.node or tensor) in useful for tensor, pullback in pairs):
            useful.add(node)
    return useful


def pullbacks_of(node: Node, create_graph: bool = False) -> Sequence[Pullback | None]:
    """Return the node's pullbacks, ready to be called; GraphError if what they keep is gone or has changed.

    With `create_graph` they must be recorded themselves. So the rule is run once more, on the
    input Tensors instead of their arrays: it is plain NumPy, which Tensors understand. The pullbacks
    of a linear operation keep no input, and are recorded as they are.
    """
    pullbacks = node.pullbacks
    if pullbacks is None:
        raise GraphError(
            f"backward: the graph was freed by an earlier backward pass (here at {node.op.name}); a graph is "
            "used once. Call backward(retain_graph=True) the first time, or compute the result again"
        )
    if changes.latest > node.time:
        check_unchanged(node, pullbacks, create_graph)
    if changes.recorded:
        check_views(node, pullbacks)
    if not create_graph or node.op.linear:
        return pullbacks
    _, recorded = node.op.rule(*node.sources(), **node.params)
    return [again if once is not None else None for once, again in zip(pullbacks, recorded, strict=True)]


def fit(g: Any, array: Any, node: Node) -> Any:
    """Give the gradient of an input, `array`, the input's own shape and dtype."""
    try:
        g = unbroadcast(g, array.shape)
    except ValueError as error:
        raise ValueError(f"backward: {node.op.name}: {error}; its pullback is wrong") from None
    return g if g.dtype == array.dtype else g.astype(array.dtype)


def check_unchanged(node: Node, pullbacks: Sequence[Pullback | None], create_graph: bool) -> None:
    """Raise GraphError if something the node's pullbacks need was changed in place."""
    kept = [item for pullback in pullbacks if pullback is not None for item in kept_arrays(pullback)]
    if create_graph:  # the rule will run again, on all of its inputs
        kept += [(f"input {i}", x.array) for i, x in enumerate(node.inputs) if hasattr(x, "array")]
    for name, array in kept:
        culprit = changed_since(node.time, array)
        if culprit is not None:
            raise GraphError(
                f"backward: {node.op.name}{recorded_at(node)} needs {name!r}, of shape {array.shape}, as it was in the "
                f"forward pass, but {culprit} has changed it in place since. Use an operation that returns a new "
                "tensor (x = x + 1, not x += 1), or change a clone()"
            )


def check_views(node: Node, pullbacks: Sequence[Pullback | None]) -> None:
    """Raise GraphError if an input is a view that a recorded operation has written to by way of another tensor."""
    for i, (x, pullback) in enumerate(zip(node.sources(), pullbacks, strict=True)):
        if pullback is None or x.node is None:
            continue
        culprit = overtaken(x.array, x.node.time, node.time)
        if culprit is not None:
            raise GraphError(
                f"backward: input {i} of {node.op.name}{recorded_at(node)}, of shape {x.shape}, is a view that was "
                f"taken before {culprit} changed its memory; the gradient of what was written cannot reach it. "
                "Take the view again after the change, or change a clone()"
            )
