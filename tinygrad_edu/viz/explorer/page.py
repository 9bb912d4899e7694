"""Putting a page together: one file with everything in it, and a policy that lets nothing else be loaded or run."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

from tinygrad_edu.system.pages import content_security_policy, hashed

HERE = Path(__file__).parent
SCRIPTS = (
    "data", "numbers", "dom", "steps", "state", "terms", "arrays", "heatmap", "lines", "panel", "forward", "backward",
    "folding", "boxes", "sides", "layout", "graph", "list", "main",
)  # fmt: skip
"""The scripts, in the order in which a page has them: each uses what stands before it."""

STYLES = ("colours", "page", "picture", "panel", "widths")
"""The style sheets, in the order in which a page has them: what comes later changes what came before."""


def make_page(data: Mapping[str, Any]) -> str:
    """Return the page that shows what `record_page` has recorded."""
    style = "\n".join(read(f"styles/{name}.css") for name in STYLES)
    script = make_script()
    return Template(read("page.html")).substitute(
        policy=content_security_policy(f"script-src {hashed(script)}", f"style-src {hashed(style)}"),
        title=html.escape(f"Backward pass of {data['title']}"),
        style=style,
        data=as_script_data(data),
        script=script,
    )


def make_script() -> str:
    """Return the one script of a page: dagre with its licence, and ours."""
    licence = read("vendor/LICENSE.dagre").strip()
    library = "\n".join(line for line in read("vendor/dagre.min.js").splitlines() if not line.startswith("//"))
    ours = [read(f"scripts/{name}.js") for name in SCRIPTS]
    return "\n".join([f"/* dagre\n\n{licence}\n*/", library, *ours])


def as_script_data(data: Mapping[str, Any]) -> str:
    """Return data as JSON that can stand in a page's script element, whatever its texts hold."""
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))  # what is not ASCII comes as \\u…
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def read(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")
