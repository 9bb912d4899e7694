"""Seeing a computation graph: `draw(result)` makes a picture of it, `explore(result)` a page to step through.

Read `picture` (what is in the picture), `style` (how it looks), `dot` (writing it down for Graphviz), `drawing`
(showing and saving it); for the page, `explorer`.
"""

from tinygrad_edu.viz.drawing import Drawing, RenderError, draw
from tinygrad_edu.viz.explorer import Explorer, explore
from tinygrad_edu.viz.tracing import Trace, trace

__all__ = ["Drawing", "Explorer", "RenderError", "Trace", "draw", "explore", "trace"]
