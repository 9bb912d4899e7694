"""Values that look into the memory of another one, their *base*, and what becomes of them when it is written to.

    y = x * 2          y is a base
    p = y[1:]          p is a view of y: its step is getitem, with index=slice(1, None)
    q = p.T            q is a view of y as well: its steps are that one, then transpose

Views and base share memory, so a write to any of them changes the others. In the graph it is recorded once, on
the base, as `setitem`. The views are then *stale*: their values are new, their place in the graph is that of
the old ones. Before a stale view is used, its steps are done again on the base.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_edu.engine.grad_mode import enable_grad
from tinygrad_edu.engine.op import Array, Op
from tinygrad_edu.engine.versions import owner


class View:
    """How a value comes from its base.

    Attributes:
        base: the value whose memory it looks into, which is no view itself.
        op, params: the last step.
        before: how the value that the last step was done on comes from the base; None for the base itself.
        seen: how many writes to the base its place in the graph takes account of.
    """

    __slots__ = ("base", "before", "op", "params", "seen")

    def __init__(self, base: Any, before: View | None, op: Op, params: dict[str, Any]) -> None:
        self.base, self.before, self.op, self.params = base, before, op, params
        self.seen: int = base.writes

    def replay(self, x: Any) -> Any:
        """Do the steps on `x`, which stands for the base: a value, or an array."""
        steps = []
        view: View | None = self
        while view is not None:
            steps.append(view)
            view = view.before
        for step in reversed(steps):
            x = step.op(x, **step.params)
        return x

    def follow(self, value: Any) -> None:
        """Bring `value`, the view, to its place in the graph, if its base was written to since."""
        # A node without pullbacks was used up by a backward pass, as that of a leaf's view is; the leaf lives on.
        if self.seen != self.base.writes or (value.source is not None and value.source.pullbacks is None):
            self.renew(value)

    def renew(self, value: Any) -> None:
        """Do the steps that lead to `value`, the view, again."""
        with enable_grad():  # its place in the graph is wanted, even where nothing new is recorded
            value.move_to(self.replay(self.base))
        self.seen = self.base.writes

    def places(self, index: Any) -> Any:
        """Return where, in the base, the elements at `index` of the view are, as an index of the base."""
        if index is Ellipsis and self.before is None and "index" in self.params:
            return self.params["index"]
        # The same steps, done on the numbers of the base's elements, tell which of them the view sees.
        shape = self.base.array.shape
        numbers = self.replay(np.arange(math.prod(shape)).reshape(shape))[index]
        if shape:
            return np.unravel_index(numbers, shape)
        return (np.newaxis,) * numbers.ndim if numbers.size else False  # the single number, or nothing of it


def view_of(array: Array, inputs: Sequence[Any], op: Op, params: dict[str, Any]) -> View | None:
    """Return how the result of an operation looks into the memory of its only input; None if it does not."""
    if len(inputs) != 1:
        return None
    x = inputs[0]
    if owner(array) is not owner(x.array):
        return None
    return View(x if x.origin is None else x.origin.base, x.origin, op, params)
