"""The directive `drawn-operations`: a drawing of each operation and its way back, on the first of its samples.

They are drawn while the documentation is built. Where Graphviz is not installed, a note stands in their place.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from docutils import nodes
from operations import inputs_of, place_of
from pictures import framed
from sphinx.util.docutils import SphinxDirective

import tinygrad_edu as tg
from tinygrad_edu import viz
from tinygrad_edu.engine.op import OPS, Op


class DrawnOperations(SphinxDirective):
    """Build a section with a drawing for each operation that has a derivative."""

    has_content = False

    def run(self) -> list[nodes.Node]:
        try:
            return [section(op) for op in OPS.values() if op.differentiable]
        except viz.RenderError:
            return [nodes.paragraph("", "(The pictures are missing here: this page was built without Graphviz.)")]


def section(op: Op) -> nodes.section:
    """Draw one operation."""
    section = nodes.section(ids=[place_of(op)])
    section += nodes.title("", "", nodes.literal("", op.name))
    few = len(inputs_of(op)) <= 2  # they have room beside each other on a narrow screen
    drawing = viz.draw(result(op), grads=True, edges="backward", rankdir="TB" if few else "LR")
    section += nodes.raw("", framed(drawing.render("svg").decode()), format="html")
    return section


def result(op: Op) -> tg.Tensor:
    """Return what the operation makes of the first of its samples, whose inputs have the names of the rule's."""
    sample = op.samples[0]
    values = sample.draw(np.random.default_rng(0), np.float32)
    names = inputs_of(op)
    inputs: list[Any] = []
    for i, value in enumerate(values):
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            value = tg.tensor(value, requires_grad=True)
            value.name = names[i] if i < len(names) and len(values) <= len(names) else f"a{i + 1}"
        inputs.append(value)
    y = op(*inputs, **sample.params)
    y.name = "y"
    return y


def setup(app: Any) -> dict[str, bool]:
    app.add_directive("drawn-operations", DrawnOperations)
    return {"parallel_read_safe": True}
