"""The directive `picture`: a piece of program, and the drawing that its last line gives.

The program is run while the documentation is built, so that the picture is what the program draws. Where Graphviz is
not installed, a note stands in the picture's place.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from explorers import run
from sphinx.util.docutils import SphinxDirective

from tinygrad_edu import viz

SMALLEST = 0.8  # of its own size, which has letters of 10 points


class Picture(SphinxDirective):
    """Show a program, and the picture it draws."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        source = "\n".join(self.content)
        code = nodes.literal_block(source, source, language="python")
        try:
            svg = run(source, f"{self.env.docname}-{self.lineno}.py").render("svg").decode()
        except viz.RenderError:
            return [code, nodes.paragraph("", "(The picture is missing here: this page was built without Graphviz.)")]
        return [code, nodes.raw("", framed(svg), format="html")]


def framed(svg: str) -> str:
    """Let a picture shrink to the width of the page, but not further than it can be read; then it scrolls."""
    width = float(re.search(r'width="(\d+)pt"', svg)[1])
    svg = svg[svg.index("<svg") :].replace("<svg", f'<svg style="min-width: {SMALLEST * width:.0f}pt"', 1)
    return f'<div class="picture">{svg}</div>'


def setup(app: Any) -> dict[str, bool]:
    app.add_directive("picture", Picture)
    return {"parallel_read_safe": True}
