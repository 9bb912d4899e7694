"""When was a piece of memory last changed in place?

A pullback keeps arrays of the forward pass. If one of them is changed before the backward pass
runs, the gradient would be silently wrong, so the backward pass asks here first.

One clock orders everything: a node takes its time when it is recorded, memory takes its time when
it is changed. Whatever a pullback keeps must not be younger than its node. The time belongs to the
memory, not to the Tensor, so views, `detach()` and `.data` are covered. What a pullback keeps is
read off its closure, so no operation has to declare it.
"""

from __future__ import annotations

import itertools
import threading
import weakref
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from tinygrad_edu.engine.watchers import watchers
from tinygrad_edu.system.user_line import user_line

clock = itertools.count(1)


class _Changes:
    """The last change of each piece of memory that was ever changed in place."""

    def __init__(self) -> None:
        self.latest = 0  # a backward pass younger than this has nothing to look up
        self.by_owner: dict[int, tuple[int, str, weakref.ref[Any]]] = {}
        self.lock = threading.Lock()  # so that `latest` never goes back


changes = _Changes()


def owner(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the array whose memory `array` looks into (itself, unless it is a view)."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def mark_changed(array: np.ndarray[Any, Any], by: str) -> None:
    """Note that the memory of `array` was changed in place by the operation named `by`."""
    memory = owner(array)
    key = id(memory)
    if watchers:
        by = f"{by} ({user_line()})"
    held = changes.by_owner.get(key)
    # Forgetting it is left to C code, which Ctrl-C cannot interrupt: pop(key, the reference itself as default).
    reference = held[2] if held else weakref.ref(memory, partial(changes.by_owner.pop, key))
    with changes.lock:
        changes.latest = next(clock)
        changes.by_owner[key] = (changes.latest, by, reference)


def changed_since(time: int, array: np.ndarray[Any, Any]) -> str | None:
    """Return what changed the memory of `array` after `time`, or None if nothing did."""
    changed = changes.by_owner.get(id(owner(array)))
    return changed[1] if changed and changed[0] > time else None


def kept_arrays(pullback: Callable[..., Any]) -> Iterator[tuple[str, Any]]:
    """Yield what a pullback keeps: the name and the array of each variable in its closure."""
    cells = getattr(pullback, "__closure__", None) or ()
    for name, cell in zip(pullback.__code__.co_freevars, cells, strict=False):
        try:
            value = cell.cell_contents
        except ValueError:  # a variable of the rule that was never assigned on this path
            continue
        if isinstance(value, np.ndarray | np.generic):  # NumPy makes single numbers of arrays without axes
            yield name, value
        elif isinstance(value, list | tuple):
            yield from ((name, item) for item in value if isinstance(item, np.ndarray | np.generic))
        elif hasattr(value, "__closure__"):
            yield from kept_arrays(value)
        elif hasattr(value, "kept_arrays"):  # the context of an autograd.Function
            yield from value.kept_arrays()


def needs_inputs(node: Any) -> bool:
    """Tell whether a node's rule, to be run again, needs its inputs as they were: pullbacks keep what it made of them.

    Of y = a b with a constant b, the only pullback keeps b, and is right whatever a holds now.
    """
    if node.op.linear:  # its rule is not run again
        return False
    inputs = {id(array) for array in node.arrays}
    kept = [array for pullback in node.pullbacks if pullback is not None for _, array in kept_arrays(pullback)]
    return not inputs.issuperset(map(id, kept))
