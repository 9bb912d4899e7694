"""Which values of a program have a line of their own, and which stand inside of the expression that uses them.

    z = x @ w.T + b          the product has no name: it is used once, and the line is short
    h = np.maximum(z, 0)     z has one: it is used again, and the reader knows it

A value may stand where it is used if nothing that it is made of is written to in between.
"""

from __future__ import annotations

import operator
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from tinygrad_edu.engine.op import Op
from tinygrad_edu.program.instructions import (
    Attribute,
    Call,
    Method,
    Program,
    Pull,
    Rule,
    Section,
    Variable,
    name_of,
    variables_in,
)
from tinygrad_edu.program.printing.expressions import Size, Text, Writer
from tinygrad_edu.program.printing.naming import Gradient, Name, adds, unique
from tinygrad_edu.program.printing.statements import statement

LINE = 88  # letters: what is longer after a value was put into it is no longer read at a glance
SMALL = 24  # letters: what looks at an array is written again each time, if it is no longer than that
WORTH = 12  # letters: what is shorter is not worth a line of its own


class Placing:
    """The calls of a program, and where their values stand.

    Attributes:
        calls: the calls, in order.
        names: of the parameters, and of the values that have a line of their own.
        parameters: what the printed function is given.
        inside: the calls that stand in the expressions that use their values.
        of_section: the calls of each section.
        returned: what is returned.
        ends: what is returned or stored.
        uses, writes: for each variable, and for each memory, the positions of the calls that read, or change, it.
        writer: writes calls, with these names.
    """

    def __init__(
        self,
        program: Program,
        wanted: dict[Variable, Name],
        own: Collection[Variable],
        written_out: Mapping[Variable, str | Size],
        taken: set[str],
    ) -> None:
        self.wanted, self.own, self.written_out, self.taken = wanted, own, written_out, taken
        self.calls: list[Call] = program.calls
        self.parameters = [x for x in (*program.inputs, *program.captured) if x not in written_out]
        self.returned = list(variables_in(program.outputs))
        self.ends = set(program.live_at_end())
        self.made = {result: call for call in self.calls for result in call.results}
        self.of_section: dict[Section | None, list[Call]] = defaultdict(list)
        self.uses: dict[Variable, list[int]] = defaultdict(list)
        self.writes: dict[Variable, list[int]] = defaultdict(list)
        for i, call in enumerate(self.calls):
            self.of_section[call.section].append(call)
            for variable in call.reads():
                self.uses[variable].append(i)
                if variable.kind == "object" and not call.pure:  # a draw changes the generator
                    self.writes[variable].append(i)
            for variable in call.writes:
                self.writes[variable.memory].append(i)
        self.inside: set[Call] = set()
        self.names: dict[Variable, str] = {}
        self.writer = Writer(self.text, written_out)
        self._place()
        self._place()  # now it is known which values have no line, whose gradients need none either
        self._shorten()

    def text(self, variable: Variable) -> Text:
        """Return what stands for a variable: its name, a constant, or the expression that makes it."""
        if variable in self.written_out:
            constant = self.written_out[variable]
            return self.writer.part(constant) if isinstance(constant, Size) else Text(constant)
        call = self.made.get(variable)
        return self.writer.write(call) if call in self.inside else Text(self.names[variable])

    def speaks_for_itself(self, call: Call) -> bool:
        """Tell whether a call belongs to no operation, or to one that is nothing but one call of NumPy's."""
        section = call.section
        return section is None or is_one_call(section, self.of_section[section])

    def is_gradient(self, call: Call) -> bool:
        return any(isinstance(self.wanted.get(result), Gradient) for result in call.results)

    def _place(self) -> None:
        """Let every value that may stand inside do so."""
        ends_up: dict[int, set[int]] = {}  # the lines in which the value of a call is computed
        for i in reversed(range(len(self.calls))):
            call, ends_up[i] = self.calls[i], {i}
            if self._may_stand_inside(call):
                lines = {line for k in self.uses[call.results[0]] for line in ends_up[k]} or {i}
                if is_glance(call) or (len(lines) == 1 and self._unchanged(call, i, max(lines))):
                    self.inside.add(call)
                    ends_up[i] = lines

    def _may_stand_inside(self, call: Call) -> bool:
        if len(call.results) != 1 or call.writes or isinstance(call.function, Pull | Rule):
            return False
        (result,) = call.results
        uses = self.uses[result]
        if result in self.ends:
            return self._is_only_result(call)
        if not uses:
            return False
        user = self.calls[uses[0]]
        name = self.wanted.get(result)
        if isinstance(name, Gradient):  # but not what is on the way to another gradient
            if len(uses) == 1 and self.made.get(name.of) in self.inside and _kind_of(call.function) in LAYOUT:
                return user.section is not None and user.section.forward is not None
            return len(uses) == 1 and user.section is None and self.is_gradient(user) and adds(call) == adds(user)
        if is_glance(call):
            written = any(result in self.calls[k].writes for k in uses)
            return not (written and isinstance(call.function, Attribute))  # nothing can be assigned to a.T
        if result in self.own or len(uses) > 1 or (self.writes[result.memory] and result.memory is result):
            return False
        return call.section is user.section or (self.speaks_for_itself(call) and self.speaks_for_itself(user))

    def _is_only_result(self, call: Call) -> bool:
        """Tell whether a value is computed last, for nothing but to be returned, and is called nothing."""
        (result,) = call.results
        alone = call is self.calls[-1] and self.returned.count(result) == 1 and not self.uses[result]
        named = result in self.own or isinstance(self.wanted.get(result), Gradient)
        return alone and not named and self.speaks_for_itself(call)

    def _unchanged(self, call: Call, start: int, end: int) -> bool:
        """Tell whether nothing that a call reads is written to before its value is used."""
        return not any(start < k < end for x in self._read(call) for k in self.writes.get(x.memory, ()))

    def _read(self, call: Call) -> Iterator[Variable]:
        for variable in call.reads():
            yield variable
            made = self.made.get(variable)
            if made is not None and is_glance(made):
                yield from self._read(made)

    def _shorten(self) -> None:
        """Give parts of lines that are too long lines of their own."""
        self._name()
        again = [call for call in self.inside if len(self.uses[call.results[0]]) > 1 and not self._is_target(call)]
        self.inside.difference_update([call for call in again if len(self.writer.write(call).text) > SMALL])
        self._name()
        for call in reversed(self.calls):  # what is taken out stands earlier, and may be too long itself
            shown = call not in self.inside or self.ends.intersection(call.results)  # what is returned stands inside
            while shown and len(self.statement(call)) > LINE and (part := self._to_take_out(call)):
                self.inside.discard(part)
                (result,) = part.results
                self.names[result] = f"{self.wanted[result]:.12}" if isinstance(self.wanted[result], str) else "d_"
        self._name()

    def _is_target(self, call: Call) -> bool:
        """Tell whether a part of an array is there to be changed: `a[0:8] += b`."""
        (result,) = call.results
        return all(result in self.calls[k].writes for k in self.uses[result])

    def _name(self) -> None:
        shown = [result for call in self.calls if call not in self.inside for result in call.results]
        self.names = unique([*self.parameters, *shown], self.wanted, set(self.parameters), self.taken)

    def statement(self, call: Call) -> str:
        """Return the line of a call."""
        if call in self.inside:
            return f"return {self.writer.write(call).text}"
        used = [x for x in call.results if self.uses[x] or x in self.ends]
        return statement(call, self.writer, [self.names[x] if x in used else "_" for x in call.results])

    def _to_take_out(self, call: Call) -> Call | None:
        """Return the largest part of a line without which two lines are short, or else the longer one is shortest."""
        whole = len(self.statement(call))
        parts = {part: len(self.writer.write(part).text) for part in self._parts(call)}
        costs = {part: max(size, whole - size) for part, size in parts.items() if size > WORTH}
        short = (part for part, cost in costs.items() if cost <= LINE - WORTH)  # it gets a name, too
        return next(short, None) or min(costs, key=costs.__getitem__, default=None)

    def _parts(self, call: Call) -> Iterator[Call]:
        for variable in call.reads():
            made = self.made.get(variable)
            if made is not None and made in self.inside:
                yield made
                yield from self._parts(made)


def is_glance(call: Call) -> bool:
    """Tell whether a call is a short way to look at what is there, which people write again each time: a.T, a[:, 0]."""
    if len(call.results) != 1:
        return False
    (result,) = call.results
    if result.kind == "number":
        return not isinstance(call.function, Method)
    if result.memory is result:
        return False
    name = getattr(call.function, "__name__", "")
    turned = name == "swapaxes" or (name == "transpose" and call.args[1:] in ((), (None,)))
    return isinstance(call.function, Attribute) or call.function is operator.getitem or turned


def is_one_call(section: Section, calls: list[Call]) -> bool:
    """Tell whether the value of an operation is one call of the very function of NumPy's that it stands for."""
    if section.forward is not None or not isinstance(section.op, Op):
        return False
    own = {getattr(function, "__name__", "") for function in section.op.numpy} | {section.op.name}
    if section.op.name == "pow":
        own |= {"square", "sqrt", "reciprocal"}
    names = {_kind_of(call.function) for call in calls}
    return len(names) <= 1 and names <= own | {"getitem", "reshape", "T", "transpose", "swapaxes", "astype"}


LAYOUT = {"reshape", "swapaxes", "transpose", "T", "squeeze"}
"""What moves elements and leaves them as they are."""


def _kind_of(function: Any) -> str:
    name = name_of(function)
    return "sum" if name == "reduce" else name
