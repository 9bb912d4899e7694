"""Finite differences beside the gradients: the computation is repeated in float64, with one number a little changed.

What is checked is what the page shows: dL/dx of one element, for each tensor. Of small tensors every element has its
turn, as long as the work stays small.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from tinygrad_edu.autograd.gradcheck.differences import EPS, judge, shrinking
from tinygrad_edu.engine.op import Array
from tinygrad_edu.engine.value import Node
from tinygrad_edu.tensors.numbers import largest

EVERYTHING = 200  # operations; of larger graphs only the gradients of leaves are checked
ELEMENTS = 16  # of one tensor, at most
WORK = 2e9  # of all checks together, in nanoseconds, about
CALL, NUMBER = 40_000, 5  # nanoseconds that an operation takes, and each number that it makes
ROUNDINGS = 4  # as many errors of rounding the largest gradient may bring into any other
TOLERANCE = {"float16": 2e-2, "float32": 1e-3, "float64": 1e-6}


class Check(NamedTuple):
    """What differences say about one element: its flat position, the slope, and `right`, `kink`, `wrong` and so on."""

    at: int
    numeric: float
    verdict: str


class Replay:
    """A recorded computation that can be repeated in float64, from any source on."""

    def __init__(self, nodes: Sequence[Node], root: Any, root_value: Array, seed: Array) -> None:
        self.nodes = nodes
        self.root = root
        self.seed = seed.astype(np.float64)
        self.work = 0
        self.values: dict[Any, Array] = {}
        for node in nodes:
            for source, array in zip(node.sources, node.arrays, strict=True):
                if not isinstance(source, Node | int | float):
                    self.values.setdefault(_key(source), _wide(array))
        self.values.update(self._run({}, nodes))
        again = self.values.get(_key(root))
        # An input that was overwritten since, or something drawn at random, and it is another computation.
        self.works = again is not None and np.allclose(again, root_value, 1e-2, 1e-4, equal_nan=True)

    def after(self, source: Any) -> list[Node]:
        """Return the operations that depend on a source, in their order."""
        reached = {_key(source)}
        found = []
        for node in self.nodes:
            if any(_key(s) in reached for s in node.sources):
                reached.add(_key(node))
                found.append(node)
        return found

    def root_with(self, source: Any, value: Array, after: Sequence[Node]) -> Array:
        """Return what the root is where a source has another value."""
        changed = self._run({_key(source): value}, after)
        return changed.get(_key(self.root), self.values[_key(self.root)])

    def _run(self, changed: dict[Any, Array], nodes: Sequence[Node]) -> dict[Any, Array]:
        values = self.values
        with np.errstate(all="ignore"):
            for node in nodes:
                keys = map(_key, node.sources)
                inputs = [
                    changed[key] if key in changed else values[key] if key in values else _wide(array)
                    for key, array in zip(keys, node.arrays, strict=True)
                ]
                if "overwrite" in node.params:  # written in place, and the next repetition needs it as it was
                    inputs = [np.copy(x) for x in inputs]
                made = changed[_key(node)] = np.asarray(node.op.rule(*inputs, **_wide_params(node.params))[0])
                self.work += CALL + NUMBER * made.size
        return changed


def check_gradients(
    nodes: Sequence[Node], root: Any, root_value: Array, seed: Array, gradients: Mapping[Any, Array]
) -> dict[Any, list[Check]]:
    """Return, for the sources that were looked at, the checks of some elements of their gradients.

    The element with the largest gradient comes first.
    """
    try:
        replay = Replay(nodes, root, root_value, seed)
    except (TypeError, ValueError, IndexError, ArithmeticError, AttributeError):
        return {}  # an operation that float64 is no use to
    if not replay.works:
        return {}
    everything = len(nodes) <= EVERYTHING
    wanted = {
        source: (gradient, by_size(gradient)[:ELEMENTS], replay.after(source))
        for source, gradient in gradients.items()
        if gradient.size and (everything or not isinstance(source, Node))
    }
    scale = max((largest(gradient) for gradient, _, _ in wanted.values()), default=0.0)
    found: dict[Any, list[Check]] = {source: [] for source in wanted}
    for turn in range(ELEMENTS):  # the largest element of each tensor, then the second largest, and so on
        for source, (gradient, order, after) in wanted.items():
            if turn < len(order) and replay.work < WORK:
                found[source].append(check(replay, source, gradient, int(order[turn]), after, scale))
    return found


def by_size(gradient: Array) -> Array:
    """Return the flat positions of a gradient's elements, the largest first."""
    return np.argsort(-np.abs(np.nan_to_num(gradient.reshape(-1).astype(np.float64))), kind="stable")


def check(replay: Replay, source: Any, gradient: Array, at: int, after: Sequence[Node], scale: float) -> Check:
    """Compare one element of a gradient with the slope of the root; `scale` is the largest number in any gradient."""
    start = replay.values[_key(source)]
    place = np.unravel_index(at, start.shape)

    def values(distance: float) -> list[Array]:
        moved = np.array(start)
        moved[place] += distance
        return [replay.root_with(source, moved, after)]

    step = EPS * max(1.0, abs(float(start[place])))
    analytic = float(gradient[place])
    tolerance = TOLERANCE.get(gradient.dtype.name, 1e-3)
    rounding = ROUNDINGS * float(np.finfo(gradient.dtype).eps) * scale
    steps = shrinking(values, [replay.values[_key(replay.root)]], step)(0)
    verdict = judge(analytic, replay.seed, steps, 0.01 * tolerance * largest(gradient) + rounding, tolerance)
    return Check(at, verdict.numeric, verdict.kind)


def _key(source: Any) -> Any:
    """Return what stands for a source in a table. Arrays, which are constants, can be no keys themselves."""
    return id(source) if isinstance(source, np.ndarray) else source


def _wide(array: Any) -> Any:
    """Return floats as float64; anything else as it is."""
    return array.astype(np.float64) if isinstance(array, np.ndarray) and array.dtype.kind == "f" else array


def _wide_params(params: Mapping[str, Any]) -> dict[str, Any]:
    return {k: np.dtype(np.float64) if isinstance(v, np.dtype) and v.kind == "f" else v for k, v in params.items()}
