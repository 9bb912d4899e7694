"""A program as the text of a Python function: one line for each call, names for all that it uses.

    def body(x0, x1):
        n0 = d0["lr"]
        matmul(x0, v9, v10)             v9, a view of a weight, and v10, a buffer, are there before
        add(v10, w3, v10)
        ...

Straight lines of calls are the fastest that Python has.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any

import numpy as np

from tinygrad_edu.program.compiling.buffers import buffers, in_rows, size_in_bytes, with_out
from tinygrad_edu.program.compiling.namespace import Names
from tinygrad_edu.program.compiling.reductions import as_reduction
from tinygrad_edu.program.compiling.tiles import Group, Tiles, grouped
from tinygrad_edu.program.instructions import (
    AsTensor,
    Attribute,
    Call,
    Guard,
    Method,
    Program,
    Pull,
    Rule,
    Variable,
    variables_in,
)
from tinygrad_edu.program.tracing.places import Constant, Place
from tinygrad_edu.tensors.tensor import Tensor

SIGNS = {
    operator.add: "+", operator.sub: "-", operator.mul: "*", operator.truediv: "/", operator.floordiv: "//",
    operator.mod: "%", operator.pow: "**", operator.lt: "<", operator.le: "<=", operator.gt: ">", operator.ge: ">=",
    operator.eq: "==", operator.ne: "!=",
}  # fmt: skip
LISTS = {np.split, np.array_split, np.hsplit, np.vsplit, np.dsplit, np.broadcast_arrays, np.meshgrid}
BY_NAME = {np.maximum, np.minimum}  # which take out= by its name alone
LARGE = 2**16  # bytes; smaller arrays may wait until the end of the step before they are freed


class Source:
    """A program, with all that is decided before it is written down.

    Attributes:
        names: the names of all that it uses. `names.world` is the namespace it runs in.
        captured: the places of arrays that stay the same from run to run, most often.
        each_time: the places that are read at every run: numbers, generators, arrays that a run exchanges.
        constants: arrays that are there for good.
        calls: the calls, those in tiles put together.
        buffers: the arrays that results are written into.
        early: the calls that make views of what stays in its place; they are made once.
        written: the memories that are changed.
        text: the function.
    """

    def __init__(self, program: Program, arrays: dict[Variable, Any]) -> None:
        """Write the source; `arrays` are the arguments and the captured arrays as they stand."""
        self.program = program
        self.names = Names()
        self.world = self.names.world
        self.known: dict[Variable, str] = {}
        stored = {place for place, _ in program.stores}
        self.captured: dict[Variable, Place] = {}
        self.each_time: dict[Variable, Place] = {}
        self.constants: dict[Variable, Any] = {}
        for variable, place in program.captured.items():
            if isinstance(place, Constant):
                self.constants[variable] = place.array
            elif variable.kind == "array" and place not in stored:
                self.captured[variable] = place
            else:
                self.each_time[variable] = place
        ordered = in_rows(program, {**arrays, **self.constants})
        in_groups = grouped(program, ordered)
        self.calls = in_groups.calls
        self.buffers = buffers(in_groups, ordered)
        self.tiles = [Tiles(call) for call in self.calls if isinstance(call, Group)]
        self.written = in_groups.written()
        self.early = self._views_made_once()
        self.text = "\n".join(self._lines())

    def name(self, variable: Variable) -> str:
        if variable not in self.known:
            self.known[variable] = f"{'n' if variable.kind == 'number' else 'v'}{len(self.known)}"
        return self.known[variable]

    def _views_made_once(self) -> list[Call]:
        """Return the calls that only look into memory that stays in its place."""
        fixed = {*self.captured, *self.constants, *self.buffers}
        early = []
        for call in self.calls:
            if len(call.results) == 1 and not call.writes and call.pure:
                (result,) = call.results
                reads = list(call.reads())
                if result.memory is not result and reads and all(x in fixed for x in reads):
                    early.append(call)
                    fixed.add(result)
        return early

    def _lines(self) -> Iterator[str]:
        yield f"def body({', '.join(map(self.name, self.program.inputs))}):"
        for variable, place in self.each_time.items():
            yield f"    {self.name(variable)} = {self.names.place(place)}"
        last = self._last_uses()
        early = set(map(id, self.early))
        tiles = iter(self.tiles)
        for i, call in enumerate(self.calls):
            if isinstance(call, Guard):
                yield from self._guard(call)
            elif isinstance(call, Group):
                yield from self._group(next(tiles))
            elif id(call) not in early:
                yield f"    {self._call(call)}"
            if i in last:
                yield f"    del {', '.join(last[i])}"
        for place, variable in self.program.stores:
            yield f"    {self._store(place, variable)}"
        if any(variable.memory in self.written for variable in self.captured):
            yield "    finish()"
        yield f"    return {self._tree(self.program.outputs, self._output)}"

    def _guard(self, guard: Guard) -> Iterator[str]:
        name = self.name(guard.variable)
        test = {True: f"not {name}", False: name}.get(guard.value, f"{name} != {self.names.literal(guard.value)}")
        yield f"    if {test}:"
        yield "        return FAILED"

    def _group(self, tiles: Tiles) -> Iterator[str]:
        """Write the loop over the tiles: first the pieces that are there before, then those that are cut each time."""
        for variable in tiles.group.results:
            if variable not in self.buffers:
                dtype = self.names.of(variable.dtype, "c")
                yield f"    {self.name(variable)} = empty({variable.shape}, {dtype})"
        fixed = tiles.fixed({*self.captured, *self.constants, *self.buffers, *(c.results[0] for c in self.early)})
        moving = [x for x in tiles.variables if x not in fixed]
        tiles.name = self.names.of(tiles, "tiles")
        pieces = [f"cut({self.name(x)}, {self.names.of(tiles.bounds, 'c')})" for x in moving]
        inner = {x: f"t{i}" for i, x in enumerate(tiles.variables)}
        said = "".join(f"{inner[x]}, " for x in fixed)
        if moving:
            yield f"    for ({said}), {', '.join(inner[x] for x in moving)} in zip({tiles.name}, {', '.join(pieces)}):"
        else:
            yield f"    for {said}in {tiles.name}:"
        outer = {x: self.known.pop(x) for x in inner if x in self.known}
        self.known.update(inner)
        for call in tiles.group.calls:
            if call.writes:
                yield f"        {self._expression(call)}"
            else:
                yield f"        {self._expression(call, out=call.results[0])}"
        for x in inner:
            del self.known[x]
        self.known.update(outer)

    def _call(self, call: Call) -> str:
        said = self._expression(call)
        if not call.results or (len(call.results) == 1 and call.results[0] in self.buffers):
            return said
        if len(call.results) == 1 and call.function not in LISTS:
            (result,) = call.results
            own = result.kind == "array" and result.shape == () and result.memory in self.written
            return f"{self.name(result)} = {f'asarray({said})' if own else said}"
        return f"{', '.join(map(self.name, call.results))}, = {said}"

    def _expression(self, call: Call, out: Variable | None = None) -> str:
        function, args, kwargs = call.function, call.args, dict(call.kwargs)
        reduction = as_reduction(call)
        if len(call.results) == 1 and call.results[0] in self.buffers:
            out = call.results[0]
        if out is not None:
            function, args = with_out(call, out)
            kwargs = {}
            if function in BY_NAME:
                args, kwargs = args[:-1], {"out": args[-1]}
        elif reduction is not None:
            function, args = reduction
            kwargs = {}
        said = [self._argument(x) for x in args]
        if isinstance(function, Attribute):
            return f"{said[0]}.{function.name}"
        if function in SIGNS and len(said) == 2 and all(_is_single(x) for x in args):
            return f"({said[0]} {SIGNS[function]} {said[1]})"
        if function is operator.getitem:
            return f"{said[0]}[{self._argument(args[1])}]"
        if function is operator.setitem:
            return f"{said[0]}[{self._argument(args[1])}] = {said[2]}"
        if function not in BY_NAME and isinstance(function, np.ufunc) and function.nout == 1 and set(kwargs) == {"out"}:
            said.append(self._argument(kwargs.pop("out")))
        said += [f"{key}={self._argument(x)}" for key, x in kwargs.items()]
        if isinstance(function, Pull):
            return f"asarray({said[0]}[{function.index}]({said[1]}))"
        if isinstance(function, Method):
            return f"{said[0]}.{function.name}({', '.join(said[1:])})"
        if isinstance(function, Rule):
            function = function.op.rule
        return f"{self.names.of(function, _identifier(function))}({', '.join(said)})"

    def _argument(self, x: Any) -> str:
        if any(True for _ in variables_in(x)):
            return self._tree(x, self._argument_leaf)
        if isinstance(x, tuple | list | dict):
            return self._tree(x, self.names.literal) if _is_short(x) else self.names.of(x, "c")
        return self.names.literal(x)

    def _argument_leaf(self, x: Any) -> str:
        return self.name(x) if isinstance(x, Variable) else self.names.literal(x)

    def _tree(self, x: Any, leaf: Any) -> str:
        if x.__class__ is tuple:
            return f"({''.join(f'{self._tree(part, leaf)}, ' for part in x)})"
        if x.__class__ is list:
            return f"[{', '.join(self._tree(part, leaf) for part in x)}]"
        if x.__class__ is dict:
            return f"{{{', '.join(f'{self.names.literal(key)}: {self._tree(part, leaf)}' for key, part in x.items())}}}"
        if x.__class__ is slice:
            return f"slice({', '.join(self._tree(part, leaf) for part in (x.start, x.stop, x.step))})"
        if isinstance(x, tuple):
            parts = ", ".join(self._tree(part, leaf) for part in x)
            return f"{self.names.of(type(x), 't')}({parts if hasattr(x, '_fields') else f'({parts},)'})"
        return str(leaf(x))

    def _output(self, x: Any) -> str:
        if isinstance(x, AsTensor):
            return f"tensor({self._kept(x.variable)})"
        if isinstance(x, Variable):
            return self._kept(x)
        if isinstance(x, Tensor):
            return f"tensor({self.names.of(x.array, 'c')}.copy())"
        if isinstance(x, np.ndarray):
            return f"{self.names.of(x, 'c')}.copy()"
        return self.names.literal(x)

    def _kept(self, variable: Variable) -> str:
        """Return an expression for a result that stays what it is in the next run."""
        own = variable.memory in self.constants
        return f"{self.name(variable)}.copy()" if own else self.name(variable)

    def _store(self, place: Place, variable: Variable) -> str:
        if place.key == "grad":
            own = variable in self.buffers
            value = f"{self.name(variable)}_grad" if own else f"Tensor.at(asarray({self.name(variable)}))"
            return f"{self.names.of(place.holder, 'h')}._grad = {value}"
        own = variable.shape == () and variable.kind == "array"
        return f"{self.names.place(place)} = {f'asarray({self.name(variable)})' if own else self.name(variable)}"

    def _last_uses(self) -> dict[int, list[str]]:
        """Return, for a call, the names that nobody needs after it."""
        made: dict[Variable, list[Variable]] = {}
        last: dict[Variable, int] = {}
        early = set(map(id, self.early))
        for i, call in enumerate(self.calls):
            if id(call) in early:
                continue
            for variable in call.results:
                if variable not in self.buffers:
                    made.setdefault(variable.memory, []).append(variable)
            for variable in (*call.results, *call.reads()):
                last[variable.memory] = i
        ends = {variable.memory for variable in self.program.live_at_end()}
        freed: dict[int, list[str]] = {}
        for memory, found in made.items():
            large = memory.kind == "object" or size_in_bytes(memory) >= LARGE
            if large and memory not in ends and memory not in self.captured:
                freed.setdefault(last[memory], []).extend(map(self.name, found))
        return freed


def _is_single(x: Any) -> bool:
    return (isinstance(x, Variable) and x.kind == "number") or isinstance(x, int | float)


def _is_short(x: Any) -> bool:
    return not x or (isinstance(x, tuple) and all(part is None or isinstance(part, int | str) for part in x))


def _identifier(function: Any) -> str:
    name = getattr(function, "__name__", "")
    return f"{name}_" if name.isidentifier() else "f"
