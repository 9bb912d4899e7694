"""The directive `differences`: where PyTorch's own samples show a difference, from the table that the tests keep.

An entry that is missing there, or that nothing is found for any more, fails the tests.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from docutils import nodes
from operations import lines, table
from sphinx.util.docutils import SphinxDirective

KNOWN = Path(__file__).parents[2] / "tests" / "torch_samples" / "known.toml"

TITLES = {
    "refused": "Refused, with an error that says why",
    "accepts": "Answered, where PyTorch refuses",
    "wrong value": "Another value",
    "wrong shape": "Another shape",
    "wrong dtype": "Another type",
    "wrong gradient": "Another gradient",
    "wrong second gradient": "Another second derivative",
    "crash": "An error that is not the library's own",
}
"""The outcomes of a comparison, as the sections of the page."""


class Differences(SphinxDirective):
    """Build a section with a table for each outcome that there is."""

    has_content = False

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(KNOWN))
        kinds = tomllib.loads(KNOWN.read_text("utf-8"))["kind"]
        found = {outcome: [kind for kind in kinds if kind["outcome"] == outcome] for outcome in TITLES}
        return [self.section(TITLES[outcome], entries) for outcome, entries in found.items() if entries]

    def section(self, title: str, kinds: list[dict[str, Any]]) -> nodes.section:
        """Build the section of one outcome."""
        section = nodes.section(ids=[nodes.make_id(title)])
        section += nodes.title("", title)
        rows = [[nodes.paragraph("", kind["reason"]), lines([", ".join(kind["operations"])])] for kind in kinds]
        section += table(("what, and why", "where"), rows, classes=["differences"], widths=(50, 50))
        return section


def setup(app: Any) -> dict[str, bool]:
    app.add_directive("differences", Differences)
    return {"parallel_read_safe": True}
