"""Lessons: pages whose cells are run while the book is built, each of which can be had as a notebook.

MyST-NB runs the cells. Below the title of such a page comes a link to the notebook. What is hidden says what it is: the
solution of an exercise (a cell with the tag `hide-cell`), or how a figure is drawn (`hide-input`).

A cell whose code stands in the package names it, and gets it from there, so that it is written once:

    ```{code-cell} python
    :source: tinygrad_edu.labs.twice_used.patient
    ```

The directive `lessons` lists the lessons beside a page, each with its question.
"""

from __future__ import annotations

import inspect
import os
import re
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from docutils import nodes
from pictures import framed
from sphinx.addnodes import download_reference
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective

SOURCE = re.compile(r"^:source: ([\w.]+)$", re.MULTILINE)
PROMPTS = {"all": ("Show the solution", "Hide the solution"), "input": ("Show how it is drawn", "Hide how it is drawn")}


def with_sources(page: str) -> str:
    """Return the text of a page with the code of all cells that only name it."""
    return SOURCE.sub(lambda match: inspect.getsource(resolve_name(match[1])).strip(), page)


def bring_sources(app: Any, docname: str, text: list[str]) -> None:
    """Complete the cells of a page before it is read, so that its notebook is complete, too."""
    for name in SOURCE.findall(text[0]):
        app.env.note_dependency(inspect.getfile(resolve_name(name)), docname=docname)
    text[0] = with_sources(text[0])


class Lessons(SphinxDirective):
    """List the lessons: the files beside this one whose names begin with a number."""

    def run(self) -> list[nodes.Node]:
        lines = []
        for path in sorted(Path(self.env.doc2path(self.env.docname)).parent.glob("[0-9]*.md")):
            self.env.note_dependency(str(path))
            title, question, *_ = path.read_text(encoding="utf-8").split("\n# ", 1)[1].split("\n\n")
            number, question = int(path.stem[:2]), " ".join(question.split())
            lines += [rf"{number}\. {{doc}}`{title} <{path.stem}>`", f": {question}", ""]  # "1." would begin a list
        return self.parse_text_to_nodes("\n".join(lines))


class OfferNotebook(SphinxTransform):
    """Put a link to the notebook below the question of every page that has cells."""

    default_priority = 400

    def apply(self) -> None:
        if not any("nb_element" in node for node in self.document.findall(nodes.container)):
            return
        notebook = Path(self.env.mystnb_config.output_folder) / f"{self.env.docname}.ipynb"
        target = "/" + os.path.relpath(notebook, self.app.srcdir).replace(os.sep, "/")
        link = download_reference("", "", nodes.Text("Take this page as a notebook"), reftarget=target)
        line = nodes.paragraph("", "", link, nodes.Text(": change a number, and run it again."), classes=["notebook"])
        page = next(self.document.findall(nodes.section))
        place = page.first_child_matching_class(nodes.paragraph)
        page[place]["classes"].append("question")
        page.insert(place + 1, line)


class NameWhatIsHidden(SphinxTransform):
    """Say of each hidden cell what it is."""

    default_priority = 400

    def apply(self) -> None:
        for cell in self.document.findall(nodes.container):
            if cell.get("hide_mode") in PROMPTS:
                cell["prompt_show"], cell["prompt_hide"] = PROMPTS[cell["hide_mode"]]


class ShowDrawings(SphinxTransform):
    """Put a drawing that a cell makes into the page itself, where it says in words what it shows."""

    default_priority = 400

    def apply(self) -> None:
        for image in list(self.document.findall(nodes.image)):
            if image.parent.get("mime_type") == "image/svg+xml":
                svg = Path(self.env.relfn2path(image["uri"])[1]).read_text(encoding="utf-8")
                image.replace_self(nodes.raw("", framed(svg), format="html"))


def setup(app: Any) -> dict[str, bool]:
    app.connect("source-read", bring_sources)
    app.add_directive("lessons", Lessons)
    app.add_transform(OfferNotebook)
    app.add_transform(NameWhatIsHidden)
    app.add_transform(ShowDrawings)
    return {"parallel_read_safe": True}
