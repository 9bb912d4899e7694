"""Writing a picture down in DOT, the language of Graphviz. This takes no program and no package."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tinygrad_edu.engine.op import Op
from tinygrad_edu.viz import style
from tinygrad_edu.viz.formulas import input_names
from tinygrad_edu.viz.formulas.rules import rule_parameters
from tinygrad_edu.viz.picture import Picture, TensorBox
from tinygrad_edu.viz.text import SPACE, escape, format_gradient, format_parameter, format_values, quote, shorten

SIDES = {"LR": "w", "TB": "n", "RL": "e", "BT": "s"}
"""Which side of a box the arrows come to, as a compass point, for each direction they may point in."""


def write_dot(picture: Picture, direction: str, legend: bool) -> str:
    """Return the DOT text of a picture whose arrows point along `direction`."""
    side = SIDES[direction]
    lines = ["digraph {", f"graph [rankdir={direction} {style.GRAPH}]", f"node [{style.NODE}]", f"edge [{style.EDGE}]"]
    for kind, look in style.LOOKS.items():
        boxes = [f"t{i} [{write_tensor(x)}]" for i, x in enumerate(picture.tensors) if x.kind == kind]
        lines += write_group(look, boxes)
    boxes = [
        f"o{i} [{write_operation(step.node.op, len(step.inputs), step.node.params, side)}]"
        for i, step in enumerate(picture.steps)
    ]
    lines += write_group(style.OPERATION, boxes)
    for i, step in enumerate(picture.steps):
        port = f":i{{}}:{side}" if len(step.inputs) > 1 else ""
        lines += (f"t{number} -> o{i}{port.format(k)}" for k, number in enumerate(step.inputs))
        lines.append(f"o{i} -> t{step.output}")
    if legend:
        lines.append(write_legend())
    return "\n".join([*lines, "}"]) + "\n"


def write_group(look: style.Look, boxes: Sequence[str]) -> list[str]:
    """Return the lines of boxes that share a look."""
    return ["{", f"node [{look.attributes()}]", *boxes, "}"] if boxes else []


def write_tensor(tensor: TensorBox) -> str:
    """Return the label of a tensor's box: its name, shape, dtype, value and gradient."""
    values = ["overwritten in place"] if tensor.value is None else format_values(tensor.value)
    if tensor.kind == "constant" and values and not tensor.name:
        return f"label=<{font(values, style.VALUE)}>"
    rows = [f'<TR><TD COLSPAN="2"><B>{font([shorten(tensor.name)], style.NAME)}</B></TD></TR>'] if tensor.name else []
    rows.append(f'<TR><TD COLSPAN="2">{tensor.shape} · {tensor.dtype}</TD></TR>')
    if values:
        rows.append(write_row("value", font(values, style.VALUE)))
    if tensor.takes_grad:
        letters = "" if tensor.grad is None else style.GRADIENT
        rows.append(write_row("grad", font(format_gradient(tensor.grad), letters)))
    return f'label=<<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="1">{"".join(rows)}</TABLE>>'


def write_row(label: str, value: str) -> str:
    return f'<TR><TD ALIGN="RIGHT" VALIGN="TOP">{label}{SPACE}</TD><TD ALIGN="LEFT" BALIGN="LEFT">{value}</TD></TR>'


def font(lines: Sequence[str], letters: str) -> str:
    """Return lines of text, in letters other than the usual ones of the box where `letters` says so."""
    text = "<BR/>".join(map(escape, lines))
    return f"<FONT {letters}>{text}</FONT>" if letters else text


def write_operation(op: Op, inputs: int, params: Mapping[str, Any], side: str) -> str:
    """Return the attributes of an operation's box: its name, formula and parameters, and a port for each input."""
    body = "<BR/>".join(
        [f"<B>{font([op.name], style.OPERATION_NAME)}</B>", escape(op.formula), *write_parameters(op, params)]
    )
    ports = [
        f'<TD PORT="i{k}" BGCOLOR="{style.PORT}" STYLE="ROUNDED">{font([name], style.PORT_NAME)}</TD>'
        for k, name in enumerate(input_names(op, inputs))
        if inputs > 1
    ]
    across = side in "ns"
    middle = f'<TD CELLPADDING="5" {"COL" if across else "ROW"}SPAN="{len(ports) or 1}">{body}</TD>'
    if across:  # the ports are a row above or below
        rows = ["".join(ports), middle] if ports else [middle]
        rows = rows[::-1] if side == "s" else rows
    else:  # the ports are a column, and what stands beside them belongs to its first row
        rows = ports or [""]
        rows[0] = rows[0] + middle if side == "w" else middle + rows[0]
    table = "".join(f"<TR>{cells}</TR>" for cells in rows)
    return f'tooltip={explain(op)} label=<<TABLE BORDER="0" CELLSPACING="3" CELLPADDING="2">{table}</TABLE>>'


def write_parameters(op: Op, params: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each parameter that has another value than the one it has when it is left out."""
    rule = rule_parameters(op)
    for name, value in params.items():
        usual = rule[name].default if name in rule else inspect.Parameter.empty
        if value is not usual and not (isinstance(value, int | float | str) and value == usual):
            yield escape(shorten(f"{name} = {format_parameter(value)}"))


@functools.cache
def explain(op: Op) -> str:
    """Return, quoted, what is shown when the pointer rests on an operation: its value, and the way back."""
    back = [f"gradient to input {i + 1}: {line}" for i, line in enumerate(op.derivative or ()) if line != "-"]
    return quote("\n".join([f"{op.name}: {op.formula}", *back]))


def write_legend() -> str:
    """Return the label of the whole graph that shows each kind of box and says what it is."""
    swatches = [swatch(look) for look in (*style.LOOKS.values(), style.OPERATION)]
    return f'label=<<TABLE BORDER="0" CELLSPACING="6" CELLPADDING="0"><TR>{"".join(swatches)}</TR></TABLE>> labeljust=l'


def swatch(look: style.Look) -> str:
    """Return a cell with a small sample of a look, and one with what it means."""
    rounded = ' STYLE="ROUNDED"' if look.round else ""
    sample = f'<TABLE BORDER="1" CELLBORDER="0" CELLPADDING="0" COLOR="{look.line}" BGCOLOR="{look.fill}"{rounded}>'
    return f'<TD>{sample}<TR><TD WIDTH="22" HEIGHT="12"></TD></TR></TABLE></TD><TD>{escape(look.words)}</TD>'
