"""The report of a training run: figures on one page, or text.

Read `findings` (what is found out about a run, as numbers) with `measures` and `landscape`, then `figures` (what is
drawn of it) and `page` or `summary` (how it is told).
"""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path

from tinygrad_edu.plots.picture import Picture
from tinygrad_edu.system.extras import MissingExtraError
from tinygrad_edu.system.files import replacing
from tinygrad_edu.training.report.figures import draw_figures
from tinygrad_edu.training.report.findings import Findings, Material, examine, gather_material
from tinygrad_edu.training.report.page import make_page
from tinygrad_edu.training.report.summary import summarize
from tinygrad_edu.training.run import Run

__all__ = ["Findings", "Material", "MissingExtraError", "Picture", "Report", "report"]

ENDINGS = (".svg", ".png")


class Report:
    """What a training run came to: as one page of HTML, as single figures, or as text.

    The page loads nothing and runs no script; it suits a narrow and a wide, a light and a dark screen. The figures are
    drawn by Matplotlib, which the extra `report` brings; the text needs nothing.

    Attributes:
        findings: the numbers that are told, as plain data.
    """

    def __init__(self, findings: Findings) -> None:
        self.findings = findings

    def text(self) -> str:
        """Return the report as lines of text, for people without a browser."""
        return summarize(self.findings)

    def html(self) -> str:
        """Return the report as a page of HTML. MissingExtraError if Matplotlib is not installed."""
        return make_page(self.findings, self.figures)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page to `path`, and return it. A file that is there is replaced, when the new one is complete.

        Raises:
            MissingExtraError: Matplotlib is not installed.
            OSError: the file cannot be written.
        """
        page = self.html().encode()
        with replacing(path) as file:
            file.write(page)
        return Path(path)

    def save_figures(self, folder: str | os.PathLike[str], ending: str = ".svg") -> list[Path]:
        """Write each figure to a file of its own, named by what it shows, in a folder; return their paths.

        Parameters:
            folder: where to; it is made if it is not there.
            ending: ".svg" or ".png".

        Raises:
            MissingExtraError: Matplotlib is not installed.
            ValueError: another ending.
            OSError: a file cannot be written.
        """
        if ending not in ENDINGS:
            raise ValueError(f"save_figures: expected ending to be one of {', '.join(ENDINGS)}, got {ending!r:.40}")
        pictures = [picture for section in self.figures.values() for picture in section]
        Path(folder).mkdir(parents=True, exist_ok=True)
        return [picture.save(Path(folder), ending) for picture in pictures]

    @cached_property
    def figures(self) -> dict[str, list[Picture]]:
        """The figures, section by section. MissingExtraError if Matplotlib is not installed."""
        return draw_figures(self.findings)


def report(run: Run | str | os.PathLike[str], data: str | os.PathLike[str] | None = None) -> Report:
    """Find out about a training run what is worth telling.

    The network reads all test images, inverted ones and noise, and its loss is computed on a plane around the path of
    its weights; that takes one or two seconds, and some ten for a convolutional network.

    Parameters:
        run: a `Run`; or the folder of one, or a file of weights.
        data: the folder of the images; MNIST if not given.

    Raises:
        CheckpointError, RecordError: a file is not what it should be.
        OSError: a file cannot be opened.
    """
    return Report(examine(gather_material(run, data)))
