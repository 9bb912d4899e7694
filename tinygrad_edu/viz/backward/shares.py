"""Every share of a backward pass: what each pullback was given, what it returned, and what the shares add up to.

The pass itself has no entrance for onlookers. So the nodes' pullbacks are borrowed: each is replaced by one that asks
it and notes what was said. The real pass runs, and then the nodes get their own back. What is shown is therefore what
`backward()` does, to the last bit, and not a second account of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinygrad_edu.engine.graph import GraphError, backpropagate, fit, source_of
from tinygrad_edu.engine.op import Array, Pullback
from tinygrad_edu.engine.piece import Piece
from tinygrad_edu.engine.value import Node
from tinygrad_edu.engine.versions import owner
from tinygrad_edu.engine.watchers import recorded_at
from tinygrad_edu.tensors.hooks import GradKeeper
from tinygrad_edu.tensors.tensor import Tensor
from tinygrad_edu.viz.tracing.checks import check_result, check_trace
from tinygrad_edu.viz.tracing.keeping import changed_and_kept, keep_what_changed
from tinygrad_edu.viz.tracing.naming import names_of
from tinygrad_edu.viz.tracing.trace import Trace
from tinygrad_edu.viz.tracing.walking import key_of, lent


@dataclass(slots=True, eq=False)
class Share:
    """What one pullback contributed to the gradient of one input of a node.

    Attributes:
        visit: the visit of the node, with the upstream gradient that the pullback was given.
        index: which input of the node it is of.
        source: where the share went: the node that made the input, or the leaf.
        number: how many shares `source` had got before.
        returned: what the pullback returned: an array, or a Piece, which is written out when somebody looks. A loop
            over rows has many of them.
    """

    visit: Visit
    index: int
    source: Any
    number: int
    returned: Any
    _added: Any

    @property
    def raw(self) -> Array:
        """What the pullback returned; of the output's shape, where the input was broadcast."""
        return np.asarray(self.returned)

    @property
    def array(self) -> Array:
        """The same as it was added, summed over the copies of a broadcast input, in the input's dtype."""
        return np.asarray(self._added)

    @np.errstate(all="ignore")
    def _added_to(self, total: Array | None, owned: bool) -> Array:
        """Return the sum of this share and those before it, if there are any, as the pass adds them."""
        if total is None:
            return self.array
        if owned and isinstance(self._added, Piece) and self._added.shape:
            total = total.copy()
            self._added.add_to(total)  # elsewhere nothing is added, not even 0: -0 stays what it is
            return total
        return np.asarray(total + self.array)


@dataclass(slots=True, eq=False)
class Visit:
    """One step of a backward pass.

    Attributes:
        node: the node that the pass came to.
        order: how many came before.
        grad: the gradient of its output, complete, and as hooks have left it.
        shares: what it sent on, one for each input that has a gradient.
    """

    node: Node
    order: int
    grad: Array
    shares: list[Share] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class BackwardPass:
    """A whole backward pass.

    Attributes:
        root: what was differentiated: a Tensor.
        seed: the gradient that it began with, ones as a rule.
        visits: the nodes in the order in which the pass came to them.
        gradients: of each node and each leaf, its gradient.
        received: of each node and each leaf that got one, the shares in the order in which they came.
    """

    root: Tensor
    seed: Array
    visits: list[Visit]
    gradients: dict[Any, Array]
    received: dict[Any, list[Share]]

    def running_sums(self, source: Any) -> Iterator[Array]:
        """Yield, after each share that came to a node or a leaf, the sum so far, bit for bit as the pass had it."""
        total, count = (self.seed, 1) if source is source_of(self.root) else (None, 0)
        for share in self.received.get(source, ()):
            total = share._added_to(total, owned=count > 1)
            count += 1
            yield total

    def sum_of(self, source: Any) -> Array:
        """Return what all shares that came to a node or a leaf add up to: its gradient, before any hooks."""
        total = self.seed
        for total in self.running_sums(source):  # noqa: B007 - the last one is wanted
            pass
        return total


@np.errstate(all="ignore")  # what is not finite is shown, not warned of
def record_backward(
    root: Tensor,
    gradient: Any = None,
    *,
    trace: Trace | None = None,
    names: Mapping[str, Any] | None = None,
    model: Any = None,
) -> BackwardPass:
    """Run the backward pass of `root` and return every share of it. No `.grad` changes, and the graph stays.

    Hooks on gradients are called, as they are by any pass; one that takes itself away does so for this pass alone.

    Parameters:
        root: a tracked Tensor.
        gradient: that of the root, of its shape; ones if not given.
        trace: a trace of the operations, with which a graph that was freed, or whose parameters were changed since, can
            be walked again.
        names, model: what an error is to call things, as in `draw`.

    Raises:
        GraphError: nothing was recorded for `root`, or the graph was freed and there is no trace of it; or a value
            that a pullback needs was changed in place since, and there is no trace that kept it.
    """
    check_result(root, "record_backward")
    check_trace(trace, "record_backward")
    given = gradient.array if isinstance(gradient, Tensor) else gradient
    seed = np.ones_like(root.array) if given is None else np.array(given, root.array.dtype)
    if seed.shape != root.array.shape:
        raise ValueError(f"record_backward: expected a gradient of the root's shape {root.shape}, got {seed.shape}")
    visits: dict[Node, Visit] = {}
    received: dict[Any, list[Share]] = {}

    def noting(node: Node, index: int, pullback: Pullback) -> Pullback:
        """Return a pullback that asks `pullback` and notes the answer. The engine finds what that one keeps in it."""

        def ask(g: Any) -> Any:
            raw = pullback(g)
            visit = visits.setdefault(node, Visit(node, len(visits), np.asarray(g)))
            source = node.sources[index]
            shares = received.setdefault(source, [])
            share = Share(visit, index, source, len(shares), raw, fit(raw, node.arrays[index], node))
            visit.shares.append(share)
            shares.append(share)
            return raw

        return ask

    with lent([root], trace) as nodes:
        try:
            with borrowed(nodes, noting):
                gradients = backpropagate([(root, seed)], retain_graph=True)
        except GraphError:
            changed = next((node for node in reversed(nodes) if node not in visits and keep_what_changed(node)), None)
            if changed is None:
                raise
            known = names_of([root], trace, names=names, model=model)
            raise GraphError(what_was_changed(changed, known, trace)) from None
    found = {leaf: np.asarray(g) for leaf, g in gradients.items()}
    found |= {node: visit.grad for node, visit in visits.items()}
    return BackwardPass(root, seed, list(visits.values()), found, received)


@contextmanager
def borrowed(nodes: Sequence[Node], noting: Callable[[Node, int, Pullback], Pullback]) -> Iterator[None]:
    """Let each node have, for a while, the pullbacks that `noting` makes of its own."""
    kept = [(node, node.pullbacks, node.hooks) for node in nodes]
    leaves = {source for node in nodes for source in node.sources if isinstance(source, Tensor)}
    hooks_of_leaves = [(leaf, leaf.hooks) for leaf in leaves]
    try:
        for node in nodes:
            node.pullbacks = [p and noting(node, i, p) for i, p in enumerate(node.pullbacks or ())]
            # What `retain_grad` asked for would be added to what is there already.
            node.hooks = [hook for hook in node.hooks or () if not isinstance(hook, GradKeeper)] or None
        yield
    finally:
        for node, pullbacks, hooks in kept:
            node.pullbacks, node.hooks = pullbacks, hooks
        for leaf, hooks in hooks_of_leaves:
            leaf.hooks = hooks


def what_was_changed(node: Node, names: Mapping[Any, str], trace: Trace | None) -> str:
    """Return which value that a node needs was changed in place, by the reader's names, and what to do instead."""
    note = None if trace is None else trace.notes.get(node)
    array, culprit = next(changed_and_kept(node))
    memory = owner(array)
    pairs = zip(node.sources, note.arrays if note else node.arrays, strict=True)
    read = (names.get(key_of(s), "") for s, x in pairs if isinstance(x, np.ndarray) and owner(x) is memory)
    name = next(read, "") or f"what it keeps for {names[node]}"
    place = f" ({note.place})" if note else recorded_at(node)
    if note:
        advice = f"No trace can bring it back: {node.op.name} keeps it itself, or gives something else each time; "
    else:
        advice = "Compute the result inside `with viz.trace() as t:` and pass trace=t, which keeps what was there; or "
    return (
        f"{node.op.name}{place} needs {name}, of shape {array.shape}, as it was when it was computed, but "
        f"{culprit} has changed it in place since. {advice}draw, explain and explore before that: before "
        "optimizer.step(), say"
    )
