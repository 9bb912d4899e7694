"""`func.source`: a computation as the NumPy program that a person would have written by hand."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu.program import layout, literals
from tinygrad_edu.program.checking import check, plain_outputs
from tinygrad_edu.program.instructions import Program, Variable
from tinygrad_edu.program.naming import Locals, identifier, wanted
from tinygrad_edu.program.printing import Printer
from tinygrad_edu.program.reach import Place
from tinygrad_edu.program.restoring import restored
from tinygrad_edu.program.simplify import simplified
from tinygrad_edu.program.trace import Constant
from tinygrad_edu.program.tracing import Traced, trace
from tinygrad_edu.tensors.tensor import Tensor

LIMIT = 2_000  # calls: a longer text is read by nobody


def source(function: Callable[..., Any], *args: Any, **kwargs: Any) -> str:
    """Return it."""
    with restored(function, args, kwargs):
        traced, seen = _traced(function, args, kwargs)
        if not traced.stable:  # what an optimizer keeps is made in its first step: the second is the one to read
            function(*args, **kwargs)
            traced, seen = _traced(function, args, kwargs)
        program = simplified(traced.program, guards=False)
        names = wanted(program, seen, _argument_names(function, args, kwargs, program))
        own = {program.now(variable) for variable in seen.readers}
        name = _name(function)
        printer = Printer(name, program, names, own, _written_out(program))
        gradients = _gradients(program)
        text = _function(name, program, printer, [variable for _, variable in gradients])
        check(
            text,
            name,
            function,
            args,
            kwargs,
            program,
            printer.parameters,
            lambda result: [*([] if result is None else [result]), *(place.get() for place, _ in gradients)],
        )
    return text


def _traced(function: Callable[..., Any], args: Any, kwargs: Any) -> tuple[Traced, Locals]:
    seen = Locals()
    with restored(function, args, kwargs), seen.watched():
        return trace(function, args, kwargs, limit=LIMIT), seen


def _written_out(program: Program) -> dict[Variable, str]:
    """Return the constants that are written as numbers, or as the calls that make them."""
    texts = {}
    for variable, place in program.captured.items():
        if isinstance(place, Constant):
            texts[variable] = literals.of_array(place.array)
        elif variable.kind == "number":
            texts[variable] = literals.number(place.get())
    return {variable: text for variable, text in texts.items() if text is not None}


def _name(function: Callable[..., Any]) -> str:
    name = getattr(function, "__name__", None) or type(function).__name__.lower()
    return "f" if name == "<lambda>" else identifier(name)


def _argument_names(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], program: Program
) -> dict[Variable, str]:
    """Return what the arguments are called in the function's own signature."""
    try:
        bound = inspect.signature(function).bind(*args, **kwargs).arguments
    except (TypeError, ValueError):
        bound = {**{f"x{i}": x for i, x in enumerate(args)}, **kwargs}
    found: list[str] = []

    def walk(x: Any, name: str) -> None:
        if isinstance(x, Tensor) or (isinstance(x, np.ndarray) and x.dtype.kind in "fiub"):
            found.append(name)
        elif isinstance(x, dict):
            for key, part in x.items():
                walk(part, identifier(f"{name}_{key}"))
        elif isinstance(x, tuple | list):
            for i, part in enumerate(x):
                walk(part, f"{name}{i + 1}")

    parameters = {}
    try:
        parameters = dict(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        pass
    for name, x in bound.items():
        kind = getattr(parameters.get(name), "kind", None)
        if kind is inspect.Parameter.VAR_KEYWORD:
            for key, part in x.items():
                walk(part, key)
        else:
            walk(x, name)
    return dict(zip(program.inputs, found, strict=True))


def _function(name: str, program: Program, printer: Printer, gradients: list[Variable]) -> str:
    parameters = ", ".join(printer.names[variable] for variable in printer.parameters)
    head = layout.statement(f"def {name}({parameters}):", "")
    body = printer.lines()
    value = plain_outputs(program.outputs)
    parts = [*([] if value is None else [value]), *gradients]
    if parts:
        body += layout.statement(f"return {', '.join(map(printer.writer.argument, parts))}")
    return "\n".join(["import numpy as np", "", "", *head, *(body or ["    pass"]), ""])


def _gradients(program: Program) -> list[tuple[Any, Variable]]:
    """Return the gradients that are results, and where the engine leaves them: of what no update has changed."""
    changed = {variable.memory for call in program.calls for variable in call.writes}
    held = {id(place.holder): variable for variable, place in program.captured.items() if isinstance(place, Place)}
    found = []
    for place, variable in program.stores:
        parameter = held.get(id(place.holder))
        if place.key == "grad" and (parameter is None or parameter.memory not in changed):
            found.append((place, variable))
    return found
