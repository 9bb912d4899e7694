"""Headings of the parts of a printed program: what an operation computes, in the registry's formulas."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tinygrad_edu.engine.op import Op
from tinygrad_edu.formulas import share_formula, value_formula
from tinygrad_edu.program.instructions import Program, Section, Variable
from tinygrad_edu.program.printing.literals import number
from tinygrad_edu.program.tracing.arrays import TracedArray, TracedNumber
from tinygrad_edu.program.tracing.running import leaves

LONGEST = 110
UNKNOWN = "?"
"""What stands for something that has no name; a formula with it says nothing."""

NOTHING = re.compile(r" · 1(\.0)?(?![\w.,²³ᵀ^])| \+ 0(\.0)?(?![\w.,^]| [^+\-,)])|(^|(?<=\()|(?<== ))1(\.0)? · ")
"""What changes nothing: times one, plus zero."""
ALONE = re.compile(r"(?<!\w)\((\w+)\)")


def heading(section: Section, program: Program, name: Callable[[Variable], str]) -> str | None:
    """Return the comment above a section: `linear: z1 = x @ hidden_weightᵀ + hidden_bias`."""
    if not isinstance(section.op, Op):
        return str(section.op)
    op = section.op

    def named(x: Any) -> str:
        x = program.now(x)
        if isinstance(x, Variable):
            return name(x)
        return number(x) if isinstance(x, int | float) else UNKNOWN

    inputs = [named(x) for x in section.inputs]
    params = _written(section.params)
    if section.forward is None or section.index is None:
        output = named(section.outputs)
        if output == UNKNOWN:  # of the value itself nothing is computed, only what its gradient needs
            return op.name
        return shortened(op.name, value_formula(op, inputs, output, params).text)
    params = _written(section.forward.params)
    output = named(section.forward.outputs)
    share = share_formula(op, section.index, inputs, output, named(section.g), params)
    text = "" if share is None else share.right.text
    of = "" if inputs[section.index] == UNKNOWN else f" of {inputs[section.index]}"
    return shortened(f"gradient{of} through {op.name}", text)


def _written(params: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters that can be written out: not those that are computed, or are made of such ones."""
    computed = Variable | TracedArray | TracedNumber
    return {key: x for key, x in params.items() if not any(isinstance(part, computed) for part in leaves(x))}


def shortened(what: str, formula: str) -> str:
    """Put a formula behind what is done, unless the line would be too long."""
    formula = ALONE.sub(r"\1", NOTHING.sub("", formula))
    line = f"{what}: {formula}" if formula else what
    return line if len(line) <= LONGEST and UNKNOWN not in line else what
