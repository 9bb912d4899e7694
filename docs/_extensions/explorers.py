"""The directive `explorer`: a piece of program, and the page that its last line gives, in a frame.

    ```{explorer} x_minus_mean
    :step: 9
    ...
    tg.viz.explore(loss, trace=trace)
    ```

The program is run while the documentation is built, and the page is written beside the others. `step` is the one that
is shown first. With `:play:` it goes on by itself, where the reader's system does not ask for calm; with `:alone:` the
program is not shown.
"""

from __future__ import annotations

import ast
import linecache
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

FOLDER = "explorers"
FRAME = (
    '<iframe class="{kind}" src="{address}" sandbox="allow-scripts" title="A backward pass, step by step"></iframe>'
    '<p><a href="{address}">Open it in a window of its own</a></p>'
)


class Explorer(SphinxDirective):
    """Show a program, and the page it makes."""

    has_content = True
    required_arguments = 1  # the name of the page
    option_spec: ClassVar = {"step": int, "play": directives.flag, "alone": directives.flag}

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0]
        source = "\n".join(self.content)
        folder = Path(self.env.app.outdir) / FOLDER
        folder.mkdir(exist_ok=True)
        run(source, f"{name}.py").save(folder / f"{name}.html")
        address = "../" * self.env.docname.count("/") + f"{FOLDER}/{name}.html#step={self.options.get('step', 1)}"
        address += "&amp;play" if "play" in self.options else ""
        alone = "alone" in self.options
        frame = FRAME.format(address=address, kind="explorer alone" if alone else "explorer")
        code = [] if alone else [nodes.literal_block(source, source, language="python")]
        return [*code, nodes.raw("", frame, format="html")]


def run(source: str, filename: str) -> Any:
    """Run a program and return the value of its last line."""
    program = ast.parse(source)
    last = program.body.pop()
    assert isinstance(last, ast.Expr), "the last line must be an expression: what is to be shown"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)  # for its own lines
    names: dict[str, Any] = {}
    exec(compile(program, filename, "exec"), names)
    return eval(compile(ast.Expression(last.value), filename, "eval"), names)


def setup(app: Any) -> dict[str, bool]:
    app.add_directive("explorer", Explorer)
    return {"parallel_read_safe": True}
