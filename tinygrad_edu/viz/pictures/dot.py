"""Writing a picture down in DOT, the language of Graphviz. This takes no program and no package."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from tinygrad_edu.formulas.arguments import shorten
from tinygrad_edu.tensors.numbers import format_number
from tinygrad_edu.viz.pictures import style
from tinygrad_edu.viz.pictures.boxes import Box, Edge, Picture
from tinygrad_edu.viz.pictures.labels import Shown, write_box
from tinygrad_edu.viz.text import escape, format_norm, quote

SIDES = {"LR": "w", "TB": "n", "RL": "e", "BT": "s"}
"""Which side of a box the arrows come to, as a compass point, for each direction they may point in."""

SWATCHES = 2  # in a row of the legend

STRAIGHT = " weight=8"
"""Of arrows from one operation to the next, and of unseen ones from middle to middle where they come to a port. So
operations stand one below the other, and a long loop does not drift to one side."""

ALL = ["subgraph cluster_all {", 'graph [peripheries=0 margin=0 tooltip=""]']
"""A frame around all boxes, unseen. Graphviz keeps frames narrow, and so the whole picture."""

LONGEST_NOTE, WIDEST_NOTE = 400, 56  # letters of a note, and of a line of it

BACK_SAMPLE = f'<TD><FONT COLOR="{style.BACK}">- - ▸</FONT></TD><TD ALIGN="LEFT">gradient on its way back</TD>'
"""The sample of an arrow back in the legend, and what it means."""

COLOUR = re.compile('"(#[0-9a-f]{6})"')


@dataclass(frozen=True, slots=True)
class Layout:
    """How a picture is to be written: where the arrows point, what is shown, and on which ground."""

    rankdir: str = "TB"
    values: bool = True
    grads: bool = True
    legend: bool = False
    dark: bool = False
    backward: bool = False


def write_dot(picture: Picture, layout: Layout, title: str) -> str:
    """Return the DOT text of a picture."""
    side = SIDES[layout.rankdir]
    shown = Shown(layout.values, layout.grads, side, tuple(group.name for group in picture.groups))
    ports = ports_of(picture)
    lines = ["digraph {", f"graph [newrank=true rankdir={layout.rankdir} {style.GRAPH} tooltip={quote(title)}]"]
    lines += [f"node [{style.NODE}]", f"edge [{style.EDGE}]", *ALL]
    frames: list[list[str]] = [[] for _ in picture.groups]
    for box in picture.boxes:
        line = f"b{box.number} [{style.look_of(box).attributes()} {write_box(box, ports.get(box.number, ()), shown)}]"
        (lines if box.group is None else frames[box.group]).append(line)
    for number in reversed(range(len(frames))):  # what is inside first
        parent = picture.groups[number].parent
        (lines if parent is None else frames[parent]).extend(write_frame(picture, number, frames[number]))
    lines.append("}")
    several = {number for number, edges in ports.items() if len(edges) > 1}
    leafy = {box.group for box in picture.boxes if not box.nodes}
    spine: dict[int, Edge] = {}  # of the boxes that no straight arrow leads to, the last arrow from another operation
    for edge in picture.edges:
        attributes = f"tooltip={quote(describe_edge(edge, picture))}{write_words(edge, picture)}"
        length = " minlen=2" if picture.boxes[edge.end].group in leafy and enters(edge, picture) else ""
        comes_back = layout.backward and edge.share is not None
        port = f":i{edge.index}:{side}" if edge.end in several else ""
        straight = "" if port or comes_back else STRAIGHT  # two arrows between two boxes part to the left and right
        lines.append(f"b{edge.start} -> b{edge.end}{port} [{attributes}{length}{straight}]")
        if not straight and picture.boxes[edge.start].nodes:
            spine[edge.end] = max(edge, spine.get(edge.end, edge), key=lambda edge: edge.start)
        if comes_back:
            lines.append(f"b{edge.start} -> b{edge.end} [{back_edge(edge)}]")
    lines += (f"b{edge.start} -> b{edge.end} [style=invis{STRAIGHT}]" for edge in spine.values())
    lines += write_notes(picture, layout)
    text = "\n".join([*lines, "}"]) + "\n"
    return COLOUR.sub(lambda match: f'"{style.DARK[match[1]]}"', text) if layout.dark else text


def ports_of(picture: Picture) -> dict[int, list[Edge]]:
    """Return the arrows that come to each operation, in the order of its inputs."""
    found: dict[int, list[Edge]] = {}
    for edge in picture.edges:
        if edge.index is not None:
            found.setdefault(edge.end, []).append(edge)
    for edges in found.values():
        edges.sort(key=lambda edge: edge.index or 0)
    return found


def enters(edge: Edge, picture: Picture) -> bool:
    """Tell whether an arrow comes from an operation outside of a module with leaves.

    Such an arrow is made longer, so that the leaves stand below where it comes from. So modules stand one below the
    other and not side by side, and the picture is narrow.
    """
    start, module = picture.boxes[edge.start], picture.boxes[edge.end].group
    around = start.group
    while around is not None and around != module:
        around = picture.groups[around].parent
    return bool(start.nodes) and module is not None and around is None


def write_frame(picture: Picture, number: int, inside: Sequence[str]) -> list[str]:
    """Return the lines of a module, a frame around what is inside."""
    group = picture.groups[number]
    depth, parent = 0, group.parent
    while parent is not None:
        depth, parent = depth + 1, picture.groups[parent].parent
    label = (
        f"<B>{escape(shorten(group.name))}</B>  {escape(group.kind)}" if group.name else f"<B>{escape(group.kind)}</B>"
    )
    colours = f'fillcolor="{style.FRAMES[depth % 2]}" color="{style.FRAME_LINE}"'
    look = f'style="filled,rounded" {colours} penwidth=1 peripheries=1 margin=9'
    words = quote(f"module {group.name} ({group.kind})" if group.name else f"module {group.kind}")
    return [
        f"subgraph cluster_{number} {{",
        f"graph [{look} labeljust=l label=<{label}> tooltip={words}]",
        *inside,
        "}",
    ]


def write_words(edge: Edge, picture: Picture) -> str:
    """Return the label of an arrow, where it needs one."""
    start = picture.boxes[edge.start]
    words = []
    if start.role == "folded" and start.key is None and edge.name:
        words.append(edge.name)  # of the several things that come from there
    if edge.uses > 1:
        words.append(f"{edge.uses} uses")
    return f" label={quote(' ' + shorten(', '.join(words)))}" if words else ""


def describe_edge(edge: Edge, picture: Picture) -> str:
    """Return an arrow in words, for people who cannot see it and for the pointer that rests on it."""
    return f"from {describe(picture.boxes[edge.start], edge)} to {describe(picture.boxes[edge.end])}"


def describe(box: Box, edge: Edge | None = None) -> str:
    """Return a box in a few words."""
    if edge is not None and edge.name:
        return edge.name
    if box.node is not None:
        return f"{box.node.op.name}, which makes {box.name}"
    return box.name or "a number"


def back_edge(edge: Edge) -> str:
    """Return the attributes of an arrow back, with the share that came along it, or its norm.

    To Graphviz it is one more arrow forward, with its head at the tail: so there is room for what stands beside it.
    """
    share = edge.share
    assert share is not None
    words = format_number(share.item(), share.dtype) if share.size == 1 else format_norm(share)[0]
    look = f'dir=back color="{style.BACK}" fontcolor="{style.BACK}" style=dashed arrowsize=0.6'
    return f"{look} label={quote(f'  {words}')} tooltip={quote(f'share of the gradient of {edge.name}: {words}')}"


def write_notes(picture: Picture, layout: Layout) -> list[str]:
    """Return the line with the legend and with what is missing in the picture."""
    rows = []
    if layout.legend:
        looks = [look for role, look in style.LOOKS.items() if any(box.role == role for box in picture.boxes)]
        samples = [*map(swatch, looks)]
        if layout.backward and any(edge.share is not None for edge in picture.edges):
            samples.append(BACK_SAMPLE)
        lines = ["".join(samples[i : i + SWATCHES]) for i in range(0, len(samples), SWATCHES)]
        cells = "".join(f"<TR>{line}</TR>" for line in lines)
        rows.append(f'<TABLE BORDER="0" CELLSPACING="6" CELLPADDING="0">{cells}</TABLE>')
    for word, text in picture.notes.items():
        words = "<BR/>".join(map(escape, textwrap.wrap(shorten(text, LONGEST_NOTE), WIDEST_NOTE)))
        mark = f'<FONT COLOR="{style.BACK}"><B>{word}</B></FONT>'
        cells = f'<TD VALIGN="TOP">{mark}</TD><TD ALIGN="LEFT" BALIGN="LEFT">{words}</TD>'
        rows.append(f'<TABLE BORDER="0" CELLSPACING="6" CELLPADDING="0"><TR>{cells}</TR></TABLE>')
    if not rows:
        return []
    cells = "".join(f'<TR><TD ALIGN="LEFT">{row}</TD></TR>' for row in rows)
    table = f'<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="3">{cells}</TABLE>'
    return [f"graph [labeljust=l labelloc=b label=<{table}>]"]


def swatch(look: style.Look) -> str:
    """Return a cell with a small sample of a look, and one with what it means."""
    corners = f' STYLE="{look.corners.upper().replace(" ", ",")}"' if look.corners else ""
    colours = f'COLOR="{look.line}" BGCOLOR="{look.fill}"{corners}'
    sample = f'<TABLE BORDER="{look.peripheries}" CELLBORDER="0" CELLPADDING="0" {colours}>'
    return (
        f'<TD>{sample}<TR><TD WIDTH="20" HEIGHT="11"></TD></TR></TABLE></TD><TD ALIGN="LEFT">{escape(look.words)}</TD>'
    )
