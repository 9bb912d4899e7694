"""Values that remember how they were computed: the node, the value, and how an operation is recorded.

An operation that runs on a value whose gradient may be asked for leaves a `Node` behind. For each input, a
node keeps where its gradient goes, the *source*, and the array that the operation saw:

    x (a leaf) ──► node mul ──► node sum      each arrow is a source, and is followed backwards

A node never refers to the values it was called on, only to their sources and arrays. So a value may move on,
as operations in place make it do, and the graph stays what was recorded. Nothing refers forward, from an input
to what became of it: when the last result is forgotten, Python frees the whole graph.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Self

import numpy as np

from tinygrad_edu.engine import dtypes
from tinygrad_edu.engine.grad_mode import switch
from tinygrad_edu.engine.op import Array, Op, Pullback
from tinygrad_edu.engine.versions import clock
from tinygrad_edu.engine.views import View, view_of
from tinygrad_edu.engine.watchers import watchers

NO_PARAMS: dict[str, Any] = {}
CONSTANTS = frozenset({np.ndarray, float, int, bool})


class Node:
    """One recorded operation, and the way back through it."""

    __slots__ = ("arrays", "hooks", "name", "op", "params", "pullbacks", "sources", "time")

    def __init__(
        self,
        op: Op,
        sources: Sequence[Any],
        arrays: Sequence[Any],
        params: dict[str, Any],
        pullbacks: Sequence[Pullback | None],
    ) -> None:
        self.op = op
        self.sources = sources  # of each input: the node that made it, the leaf itself, or a constant as it was given
        self.arrays = arrays  # the inputs as the operation saw them
        self.params = params or NO_PARAMS  # one empty dict serves all nodes
        self.pullbacks: Sequence[Pullback | None] | None = pullbacks  # None: that input takes no gradient
        self.time = next(clock)  # whatever made an input has an earlier time
        self.hooks: list[Callable[[Any], Any]] | None = None  # each sees, or replaces, the output's gradient
        self.name: str | None = None

    def __repr__(self) -> str:
        return f"<node {self.op.name} of {len(self.sources)} inputs>"

    def release(self) -> None:
        """Let go of everything that was kept for the way back."""
        self.sources = self.arrays = ()
        self.pullbacks = None


class Value:
    """An array and its place in the graph. `Tensor` adds everything that a user does with one.

    Attributes:
        array: the NumPy array itself.
        tracked: whether a gradient may be asked for, so that operations on it are recorded.
        source: the node that made it; None for a leaf, which is a source itself.
        origin: how it looks into another value's memory; None if it does not.
    """

    __slots__ = ("__dict__", "__weakref__", "array", "origin", "source", "tracked")

    array: Array
    source: Any
    tracked: bool
    origin: View | None
    writes: int = 0  # how many recorded writes to its memory there were
    plain: ClassVar[type[Value]]  # what the result of an operation on it is

    def __init_subclass__(cls, plain: bool = False) -> None:
        if plain:
            cls.plain = cls

    @classmethod
    def at(cls, array: Array, source: Any = None, tracked: bool = False) -> Self:
        """Make a value for an array at a place in the graph. It does no checks: `Tensor(...)` is for users."""
        value = cls.__new__(cls)
        value.array, value.source, value.tracked, value.origin = array, source, tracked, None
        return value

    def move_to(self, other: Value) -> None:
        """Take the place in the graph that `other` has."""
        self.source, self.tracked = other.source, other.tracked


def record(op: Op, inputs: Sequence[Any], params: dict[str, Any]) -> Any:
    """Run an operation on values and constants; leave a node behind if a gradient may be asked for.

    This is the one way into an operation: of `a * b`, `tg.mul(a, b)` and `np.multiply(a, b)` alike.
    """
    arrays, sources = list(inputs), list(inputs)
    untracked: list[int] = []
    kind: Any = None
    for i, x in enumerate(inputs):
        if isinstance(x, Value):
            if x.origin is not None:
                x.origin.follow(x)
            kind = x.plain
            arrays[i] = x.array
            if not x.tracked:
                untracked.append(i)
            elif x.source is not None:  # else it is a leaf, which is a source itself
                sources[i] = x.source
        else:
            if x.__class__ not in CONSTANTS:
                arrays[i] = as_constant(x, op)
            untracked.append(i)
    try:
        array, pullbacks = op.rule(*arrays, **params) if params else op.rule(*arrays)
    except (TypeError, ValueError, IndexError) as error:
        op.explain_failure(error, inputs)
    if array.__class__ is not np.ndarray or array.dtype is not dtypes.float32:
        array = dtypes.of_pytorch(array, arrays, params)
    result = kind.__new__(kind)  # what `at` does, without the call
    result.array, result.source, result.tracked = array, None, False
    is_view = array.base is not None or array is arrays[0]
    result.origin = view_of(array, inputs, op, params) if is_view else None
    if op.derivative is not None and len(untracked) < len(arrays) and switch.enabled:
        if len(pullbacks) != len(arrays):
            raise TypeError(
                f"{op.name}: expected one pullback for each input, got {len(pullbacks)} for {len(arrays)} inputs; "
                "return None for an input without gradient"
            )
        if untracked:  # the way back to an input without gradient is forgotten at once
            pullbacks = list(pullbacks)
            for i in untracked:
                pullbacks[i] = None
        result.source = Node(op, sources, arrays, params, pullbacks)
        result.tracked = True
        if watchers:
            for watch in watchers:
                watch(result.source, result)
    return result


def as_constant(x: Any, op: Op) -> Any:
    """Return an input that is no value as a number or array."""
    if isinstance(x, np.generic):
        return x.item()  # as PyTorch: one number does not decide the type of the result
    try:
        return dtypes.as_array(x)
    except (TypeError, ValueError) as error:
        why = "is a return missing in the function, or the forward, that made it?" if x is None else error
        raise TypeError(f"{op.name} ({op.formula}): an input is a {type(x).__name__}, not a tensor: {why}") from None
