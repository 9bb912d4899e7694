"""A program as lines of text: statements, and the comments above them."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

import numpy as np

from tinygrad_edu.program.instructions import Call, Guard, Program, Variable, variables_in
from tinygrad_edu.program.printing import layout
from tinygrad_edu.program.printing.headings import UNKNOWN, heading
from tinygrad_edu.program.printing.naming import Gradient, adds, sums_up
from tinygrad_edu.program.printing.placing import Placing, is_one_call

SPACE = "\u00a0"  # where no line ends


def function(name: str, program: Program, placing: Placing, gradients: list[Variable], decided: list[Guard]) -> str:
    """Return the function that a program is.

    Parameters:
        gradients: what it returns beside the outputs.
        decided: the conditions that were decided.
    """
    parameters = ", ".join(placing.names[variable] for variable in placing.parameters)
    lines = layout.statement(f"def {name}({parameters}):", "")
    results = [*([] if program.outputs is None else [program.outputs]), *gradients]
    returned = ", ".join(map(placing.writer.argument, results))
    statements = body(program, placing)
    lines += [*docstring(program, placing, decided), *statements]
    lines += [""] if results and "" in statements else []
    lines += layout.statement(f"return {returned}") if results else []
    return "\n".join([*lines, ""])


def docstring(program: Program, placing: Placing, decided: list[Guard]) -> list[str]:
    """Say what is changed in place, the shapes of what is given, and which way it went at each `if` of the reader's."""
    changed = program.written() & set(placing.parameters)
    kinds = []
    for x in placing.parameters:
        if x.kind == "array":
            mark, dtype = "*" if x.memory in changed else "", "" if x.dtype == np.float32 else f" {x.dtype}"
            kinds.append(f"{placing.names[x]}{mark} {x.shape}{dtype}")
    known = [placing.names[x] for x in variables_in(program.outputs) if x in placing.names]
    done = [f"Compute {' and '.join(known)}."] if 0 < len(known) < 4 else []
    done += ["Arrays with a * are changed in place."] if changed else []
    what = " ".join(done or ["Compute what is returned."])
    told = dict.fromkeys((guard.line.partition(": ")[2], guard.value) for guard in decided)
    choices = [f"It is for data with which this is {value}: {code:.64}" for code, value in told if _is_choice(code)]
    shapes = textwrap.wrap(", ".join(kind.replace(" ", SPACE) for kind in kinds), layout.WIDTH - 4)
    more = [*shapes, *([""] if choices else []), *choices]
    lines = [f'"""{what}', "", *more, '"""'] if more else [f'"""{what}"""']
    return [f"    {line}".rstrip().replace(SPACE, " ") for line in lines]


def _is_choice(code: str) -> bool:
    """Tell whether a line of the reader's asks something, and can be told in a docstring."""
    return re.search(r"\b(if|while|assert)\b", code) is not None and not set(code) & {"\\", '"'}


def body(program: Program, placing: Placing) -> list[str]:
    """Return the statements of a program, each part with its heading, and an empty line before a new kind of part."""
    lines: list[str] = []
    before = ""
    for run in _runs([call for call in placing.calls if call not in placing.inside]):
        kind = _kind(run, program) or before
        if before not in ("", kind):
            lines.append("")
        before = kind
        for title, calls in _headed(run, program, placing):
            lines += [f"    # {title}"] if title else []
            for call in calls:
                lines += layout.statement(placing.statement(call))
    return lines


def _runs(calls: list[Call]) -> Iterator[list[Call]]:
    """Yield the calls of one section after the other."""
    run: list[Call] = []
    for call in calls:
        if run and call.section is not run[-1].section:
            yield run
            run = []
        run.append(call)
    if run:
        yield run


def _kind(run: list[Call], program: Program) -> str:
    """Return the word for a part of a program; nothing for what belongs to the part before."""
    section = run[0].section
    if section is not None:
        return "backward" if section.forward is not None else "forward"
    return "update" if any(learned(call, program) for call in run) else ""


def learned(call: Call, program: Program) -> Variable | None:
    """Return the parameter that a call changes, if it changes one that gets a gradient."""
    for variable in call.writes:
        holder = getattr(program.captured.get(variable.memory), "holder", None)
        if getattr(holder, "requires_grad", False):
            return variable.memory
    return None


def _headed(run: list[Call], program: Program, placing: Placing) -> Iterator[tuple[str | None, list[Call]]]:
    """Yield the calls of one section with their heading; those of an update, parameter by parameter."""
    section = run[0].section
    if section is not None:
        alone = is_one_call(section, placing.of_section[section])
        yield None if alone else heading(section, program, lambda x: _word(x, program, placing)), run
    elif any(learned(call, program) for call in run):
        yield from _updates(run, program, placing)
    else:
        sums = [call for call in run if placing.is_gradient(call) and (adds(call) or sums_up(call))]
        wanted = (placing.wanted[call.results[0]] for call in sums)
        names = " and ".join(_word(name.of, program, placing) for name in wanted if isinstance(name, Gradient))
        how = "added up" if all(map(adds, sums)) else "summed over its copies"
        yield f"gradient of {names}: {how}" if len(sums) == len(run) else None, run


def _updates(run: list[Call], program: Program, placing: Placing) -> Iterator[tuple[str | None, list[Call]]]:
    parts: dict[Variable | None, list[Call]] = {}
    waiting: list[Call] = []
    for call in run:
        waiting.append(call)
        if parameter := learned(call, program):
            parts.setdefault(parameter, []).extend(waiting)
            waiting = []
    in_order = [call for part in parts.values() for call in part] == run[: len(run) - len(waiting)]
    if not in_order or all(len(part) == 1 for part in parts.values()):
        yield "update", run
        return
    for variable, part in parts.items():
        yield f"update of {placing.names[variable]}" if variable else None, part
    if waiting:
        yield None, waiting


def _word(variable: Variable, program: Program, placing: Placing) -> str:
    """Return what a comment calls a variable."""
    if variable in placing.names:
        return placing.names[variable]
    if variable in program.numbers:
        known = program.numbers[variable]  # a fraction may be one over the size of the batch
        return f"{known:.0f}" if known.is_integer() else UNKNOWN
    if variable in placing.made or variable in placing.written_out:
        return placing.text(variable).text
    return UNKNOWN
