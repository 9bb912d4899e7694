"""What arrays held when operations read them: an optimizer's step, say, writes over the parameters afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tinygrad_edu.engine.op import Array, Pullback
from tinygrad_edu.engine.value import Node
from tinygrad_edu.engine.versions import changed_since, changes, kept_arrays
from tinygrad_edu.tensors.numbers import equal_up_to_rounding

Pullbacks = Sequence[Pullback | None]


class Copies:
    """Copies of arrays: of each one, and again one where it was changed in place between two uses."""

    def __init__(self) -> None:
        self._known: dict[Any, tuple[Array, int, Array]] = {}  # what was copied, when, and the copy

    def take(self, array: Array, time: int) -> Array:
        """Return a new copy of what an array holds at a time. The memory stays: no other array may get its place."""
        copy = array.copy(order="K")  # laid out as before, so that products of it are the same to the last bit
        self._known[_place(array)] = array, time, copy
        return copy

    def of(self, array: Any, time: int, take: bool = True) -> Any:
        """Return a copy of what an array holds at a time, the last one if that is still right; `take` allows a new one.

        Numbers, and arrays that may not be copied, are returned themselves.
        """
        if not isinstance(array, np.ndarray):
            return array
        _, when, copy = self._known.get(_place(array), (None, 0, None))
        if copy is not None and changed_since(when, array) is None:
            return copy
        return self.take(array, time) if take else array

    def inputs(self, node: Node) -> list[Any]:
        """Return copies of what the inputs of a node hold, which was recorded just now."""
        written = bool(node.params.get("overwrite"))  # what `t[i] = v` was before is known or gone
        return [self.of(array, node.time, take=i > 0 or not written) for i, array in enumerate(node.arrays)]


def _place(array: Array) -> Any:
    """Return where in memory an array is, and how it lies there: two views of one place are the same array."""
    return array.__array_interface__["data"][0], array.shape, array.strides, array.dtype


def is_changed(node: Node) -> bool:
    """Tell whether anything that a node has read, or that its pullbacks keep, was changed in place since."""
    if changes.latest <= node.time:
        return False
    read = (array for array in node.arrays if isinstance(array, np.ndarray))
    return any(changed_since(node.time, array) is not None for array in read) or keep_what_changed(node)


def keep_what_changed(node: Node, pullbacks: Pullbacks | None = None) -> bool:
    """Tell whether the pullbacks of a node keep something that was changed in place since."""
    return next(changed_and_kept(node, pullbacks), None) is not None


def changed_and_kept(node: Node, pullbacks: Pullbacks | None = None) -> Iterator[tuple[Array, str]]:
    """Yield the arrays that the pullbacks of a node keep and that were changed since, and the names of what did it."""
    for pullback in node.pullbacks or () if pullbacks is None else pullbacks:
        for _, array in kept_arrays(pullback) if pullback is not None else ():
            culprit = changed_since(node.time, array)
            if culprit is not None:
                yield array, culprit


def pullbacks_as_they_were(node: Node, pullbacks: Pullbacks, inputs: Sequence[Any], value: Array) -> Pullbacks:
    """Return pullbacks that keep what was there when a node was recorded, with copies of its inputs and its output.

    They come from its rule, run once more on the copies. It is believed if it gives the same output again: one that
    draws random numbers does not. Then, and where the rule keeps arrays of its own, the pullbacks stay as they are,
    and the backward pass says what was changed.
    """
    if changes.latest <= node.time or not keep_what_changed(node, pullbacks):
        return pullbacks
    given = [np.copy(x) if isinstance(x, np.ndarray) else x for x in inputs] if "overwrite" in node.params else inputs
    with np.errstate(all="ignore"):
        again, found = node.op.rule(*given, **node.params)
    new = [pullback if old is not None else None for pullback, old in zip(found, pullbacks, strict=True)]
    same = equal_up_to_rounding(np.asarray(again), value)
    return new if same and not keep_what_changed(node, new) else pullbacks
