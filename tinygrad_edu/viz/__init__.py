"""Seeing a computation graph: as a picture, as a page to step through, as a worked example in words and numbers.

`draw(result)`, `explore(result)` and `explain(result)` stand on the same ground: `tracing` (looking on while operations
are recorded), `shares` (every number of a backward pass), `naming` (what to call things). For the picture read
`picture` (what is in it), `style` (how it looks), `dot` (writing it down for Graphviz) and `drawing` (showing and
saving it); for the page, `explorer`; for the words, `steps`, `paths` and `blackboard`.
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
