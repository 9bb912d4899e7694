"""How pictures look: the colours, shapes and letters, all in this file.

What was given has square corners, what was computed has round ones. Colour tells the same once more, so that nothing
is lost without it. Text stands out from its ground by a contrast of at least 4.5 to 1.
"""

from __future__ import annotations

from typing import NamedTuple

from tinygrad_edu.viz.picture import Kind

SANS = "Helvetica,Arial,sans-serif"
MONO = "Menlo,Consolas,monospace"
INK = "#1f2937"
MUTED = "#566173"
PALE = "#cdd6e4"
PORT = "#4a5875"

GRAPH = f'bgcolor=white fontname="{SANS}" fontsize=10 fontcolor="{MUTED}" nodesep=0.28 ranksep=0.42 pad=0.15'
NODE = f'fontname="{SANS}" fontsize=10 width=0 height=0'
EDGE = 'color="#7b8798" penwidth=1.2 arrowsize=0.65'

# Letters, as attributes of <FONT>
NAME = f'POINT-SIZE="13" COLOR="{INK}"'
VALUE = f'POINT-SIZE="11" COLOR="{INK}" FACE="{MONO}"'
GRADIENT = f'POINT-SIZE="11" COLOR="#b4233c" FACE="{MONO}"'
OPERATION_NAME = 'POINT-SIZE="13" COLOR="white"'
PORT_NAME = 'COLOR="white"'


class Look(NamedTuple):
    """How one kind of box looks, and the words that the legend has for it."""

    words: str
    fill: str
    line: str
    shape: str = "box"
    round: bool = False
    width: float = 1.2
    peripheries: int = 1
    letters: str = MUTED
    margin: str = "0.1,0.06"

    def attributes(self) -> str:
        """Return the look as attributes of DOT."""
        corners = "filled,rounded" if self.round and self.shape == "box" else "filled"
        return (
            f'shape={self.shape} style="{corners}" fillcolor="{self.fill}" color="{self.line}" '
            f'penwidth={self.width} peripheries={self.peripheries} margin="{self.margin}" fontcolor="{self.letters}" '
            f'tooltip="{self.words}"'
        )


LOOKS: dict[Kind, Look] = {
    "parameter": Look("parameter (gets a gradient)", "#fdf0cf", "#b7791f", width=1.8),
    "input": Look("input (takes none)", "#dcebfb", "#3b78b8"),
    "constant": Look("constant", "#eceff3", "#eceff3", shape="ellipse", round=True),
    "intermediate": Look("intermediate value", "#f8fafc", "#94a3b8", round=True),
    "result": Look("result", "#d9f2e1", "#2b8a57", round=True, width=1.8, peripheries=2),
}
OPERATION = Look("operation", "#36425a", "#36425a", round=True, letters=PALE, margin="0")
