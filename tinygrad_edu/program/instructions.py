"""What a program is made of: variables, and calls of NumPy functions that make and change them.

    y = np.matmul(x, w)        Call(np.matmul, (x, w), results=(y,))
    y += b                     Call(np.add, (y, b), {"out": (y,)}, writes=(y,))
    p = y[1:]                  Call(operator.getitem, (y, slice(1, None)), results=(p,)), and p looks into y's memory

A program is a straight line: every loop has been walked through, every condition decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np


@dataclass(eq=False, slots=True)
class Variable:
    """Something that a program computes with.

    Attributes:
        kind: "array"; "number", one of Python's; or "object", such as the pullbacks that a rule has returned.
        memory: the variable whose memory it looks into; itself, if it has its own.
        shape, dtype: of an array.
        strides: how its elements lie in memory, on which the order depends in which NumPy adds them up.
        name: what it is called where it was made: by the reader, or in a rule.
    """

    kind: str = "array"
    memory: Variable = field(init=False, repr=False)
    shape: tuple[int, ...] = ()
    dtype: Any = None
    name: str | None = None
    strides: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        self.memory = self


@dataclass(eq=False, slots=True)
class Section:
    """The calls that belong together: the value of an operation, or the way back to one of its inputs.

    Attributes:
        op: the operation, or a word for what is done.
        inputs: the inputs of the operation, as they were given.
        index: which input the gradient is of; None for the value.
        g: the gradient that the way back was given.
        outputs: what came out.
        params: the parameters of the operation.
        forward: of a way back, the section of the operation's value.
        outer: the section of the operation whose rule uses this one.
    """

    op: Any
    inputs: tuple[Any, ...] = ()
    index: int | None = None
    g: Any = None
    outputs: Any = None
    params: dict[str, Any] = field(default_factory=dict)
    forward: Section | None = None
    outer: Section | None = None


@dataclass(eq=False, slots=True)
class Call:
    """One call: `results = function(*args, **kwargs)`.

    Attributes:
        writes: the variables whose elements it changes.
        section: what it is a part of.
        pure: whether the same arguments give the same results, and nothing else happens.
        line: where in the user's program it comes from.
    """

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    results: tuple[Variable, ...]
    writes: tuple[Variable, ...] = ()
    section: Section | None = None
    pure: bool = True
    line: str = ""

    def reads(self) -> Iterator[Variable]:
        """Yield every variable among the arguments."""
        return variables_in((self.args, self.kwargs))

    def do(self, values: dict[Variable, Any]) -> Any:
        """Call the function, with values in place of variables."""
        args, kwargs = replaced((self.args, self.kwargs), lambda x: values[x] if isinstance(x, Variable) else x)
        return self.function(*args, **kwargs)


@dataclass(eq=False, slots=True)
class Guard:
    """A condition that was decided while the program was traced: `variable` had this value."""

    variable: Variable
    value: Any
    line: str
    # It stands among calls, and makes and changes nothing.
    function: ClassVar[None] = None
    results: ClassVar[tuple[Variable, ...]] = ()
    writes: ClassVar[tuple[Variable, ...]] = ()
    pure: ClassVar[bool] = True

    def reads(self) -> Iterator[Variable]:
        yield self.variable


@dataclass(frozen=True, slots=True)
class Method:
    """A method of the first argument, as a function: `Method("reshape")(a, 2, 3)` is `a.reshape(2, 3)`."""

    name: str

    def __call__(self, thing: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(thing, self.name)(*args, **kwargs)


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of the only argument, as a function: `Attribute("T")(a)` is `a.T`."""

    name: str

    def __call__(self, thing: Any) -> Any:
        return getattr(thing, self.name)


def name_of(function: Any) -> str:
    """Return the name of what a call does: `reshape`, for NumPy's function and for the method."""
    name: str = getattr(function, "name" if isinstance(function, Method | Attribute) else "__name__", "")
    return name


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule called whole, not written out: it returns its value and its pullbacks."""

    op: Any

    def __call__(self, *inputs: Any, **params: Any) -> Any:
        return self.op.rule(*inputs, **params)


@dataclass(frozen=True, slots=True)
class Pull:
    """One of the pullbacks that a rule has returned, asked with a gradient: `Pull(0)(pullbacks, g)`."""

    index: int

    def __call__(self, pullbacks: Any, g: Any) -> Any:
        return pullbacks[self.index](g)


@dataclass(eq=False, slots=True)
class Program:
    """A straight line of calls.

    Attributes:
        inputs: the variables that stand for the arguments, in order.
        captured: what is not an argument, and the place it is read from: state, constants.
        calls: the calls, and the guards between them, in order.
        outputs: a tree with a variable wherever a result stands.
        stores: what to put where after the last call: (place, variable).
        same: for a variable that was simplified away, what stands for it now.
        sections: in order, those too of which no call is left.
        numbers: for a variable that is one known number throughout, the number.
    """

    inputs: list[Variable]
    captured: dict[Variable, Any]
    calls: list[Any]
    outputs: Any = None
    stores: list[tuple[Any, Variable]] = field(default_factory=list)
    same: dict[Variable, Any] = field(default_factory=dict)
    sections: list[Section] = field(default_factory=list)
    numbers: dict[Variable, float] = field(default_factory=dict)

    def now(self, x: Any) -> Any:
        """Return what stands for a variable that a section refers to."""
        while isinstance(x, Variable) and x in self.same:
            x = self.same[x]
        return x

    def outside(self) -> set[Variable]:
        """Return the memories that are there before the first call."""
        return {variable.memory for variable in (*self.inputs, *self.captured)}

    def written(self) -> set[Variable]:
        """Return the memories that are changed."""
        return {variable.memory for call in self.calls for variable in call.writes}

    def live_at_end(self) -> Iterator[Variable]:
        """Yield what is needed after the last call."""
        yield from variables_in(self.outputs)
        for _, variable in self.stores:
            yield variable


@dataclass(frozen=True, slots=True)
class AsTensor:
    """A variable that is given back in a tensor."""

    variable: Variable


def variables_in(tree: Any) -> Iterator[Variable]:
    """Yield the variables in nested tuples, lists, dictionaries and slices."""
    if isinstance(tree, Variable):
        yield tree
    elif isinstance(tree, AsTensor):
        yield tree.variable
    elif isinstance(tree, tuple | list):
        for part in tree:
            yield from variables_in(part)
    elif isinstance(tree, dict):
        for part in tree.values():
            yield from variables_in(part)
    elif isinstance(tree, slice):
        yield from variables_in((tree.start, tree.stop, tree.step))


def replaced(tree: Any, change: Callable[[Any], Any]) -> Any:
    """Return a nested tree with `change` done to everything that is no container."""
    if tree.__class__ is tuple or tree.__class__ is list:
        return tree.__class__(replaced(part, change) for part in tree)
    if isinstance(tree, tuple):
        parts = [replaced(part, change) for part in tree]
        return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)
    if tree.__class__ is dict:
        return {key: replaced(part, change) for key, part in tree.items()}
    if tree.__class__ is AsTensor:
        return AsTensor(change(tree.variable))
    if tree.__class__ is slice:
        return slice(replaced(tree.start, change), replaced(tree.stop, change), replaced(tree.step, change))
    return change(tree)


def strides_of(array: Any) -> tuple[int, ...]:
    """Return the strides of an array; 0 where it has a single element, for those mean nothing."""
    return tuple(stride if size > 1 else 0 for size, stride in zip(array.shape, array.strides, strict=True))


def is_array(x: Any) -> bool:
    """Tell whether something is an array that a program computes with: of floats, whole numbers or truth values."""
    return isinstance(x, np.ndarray) and x.dtype.kind in "fiub"


def is_number(x: Any) -> bool:
    """Tell whether something is one of Python's or NumPy's own numbers."""
    return isinstance(x, int | float | np.generic)
