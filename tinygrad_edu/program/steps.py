"""One count of steps for all parameters of an optimizer, which counts them for each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tinygrad_edu.program.instructions import Program, Variable
from tinygrad_edu.program.simplify import once, with_args, without_dead


def with_one_count(program: Program) -> Program:
    """Let one count serve for all parameters that have made as many steps."""
    first: dict[Any, Variable] = {}
    same: dict[Variable, Variable] = {}
    for variable, place in program.captured.items():
        if (variable.name or "").endswith(".step") and not variable.shape:
            kept = first.setdefault(place.get().item(), variable)
            if kept is not variable:
                same[variable] = kept
    if not first:
        return program
    for variable in first.values():
        variable.name = "steps"
    calls = [call for call in program.calls if not any(variable in same for variable in call.writes)]
    calls = [with_args(call, lambda x: same.get(x, x) if isinstance(x, Variable) else x) for call in calls]
    return without_dead(once(replace(program, calls=calls)))
