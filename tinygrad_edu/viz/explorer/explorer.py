"""`explore`, and the `Explorer` it returns: a page, saved as a file or shown by Jupyter."""

from __future__ import annotations

import html
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tinygrad_edu.engine.graph import GraphError
from tinygrad_edu.system.files import replacing
from tinygrad_edu.tensors.tensor import Tensor
from tinygrad_edu.viz.explorer.page import make_page
from tinygrad_edu.viz.explorer.recording import record_page
from tinygrad_edu.viz.tracing.checks import check_result, check_trace
from tinygrad_edu.viz.tracing.trace import Trace

HEIGHT = 640  # pixels that the page gets in a notebook


class Explorer:
    """A page on which one computation and its backward pass are stepped through.

    In Jupyter it shows itself. It was recorded when `explore` was called, and stays as it was.

    Attributes:
        html: the page, all of it: no network is needed to look at it, and none is used.
        data: what the page shows, as plain lists, dicts, numbers and texts (`viz/explorer/recording.py` says which).
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.html = make_page(data)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page to `path`, which ends in .html, and return it.

        The file is written beside its place and then renamed: there is never half a page.

        Raises:
            ValueError: another ending.
            FileNotFoundError: the folder does not exist.
        """
        target = Path(path)
        if target.suffix.lower() not in (".html", ".htm"):
            raise ValueError(f"save: expected a file name that ends in .html, got {target.name!r}")
        if not target.parent.is_dir():
            raise FileNotFoundError(f"save: the folder {str(target.parent)!r} does not exist; create it first")
        with replacing(target) as file:
            file.write(self.html.encode())
        return target

    def __repr__(self) -> str:
        return (
            f"<Explorer of {len(self.data['operations'])} operations and {len(self.data['visits'])} steps back; "
            "save it with .save('backprop.html')>"
        )

    def _repr_html_(self) -> str:
        """Return what Jupyter shows: the page in a frame of its own, which can run its script and nothing else."""
        return (
            f'<iframe srcdoc="{html.escape(self.html)}" sandbox="allow-scripts" title="{html.escape(repr(self))}" '
            f'style="width: 100%; height: {HEIGHT}px; border: 0"></iframe>'
        )


def explore(
    loss: Tensor,
    gradient: Any = None,
    *,
    trace: Trace | None = None,
    names: Mapping[str, Any] | None = None,
    model: Any = None,
) -> Explorer:
    """Make a page on which the computation of `loss` and its backward pass are stepped through.

        with tg.viz.trace() as t:
            loss = ((x @ w + b) ** 2).mean()
        tg.viz.explore(loss, trace=t).save("backprop.html")

    Forward it goes operation by operation, then comes the seed dL/dL = 1, then the way back node by node. Each step
    shows the rule with your names in it; the upstream gradient, the local derivative and the share that they make, as
    numbers and as heatmaps; how shares add up where a value was used several times or repeated; and, beside the
    gradients, what finite differences say. Nothing changes: no `.grad`, and the graph stays.

    Everything is in the one file, arrays too: whole up to 20 000 elements, above that statistics, a coarse heatmap and
    one element. Gradients of computed values are checked by finite differences up to 200 operations, above that those
    of leaves.

    Parameters:
        loss: what is differentiated, a single number as a rule.
        gradient: the gradient it begins with, of the shape of `loss`; ones if not given.
        trace: what was noted while the graph was recorded. With it the page has your lines and modules and more names,
            and the graph may have been freed by a backward pass. After `optimizer.step()` parameters are shown as they
            were before.
        names: Tensors and arrays by name. What is not in the graph is passed over, so `names=locals()` may do.
        model: a module, for the names of its parameters.

    Raises:
        TypeError: `loss` is no Tensor.
        GraphError: no operation was recorded for `loss`; or a backward pass has freed the graph, or something in it was
            changed in place, and there is no trace.
    """
    check_result(loss, "explore")
    check_trace(trace, "explore")
    if loss.node is None:
        raise GraphError(
            "explore: this tensor is a leaf, which no operation has made, so there is nothing to step through; explore "
            "what is computed from it"
        )
    return Explorer(record_page(loss, gradient, trace=trace, names=names, model=model))
