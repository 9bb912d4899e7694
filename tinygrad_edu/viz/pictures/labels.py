"""What stands in a box of a picture, as a label of Graphviz: names, formulas, shapes, numbers, heatmaps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tinygrad_edu.formulas import share_formula, unsaid, value_formula
from tinygrad_edu.formulas.arguments import shorten
from tinygrad_edu.formulas.parameters import write_parameters
from tinygrad_edu.tensors.numbers import format_statistics
from tinygrad_edu.viz.pictures import style
from tinygrad_edu.viz.pictures.arranging import LEAVES
from tinygrad_edu.viz.pictures.boxes import Box, Edge
from tinygrad_edu.viz.pictures.heatmap import write_heatmap
from tinygrad_edu.viz.text import (
    SPACE,
    count,
    escape,
    format_gradient,
    format_values,
    quote,
)

LONGEST_NAME, LONGEST_PORT = 40, 16  # letters
LONGEST_FORMULA = 28  # letters; a longer one is shown where the pointer rests
NAMED_LEAVES = 4  # of those that are folded, so many are named


@dataclass(frozen=True, slots=True)
class Shown:
    """What the boxes of a picture show, the side that arrows come to, and the names of the modules drawn."""

    values: bool
    grads: bool
    side: str
    modules: tuple[str, ...]


def write_box(box: Box, inputs: Sequence[Edge], shown: Shown) -> str:
    """Return the label of a box, and the words that are shown when the pointer rests on it."""
    if box.role == "constant" and box.shape in (None, ()) and box.value is not None and not box.named:
        return f"label=<{font(format_values(box.value), style.VALUE)}> tooltip={quote(explain(box))}"
    rows: list[str] = []
    if box.node is not None:
        rows += write_operation(box, inputs, shown)
    if box.role == "folded":
        rows += write_folded(box)
    elif box.named or (box.name and box.node is None):
        name = shorten(local(box.name, box, shown), LONGEST_NAME)
        rows.append(wide(font([name], style.NAME if box.named else "", bold=box.named)))
    if box.shape is not None and box.use == 1:
        rows.append(wide(escape(f"{box.shape} · {box.dtype}")))
    if box.use > 1:
        last = box.use + box.here - 1
        which = f"use {box.use}" if last == box.use else f"uses {box.use} to {last}"
        rows.append(wide(escape(f"{which} of {box.uses}{', changed in place' if box.renewed else ''}")))
        rows += write_value(box) if box.renewed and shown.values else ()
    else:
        rows += write_numbers(box, shown)
    if shown.side == "s" and box.node is not None:
        rows = [*rows[1:], rows[0]] if len(inputs) > 1 else rows
    table = f'<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="1">{"".join(f"<TR>{row}</TR>" for row in rows)}</TABLE>'
    return f"label=<{table}> tooltip={quote(explain(box))}"


def wide(text: str) -> str:
    """Return a cell over the whole width of a box."""
    return f'<TD COLSPAN="2">{text}</TD>'


def font(lines: Sequence[str], letters: str = "", bold: bool = False) -> str:
    """Return lines of text, in letters other than the usual ones of the box where `letters` says so."""
    text = "<BR/>".join(map(escape, lines))
    text = f"<B>{text}</B>" if bold else text
    return f"<FONT {letters}>{text}</FONT>" if letters else text


def write_numbers(box: Box, shown: Shown) -> Iterator[str]:
    """Yield the cells with the value and the gradient of a box."""
    if shown.values and (box.role != "folded" or box.value is not None):
        yield from write_value(box)
    if shown.grads and box.takes_grad:
        if box.grad is not None or box.stored_grad is None:
            letters = style.GRADIENT if box.grad is not None else ""
            yield labelled("grad", font(format_gradient(box.grad, box.summed), letters))
        if box.stored_grad is not None:
            yield labelled(".grad", font(format_gradient(box.stored_grad), style.GRADIENT))
        if box.grad_flaw:
            yield wide(alarm(f"{box.grad_flaw} in the gradient"))


def write_value(box: Box) -> Iterator[str]:
    """Yield the cells with the value of a box: numbers, or statistics and a heatmap."""
    if box.value is None:
        yield wide("overwritten in place")
        return
    if box.flaw:
        yield wide(alarm(f"{box.flaw} first made here" if box.culprit else box.flaw))
    values = format_values(box.value)
    if values:
        yield labelled("value", font(values, style.VALUE))
        return
    heatmap = write_heatmap(box.value)
    if heatmap:
        yield wide(heatmap)
    statistics = format_statistics(box.value)
    if statistics:
        yield wide(font(statistics, style.VALUE))


def labelled(label: str, value: str) -> str:
    """Return two cells: a word, and what it is."""
    return f'<TD ALIGN="RIGHT" VALIGN="TOP">{label}{SPACE}</TD><TD ALIGN="LEFT" BALIGN="LEFT">{value}</TD>'


def alarm(words: str) -> str:
    """Return words on a ground that nobody overlooks."""
    table = f'<TABLE BORDER="0" CELLPADDING="2" CELLSPACING="0" BGCOLOR="{style.ALARM}" STYLE="ROUNDED">'
    return f'{table}<TR><TD><FONT COLOR="{style.WHITE}"><B>{escape(words)}</B></FONT></TD></TR></TABLE>'


def write_operation(box: Box, inputs: Sequence[Edge], shown: Shown) -> Iterator[str]:
    """Yield the cells of an operation: a port for each input, its name, formula and parameters."""
    node = box.node
    assert node is not None
    names = [local(name, box, shown) for name in box.inputs]
    if len(inputs) > 1:
        yield from write_ports(inputs, names, shown.side)
    lines = [f"<B>{font([node.op.name], style.OPERATION_NAME)}</B>"]
    formula = list(formula_of(box, names))
    small = [*formula, *write_parameters(node.op, unsaid(node.op, node.params) if formula else node.params)]
    lines += (font([f"{SPACE}{line}{SPACE}"], style.FORMULA) for line in small)
    head = f'<TABLE BORDER="0" CELLPADDING="3" CELLSPACING="0" BGCOLOR="{style.HEADER}" STYLE="ROUNDED">'
    yield wide(f"{head}<TR><TD>{'<BR/>'.join(lines)}</TD></TR></TABLE>")


def write_ports(inputs: Sequence[Edge], names: Sequence[str], side: str) -> Iterator[str]:
    """Yield cells with a port for each input, in a row or, where arrows come from a side, one below the other."""
    texts = [(edge.index, font([shorten(names[edge.index or 0], LONGEST_PORT)], style.PORT_NAME)) for edge in inputs]
    if side in "we":
        align = "LEFT" if side == "w" else "RIGHT"
        yield from (f'<TD COLSPAN="2" ALIGN="{align}" PORT="i{index}">{text}</TD>' for index, text in texts)
    else:
        cells = "".join(f'<TD PORT="i{index}">{text}</TD>' for index, text in texts)
        yield wide(f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2"><TR>{cells}</TR></TABLE>')


def formula_of(box: Box, names: Sequence[str]) -> Iterator[str]:
    """Yield the formula of an operation with the reader's names, or its right side, if that is short enough."""
    node = box.node
    assert node is not None
    formula = value_formula(node.op, names[:LEAVES], box.name, node.params, box.input_shapes)
    if len(names) <= LEAVES and formula.kind == "mathematics":
        lengths = (formula.text, formula.text.removeprefix(f"{box.name} = "))
        yield from [text for text in lengths if len(text) <= LONGEST_FORMULA][:1]


def local(name: str, box: Box, shown: Shown) -> str:
    """Return what a parameter is called inside the module that is drawn around it: `weight` of `0.weight`."""
    around = "" if box.group is None else shown.modules[box.group]
    return name.removeprefix(f"{around}.") if around else name


def write_folded(box: Box) -> Iterator[str]:
    """Yield the cells of what is folded: what it is, how much it is, and what is in it."""
    yield wide(font([shorten(box.name, LONGEST_NAME)], style.NAME, bold=True))
    if box.kind:
        kind = f"{box.kind} ×{box.repeats}" if box.repeats > 1 else box.kind
        yield wide(escape(f"{kind} · {count(len(box.nodes), 'operation')}"))
    if box.leaves:
        more = len(box.leaves) - NAMED_LEAVES
        names = [leaf.removeprefix(f"{box.name}.") for leaf in box.leaves[:NAMED_LEAVES]]
        yield wide(escape(shorten(f"with {', '.join(names)}{f' and {more} more' if more > 0 else ''}", LONGEST_NAME)))
    if box.culprit is not None:
        yield wide(alarm(f"{box.flaw}, first made by {box.culprit.op.name} in here"))


def explain(box: Box) -> str:
    """Return what is shown when the pointer rests on a box: what it is, the way back, the modules, the user's line."""
    lines = []
    node = box.node
    if node is None:
        lines.append(f"{style.LOOKS[box.role].words}: {box.name}" if box.name else style.LOOKS[box.role].words)
    else:
        lines.append(f"{node.op.name}, which makes {box.name}")
        if len(box.inputs) <= LEAVES:
            params, shapes = node.params, box.input_shapes
            lines = [f"{node.op.name}: {value_formula(node.op, box.inputs, box.name, params, shapes).text}"]
            shares = (share_formula(node.op, i, box.inputs, box.name, None, params, shapes) for i in box.shares_to)
            lines += [share.text for share in shares if share is not None]
    if box.modules:
        lines.append("in " + " / ".join(f"{name} ({kind})" if name else kind for name, kind in box.modules))
    if box.line:
        lines.append(box.line)
    return "\n".join(lines)
