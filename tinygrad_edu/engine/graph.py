"""The backward pass: from the youngest node to the oldest, each pullback asked once, shares added up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set
from heapq import heappop
from operator import attrgetter
from typing import Any

import numpy as np

from tinygrad_edu.engine.broadcasting import unbroadcast
from tinygrad_edu.engine.gradients import Gradients
from tinygrad_edu.engine.op import Pullback
from tinygrad_edu.engine.piece import Piece
from tinygrad_edu.engine.value import Node, Value
from tinygrad_edu.engine.versions import changed_since, changes, kept_arrays, needs_inputs
from tinygrad_edu.engine.watchers import recorded_at


class GraphError(RuntimeError):
    """The graph is not in a state from which a gradient can be computed."""


def source_of(value: Value) -> Any:
    """Return where the gradient of a value goes: to the node that made it, or to the leaf itself."""
    return value if value.source is None else value.source


def backpropagate(
    roots: Sequence[tuple[Value, Any]],
    wanted: Set[Any] | None = None,
    *,
    retain_graph: bool = False,
    create_graph: bool = False,
) -> dict[Any, Any]:
    """Carry gradients from `roots`, pairs of (value, gradient), back to all leaves.

    Reverse-mode automatic differentiation: of the nodes whose output has a gradient, the youngest is visited next. Each
    of its pullbacks turns that gradient, g, into a share of the gradient of one input, and shares add up. All else here
    makes this safe and quick:

        for source, pullback in zip(node.sources, node.pullbacks):
            add(source, pullback(g))

    Returns each leaf with its gradient: an array that nothing else refers to or, with `create_graph`, a value
    that can be differentiated again. With `wanted`, a set of leaves and nodes, only their gradients are computed
    and returned. There is no recursion: a graph may be a million operations deep.
    """
    gradients = Gradients(create_graph)
    starts = [(source_of(root), g) for root, g in roots]
    useful = None if wanted is None else leading_to(wanted, [s for s, _ in starts if s.__class__ is Node])
    kind = starts[0][1].plain if create_graph else None  # of values on which pullbacks are recorded
    found = {}
    for source, g in starts:
        if useful is None or source in useful:
            gradients.add(source, g[...], None)  # each pass starts with a new array: `engine/shared.py` relies on it
    waiting, sums, add = gradients.waiting, gradients.sums, gradients.add
    while waiting:
        node = heappop(waiting)[1]
        g = sums.pop(node)  # complete: whatever uses the node's output is younger, and was visited before
        if node.hooks:
            g = through_hooks(node.hooks, g)
        if wanted is not None and node in wanted:
            found[node] = gradients.to_give(g)
            if not leads_to(useful, node):
                continue  # the pass ends here: what is behind this node stays as it is, for another one
        pullbacks = node.pullbacks
        if pullbacks is None or kind is not None or changes.latest > node.time:  # used up, or not to be used as it is
            pullbacks = usable_pullbacks(node, kind)
        for source, array, pullback in zip(node.sources, node.arrays, pullbacks):  # noqa: B905 - strict takes time
            if pullback is not None and (useful is None or source in useful):
                share = pullback(g)
                if share.dtype is not array.dtype or share.shape != array.shape:  # broadcast, most often
                    share = fit(share, array, node)
                add(source, share, g)
        if not retain_graph:  # memory shrinks as the pass goes on. The same as node.release(), without the call
            node.sources = node.arrays = ()
            node.pullbacks = None
    for leaf, g in sums.items():  # a hook may have kept the array that it saw or returned: a copy is safe
        found[leaf] = np.copy(through_hooks(leaf.hooks, g)) if leaf.hooks else g
    return found


def through_hooks(hooks: Iterable[Callable[[Any], Any]], g: Any) -> Any:
    """Show a gradient to each hook, a function of the user's, which may replace it."""
    for hook in hooks:
        g = hook(g)
    return g


def fit(share: Any, array: Any, node: Node) -> Any:
    """Give what a pullback returned for an input, `array`, the input's own shape and dtype."""
    if share.__class__ is Piece:  # a small part of a large gradient; it fits when it is added
        return share
    try:
        share = unbroadcast(share, array.shape)
    except ValueError as error:
        raise ValueError(f"backward: {node.op.name}: {error}; its pullback is wrong") from None
    return share if share.dtype == array.dtype else share.astype(array.dtype)


# What has to be seen to before the pullbacks of a node are asked


def pullbacks_of(node: Node) -> Sequence[Pullback | None]:
    """Return the node's pullbacks; GraphError if they are gone."""
    if node.pullbacks is None:
        raise GraphError(
            f"backward: the graph was freed by an earlier backward pass (here at {node.op.name}); a graph is "
            "used once. Call backward(retain_graph=True) the first time, or compute the result again"
        )
    return node.pullbacks


def usable_pullbacks(node: Node, kind: Any = None) -> Sequence[Pullback | None]:
    """Return pullbacks that may be asked; GraphError if what they keep is gone or has changed.

    With a `kind` of values they are asked with values, so that what they do is recorded, for second derivatives. Those
    of a linear operation keep no input: they are as they were.
    """
    pullbacks = pullbacks_of(node)
    again = kind is not None and not node.op.linear
    if changes.latest > node.time:
        check_unchanged(node, pullbacks, again)
    return recorded_pullbacks(node, pullbacks, kind) if again else pullbacks


def recorded_pullbacks(node: Node, pullbacks: Sequence[Pullback | None], kind: Any) -> Sequence[Pullback | None]:
    """Run the node's rule once more, on values in place of arrays, and return the pullbacks that it makes then.

    A rule is plain NumPy, which values understand. The pullback of y = x² computes 2 g x: with an array for x, that is
    a number; with a value, it is an operation that is recorded.
    """
    inputs = [
        kind.at(array, source, pullback is not None) if isinstance(source, Node | Value) else array  # a constant
        for source, array, pullback in zip(node.sources, node.arrays, pullbacks, strict=True)
    ]
    _, recorded = node.op.rule(*inputs, **node.params)
    return [new if old is not None else None for old, new in zip(pullbacks, recorded, strict=True)]


def check_unchanged(node: Node, pullbacks: Sequence[Pullback | None], inputs_too: bool) -> None:
    """Raise GraphError if something the node's pullbacks need was changed in place."""
    kept = [item for pullback in pullbacks if pullback is not None for item in kept_arrays(pullback)]
    if inputs_too and needs_inputs(node):  # the rule will run again
        kept += [(f"input {i}", array) for i, array in enumerate(node.arrays) if isinstance(array, np.ndarray)]
    for name, array in kept:
        culprit = changed_since(node.time, array)
        if culprit is not None:
            raise GraphError(
                f"backward: {node.op.name}{recorded_at(node)} needs {name!r}, of shape {array.shape}, as it was in the "
                f"forward pass, but {culprit} has changed it in place since. Use an operation that returns a new "
                "tensor (x = x + 1, not x += 1), or change a clone()"
            )


# Looking over a graph without computing anything. The pass itself needs it for `wanted` alone


def toposort(roots: Iterable[Node]) -> list[Node]:
    """Return all nodes that `roots` depend on, each before those it depends on itself.

    An operation's inputs exist before its output, so creation order, reversed, is such an order.
    """
    stack = list(roots)
    seen = set(stack)
    while stack:
        node = stack.pop()
        for source, pullback in zip(node.sources, pullbacks_of(node), strict=True):
            if pullback is not None and source.__class__ is Node and source not in seen:
                seen.add(source)
                stack.append(source)
    return sorted(seen, key=attrgetter("time"), reverse=True)


def leading_to(wanted: Set[Any], roots: Iterable[Node]) -> set[Any]:
    """Return `wanted` and all nodes through which a gradient travels from `roots` to them."""
    useful = set(wanted)
    for node in reversed(toposort(roots)):
        if leads_to(useful, node):
            useful.add(node)
    return useful


def leads_to(useful: Any, node: Node) -> bool:
    """Tell whether a gradient travels from a node to one of the `useful` sources."""
    for source, pullback in zip(node.sources, pullbacks_of(node), strict=True):
        if pullback is not None and source in useful:
            return True
    return False
