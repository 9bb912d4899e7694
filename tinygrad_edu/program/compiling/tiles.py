"""Elementwise calls over large arrays, in tiles: all of them on one piece, then all of them on the next.

A call goes over its arrays once. If they are larger than the processor's cache, the next call has to fetch them from
memory again. What is computed element by element can be done piece by piece as well: then what is between the first
call and the last never leaves the cache, and needs no more memory than a piece.

    for a, b, s, y in tiles:
        multiply(a, b, s)
        add(s, 1.0, y)
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from tinygrad_edu.program.compiling.buffers import is_cast, is_elementwise
from tinygrad_edu.program.instructions import Call, Guard, Program, Variable, is_number

LARGE = 2**18  # elements; smaller arrays stay in the cache by themselves
WIDEST, NARROWEST = 2**15, 2**12  # elements of a tile
TOGETHER = 2**23  # bytes that the tiles of all arrays of a group may have; more of them are narrower
FEWEST = 2  # calls


@dataclass(eq=False, slots=True)
class Group:
    """Elementwise calls on arrays of one size, which are done piece by piece.

    Attributes:
        calls: in order.
        results: what is made here and used elsewhere.
        inside: what is made here and used here alone.
        writes: the arrays that are changed.
        size: how many elements each array has.
    """

    calls: list[Call]
    results: tuple[Variable, ...]
    inside: tuple[Variable, ...]
    writes: tuple[Variable, ...]
    size: int
    function: ClassVar[None] = None
    pure: ClassVar[bool] = True

    def reads(self) -> Iterator[Variable]:
        """Yield every variable that comes from outside."""
        made = {*self.results, *self.inside}
        for call in self.calls:
            yield from (variable for variable in call.reads() if variable not in made)


def grouped(program: Program, ordered: set[Variable]) -> Program:
    """Put elementwise calls together where the order allows it; `ordered` are the arrays that lie row after row."""
    calls: list[Any] = []
    rest = list(program.calls)
    while rest:
        start = next((i for i, call in enumerate(rest) if _size(call, ordered)), None)
        if start is None:
            break
        calls += rest[:start]
        before, group, rest = _gathered(rest[start:], ordered)
        calls += before
        calls += group if len(group) < FEWEST else [group]
    calls += rest
    users: dict[Variable, set[int]] = {}
    for i, call in enumerate(calls):
        for part in call if isinstance(call, list) else [call]:
            for variable in (*part.reads(), *part.results, *part.writes):
                users.setdefault(variable.memory, set()).add(i)
    for variable in program.live_at_end():
        users.setdefault(variable.memory, set()).add(-1)
    return replace(program, calls=[_group(call, users, ordered) if isinstance(call, list) else call for call in calls])


def _group(calls: list[Call], users: dict[Variable, set[int]], ordered: set[Variable]) -> Group:
    made = [variable for call in calls for variable in call.results]
    results = tuple(variable for variable in made if len(users[variable.memory]) > 1)
    inside = tuple(variable for variable in made if len(users[variable.memory]) == 1)
    writes = tuple(dict.fromkeys(variable for call in calls for variable in call.writes))
    return Group(calls, results, inside, writes, _size(calls[0], ordered))


def _size(call: Any, ordered: set[Variable]) -> int:
    """Return how many elements a call goes over, if it can be done in tiles; 0 otherwise."""
    if not call.pure:
        return 0
    target = call.writes[0] if call.writes else call.results[0] if len(call.results) == 1 else None
    if target is None or target not in ordered or math.prod(target.shape) < LARGE:
        return 0
    if call.writes:
        plain = replace(call, kwargs={key: x for key, x in call.kwargs.items() if key != "out"})
        if call.kwargs.get("out") is not target or not is_elementwise(plain):
            return 0
    elif target.memory is not target or not (is_elementwise(call) or is_cast(call)):
        return 0
    for x in call.args:
        if isinstance(x, Variable) and x.kind == "array" and x.shape:
            if x.shape != target.shape or x not in ordered:
                return 0
        elif not (isinstance(x, Variable) or is_number(x) or isinstance(x, np.dtype | type)):
            return 0
    return math.prod(target.shape)


class _Touched:
    """The memories that some calls read and write."""

    def __init__(self) -> None:
        self.read: set[Variable] = set()
        self.written: set[Variable] = set()

    def add(self, call: Any) -> None:
        read, written = _touches(call)
        self.read |= read
        self.written |= written

    def hinders(self, call: Any) -> bool:
        """Tell whether a call has to stay behind these."""
        read, written = _touches(call)
        return bool(read & self.written or written & (self.read | self.written))


def _touches(call: Any) -> tuple[set[Variable], set[Variable]]:
    read = {variable.memory for variable in call.reads()}
    written = {variable.memory for variable in call.writes}
    made = {variable for variable in call.results if variable.memory is variable}
    seen = {variable.memory for variable in call.results} - made
    if not call.pure:  # a draw changes its generator
        written |= {variable for variable in call.reads() if variable.kind == "object"}
    return read | seen, written | made


def _gathered(calls: list[Any], ordered: set[Variable]) -> tuple[list[Any], list[Call], list[Any]]:
    """Return what is to be done before the group that the first call begins, the group, and what is to be done after.

    Another call goes before the group if it needs nothing of it, and after it otherwise. A guard ends the search.
    """
    size = _size(calls[0], ordered)
    before: list[Any] = []
    group: list[Call] = []
    after: list[Any] = []
    in_group, behind = _Touched(), _Touched()
    for i, call in enumerate(calls):
        if isinstance(call, Guard):
            after += calls[i:]
            break
        if behind.hinders(call):
            after.append(call)
            behind.add(call)
        elif _size(call, ordered) == size and not _of_group(call, in_group):
            group.append(call)
            in_group.add(call)
        elif not in_group.hinders(call):
            before.append(call)
        else:
            after.append(call)
            behind.add(call)
    return before, group, after


def _of_group(call: Call, in_group: _Touched) -> bool:
    """Tell whether a call needs a single number that the group makes: it is known after the last tile alone."""
    single = {x.memory for x in call.reads() if not x.shape}
    return bool(single & in_group.written)


class Tiles:
    """The pieces of the arrays of a group.

    Attributes:
        variables: the arrays that calls of the group use.
        bounds: where each piece begins and ends.
        name: what the pieces that are there before are called in the program.
    """

    def __init__(self, group: Group) -> None:
        self.group = group
        large = [x for call in group.calls for x in (*call.reads(), *call.results) if x.kind == "array" and x.shape]
        self.variables = list(dict.fromkeys(large))
        pieces = self._pieces()
        arrays = {pieces.get(x, x): x.dtype.itemsize for x in self.variables}
        width = WIDEST
        while width > NARROWEST and width * sum(arrays.values()) > TOGETHER:
            width //= 2
        self.bounds = [(i, min(i + width, group.size)) for i in range(0, group.size, width)]
        memory = {piece: np.empty(width, piece[0]) for piece in dict.fromkeys(pieces.values())}
        self.scratch = {x: memory[piece] for x, piece in pieces.items()}
        self.name = ""
        self.before: list[Variable] = []

    def _pieces(self) -> dict[Variable, tuple[Any, int]]:
        """Give each array that is used inside alone a piece of memory, which others have before and after it."""
        last = {x: i for i, call in enumerate(self.group.calls) for x in (*call.reads(), *call.results)}
        inside = set(self.group.inside)
        free: dict[Any, list[tuple[Any, int]]] = {}
        found: dict[Variable, tuple[Any, int]] = {}
        for i, call in enumerate(self.group.calls):
            dying = [x for x in dict.fromkeys(call.reads()) if x in inside and last[x] == i]
            for x in dying:  # a call may write over what it reads, since it does so at the same places
                free.setdefault(x.dtype, []).append(found[x])
            for x in call.results:
                if x in inside:
                    pool = free.get(x.dtype)
                    found[x] = pool.pop() if pool else (x.dtype, len(found))
                    if last[x] == i:
                        free.setdefault(x.dtype, []).append(found[x])
        return found

    def fixed(self, there: set[Variable]) -> list[Variable]:
        """Return the arrays whose pieces are cut once, given what is there before."""
        self.before = [x for x in self.variables if x in there or x in self.scratch]
        return self.before

    def cut_from(self, values: dict[Variable, Any]) -> list[tuple[Any, ...]]:
        """Cut the arrays that are there before."""
        pieces = [
            [self.scratch[x][: end - start] for start, end in self.bounds]
            if x in self.scratch
            else cut(values[x], self.bounds)
            for x in self.before
        ]
        return list(zip(*pieces, strict=True)) if pieces else [() for _ in self.bounds]


def cut(array: Any, bounds: list[tuple[int, int]]) -> list[Any]:
    """Cut an array that lies row after row into pieces."""
    flat = array.reshape(-1)
    return [flat[start:end] for start, end in bounds]
