"""How a computation is remembered: the node, the value, and `record`, which runs an operation and leaves a node.

A *value* is an array whose gradient may be asked for; a Tensor is one. With `requires_grad=True` it is *tracked*. What
an operation makes of a tracked value is tracked as well, and a `Node` stays behind, which keeps the pullbacks. A
tracked value that no operation made is a *leaf*: a weight of a network, say.

Gradients travel backwards, so a node knows for each of its inputs where the gradient of that input has to go. That is
the input's *source*: the node that made it or, for a leaf, the leaf itself. After `y = (x * w).sum()`:

    y ──► node of sum ──► node of mul ──► x        each arrow goes to a source
                                      └─► w

A node refers to sources and arrays, never to the values that an operation was called on. So a value may be given
another place in the graph, as `y += 1` does, and what was recorded before stays as it was. And nothing refers forward,
from an input to what became of it: when the last result is forgotten, Python frees the whole graph.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Self

import numpy as np

from tinygrad_edu.engine import dtypes
from tinygrad_edu.engine.dtypes import float32
from tinygrad_edu.engine.grad_mode import switch
from tinygrad_edu.engine.op import Array, Op, Pullback
from tinygrad_edu.engine.versions import clock
from tinygrad_edu.engine.views import View, view_of
from tinygrad_edu.engine.watchers import watchers

NO_PARAMS: dict[str, Any] = {}  # one empty dict serves all nodes
CONSTANTS: set[Any] = {np.ndarray, float, int, bool}  # types of inputs that a rule takes as they are


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
        self.sources = sources  # of each input; one without gradient stands here as it was given
        self.arrays = arrays  # the inputs as the rule saw them
        self.params = params or NO_PARAMS
        self.pullbacks: Sequence[Pullback | None] | None = pullbacks  # None for an input without gradient
        self.time = next(clock)  # a counter, so whatever made an input has an earlier time
        self.hooks: list[Callable[[Any], Any]] | None = None  # each sees, or replaces, the output's gradient
        self.name: str | None = None  # for pictures

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
        source: the node that made it; None if none did.
        origin: how it looks into another value's memory (`engine/views.py`); None if it does not.
    """

    __slots__ = ("__dict__", "__weakref__", "array", "origin", "source", "tracked")

    array: Array
    source: Any
    tracked: bool
    origin: View | None
    writes: int = 0  # how many recorded writes to its memory there were, for those that look into it
    plain: ClassVar[type[Value]]  # what an operation on it returns: a Tensor, also for subclasses of Tensor

    def __init_subclass__(cls, plain: bool = False) -> None:
        if plain:  # class Tensor(Value, plain=True)
            cls.plain = cls

    @classmethod
    def at(cls, array: Array, source: Any = None, tracked: bool = False) -> Self:
        """Make a value for an array at a place in the graph. It does no checks: `Tensor(...)` is for users."""
        value = cls.__new__(cls)
        value.array, value.source, value.tracked, value.origin = array, source, tracked, None
        return value

    def move_to(self, other: Value) -> None:
        """Take the place in the graph that `other` has. Operations in place end so."""
        self.source, self.tracked = other.source, other.tracked


def record(op: Op, inputs: Sequence[Any], params: dict[str, Any]) -> Any:
    """Run an operation on values and constants; leave a node behind if a gradient may be asked for.

    This is the one way into an operation: of `a * b`, `tg.mul(a, b)` and `np.multiply(a, b)` alike.
    """
    arrays, sources = list(inputs), list(inputs)
    untracked: list[int] = []  # the inputs without gradient
    kind: Any = None
    for i, x in enumerate(inputs):
        if isinstance(x, Value):
            if x.origin is not None:  # it looks into memory that may have been written to since
                x.origin.follow(x)
            kind = x.plain
            arrays[i] = x.array
            if not x.tracked:
                untracked.append(i)
            elif x.source is not None:  # else it is a leaf, which is its own source
                sources[i] = x.source
        else:
            if x.__class__ not in CONSTANTS:
                arrays[i] = as_constant(x, op)
            untracked.append(i)
    if op.of_floats and not (len(arrays) == 1 and arrays[0].dtype is float32):  # the usual input is right
        arrays = dtypes.as_floats(arrays)
    try:
        array, pullbacks = op.rule(*arrays, **params) if params else op.rule(*arrays)
    except (TypeError, ValueError, IndexError, OverflowError) as error:
        op.explain_failure(error, inputs)
    if array.__class__ is not np.ndarray or array.dtype is not float32:  # the usual answer is right as it is
        array = dtypes.of_pytorch(array, arrays, params)
    result = kind.__new__(kind)  # what `at` does, without the call
    result.array, result.source, result.tracked = array, None, False
    is_view = array.base is not None or array is arrays[0]  # to NumPy, the base is whose memory an array looks into
    result.origin = view_of(array, inputs, op, params) if is_view else None
    if op.derivative is not None and len(untracked) < len(arrays) and switch.enabled:  # off inside no_grad()
        if len(pullbacks) != len(arrays):
            raise TypeError(
                f"{op.name}: expected one pullback for each input, got {len(pullbacks)} for {len(arrays)} inputs; "
                "return None for an input without gradient"
            )
        if untracked:  # the way back to an input without gradient is forgotten at once, with all that it keeps
            pullbacks = list(pullbacks)
            for i in untracked:
                pullbacks[i] = None
        result.source = Node(op, sources, arrays, params, pullbacks)
        result.tracked = True
        if watchers:  # a search for anomalies, a trace for a drawing: nobody, as a rule
            for watch in watchers:
                watch(result.source, result)
    return result


def as_constant(x: Any, op: Op) -> Any:
    """Return an input that is no value, a list or one of NumPy's numbers, as an array or a number."""
    if isinstance(x, np.generic):
        return x.item()  # as a Python number it does not decide the type of the result, as in PyTorch
    try:
        return dtypes.as_array(x)
    except (TypeError, ValueError) as error:
        why = "is a return missing in the function, or the forward, that made it?" if x is None else error
        raise TypeError(f"{op.name} ({op.formula}): an input is a {type(x).__name__}, not a tensor: {why}") from None
