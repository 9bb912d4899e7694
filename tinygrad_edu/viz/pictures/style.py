"""How pictures look: the colours, shapes and letters, all in this file.

What was given has square corners, what was computed has round ones, what is folded has a broken line. Colour tells the
same once more, so that nothing is lost without it; the colours stay apart for people who do not tell red from green.
Text stands out from its ground by a contrast of at least 4.5 to 1, on light and on dark ground.
"""

from __future__ import annotations

from typing import NamedTuple

from tinygrad_edu.viz.pictures.boxes import Box, Role

SANS = "Helvetica,Arial,sans-serif"
MONO = "DejaVu Sans Mono,Menlo,Consolas,monospace"

GROUND = "#ffffff"
INK = "#1f2937"
MUTED = "#4b5565"
PALE = "#cdd6e4"
WHITE = "#fefefe"  # letters on dark ground
ARROW = "#7b8798"
BACK = "#b4233c"  # gradients
HEADER = "#36425a"
ALARM = "#a3123a"
FRAMES = ("#f6f8fb", "#edf1f7")  # modules, and modules in modules, in turn
FRAME_LINE = "#c3ccd9"

# Of a heatmap, from the most negative number over 0 to the most positive one
HEAT = ("#2c5f9e", "#6b95c9", "#a9c4e4", "#dbe6f3", "#f7f7f5", "#fae4cc", "#f2bd82", "#dd8a3a", "#a95a0c")
NOT_FINITE = "#d4006a"

DARK = {
    GROUND: "#10151f",
    INK: "#e8ecf3",
    MUTED: "#aab6c8",
    PALE: "#c9d3e2",
    WHITE: "#fdfdfe",
    ARROW: "#8793a6",
    BACK: "#ff9aa8",
    HEADER: "#465572",
    ALARM: "#c02453",
    FRAMES[0]: "#161d29",
    FRAMES[1]: "#1c2533",
    FRAME_LINE: "#3a475c",
    "#fdf0cf": "#3d2f0c",
    "#b7791f": "#d79a3d",
    "#dcebfb": "#152f4d",
    "#3b78b8": "#6ba6e3",
    "#eceff3": "#2a3342",
    "#8a95a6": "#7c8aa0",
    "#fafbfd": "#1a2230",
    "#94a3b8": "#64748b",
    "#d6f1e7": "#0e3429",
    "#0b7a5b": "#36b990",
    "#f3f0fa": "#262137",
    "#7a63b0": "#a493d6",
    NOT_FINITE: "#ff4d9d",
    **dict(zip(HEAT, (
        "#8ab8f0", "#5f8fce", "#3d659d", "#2a4061", "#1d2530", "#4a3420", "#83521d", "#c07d2c", "#f2b15c",
    ), strict=True)),
}  # fmt: skip
"""What each colour is on dark ground. No other colour is used, and no one is used for two things."""

GRAPH = f'bgcolor="{GROUND}" fontname="{SANS}" fontsize=10 fontcolor="{MUTED}" nodesep=0.22 ranksep=0.3 pad=0.15'
NODE = f'fontname="{SANS}" fontsize=10 fontcolor="{MUTED}" width=0 height=0'
EDGE = f'color="{ARROW}" fontcolor="{MUTED}" fontname="{SANS}" fontsize=9 penwidth=1.2 arrowsize=0.65'

# Letters, as attributes of <FONT>
NAME = f'POINT-SIZE="13" COLOR="{INK}"'
VALUE = f'POINT-SIZE="10" COLOR="{INK}" FACE="{MONO}"'
GRADIENT = f'POINT-SIZE="10" COLOR="{BACK}" FACE="{MONO}"'
OPERATION_NAME = f'POINT-SIZE="12" COLOR="{WHITE}"'
FORMULA = f'COLOR="{PALE}"'
PORT_NAME = f'POINT-SIZE="9" COLOR="{MUTED}"'


class Look(NamedTuple):
    """How one kind of box looks, and the words that the legend has for it."""

    words: str
    fill: str
    line: str
    shape: str = "box"
    corners: str = ""  # rounded, dashed
    width: float = 1.2
    peripheries: int = 1
    margin: str = "0.07,0.05"

    def attributes(self) -> str:
        """Return the look as attributes of DOT."""
        return (
            f'shape={self.shape} style="{",".join(["filled", *self.corners.split()])}" fillcolor="{self.fill}" '
            f'color="{self.line}" penwidth={self.width} peripheries={self.peripheries} margin="{self.margin}"'
        )


LOOKS: dict[Role, Look] = {
    "parameter": Look("parameter (gets a gradient)", "#fdf0cf", "#b7791f", width=1.8),
    "input": Look("input (takes none)", "#dcebfb", "#3b78b8"),
    "constant": Look("constant", "#eceff3", "#8a95a6", shape="ellipse", width=0.8, margin="0.03,0.02"),
    "intermediate": Look("operation and its output", "#fafbfd", "#94a3b8", corners="rounded"),
    "result": Look("result", "#d6f1e7", "#0b7a5b", corners="rounded", width=1.8, peripheries=2),
    "folded": Look("folded", "#f3f0fa", "#7a63b0", corners="rounded dashed", width=1.5),
}


def look_of(box: Box) -> Look:
    """Return how a box looks. A constant that is more than a number needs more room than an ellipse has."""
    look = LOOKS[box.role]
    return look._replace(shape="box") if box.role == "constant" and box.shape else look
