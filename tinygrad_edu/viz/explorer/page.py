"""Putting a page together: one file with everything in it, and a policy that lets nothing else be loaded or run."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

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
    policy = (
        "default-src 'none'; "
        f"script-src '{digest(script)}'; style-src '{digest(style)}'; base-uri 'none'; form-action 'none'"
    )
    parts = {
        "policy": policy,
        "title": html.escape(f"Backward pass of {data['title']}"),
        "style": style,
        "data": as_script_data(data),
        "script": script,
    }
    pieces = read("page.html").split("{{")
    filled = [f"{parts[name]}{rest}" for name, _, rest in (piece.partition("}}") for piece in pieces[1:])]
    return "".join([pieces[0], *filled])


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


def digest(text: str) -> str:
    """Return what a content security policy calls a script or a style sheet by."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def read(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")
