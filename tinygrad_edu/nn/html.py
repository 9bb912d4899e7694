"""How a module looks in a notebook: a table of the modules inside, with their settings and parameters."""

from __future__ import annotations

from html import escape
from typing import Any

LEFT = "text-align: left; padding: 1px 10px 1px 0"
NAME, RIGHT = f"{LEFT}; white-space: nowrap", "text-align: right; padding: 1px 10px 1px 0"
MOST = 200  # rows


def module_as_html(module: Any) -> str:
    """Return a module as HTML: of each module inside its name, class and settings, and how many numbers it learns.

    Parameters that several modules share are counted once in the sum. Where a size is not known yet, as in a lazy
    layer, there is a dash.
    """
    inside = list(module.named_modules())
    if len(inside) > 1 and not list(module.parameters(recurse=False)):
        del inside[0]  # the caption has said it
    rows = [_row(name, part) for name, part in inside[:MOST]]
    if len(inside) > MOST:
        rows.append(f'<tr><td colspan="4" style="{LEFT}">… {len(inside) - MOST} more</td></tr>')
    head = "".join(
        f'<th style="{side}">{word}</th>'
        for word, side in (("layer", LEFT), ("class", LEFT), ("settings", LEFT), ("parameters", RIGHT))
    )
    total = _count(list(module.parameters()))
    words = f"<b>{escape(type(module).__name__)}</b>: {total} parameters"
    caption = f'<caption style="caption-side: top; {LEFT}">{words}</caption>'
    return f'<div style="overflow-x: auto"><table>{caption}<tr>{head}</tr>{"".join(rows)}</table></div>'


def _row(name: str, module: Any) -> str:
    """Return the row of one module, indented by how deep it is."""
    depth = name.count(".")
    settings = " ".join(module.extra_repr().split())
    own = list(module.parameters(recurse=False))
    cells = [(f"{'&emsp;' * depth}{escape(name.rpartition('.')[2])}", NAME), (escape(type(module).__name__), LEFT)]
    cells += [(escape(settings), LEFT), (_count(own) if own else "", RIGHT)]
    return "<tr>" + "".join(f'<td style="{style}">{text}</td>' for text, style in cells) + "</tr>"


def _count(parameters: list[Any]) -> str:
    """Return how many numbers there are in parameters; a dash if one of them has no size yet."""
    sizes = [parameter.array.size for parameter in parameters]
    return f"{sum(sizes):,}" if all(sizes) else "—"
