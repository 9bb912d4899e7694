"""`draw`, and the `Drawing` it returns: shown by Jupyter, saved as a file, or read as DOT text."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

from tinygrad_edu.system.files import replacing
from tinygrad_edu.tensors.tensor import Tensor
from tinygrad_edu.viz.pictures.arranging import LEAVES
from tinygrad_edu.viz.pictures.boxes import Picture
from tinygrad_edu.viz.pictures.dot import SIDES, Layout, write_dot
from tinygrad_edu.viz.pictures.picture import MOST, make_picture
from tinygrad_edu.viz.pictures.rendering import SECONDS, RenderError, render_dot
from tinygrad_edu.viz.pictures.svg import finish
from tinygrad_edu.viz.text import count
from tinygrad_edu.viz.tracing.checks import check_result, check_trace
from tinygrad_edu.viz.tracing.trace import Trace

TEXT_FORMATS = (".dot", ".gv")
RENDERED_FORMATS = (".svg", ".png", ".pdf")
DOTS_PER_INCH = 160  # of a picture of dots: fine enough for a screen that shows two of them for one

Direction = Literal["LR", "TB", "RL", "BT"]
Theme = Literal["light", "dark", "auto"]


class Drawing:
    """A picture of a graph.

    In Jupyter it shows itself. The text is made at once, so that the picture stays as it was when `draw` was called.

    Attributes:
        source: the picture in DOT, the language of Graphviz. It needs nothing to be installed.
        operations: how many operations the graph has.
        title, description: what the picture shows, in words.
        theme: "light", "dark", or "auto" for what the reader's screen has.
    """

    def __init__(
        self, source: str, operations: int, title: str = "", description: str = "", theme: Theme = "auto"
    ) -> None:
        self.source = source
        self.operations = operations
        self.title = title or f"Computation graph of {count(operations, 'operation')}"
        self.description = description
        self.theme = theme

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture to `path` and return it. The ending says what it becomes.

        `.svg`, `.png` and `.pdf` need Graphviz: its program `dot`, or the package pygraphviz. `.dot` and `.gv` are the
        text, and need nothing. The file is written beside its place and then renamed: there is never half a picture.

        Raises:
            ValueError: another ending.
            FileNotFoundError: the folder does not exist.
            RenderError: Graphviz is not installed, failed, or took too long.
        """
        target = Path(path)
        ending = target.suffix.lower()
        if ending not in (*TEXT_FORMATS, *RENDERED_FORMATS):
            raise ValueError(
                f"save: expected a file name that ends in one of {', '.join((*RENDERED_FORMATS, *TEXT_FORMATS))}, "
                f"got {target.name!r}; write drawing.save('graph.svg')"
            )
        if not target.parent.is_dir():
            raise FileNotFoundError(f"save: the folder {str(target.parent)!r} does not exist; create it first")
        content = self.source.encode() if ending in TEXT_FORMATS else self.render(ending[1:])
        with replacing(target) as file:
            file.write(content)
        return target

    def render(self, format: str, *, seconds: float = SECONDS) -> bytes:
        """Return the bytes of the picture as a file ("svg", "png", "pdf").

        Raises:
            RenderError: Graphviz is not installed, failed, or took longer than `seconds`.
        """
        source = self.source.replace("{", f"{{\ndpi={DOTS_PER_INCH}", 1) if format == "png" else self.source
        picture = render_dot(source, format, seconds)
        if format == "svg":
            return finish(picture.decode(), self.title, self.description, self.theme == "auto").encode()
        return picture

    def to_graphviz(self) -> Any:
        """Return the picture as a `graphviz.Source`, for what that package can do: `.view()`, `.unflatten()`."""
        import graphviz  # only here: everything else works without it

        return graphviz.Source(self.source)

    def __repr__(self) -> str:
        return (
            f"<Drawing of {count(self.operations, 'operation')}; save it with .save('graph.svg'), "
            "or read its DOT text in .source>"
        )

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """Return what Jupyter shows: the picture or, where there can be none, words that say why."""
        try:
            return {"text/plain": repr(self), "image/svg+xml": self.render("svg").decode()}
        except RenderError as error:
            return {"text/plain": f"{self!r}\n{error}"}


def draw(
    results: Tensor | Sequence[Tensor],
    *,
    names: Mapping[str, Any] | None = None,
    model: Any = None,
    trace: Trace | None = None,
    collapse: int | str | Iterable[str] | None = None,
    max_nodes: int = MOST,
    hide_constants: bool = False,
    values: bool = True,
    grads: bool | None = None,
    edges: Literal["forward", "backward"] = "forward",
    rankdir: Direction = "TB",
    theme: Theme = "auto",
    legend: bool = False,
    direction: Direction | None = None,
) -> Drawing:
    """Draw the graph that `results` were computed by: a box for each operation with its output, and for each leaf.

        a = tg.tensor(2.0, requires_grad=True)
        b = tg.tensor(-3.0, requires_grad=True)
        y = a * b + a
        viz.draw(y, names={"a": a, "b": b}).save("graph.svg")

    A box has the name, the shape and the dtype of a tensor; its value, or of a large one the range, the mean and a
    heatmap; and its gradient, or of a large one the norm: a dash where none was computed. The box of an operation has
    its formula and parameters too. A leaf that is used several times has a box at each use. NaN and infinities are
    flagged, with the first operation that made one. Parameters, inputs, constants and results differ in colour and
    shape.

    Parameters:
        results: one tensor or several.
        names: tensors and arrays by name, besides tensors that have a `.name`. What is not in the graph is passed
            over, so that `names=locals()` names everything at hand.
        model: a module, whose parameters get the names that they have there. Those that are not used are listed.
        trace: what `with viz.trace() as t:` noted of the computation: the names in the program, its lines, and the
            modules, which are drawn as frames. With it, a graph can be drawn that backward() has freed, and after
            optimizer.step() parameters are shown as they were before.
        collapse: the modules to be drawn as one box: those nested deeper than a number (0: the whole model, 1: its
            children), or by dotted name or class, with * for anything: "encoder.*", ["Linear", "BatchNorm2d"].
        max_nodes: how many boxes there may be. In a larger graph repeated modules are folded, then modules, then the
            middle of what is long.
        hide_constants: whether to leave out numbers and arrays that have no name.
        values: whether to show values.
        grads: whether to show gradients. True runs a backward pass for them and leaves every `.grad` as it is; that of
            the sum, where the result is not one number, and the picture says so. None, the default, does it if the
            result is one number and there was a backward pass already; else there is a dash. What `.grad` holds is
            shown under that name where it is something else.
        edges: "backward" draws the way of the gradients too, with each share, or its norm if it is not one number.
        rankdir: where the arrows point: "TB" from top to bottom, "LR" from left to right, "BT", "RL".
        theme: "light", "dark", or "auto": an SVG then follows the reader's screen, and other pictures are light.
        legend: whether to add a line that explains the colours and shapes.
        direction: the same as `rankdir`.

    Raises:
        TypeError: a result is no Tensor, or `trace` is no trace.
        ValueError: an option has no such value; `collapse` names no module that there is.
        GraphError: a result was not computed from anything that requires a gradient, or a backward pass has freed
            the graph. Draw before backward(), call backward(retain_graph=True), or pass a trace.
    """
    tensors = check_results(results)
    check_trace(trace, "draw")
    rankdir = rankdir if direction is None else direction
    for name, value, allowed in (
        ("direction" if direction else "rankdir", rankdir, tuple(SIDES)),
        ("theme", theme, get_args(Theme)),
        ("edges", edges, ("forward", "backward")),
    ):
        if value not in allowed:
            raise ValueError(f"draw: expected {name} to be one of {', '.join(allowed)}, got {value!r}")
    if not isinstance(max_nodes, int) or max_nodes < LEAST:
        raise ValueError(f"draw: expected max_nodes to be a whole number from {LEAST} up, got {max_nodes!r}")
    if model is not None and not hasattr(model, "named_parameters"):
        raise TypeError(
            f"draw: expected model= to be a Module, got {type(model).__name__}; to name tensors write names="
        )
    if edges == "backward" and grads is None:
        grads = True
    picture = make_picture(
        tensors,
        names=names,
        model=model,
        trace=trace,
        collapse=collapse if collapse is None or isinstance(collapse, int | str) else list(collapse),
        hide_constants=hide_constants,
        grads=grads,
        max_nodes=max_nodes,
    )
    title, description = describe(picture)
    layout = Layout(rankdir, values, grads is not False, legend, theme == "dark", edges == "backward")
    return Drawing(write_dot(picture, layout, title), picture.operations, title, description, theme)


LEAST = 5  # boxes; with fewer there is no picture


def check_results(results: Any) -> list[Tensor]:
    """Return the results as a list, if they are Tensors that something was recorded for."""
    tensors: list[Any] = list(results) if isinstance(results, list | tuple) else [results]
    if not tensors:
        raise ValueError("draw: expected a tensor or several, got none")
    for i, x in enumerate(tensors, 1):
        check_result(x, "draw", f"result {i} of {len(tensors)}" if len(tensors) > 1 else "")
    return tensors


def describe(picture: Picture) -> tuple[str, str]:
    """Return what a picture shows, in a few words and in some sentences."""
    results = [box.name for box in picture.boxes if box.role == "result"]
    title = f"Computation graph of {', '.join(results[:3]) or count(picture.operations, 'operation')}"
    sentences = [f"{count(picture.operations, 'operation')}, drawn as {count(len(picture.boxes), 'box')}."]
    for box in picture.boxes:
        if box.node is not None:
            more = f" and {len(box.inputs) - LEAVES} more" if len(box.inputs) > LEAVES else ""
            sentences.append(f"{box.name} is {box.node.op.name} of {', '.join(box.inputs[:LEAVES])}{more}.")
        elif box.nodes:
            sentences.append(f"{box.name} is {count(len(box.nodes), 'operation')}, folded.")
    return title, " ".join(sentences)
