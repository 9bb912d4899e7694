"""The directive `training-report`: a network is trained while the documentation is built, and its report is shown.

The argument is what to write after `tinygrad-edu`, the content the names of the figures to show. The whole report is a
page beside the others, which the text can link to. Where Matplotlib is not installed, a note stands in their place.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from tinygrad_edu import cli, training
from tinygrad_edu.training.report import Report

PLACE = "report-of-a-run"


class TrainingReport(SphinxDirective):
    """Show some figures of a run's report, and where the whole of it is."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        found = train(self.arguments[0].split())
        place = Path(self.env.app.outdir) / PLACE
        try:
            place.mkdir(parents=True, exist_ok=True)
            found.save(place / "report.html")
            found.save_figures(place)
        except training.MissingExtraError:
            return [nodes.paragraph("", "(The report is missing here: this page was built without Matplotlib.)")]
        pictures = {picture.name: picture for section in found.figures.values() for picture in section}
        shown = "".join(
            f'<figure><img src="{PLACE}/{name}.svg" alt="{escape(pictures[name].alt)}" loading="lazy">'
            f"<figcaption>{escape(pictures[name].title)}</figcaption></figure>"
            for name in self.content
        )
        whole = f'<a href="{PLACE}/report.html">The whole report of this run</a>'
        return [nodes.raw("", f'<div class="report">{shown}</div><p>{whole}</p>', format="html")]


def train(words: list[str]) -> Report:
    """Run the command, and return the report of the run."""
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        code = cli.main([*words, "--no-report", "--out", folder])
        assert code == 0, f"tinygrad-edu {' '.join(words)} ended with {code}"
        (run,) = Path(folder).iterdir()
        return training.report(run)


def setup(app: Any) -> dict[str, bool]:
    app.add_directive("training-report", TrainingReport)
    return {"parallel_read_safe": True}
