"""Docstrings as they are written in this project, turned into what Sphinx reads.

They are plain text: `x` is code, an indented block is code, `Parameters:` and `Raises:` begin a list (those are
napoleon's to read). No other sign means anything, so a star or a trailing underscore is itself.
"""

from __future__ import annotations

import re
from itertools import takewhile
from typing import Any

SECTIONS = ("Args", "Attributes", "Example", "Note", "Parameters", "Raises", "Returns", "Shape", "Yields")
CODE_OR_MARK = re.compile(r"(?::[\w:]+:)?`+[^`]+`+_{0,2}|[*|\\]|_(?!\w)")
TWO_NAMES = re.compile(r"    (\w+(?:, \w+)+): (.*)")


def to_rst(lines: list[str]) -> list[str]:
    """Return the lines of a docstring as reStructuredText."""
    lines = separate_attributes(lines)
    answer: list[str] = []
    inside = "text"  # or "section", "code", "directive", "list"
    for i, line in enumerate(lines):
        before = lines[i - 1].strip() if i else ""
        if line.strip() and not line.startswith(" "):
            inside = "section" if line.rstrip().removesuffix(":") in SECTIONS else "text"
            inside = "directive" if line.startswith(".. ") else inside
        elif line.strip() and inside == "text" and not before:
            answer += ["::", ""]
            inside = "code"
        elif line.strip() and inside == "text" and not before.startswith(("- ", "1. ")) and lines[i - 1][0] != " ":
            inside = "list"  # "Parameters: as those of X, except" and its items
        if inside == "list" and line[:4].isspace() and line[4:5] != " ":
            answer.append("")
        if inside in ("code", "directive"):
            answer.append(line)
        else:
            line = CODE_OR_MARK.sub(escape, line)
            answer.append("    " + line.strip() if inside == "list" and line.strip() else line)
    return answer


def separate_attributes(lines: list[str]) -> list[str]:
    """Write `a, b: text` in a list of attributes as an entry for each, which is how napoleon reads it."""
    answer: list[str] = []
    in_attributes = False
    for i, line in enumerate(lines):
        if line.strip() and not line.startswith(" "):
            in_attributes = line.startswith("Attributes:")
        match = TWO_NAMES.match(line) if in_attributes else None
        if match is None:
            answer.append(line)
            continue
        more = list(takewhile(lambda line: line.startswith("     "), lines[i + 1 :]))
        *others, last = match[1].split(", ")
        for name in others:
            answer += [f"    {name}: {match[2]}", *more]
        answer.append(f"    {last}: {match[2]}")
    return answer


def escape(match: re.Match[str]) -> str:
    text = match.group()
    return text if "`" in text else "\\" + text


def on_docstring(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    lines[:] = to_rst(lines)


def setup(app: Any) -> dict[str, bool]:
    app.connect("autodoc-process-docstring", on_docstring, priority=100)  # before napoleon
    return {"parallel_read_safe": True}
