"""Seeing a computation graph: `draw(result)` makes a picture of it.

Read `picture` (what is in the picture), `style` (how it looks), `dot` (writing it down for Graphviz), `drawing`
(showing and saving it).
"""

from tinygrad_edu.viz.drawing import Drawing, draw
from tinygrad_edu.viz.rendering import RenderError
from tinygrad_edu.viz.tracing import Trace, trace

__all__ = ["Drawing", "RenderError", "Trace", "draw", "trace"]
