"""Seeing a computation graph: as a picture, as a page to step through, as a worked example in words and numbers.

`draw(result)`, `explore(result)` and `explain(result)` stand on the same ground: `tracing` (what was computed, where,
and what to call it), `backward` (every number of a backward pass) and `formulas` (the rules of the operations as
mathematics). `pictures` makes the drawing, `explorer` the page, `explaining` the words.
"""

from tinygrad_edu.viz.backward.shares import BackwardPass, Share, Visit, record_backward
from tinygrad_edu.viz.explaining.explanation import Explanation, explain
from tinygrad_edu.viz.explaining.paths import GraphPath, GraphPaths
from tinygrad_edu.viz.explaining.steps import Contribution, Step
from tinygrad_edu.viz.explorer import Explorer, explore
from tinygrad_edu.viz.pictures.drawing import Drawing, draw
from tinygrad_edu.viz.pictures.rendering import RenderError
from tinygrad_edu.viz.tracing.trace import Note, Trace, trace

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
