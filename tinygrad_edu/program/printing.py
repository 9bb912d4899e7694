"""A program as text: which values stand inside of the expression that uses them, and which on a line of their own."""

from __future__ import annotations

import operator
from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from tinygrad_edu.engine.op import Op
from tinygrad_edu.program import layout
from tinygrad_edu.program.expressions import BINARY, COMMUTES, Size, Text, Writer
from tinygrad_edu.program.headings import heading
from tinygrad_edu.program.instructions import Attribute, Call, Method, Program, Pull, Rule, Section, Variable
from tinygrad_edu.program.literals import number
from tinygrad_edu.program.naming import Gradient, Name, adds, sums_up, unique

LINE = 88  # letters: what is longer after a value was put into it is no longer read at a glance
SMALL = 24  # letters: a view that is written again each time it is used


class Printer:
    """Prints the calls of a program.

    Attributes:
        calls: the calls, in order.
        names: what the variables that have a line of their own, or are parameters, are called.
        inside: the calls that stand in the expression which uses their result.
    """

    def __init__(
        self,
        taken: set[str],
        program: Program,
        wanted: dict[Variable, Name],
        own: set[Variable],
        constants: dict[Variable, str | Size],
    ) -> None:
        self.taken = taken
        self.program, self.wanted, self.own, self.constants = program, wanted, own, constants
        self.calls: list[Call] = program.calls
        self.made = {result: call for call in self.calls for result in call.results}
        self.place = {id(call): i for i, call in enumerate(self.calls)}
        self.uses: dict[Variable, list[int]] = defaultdict(list)
        self.writes: dict[Variable, list[int]] = defaultdict(list)
        for i, call in enumerate(self.calls):
            for variable in call.reads():
                self.uses[variable].append(i)
            for variable in call.writes if call.pure else (*call.writes, *_sources(call)):
                self.writes[variable.memory].append(i)
        self.ends = set(program.live_at_end())
        self.of_section: dict[int, list[Call]] = defaultdict(list)
        for call in self.calls:
            self.of_section[id(call.section)].append(call)
        self.parameters = [x for x in (*program.inputs, *program.captured) if x not in constants]
        self.inside: set[int] = set()
        self.names: dict[Variable, str] = {}
        self.writer = Writer(self.name, constants)
        self._choose()

    def name(self, variable: Variable) -> Text:
        """Return what stands for a variable."""
        if variable in self.constants:
            constant = self.constants[variable]
            return self.writer.part(constant) if isinstance(constant, Size) else Text(constant)
        call = self.made.get(variable)
        if call is not None and id(call) in self.inside:
            return self.writer.write(call)
        return Text(self.names[variable])

    # What stands inside of what

    def _choose(self) -> None:
        """Put small values into the expressions that use them, as long as lines stay short."""
        ends_up: dict[int, int] = {}  # where the value of a call is computed
        for i in range(len(self.calls) - 1, -1, -1):
            call = self.calls[i]
            ends_up[i] = i
            if self._may_stand_inside(call):
                (result,) = call.results
                places = [ends_up[k] for k in self.uses[result]]
                if self._is_view(call) or (len(places) == 1 and self._unchanged(call, i, places[0])):
                    self.inside.add(id(call))
                    ends_up[i] = places[0]
        self._name_all()
        for call in self.calls:
            if id(call) not in self.inside:
                while len(self.line(call)) > LINE and (part := self._part_to_name(call)):
                    self.inside.discard(id(part))
                    self._name_all()
        for call in self.calls:
            again = id(call) in self.inside and len(self.uses[call.results[0]]) > 1
            if again and len(self.writer.write(call).text) > SMALL:
                self.inside.discard(id(call))
        self._name_all()

    def _may_stand_inside(self, call: Call) -> bool:
        if len(call.results) != 1 or call.writes:
            return False
        (result,) = call.results
        if result in self.ends or not self.uses[result] or result.kind == "object":
            return False
        user = self.calls[self.uses[result][0]]
        if isinstance(call.function, Pull | Rule):
            return False
        if isinstance(self.wanted.get(result), Gradient):  # but what is only a step to another gradient
            if adds(call) and adds(user):
                return True
            return user.section is None and self.is_gradient(user) and not adds(user) and len(self.uses[result]) == 1
        if self._is_view(call):
            written = any(result in self.calls[k].writes for k in self.uses[result])
            return not (written and isinstance(call.function, Attribute))
        if result in self.own or (self.writes[result.memory] and result.memory is result):
            return False
        return call.section is user.section or (self._says_itself(call) and self._says_itself(user))

    def _says_itself(self, call: Call) -> bool:
        """Tell whether an operation is nothing but one call of NumPy's, so that it needs no words."""
        section = call.section
        if section is None or section.index is not None or not isinstance(section.op, Op):
            return section is None
        return _plain(section, self.of_section[id(section)])

    def _is_view(self, call: Call) -> bool:
        """Tell whether a call is a short way to look at what is there, which people write again each time."""
        if len(call.results) != 1 or call.results[0].memory is call.results[0]:
            return len(call.results) == 1 and call.results[0].kind == "number" and not isinstance(call.function, Method)
        function = call.function
        if isinstance(function, Attribute) or getattr(function, "__name__", "") in ("transpose", "swapaxes"):
            return self.writer.write(call).text.endswith(("T", "mT")) if self.names else True
        return function is operator.getitem and isinstance(call.args[0], Variable)

    def _unchanged(self, call: Call, start: int, end: int) -> bool:
        """Tell whether nothing that a call reads is written to before its value is used."""
        for variable in self._read(call):
            if any(start < k < end for k in self.writes.get(variable.memory, ())):
                return False
        return True

    def _read(self, call: Call) -> Iterator[Variable]:
        for variable in call.reads():
            yield variable
            made = self.made.get(variable)
            if made is not None:
                yield from self._read(made) if self._is_view(made) else ()

    def _part_to_name(self, call: Call) -> Call | None:
        """Return the part of an expression without which the longest of the two lines is shortest."""
        whole = len(self.line(call))
        lengths = {id(part): (len(self.writer.write(part).text), part) for part in self._parts(call)}
        costs = [(max(length + 8, whole - length + 6), i) for i, (length, _) in lengths.items() if length > 12]
        return lengths[min(costs)[1]][1] if costs else None

    def _parts(self, call: Call) -> Iterator[Call]:
        """Yield every call that stands inside of another one."""
        for variable in call.reads():
            made = self.made.get(variable)
            if made is not None and id(made) in self.inside:
                yield made
                yield from self._parts(made)

    def is_gradient(self, call: Call) -> bool:
        return any(isinstance(self.wanted.get(result), Gradient) for result in call.results)

    def _name_all(self) -> None:
        shown = [result for call in self.calls if id(call) not in self.inside for result in call.results]
        self.names = unique([*self.parameters, *shown], self.wanted, set(self.parameters), self.taken)

    # Lines

    def line(self, call: Call) -> str:
        """Return the statement that a call is."""
        if call.function is operator.setitem:
            target, index, value = call.args
            return f"{self.writer.operand(target)}[{self.writer.index(index)}] = {self.writer.argument(value)}"
        if call.function is np.copyto and len(call.args) == 2 and not call.kwargs:
            return f"{self.writer.operand(call.args[0])}[...] = {self.writer.argument(call.args[1])}"
        if call.writes:
            return self.update(call) or self.writer.write(call).text
        text = self.writer.write(call).text
        targets = ", ".join(self.names[x] if self.uses[x] or x in self.ends else "_" for x in call.results)
        return f"{targets} = {text}" if targets else text

    def update(self, call: Call) -> str | None:
        """Return a change in place as people write it, `w -= 0.1 * d_w`; None if it is none of an operator's."""
        name = getattr(call.function, "__name__", "")
        out = call.kwargs.get("out")
        if not isinstance(call.function, np.ufunc) or out is None or len(call.kwargs) > 1:
            return None
        if name not in BINARY or BINARY[name][0] in ("<", ">", "<=", ">=", "==", "!="):
            return (
                f"{self.writer.operand(out)}[...] = {self.writer.write(_without_out(call)).text}"
                if name != "matmul"
                else None
            )
        left, right = call.args
        if right is out and name in COMMUTES:
            left, right = right, left
        if left is not out:
            return (
                f"{self.writer.operand(out)}[...] = {self.writer.write(_without_out(call)).text}"
                if name != "matmul"
                else None
            )
        return f"{self.writer.operand(out)} {BINARY[name][0]}= {self.writer.argument(right)}"

    def lines(self) -> list[str]:
        """Return the body of the function."""
        lines: list[str] = []
        before = ""
        shown = [call for call in self.calls if id(call) not in self.inside]
        for run in _runs(shown):
            section = run[0].section
            words = self.words(run, section)
            kind = self.kind(run, section, before)
            if lines and kind != before and before:
                lines.append("")
            before = kind
            if words:
                lines.append(f"    # {words}")
            for call in run:
                lines += layout.statement(self.line(call))
        return lines

    def kind(self, run: list[Call], section: Section | None, before: str) -> str:
        if section is None:
            return "update" if self.changes(run) else before
        return "forward" if section.forward is None else "backward"

    def changes(self, run: list[Call]) -> bool:
        outside = {variable.memory for variable in self.parameters}
        written = {variable.memory for call in run for variable in call.writes} & outside
        holders = (getattr(self.program.captured.get(variable), "holder", None) for variable in written)
        return any(getattr(holder, "requires_grad", False) for holder in holders)

    def words(self, run: list[Call], section: Section | None) -> str | None:
        """Return the comment above calls of one section."""
        if section is None:
            if self.changes(run):
                return "update"
            summed = [call for call in run if self.is_gradient(call) and (adds(call) or sums_up(call))]
            if len(summed) != len(run):
                return None
            names = " and ".join(self.names[call.results[0]].removeprefix("d_") for call in summed)
            return f"gradient of {names}: {'added up' if all(map(adds, summed)) else 'the sum over its copies'}"
        if _plain(section, self.of_section[id(section)]):
            return None
        return heading(section, self.program, self.word)

    def word(self, variable: Variable) -> str:
        if variable in self.names:
            return self.names[variable]
        if variable in self.program.numbers:
            return number(self.program.numbers[variable]).removesuffix(".0")
        if variable in self.made or variable in self.constants:
            return self.name(variable).text
        return "…"


def _plain(section: Section, calls: list[Call]) -> bool:
    """Tell whether the value of an operation is one call of the very function of NumPy's that it stands for."""
    if section.forward is not None or not isinstance(section.op, Op):
        return False
    alike = {getattr(f, "__name__", "") for f in section.op.numpy} | {section.op.name}
    if section.op.name == "pow":
        alike |= {"square", "sqrt", "reciprocal"}
    functions = [call.function for call in calls]
    names = {f.name if isinstance(f, Method | Attribute) else getattr(f, "__name__", "") for f in functions}
    names = {"sum" if name == "reduce" else name for name in names}
    return len(names) <= 1 and names <= (alike | {"getitem", "reshape", "T", "transpose", "swapaxes", "astype"})


def _runs(calls: list[Call]) -> Iterator[list[Call]]:
    run: list[Call] = []
    for call in calls:
        if run and call.section is not run[-1].section:
            yield run
            run = []
        run.append(call)
    if run:
        yield run


def _sources(call: Call) -> Iterator[Variable]:
    """Yield what a draw changes: the generator."""
    return (variable for variable in call.reads() if variable.kind == "object")


def _without_out(call: Call) -> Call:
    kwargs = {key: x for key, x in call.kwargs.items() if key != "out"}
    return Call(call.function, call.args, kwargs, call.results, (), call.section)
