"""Seeing a computation graph: `draw(result)` makes a picture of it, `explore(result)` a page to step through.

Read `tracing` (looking on while something is computed), `shares` (looking on at a backward pass), and `naming`. Of a
picture, `boxes` (what is in it), `picture` with `folding` and `arranging` (how it is made), `style` and `labels` (how
it looks), `dot` (writing it down for Graphviz), `drawing` (showing and saving it). Of the page, `explorer`; of the text,
`explanation`.
"""

from tinygrad_edu.viz.drawing import Drawing, draw
from tinygrad_edu.viz.explanation import Explanation, explain
from tinygrad_edu.viz.explorer import Explorer, explore
from tinygrad_edu.viz.paths import GraphPath, GraphPaths
from tinygrad_edu.viz.rendering import RenderError
from tinygrad_edu.viz.shares import BackwardPass, Share, Visit, record_backward
from tinygrad_edu.viz.steps import Contribution, Step
from tinygrad_edu.viz.tracing import Note, Trace, trace

__all__ = [
    "BackwardPass",
    "Contribution",
    "Drawing",
    "Explanation",
    "Explorer",
    "GraphPath",
    "GraphPaths",
    "Note",
    "RenderError",
    "Share",
    "Step",
    "Trace",
    "Visit",
    "draw",
    "explain",
    "explore",
    "record_backward",
    "trace",
]
