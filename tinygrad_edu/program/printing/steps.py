"""One count of steps for all parameters of an optimizer, which counts them for each."""

from __future__ import annotations

import operator
from dataclasses import replace
from typing import Any

import numpy as np

from tinygrad_edu.program.instructions import Method, Program, Variable
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
    calls = [with_args(call, same) for call in calls]
    return without_dead(once(as_increments(replace(program, calls=calls))))


def as_increments(program: Program) -> Program:
    """Write `steps += 1` for `steps[()] = steps.item() + 1`, which optimizers do because it is faster."""
    made = {result: call for call in program.calls for result in call.results}
    calls = []
    for call in program.calls:
        if call.function is operator.setitem and call.args[1] == ():
            steps, _, value = call.args
            addition = made.get(value)
            read = made.get(addition.args[0]) if addition is not None and addition.function is operator.add else None
            if addition is not None and read is not None and read.function == Method("item") and read.args == (steps,):
                one = addition.args[1]
                call = replace(call, function=np.add, args=(steps, one), kwargs={"out": steps})
        calls.append(call)
    return replace(program, calls=calls)
