"""One page on which a backward pass is stepped through.

Read `recording` (what a page is told; `arrays`, `local`, `differences` and `groups` are its parts), `page` (putting it
together), `explorer` (saving and showing it). The page itself is `page.html` and the files in `styles` and
`scripts`, plain CSS and JavaScript in the order that `page` has them in.
"""

from tinygrad_edu.viz.explorer.explorer import Explorer, explore

__all__ = ["Explorer", "explore"]
