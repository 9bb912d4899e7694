"""A figure with its title, its words and its caption: on a page, in a notebook, and as a file. Matplotlib draws it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from tinygrad_edu.plots.style import SETTINGS, dark_rules
from tinygrad_edu.plots.svg import tidy, with_style
from tinygrad_edu.system import extras
from tinygrad_edu.system.files import replacing

DOTS = 160  # to the inch, of the images in a figure
PNG_DOTS = 200


@dataclass(frozen=True)
class Picture:
    """A figure with what belongs to it.

    Attributes:
        name: of its file, and what the identifiers in it begin with.
        title: what it shows, in a few words.
        alt: what can be seen in it, for those who do not see it.
        caption: how to read it.
        figure: Matplotlib's figure.
    """

    name: str
    title: str
    alt: str
    caption: str
    figure: Any

    def svg(self) -> str:
        """Return the picture as an element of a page."""
        text = io.StringIO()
        self._save(text, format="svg", dpi=DOTS, metadata={"Date": None})
        return tidy(text.getvalue(), self.name, self.title, self.alt)

    def file(self, ending: str) -> bytes:
        """Return the picture as a file of its own: ".svg", which knows light and dark screens, or ".png"."""
        if ending == ".svg":
            return with_style(self.svg(), dark_rules()).encode()
        image = io.BytesIO()
        self._save(image, format="png", dpi=PNG_DOTS, metadata={"Software": None})
        return image.getvalue()

    def save(self, folder: Path, ending: str) -> Path:
        """Write the picture to a file of its own in a folder, named by what it shows; return its path."""
        path, content = folder / f"{self.name}{ending}", self.file(ending)
        with replacing(path) as file:
            file.write(content)
        return path

    def _repr_html_(self) -> str:
        """Return the picture as a notebook shows it: with its caption, for light and dark screens."""
        svg = with_style(self.svg(), dark_rules())
        return f'<figure class="plot-with-caption">{svg}<figcaption>{escape(self.caption)}</figcaption></figure>'

    def _save(self, file: Any, **options: Any) -> None:
        with settings():
            self.figure.savefig(file, **options)


def settings() -> Any:
    """Return the `with` block in which figures are made and saved.

    Raises:
        MissingExtraError: Matplotlib is not installed.
    """
    return require("matplotlib").rc_context(SETTINGS)


def require(name: str) -> Any:
    """Import a module of Matplotlib. MissingExtraError if it is not installed."""
    return extras.require(name, "report", "figures are drawn by Matplotlib", "the numbers and the text need nothing")
