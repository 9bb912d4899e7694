"""The directive `operations`: the table of all registered operations, grouped by the file they stand in.

It is made while the documentation is built, from the same entries that run and that the tests check.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

import tinygrad_edu  # noqa: F401 - so that all operations are registered
from tinygrad_edu.engine.op import OPS, Op
from tinygrad_edu.formulas import Formula, derivative, formula

HEAD = ("operation", "value", "gradients", "answers for")


class Operations(SphinxDirective):
    """Build a section with a table for each file of operations."""

    has_content = False

    def run(self) -> list[nodes.Node]:
        files: dict[str, list[Op]] = {}
        for op in OPS.values():
            files.setdefault(op.rule.__module__, []).append(op)
        # The first to read comes first.
        order = sorted(files, key=lambda module: (not module.endswith(".arithmetic"), module))
        return [self.section(module, files[module]) for module in order]

    def section(self, module: str, ops: Sequence[Op]) -> nodes.section:
        """Build the section of one file: what its docstring says, and the table."""
        path = module.removeprefix("tinygrad_edu.").replace(".", "/") + ".py"
        section = nodes.section(ids=[nodes.make_id(path)])
        section += nodes.title("", "", nodes.literal("", path))
        section += nodes.paragraph("", (sys.modules[module].__doc__ or "").strip().split("\n\n")[0].replace("\n", " "))
        section += table(HEAD, [cells(op) for op in ops], classes=["operations"])
        return section


def cells(op: Op) -> list[nodes.Element]:
    """Return what the table says about an operation."""
    numpy = [f"np.{function.__name__}" for function in op.numpy]
    value = nodes.line_block("", nodes.line("", "", shown(formula(op))))
    if op.where:
        value += nodes.line("", f"where {op.where}")
    return [name(op), value, way_back(op), lines(numpy)]


def name(op: Op) -> nodes.line_block:
    """Return the operation's name, which leads to its drawing if there is one."""
    shown = nodes.literal("", op.name)
    if op.differentiable:
        shown = nodes.reference("", "", shown, refuri=f"operations-drawn.html#{place_of(op)}", internal=True)
    return nodes.line_block("", nodes.line("", "", shown))


def place_of(op: Op) -> str:
    """Return what a link to the operation's drawing calls the place."""
    return nodes.make_id(f"way-back-of-{op.name}")


def inputs_of(op: Op) -> list[str]:
    """Return the names of an operation's inputs."""
    return [name for name, p in inspect.signature(op.rule).parameters.items() if p.kind is not p.KEYWORD_ONLY]


def shown(formula: Formula) -> nodes.raw:
    """Return a formula as mathematics, which a screen reader says too."""
    return nodes.raw("", formula.html, format="html")


def way_back(op: Op) -> nodes.line_block:
    """Return a line for the gradient to each input."""
    block = nodes.line_block()
    for index, name in enumerate(inputs_of(op) if op.derivative is not None else ()):
        share = derivative(op, index)
        block += nodes.line("", f"to {name}: ", *([nodes.Text("none")] if share is None else [shown(share)]))
    return block if op.derivative is not None else lines(["none"])


def lines(texts: Iterable[str]) -> nodes.line_block:
    """Return a block of lines, each of them code."""
    return nodes.line_block("", *(nodes.line("", "", nodes.literal("", text)) for text in texts))


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[nodes.Element]],
    classes: list[str],
    widths: Sequence[int] = (15, 35, 35, 15),
) -> nodes.table:
    """Build a table."""
    group = nodes.tgroup(cols=len(head))
    group += [nodes.colspec(colwidth=width) for width in widths]
    group += nodes.thead("", row([nodes.paragraph("", words) for words in head]))
    group += nodes.tbody("", *map(row, rows))
    return nodes.table("", group, classes=classes)


def row(cells: Sequence[nodes.Element]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", cell) for cell in cells))


def setup(app: Any) -> dict[str, bool]:
    app.add_directive("operations", Operations)
    return {"parallel_read_safe": True}
