"""The directive `mistakes`: every mistake that the tests make, with the error that it gets.

The programs are the text of `tests/mistakes.py`. Each is run while the page is built, so that what stands below it is
what it says.
"""

from __future__ import annotations

import ast
import textwrap
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from tests import mistakes

SOURCE = Path(mistakes.__file__)


class Mistakes(SphinxDirective):
    """Build a list: what is done, the program, and the error."""

    has_content = False

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(SOURCE))
        programs = programs_in(SOURCE.read_text("utf-8"))
        entries = nodes.definition_list(classes=["mistakes"])
        for name, (do, *_) in mistakes.MISTAKES.items():
            program = nodes.literal_block(programs[name], programs[name], language="python")
            definition = nodes.definition("", program, error_of(do))
            entries += nodes.definition_list_item("", nodes.term("", name), definition)
        return [entries]


def error_of(do: Any) -> nodes.paragraph:
    """Make a mistake, and return what is said about it."""
    try:
        do()
    except Exception as error:
        return nodes.paragraph("", "", nodes.literal("", type(error).__name__), nodes.Text(f": {error}"))
    raise AssertionError(f"{do} is no mistake")


def programs_in(source: str) -> dict[str, str]:
    """Return for each mistake in the table the text of its program: a lambda's body, or a function's."""
    functions: dict[str, ast.FunctionDef] = {}
    programs: dict[str, str] = {}
    lines = source.splitlines()
    for node in ast.parse(source).body:
        match node:
            case ast.FunctionDef(name=name):
                functions[name] = node
            case ast.Assign([ast.Name("MISTAKES")], ast.Dict(keys, values)):
                for key, value in zip(keys, values, strict=True):
                    match value.elts[0]:
                        case ast.Lambda(body=body):
                            programs[key.value] = ast.get_source_segment(source, body)
                        case ast.Name(id=name):
                            first, last = functions[name].body[0].lineno, functions[name].end_lineno
                            programs[key.value] = textwrap.dedent("\n".join(lines[first - 1 : last]))
    return programs


def setup(app: Any) -> dict[str, bool]:
    app.add_directive("mistakes", Mistakes)
    return {"parallel_read_safe": True}
