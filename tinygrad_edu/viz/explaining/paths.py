"""One element's whole way to the result: every path through the graph, and what it contributes to the gradient.

The gradient of an element is a sum over all paths from it to the result, of the product of the local derivatives along
each. There may be more paths than anybody can count. But the gradient of an element in between is already the sum over
everything behind it. So the beginning of a path, times the gradient where it has come to, is the sum of all paths that
begin so. Those with the largest sum are followed first, and what the others add up to is known exactly.

A path through a derivative of 0 contributes nothing and is left out, unless it also leads through one that is not
finite: 0 · infinity is NaN.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from numbers import Integral
from typing import Any, overload

import numpy as np

from tinygrad_edu.engine.graph import source_of
from tinygrad_edu.engine.op import OPS
from tinygrad_edu.tensors.tensor import Tensor
from tinygrad_edu.viz.backward.jacobian import Element, column, touched
from tinygrad_edu.viz.backward.shares import BackwardPass, Share
from tinygrad_edu.viz.explaining import blackboard
from tinygrad_edu.viz.tracing.walking import key_of

PATHS = 20  # are shown
FOLLOWED = 4000  # beginnings of paths are followed


@dataclass(slots=True, frozen=True)
class GraphPath:
    """A path from an element to the result.

    Attributes:
        elements: the names of what it leads through: "w[3, 5]", "h[0, 5]", "loss".
        derivatives: of each, by the one before.
        product: of all derivatives: what the path contributes to the gradient.
    """

    elements: tuple[str, ...]
    derivatives: tuple[float, ...]
    product: float


@dataclass(slots=True)
class Beginning:
    """The beginning of a path: where it has come to, and how it came there."""

    source: Any
    element: Element
    product: float
    derivative: float = 1.0
    before: Beginning | None = None


class GraphPaths(Sequence[GraphPath]):
    """The paths from one element to the result, the one that contributes most first. Printed, it shows them all.

    Attributes:
        element: the name of the element: "w[3, 5]".
        name: what the result is called.
        letter: what stands for it: the L of dL/dw.
        of_sum: whether the result has several elements; then L is their sum.
        paths: the paths.
        beginnings: how many beginnings of other paths there are, which were not followed to the end.
        left_out: what all paths that begin so add up to.
        gradient: the element's gradient, as the backward pass has it.
        changed_by: what may have changed gradients on the way, in words: hooks, and backward functions of the reader's.
    """

    def __init__(
        self,
        element: str,
        name: str,
        letter: str,
        of_sum: bool,
        paths: Sequence[GraphPath],
        beginnings: int,
        left_out: float,
        gradient: np.generic,
        changed_by: Sequence[str],
    ) -> None:
        self.element, self.name, self.letter, self.of_sum = element, name, letter, of_sum
        self.paths, self.beginnings, self.left_out, self.gradient = paths, beginnings, left_out, gradient
        self.changed_by = changed_by

    @property
    def total(self) -> float:
        """The sum of all products, of those that were left out too. It is the gradient, up to rounding."""
        return sum(path.product for path in self.paths) + self.left_out

    def __len__(self) -> int:
        return len(self.paths)

    @overload
    def __getitem__(self, index: int) -> GraphPath: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[GraphPath]: ...
    def __getitem__(self, index: int | slice) -> GraphPath | Sequence[GraphPath]:
        return self.paths[index]

    def __str__(self) -> str:
        return blackboard.write_paths(self)

    __repr__ = __str__

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return blackboard.for_notebooks(str(self))


def find_paths(passed: BackwardPass, names: Mapping[Any, str], letter: str, at: Any) -> GraphPaths:
    """Return the paths from an element to the result of a backward pass. The nodes' pullbacks have to be there.

    Raises:
        TypeError: `at` is neither a tensor nor a pair of a tensor and the place in it.
        ValueError: the pass gave that tensor no gradient; or there is no such place in it.
    """
    tensor, place = at if isinstance(at, tuple) and len(at) == 2 else (at, ())
    if not isinstance(tensor, Tensor):
        raise TypeError(f"explain: expected at=(tensor, (3, 5)) or a tensor, got {type(tensor).__name__}")
    source = key_of(tensor)
    if source not in passed.gradients:
        raise ValueError("explain: at= is a tensor that no gradient of this result goes to")
    gradient = np.asarray(passed.gradients[source])
    start = Beginning(source, _place(place, gradient.shape), 1.0)
    root, seed = source_of(passed.root), passed.seed
    waiting: list[tuple[float, int, float, Beginning]] = []
    count = itertools.count()
    found: list[GraphPath] = []
    beginnings, left_out = 0, 0.0

    def wait(beginning: Beginning, contribution: float) -> None:
        heappush(waiting, (-_size(contribution), next(count), contribution, beginning))

    wait(start, float(gradient[start.element]))
    followed = 0
    while waiting and len(found) < PATHS and followed < FOLLOWED:
        *_, beginning = heappop(waiting)
        if beginning.source is root:
            found.append(_finished(beginning, float(seed[beginning.element]), names))
            continue
        followed += 1
        further = [step for share in passed.received[beginning.source] for step in _steps(beginning, share)]
        further.sort(key=lambda step: -_size(step[0]))
        for contribution, step in further[:PATHS]:
            wait(step, contribution)
        beginnings += len(further[PATHS:])
        left_out += sum(contribution for contribution, _ in further[PATHS:])
    beginnings += len(waiting)
    left_out += sum(contribution for _, _, contribution, _ in waiting)
    found.sort(key=lambda path: -_size(path.product))
    name = names[source]
    return GraphPaths(
        _element_name(name, start.element),
        names[root],
        letter,
        passed.root.array.ndim > 0,
        found,
        beginnings,
        left_out,
        gradient[start.element],
        list(dict.fromkeys(_what_changes(passed, source, names))),
    )


def _size(contribution: float) -> float:
    """Return how much a contribution matters: NaN as much as infinity."""
    return np.inf if np.isnan(contribution) else abs(contribution)


def _steps(beginning: Beginning, share: Share) -> Iterator[tuple[float, Beginning]]:
    """Yield where a path leads on through one operation, with what all paths that go there contribute."""
    visit = share.visit
    derivatives = column(visit.node, share.index, visit.grad, beginning.element)
    leads_on = derivatives != 0
    lost = ~leads_on & np.isnan(beginning.product * derivatives * visit.grad)
    if lost.any():
        by_nan = bool(np.isfinite(beginning.product))
        leads_on |= lost & touched(visit.node, share.index, visit.grad, beginning.element, by_nan=by_nan)
    for place in np.argwhere(leads_on):
        element = tuple(map(int, place))
        derivative = float(derivatives[element])
        product = beginning.product * derivative
        step = Beginning(visit.node, element, product, derivative, beginning)
        yield product * float(visit.grad[element]), step


def _what_changes(passed: BackwardPass, start: Any, names: Mapping[Any, str]) -> Iterator[str]:
    """Yield what may make something else of a gradient than the derivatives do, between the result and `start`."""
    waiting, seen = [start], {start}
    while waiting:
        source = waiting.pop()
        if not np.array_equal(passed.sum_of(source), passed.gradients[source], equal_nan=True):
            yield f"a hook on {names[source]}"
        for share in passed.received.get(source, ()):
            node = share.visit.node
            if OPS.get(node.op.name) is not node.op:
                yield f"the backward of {node.op.name}"
            if node not in seen:
                seen.add(node)
                waiting.append(node)


def _finished(beginning: Beginning, seed: float, names: Mapping[Any, str]) -> GraphPath:
    """Return the path that led to the result."""
    elements, derivatives = [], []
    step: Beginning | None = beginning
    while step is not None:
        elements.append(_element_name(names[step.source], step.element))
        derivatives.append(step.derivative)
        step = step.before
    return GraphPath(tuple(elements[::-1]), tuple(derivatives[-2::-1]), beginning.product * seed)


def _element_name(name: str, element: Element) -> str:
    return f"{name}[{', '.join(map(str, element))}]" if element else name


def _place(place: Any, shape: tuple[int, ...]) -> Element:
    """Return the place of an element, counted from the front."""
    places = tuple(place) if isinstance(place, tuple | list) else (place,)
    whole = all(isinstance(i, Integral) for i in places) and len(places) == len(shape)
    if not whole or any(not -size <= i < size for i, size in zip(places, shape, strict=True)):
        example = tuple(0 for _ in shape)
        raise ValueError(
            f"explain: expected at=(tensor, place) with the place of one element in its shape {shape}, a whole number "
            f"for each axis, got {place!r}; write at=(tensor, {example}), say"
        )
    return tuple(int(i) % size for i, size in zip(places, shape, strict=True))
