"""A printed program is run with NumPy alone, and compared with the engine to the last bit, before it is given away."""

from __future__ import annotations

import copy
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tinygrad_edu.program import interpreter
from tinygrad_edu.program.comparing import changed, same
from tinygrad_edu.program.instructions import Guard, Program, Variable
from tinygrad_edu.program.printing.sizes import with_other_size
from tinygrad_edu.program.tracing.places import Place
from tinygrad_edu.program.tracing.restoring import restored
from tinygrad_edu.program.tracing.running import arrays_in, trace, with_arrays


class SourceError(RuntimeError):
    """A printed program does not compute what the engine computes."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A function as it was printed.

    Attributes:
        text, name: the whole text, and the name of the function in it.
        program: what it was printed from, with the sizes that it was traced with.
        parameters: what it is given, in order.
        names: of its variables.
        gradients: where the engine leaves the gradients that it returns.
        decided: which way the traced function went at each `if`. With data for which it goes another way, nothing is
            compared.
        sized: whether it is for batches of any size.
    """

    text: str
    name: str
    program: Program
    parameters: list[Variable]
    names: dict[Variable, str]
    gradients: list[Place]
    decided: list[Any]
    sized: bool


def check(printed: Printed, function: Callable[..., Any], args: Any, kwargs: Any) -> None:
    """Raise SourceError unless a printed function computes the same as the function, on these arguments and others."""
    given = [((args, kwargs), False), ((args, kwargs), True)]
    if printed.sized:
        given.append((with_other_size((args, kwargs))[0], True))
    for tree, other in given:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = compared(printed, function, tree, other)
            if found and not (other and decisions(function, tree) != printed.decided):
                raise SourceError(
                    f"source: {found}; please report it, unless the function does another thing in each call, as with "
                    f"random numbers of NumPy's own\n\n{printed.text}"
                )


def compared(printed: Printed, function: Callable[..., Any], tree: Any, other: bool) -> str:
    """Run both on arguments, or on others like them; return what differs, nothing if all is the same."""
    program = printed.program
    with restored(function, tree):
        args, kwargs = with_arrays(tree, changed if other else np.copy)
        for place in program.captured.values() if other else ():
            array = place.get() if isinstance(place, Place) else None
            if isinstance(array, np.ndarray) and array.ndim:  # but not how many steps there were
                array[...] = changed(array)
        inputs = dict(zip(program.inputs, arrays_in((args, kwargs)), strict=True))
        values = {x: copy.deepcopy(inputs[x] if x in inputs else program.captured[x].get()) for x in printed.parameters}
        before = {x: copy.deepcopy(value) for x, value in values.items()}
        try:
            result = function(*args, **kwargs)
        except (ValueError, IndexError, ArithmeticError, np.linalg.LinAlgError):
            if other:
                return ""  # the other data is none that the function takes
            raise
        expected = [*([] if result is None else [result]), *(place.get() for place in printed.gradients)]
        try:
            came, variables = run(printed, list(values.values()))
        except Exception as error:
            raise SourceError(f"source: the printed program stopped with {error!r}\n\n{printed.text}") from error
        if not same(list(came) if len(expected) > 1 else [] if came is None else [came], expected):
            return f"the result differs from the engine's{first_wrong(printed, before, variables)}"
        for x, value in values.items():
            now = inputs[x] if x in inputs else program.captured[x].get()
            if isinstance(now, np.ndarray) and not same(value, now):
                return f"{printed.names[x]} differs from the engine's{first_wrong(printed, before, variables)}"
    return ""


def run(printed: Printed, values: list[Any]) -> tuple[Any, dict[str, Any]]:
    """Run a printed function; return its result and its local variables at the end."""
    space: dict[str, Any] = {}
    exec(compile(printed.text, "<source>", "exec"), space)
    found: dict[str, Any] = {}

    def leave(frame: Any, event: str, _: Any) -> None:
        if event == "return" and frame.f_code is space[printed.name].__code__:
            found.update(frame.f_locals)

    before = sys.getprofile()
    sys.setprofile(leave)
    try:
        result = space[printed.name](*values)
    finally:
        sys.setprofile(before)
    return result, found


def first_wrong(printed: Printed, values: dict[Variable, Any], variables: dict[str, Any]) -> str:
    """Return words for the first line whose value is not what the program says it is; none if that cannot be seen."""
    program = printed.program
    made = [x for call in program.calls for x in call.results if x in printed.names and x.kind != "object"]
    outside = {x: values[x] if x in values else place.get() for x, place in program.captured.items()}
    try:
        right = interpreter.run(replace(program, outputs=made), [values[x] for x in program.inputs], outside)
    except (ValueError, IndexError, ArithmeticError):
        return ""
    for x, value in zip(made, right, strict=True):
        name = printed.names[x]
        if name in variables and not same(variables[name], value):
            lines = (line.strip() for line in printed.text.splitlines())
            return f", first at: {next((line for line in lines if line.startswith(f'{name} ')), name)}"
    return ""


def decisions(function: Callable[..., Any], tree: Any) -> list[Any]:
    """Return which way a function goes at each `if`, on other arguments like these."""
    args, kwargs = with_arrays(tree, changed)
    with restored(function, tree):
        calls = trace(function, args, kwargs).program.calls
    return [call.value for call in calls if isinstance(call, Guard)]
