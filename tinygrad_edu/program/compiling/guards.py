"""All conditions first: a program that turns out not to fit must have changed nothing that is seen from outside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tinygrad_edu.program.instructions import Guard, Program, Variable
from tinygrad_edu.program.tracing.arrays import TraceError


def guards_first(program: Program) -> Program:
    """Move every guard, and what it needs, before the first call that changes something outside, or draws.

    Raises:
        TraceError: a condition depends on what the step has changed, or drawn, before.
    """
    outside = program.outside()
    lasting = {i for i, call in enumerate(program.calls) if _lasts(call, outside)}
    first = min(lasting, default=len(program.calls))
    needs = list(_needs(program.calls))
    moved: set[int] = set()
    for i, guard in enumerate(program.calls[first:], start=first):
        if isinstance(guard, Guard):
            needed = _all_needed(i, needs)
            if needed & lasting or _overtakes(program.calls, first, needed):
                raise TraceError(
                    f"a condition depends on what the step has changed or drawn before it ({guard.line}). A program "
                    "that does not fit must be found out before it changes anything; decide it before, or outside"
                )
            moved |= {i, *needed}
    early = [call for i, call in enumerate(program.calls) if i < first or i in moved]
    late = [call for i, call in enumerate(program.calls) if i >= first and i not in moved]
    return replace(program, calls=early + late)


def _lasts(call: Any, outside: set[Variable]) -> bool:
    return not call.pure or any(variable.memory in outside for variable in call.writes)


def _overtakes(calls: list[Any], first: int, moved: set[int]) -> bool:
    """Tell whether a call that is to be moved would write over what a call that stays behind is still to read."""
    written = {variable.memory: i for i in sorted(moved) if i >= first for variable in calls[i].writes}
    staying = [i for i in range(first, max(moved, default=first)) if i not in moved]
    return any(written.get(variable.memory, -1) > i for i in staying for variable in calls[i].reads())


def _needs(calls: list[Any]) -> Iterator[set[int]]:
    """Yield, for each call, the calls before it that it depends on itself: what made or wrote the memory it uses."""
    makers: dict[Variable, set[int]] = {}
    for i, call in enumerate(calls):
        used = {variable.memory for variable in call.reads()} | {v for v in call.reads() if v.kind != "array"}
        yield set().union(*(makers.get(memory, set()) for memory in used))
        for variable in (*call.results, *call.writes):
            makers.setdefault(variable.memory, set()).add(i)
    # A view is made by one call, and its memory by another: both are among the makers of the memory.


def _all_needed(i: int, needs: list[set[int]]) -> set[int]:
    found: set[int] = set()
    stack = list(needs[i])
    while stack:
        j = stack.pop()
        if j not in found:
            found.add(j)
            stack += needs[j]
    return found
