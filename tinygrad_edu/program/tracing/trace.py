"""A trace: it runs a function once, and writes down every NumPy call that is made on the way."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CellType, FunctionType
from typing import Any

import numpy as np

from tinygrad_edu.engine.op import OPS, Op
from tinygrad_edu.program.instructions import (
    Call,
    Guard,
    Program,
    Pull,
    Rule,
    Section,
    Variable,
    replaced,
    strides_of,
)
from tinygrad_edu.program.tracing.arrays import TracedArray, TracedGenerator, TracedNumber, TraceError, plain, refuse
from tinygrad_edu.program.tracing.opaque import OPAQUE
from tinygrad_edu.program.tracing.places import Constant, Place
from tinygrad_edu.system.user_line import user_line
from tinygrad_edu.tensors.tensor import Tensor, wrap

MOST = 100_000  # calls; a step of more is a loop that should not be unrolled


class Trace:
    """What is noted while a function runs.

    Attributes:
        program: the calls so far.
        limit: how many calls there may be.
    """

    def __init__(self, limit: int = MOST) -> None:
        self.program = Program([], {}, [])
        self.limit = limit
        self.stack: list[Section] = []  # those that have begun and not ended
        self.memories: dict[int, TracedArray] = {}  # by the identity of the plain array that owns the memory
        self.constants: dict[int, Variable] = {}
        self.memories_of_constants: dict[int, Variable] = {}
        self.kept: list[Any] = []  # so that no identity is used twice

    # What comes from outside

    def input(self, array: Any, name: str | None = None) -> TracedArray:
        """Let an array be an argument of the program."""
        traced = self._traced(array, name)
        self.program.inputs.append(traced.variable)
        return traced

    def captured(self, array: Any, place: Place, name: str | None = None) -> TracedArray:
        """Let an array that lives outside be read, and written to, by the program."""
        traced = self._traced(array, name)
        self.program.captured.setdefault(traced.variable, place)
        return traced

    def number(self, value: Any, place: Place, name: str | None = None) -> TracedNumber:
        """Let a number that lives outside be read by the program each time."""
        variable = Variable("number", dtype=getattr(value, "dtype", None), name=name)  # NumPy's numbers have a type
        self.program.captured[variable] = place
        return TracedNumber.of(value, variable, self)

    def untraced(self, x: Any) -> Any:
        """Return what is given back for a result: what it stands for, and of a constant's memory a copy."""
        if isinstance(x, Tensor):
            return wrap(self.untraced(x.array)) if isinstance(x.array, TracedArray) else x
        if isinstance(x, TracedArray) and x.variable.memory in self.memories_of_constants.values():
            return x.plain.copy()  # the caller may write into it
        return plain(x)

    # What happens

    def call(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any] | None = None,
        *,
        written: Any = None,
        pure: bool = True,
    ) -> Any:
        """Do a call on what the arguments stand for, note it, and return what stands for its result."""
        kwargs = kwargs or {}
        targets = [x for x in (written if isinstance(written, tuple) else (written,)) if x is not None]
        for target in targets:
            if not isinstance(target, TracedArray):
                refuse(
                    "writing into an array that was made unseen, by np.zeros or np.empty,",
                    "make it from one that is there: np.zeros_like(x, shape=...)",
                )
        noted_args, noted_kwargs = replaced((args, kwargs), self._variable)
        plain_args, plain_kwargs = replaced((args, kwargs), plain)
        result = function(*plain_args, **plain_kwargs)
        found: list[Variable] = []
        wrapped = result
        if targets:
            wrapped = None if result is None else targets[0] if len(targets) == 1 else tuple(targets)
        elif result is not None:
            wrapped = replaced(result, lambda x: self._result(x, found))
        self._note(function, noted_args, noted_kwargs, found, tuple(target.variable for target in targets), pure)
        return wrapped

    def _note(
        self,
        function: Callable[..., Any],
        args: Any,
        kwargs: Any,
        results: list[Variable],
        writes: tuple[Variable, ...] = (),
        pure: bool = True,
    ) -> None:
        """Write a call down."""
        if len(self.program.calls) >= self.limit:
            raise TraceError(
                f"a step of more than {self.limit:,} NumPy calls is not traced ({user_line()}); loops are unrolled, so "
                "trace what is inside of the loop"
            )
        section = self.stack[-1] if self.stack else None
        self.program.calls.append(Call(function, args, kwargs, tuple(results), writes, section, pure, user_line()))

    def decide(self, traced: Any, value: Any) -> Any:
        """Note that the program holds for this value of what `traced` stands for, and return the value."""
        self.program.calls.append(Guard(self._variable(traced), value, user_line()))
        return value

    def _variable(self, x: Any) -> Any:
        """Return what stands for an argument in the program."""
        if isinstance(x, TracedArray):
            if x.variable is None:
                refuse("a view that NumPy made without asking", "use np.reshape, np.transpose or an index")
            return x.variable
        if isinstance(x, TracedNumber | TracedGenerator):
            return x.variable
        if x.__class__ is np.ndarray:
            if id(x) not in self.constants:
                if id(owner(x)) in self.memories:
                    refuse("what np.asarray makes of a traced array", "use the array as it is")
                variable = Variable(shape=x.shape, dtype=x.dtype, strides=strides_of(x))
                variable.memory = self.memories_of_constants.setdefault(id(owner(x)), variable)
                self.constants[id(x)] = variable
                self.kept += [x, owner(x)]
                self.program.captured[variable] = Constant(x)
            return self.constants[id(x)]
        return x

    def _constant(self, array: Any) -> TracedArray:
        """Let an array that is there, and is never written to, be seen where it is used."""
        return TracedArray.of(array, self._variable(array), self, None)

    def _result(self, x: Any, found: list[Variable]) -> Any:
        """Return what stands for one result of a call, and add its variable to `found`."""
        if isinstance(x, np.ndarray | np.generic):
            traced = self._traced(np.asarray(x))
            found.append(traced.variable)
            return traced
        if isinstance(x, int | float):
            variable = Variable("number")
            found.append(variable)
            return TracedNumber.of(x, variable, self)
        return x

    def _traced(self, array: Any, name: str | None = None) -> TracedArray:
        memory = owner(array)
        root, constant = self.memories.get(id(memory)), self.memories_of_constants.get(id(memory))
        variable = Variable(shape=array.shape, dtype=array.dtype, name=name, strides=strides_of(array))
        if root is not None:
            variable.memory = root.variable.memory
        elif constant is not None:  # NumPy has made a view of it
            variable.memory = constant
        traced = TracedArray.of(array, variable, self, root)
        if root is None and constant is None:
            self.memories[id(memory)] = traced
            self.kept.append(memory)
        return traced

    # Operations

    @contextmanager
    def section(self, op: Any, inputs: tuple[Any, ...] = (), **more: Any) -> Iterator[Section]:
        """Let what is noted meanwhile belong together."""
        outer = self.stack[-1] if self.stack else None
        section = Section(op, tuple(map(self._seen, inputs)), outer=outer, **more)
        self.program.sections.append(section)
        self.stack.append(outer or section)  # the calls of a rule that another one uses are that one's
        try:
            yield section
        finally:
            self.stack.pop()

    def _seen(self, x: Any) -> Any:
        return x.variable if isinstance(x, TracedArray | TracedNumber) else x

    @contextmanager
    def of_operations(self) -> Iterator[None]:
        """Let every operation tell where it begins and ends, and be called whole if it cannot be written out."""
        rules = {op: op.rule for op in OPS.values()}
        try:
            for op, rule in rules.items():
                op.rule = self._watched(op, rule)
            yield
        finally:
            for op, rule in rules.items():
                op.rule = rule

    def _watched(self, op: Op, rule: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(rule)  # whoever asks for its arguments finds them
        def run(*inputs: Any, **params: Any) -> Any:
            if not any(isinstance(x, TracedArray | TracedNumber) for x in (*inputs, *params.values())):
                return rule(*inputs, **params)
            if not any(isinstance(x, TracedArray) for x in inputs):  # an index into a table that is there
                inputs = tuple(self._constant(x) if x.__class__ is np.ndarray else x for x in inputs)
            with self.section(op, inputs, params=params) as section:
                if op.name in OPAQUE:
                    value, pullbacks = self._whole(op, rule, inputs, params)
                else:
                    value, pullbacks = rule(*inputs, **params)
                section.outputs = self._seen(value)
            return value, [pullback and self._back(section, i, pullback) for i, pullback in enumerate(pullbacks)]

        return run

    def _back(self, forward: Section, index: int, pullback: Callable[..., Any]) -> Callable[..., Any]:
        def way_back(g: Any) -> Any:
            g = self._constant(g) if g.__class__ is np.ndarray else g
            with self.section(forward.op, forward.inputs, index=index, g=self._seen(g), forward=forward) as section:
                share = pullback(g)
                section.outputs = self._seen(share)
            return share

        return way_back

    def _whole(self, op: Op, rule: Callable[..., Any], inputs: tuple[Any, ...], params: dict[str, Any]) -> Any:
        """Note a rule as one call, and each of its pullbacks as another."""
        plain_inputs, plain_params = replaced((inputs, params), plain)
        value, pullbacks = rule(*plain_inputs, **plain_params)
        kept = {id(p): x for p, x in zip(plain_params.values(), params.values(), strict=True) if p is not x}
        found: list[Variable] = []
        wrapped = self._result(value, found)
        ways = Variable("object", name=f"{op.name}_back")
        args, kwargs = replaced((inputs, params), self._variable)
        self._note(Rule(op), args, kwargs, [*found, ways])

        def asked(i: int, pullback: Callable[..., Any]) -> Callable[..., Any]:
            def way_back(g: Any) -> Any:
                if hasattr(g, "__apply_op__"):  # the way back is recorded, with what the pullback keeps as variables
                    return with_closure(pullback, kept)(g)
                share = np.asarray(pullback(plain(g)))
                results: list[Variable] = []
                traced = self._result(share, results)
                self._note(Pull(i), (ways, self._variable(g)), {}, results)
                return traced

            return way_back

        return wrapped, [pullback and asked(i, pullback) for i, pullback in enumerate(pullbacks)]


def with_closure(function: Callable[..., Any], others: dict[int, Any]) -> Callable[..., Any]:
    """Return a function like a nested one, with other things in place of some in its closure, by their identity."""
    if not others:
        return function
    cells = [CellType(others.get(id(c.cell_contents), c.cell_contents)) for c in function.__closure__ or ()]
    return FunctionType(function.__code__, function.__globals__, function.__name__, None, tuple(cells))


def owner(array: Any) -> Any:
    """Return the plain array whose memory this one looks into."""
    base = BASE(array)
    while isinstance(base, np.ndarray):
        array = base
        base = BASE(array)
    return array


BASE = np.ndarray.base.__get__  # of a traced array too, what NumPy keeps there
