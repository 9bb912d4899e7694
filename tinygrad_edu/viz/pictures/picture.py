"""Making a picture of a graph: the boxes and arrows there are (`arranging`), what is folded, and what is in the boxes.

A box is an operation with its output, or a leaf. A leaf has a box for each operation that uses it, so that a weight
used a hundred times costs no more than a hundred weights, and no arrow runs across the picture. What is too much is
folded into one box. The graph is walked without recursion, in time linear in its size.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.engine.value import Node
from tinygrad_edu.formulas.arguments import format_parameter, shorten
from tinygrad_edu.tensors.tensor import Tensor
from tinygrad_edu.viz.backward.rounding import summed_sizes
from tinygrad_edu.viz.backward.shares import BackwardPass
from tinygrad_edu.viz.pictures.arranging import Arrangement, Graph, Item
from tinygrad_edu.viz.pictures.boxes import Box, Edge, Module, Picture
from tinygrad_edu.viz.pictures.contents import Values, has_one_number, made_flaws, run_backward, stored_gradient
from tinygrad_edu.viz.pictures.folding import Folding, Path, find_groups
from tinygrad_edu.viz.pictures.modules import homes_of, paths_of
from tinygrad_edu.viz.text import flaws
from tinygrad_edu.viz.tracing.naming import is_given, names_of
from tinygrad_edu.viz.tracing.trace import Trace
from tinygrad_edu.viz.tracing.walking import key_of, lent, shapes_of

MOST = 150  # boxes; what has more is folded


def make_picture(
    results: Sequence[Tensor],
    *,
    names: Mapping[str, Any] | None = None,
    model: Any = None,
    trace: Trace | None = None,
    collapse: int | str | Sequence[str] | None = None,
    hide_constants: bool = False,
    grads: bool | None = None,
    max_nodes: int = MOST,
) -> Picture:
    """Collect what a picture of the graph behind `results` holds. The parameters are those of `draw`.

    Raises:
        GraphError: the graph was freed by a backward pass, and there is no trace of it.
    """
    known = names_of(results, trace, names=names, model=model)
    homes = homes_of(trace, model)
    with lent(results, trace) as nodes:
        values = Values(nodes, results, trace)
        paths = paths_of(nodes, trace, model)
        groups = find_groups(paths)
        shown = {key: name for key, name in known.items() if is_given(key, name)} if hide_constants else None
        leaves = list({id(x): x for x in results if x.source is None}.values())
        graph = Graph(nodes, leaves, groups, homes, shown)
        shapes = [(node.op.name, values.made[node].shape) for node in nodes]
        folds = Folding(shapes, groups).fit(
            collapse, max_nodes, lambda folds: len(graph.arrange(folds, max_nodes).items)
        )
        stored = has_one_number(results) and any(stored_gradient(key) is not None for key in known)
        asked = stored if grads is None else grads
        words = {"trace": trace, "names": names, "model": model}
        backward, failure = run_backward(results, **words) if asked else (None, "")
        picture = Filling(nodes, results, known, values, backward, trace, paths).fill(graph.arrange(folds))
    if failure:
        picture.notes["no gradients"] = failure
    elif backward and not has_one_number(results):
        picture.notes["gradients"] = f"of the sum of {' and '.join(known[key_of(x)] for x in results)}"
    unused = [] if model is None else [name for name, p in model.named_parameters() if key_of(p) not in known]
    if unused:
        picture.notes["not used"] = ", ".join(unused)
    return picture


class Filling:
    """What is known about a graph, to be put into the boxes of an arrangement."""

    def __init__(
        self,
        nodes: Sequence[Node],
        results: Sequence[Tensor],
        known: Mapping[Any, str],
        values: Values,
        backward: BackwardPass | None,
        trace: Trace | None,
        paths: Sequence[Path],
    ) -> None:
        self.nodes, self.known, self.values, self.backward, self.paths = nodes, known, values, backward, paths
        self.notes = {} if trace is None else trace.notes
        self.results = {key_of(x) for x in results}
        self.flaws, self.first = made_flaws(nodes, values)
        self.last_use = {
            source: i for i, node in enumerate(nodes) for source in node.sources if isinstance(source, Node)
        }
        self.summed = {} if backward is None else summed_sizes(backward)

    def fill(self, arrangement: Arrangement) -> Picture:
        """Return the picture."""
        picture = Picture(operations=len(self.nodes), backward=self.backward)
        places = {group: i for i, group in enumerate(arrangement.groups)}
        for group in arrangement.groups:
            parent = group.parent
            while parent is not None and parent not in places:
                parent = parent.parent
            picture.groups.append(Module(group.name, group.kind, None if parent is None else places[parent]))
        here = Counter[int]()  # how often each box is used
        for link in arrangement.links:
            here[link.start] += link.uses
        seen = Counter[Any]()  # uses of each leaf so far
        values: dict[Any, Array | None] = {}  # of each leaf, at its last box: a trace has a copy for each version
        for item in arrangement.items:
            box = (
                self.leaf(item) if is_leaf(item) else self.folded(item) if item.fold or item.given else self.made(item)
            )
            box.number = len(picture.boxes)
            box.group = None if item.group is None else places[item.group]
            if not box.nodes and box.key is not None:
                box.use, box.here = seen[box.key] + 1, here[box.number]
                seen[box.key] += here[box.number]
                box.renewed = values.setdefault(box.key, box.value) is not box.value
                values[box.key] = box.value
            picture.boxes.append(box)
        for box in picture.boxes:
            box.uses = seen.get(box.key, 1)
        shares = self.shares_along(arrangement.items)
        for link in arrangement.links:
            key = key_of(link.source)
            name, named = self.name(key)
            share = shares.get((link.end, link.index, key))
            picture.edges.append(Edge(link.start, link.end, link.index, name, named, link.uses, share))
        return picture

    def shares_along(self, items: Sequence[Item]) -> dict[Any, Array]:
        """Return what came back from each item to each source: its number, the input, the source, and the share.

        From what is folded, the sum of all that its operations sent to the source; there is no one input then.
        """
        visits = {visit.node: visit for visit in (self.backward.visits if self.backward else ())}
        found: dict[Any, Array] = {}
        for number, item in enumerate(items):
            inside = set(self.nodes[item.start : item.end])
            for node in inside & visits.keys():
                for share in visits[node].shares:
                    if share.source not in inside:
                        key = number, share.index if len(inside) == 1 else None, share.source
                        found[key] = found[key] + share.array if key in found else share.array
        return found

    def leaf(self, item: Item) -> Box:
        """Return the box of a leaf or a constant."""
        source, array = item.given[0]
        is_tensor = isinstance(source, Tensor)
        box = Box(0, "constant" if not is_tensor else "parameter" if source.tracked else "input")
        self.describe(box, key_of(source), self.values.of_given(source, array))
        box.takes_grad = is_tensor and source.tracked
        if isinstance(source, int | float | complex):
            box.key, box.dtype = None, type(source).__name__
        else:
            box.shape, box.dtype = np.shape(array), getattr(array, "dtype", np.dtype(type(array))).name
        return box

    def made(self, item: Item) -> Box:
        """Return the box of one operation and its output."""
        node = self.nodes[item.start]
        box = Box(0, "result" if node in self.results else "intermediate", nodes=(node,), takes_grad=True)
        self.describe(box, node, self.values.of_node(node))
        box.input_shapes = shapes_of(node)
        box.inputs = [self.name(key_of(source))[0] or shorten(format_parameter(source), 16) for source in node.sources]
        box.shares_to = [i for i, pullback in enumerate(node.pullbacks or ()) if pullback is not None]
        box.modules, box.line = self.paths[item.start], self.line(node)
        box.shape, box.dtype = self.values.made[node].shape, self.values.made[node].dtype.name
        box.culprit = node if node in self.first else None
        return box

    def folded(self, item: Item) -> Box:
        """Return the box of what is folded: modules, other operations in a row, or leaves."""
        nodes = self.nodes[item.start : item.end]
        box = Box(0, "folded", nodes=nodes)
        going_on = [node for node in nodes if self.last_use.get(node, 0) >= item.end or node in self.results]
        if len(going_on) == 1:
            node = going_on[0]
            self.describe(box, node, self.values.of_node(node))
            box.shape, box.dtype, box.takes_grad = self.values.made[node].shape, self.values.made[node].dtype.name, True
        box.name, box.named, box.kind = title(item), False, ""
        if item.fold and item.fold.groups:
            box.kind, box.repeats = item.fold.groups[0].kind, len(item.fold.groups)
        box.leaves = [self.name(key_of(source))[0] for source, _ in item.given if not isinstance(source, int | float)]
        box.flaw = next((self.flaws[node] for node in nodes if node in self.flaws), "")
        box.culprit = next((node for node in nodes if node in self.first), None)
        grads = (self.gradient(node) for node in nodes)
        box.grad_flaw = next((flaw for grad in grads if (flaw := flaws(grad))), "")
        return box

    def describe(self, box: Box, key: Any, value: Array | None) -> None:
        """Fill in what a tensor is called, its value and its gradient."""
        box.key, box.value, box.grad = key, value, self.gradient(key)
        box.summed = self.summed.get(key, 0.0)
        box.name, box.named = self.name(key)
        stored = stored_gradient(key)
        if stored is not None and (box.grad is None or not np.array_equal(stored, box.grad, equal_nan=True)):
            box.stored_grad = stored
        box.flaw, box.grad_flaw = flaws(value), flaws(box.grad)

    def gradient(self, key: Any) -> Array | None:
        """Return the gradient of a node or a leaf in the pass."""
        return self.backward.gradients.get(key) if self.backward else None

    def name(self, key: Any) -> tuple[str, bool]:
        """Return the name of a tensor, and whether the reader or the program gave it."""
        name = self.known.get(key, "")
        return name, bool(name) and is_given(key, name)

    def line(self, node: Node) -> str:
        """Return the user's line that called an operation."""
        note = self.notes.get(node)
        return "" if note is None else note.place


def is_leaf(item: Item) -> bool:
    """Tell whether an item is one leaf or constant."""
    return item.start == item.end and len(item.given) == 1


def title(item: Item) -> str:
    """Return what is folded into an item."""
    if item.fold is None:
        return f"… {len(item.given)} more inputs …"
    names = [group.name or group.kind for group in item.fold.groups]
    if not names:
        return f"… {len(item.fold)} operations …"
    return names[0] if names[0] == names[-1] else f"{names[0]} … {names[-1]}"
