"""`draw`, and the `Drawing` it returns: shown by Jupyter, saved as a file, or read as DOT text."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from tinygrad_edu.engine.graph import GraphError
from tinygrad_edu.system.files import replacing
from tinygrad_edu.tensors.tensor import Tensor
from tinygrad_edu.viz.dot import SIDES, write_dot
from tinygrad_edu.viz.picture import make_picture

TEXT_FORMATS = (".dot", ".gv")
RENDERED_FORMATS = (".svg", ".png", ".pdf")
SHOWN_AT_MOST = 1500  # operations; laying out more takes Graphviz too long to happen unasked


class RenderError(RuntimeError):
    """Graphviz could not turn the text into a picture."""


class Drawing:
    """A picture of a graph.

    In Jupyter it shows itself. The text is made at once, so that the picture stays as it was when `draw` was called.

    Attributes:
        source: the picture in DOT, the language of Graphviz. It needs nothing to be installed.
        operations: how many operations it shows.
    """

    def __init__(self, source: str, operations: int) -> None:
        self.source = source
        self.operations = operations

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture to `path` and return it. The ending says what it becomes.

        `.svg`, `.png` and `.pdf` need Graphviz's program `dot`; `.dot` and `.gv` are the text, and need nothing.
        The file is written beside its place and then renamed: there is never half a picture.

        Raises:
            ValueError: another ending.
            FileNotFoundError: the folder does not exist.
            RenderError: `dot` is not installed, or failed.
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

    def render(self, format: str) -> bytes:
        """Return the bytes of the picture as a file ("svg", "png", "pdf"). RenderError if `dot` is missing or fails."""
        import graphviz  # only here: everything else works without it

        # A picture of dots is drawn finely enough for a screen that shows two of them for one.
        source = self.source.replace("{", "{\ndpi=160", 1) if format == "png" else self.source
        try:
            return graphviz.Source(source).pipe(format=format, quiet=True)
        except graphviz.ExecutableNotFound:
            raise RenderError(
                f"draw: a picture as {format} needs Graphviz's program `dot`, which is not installed (or not on the "
                "PATH). Install it: `apt install graphviz`, `brew install graphviz`, `winget install graphviz` or "
                "`conda install -c conda-forge graphviz`. What works without it: drawing.save('graph.dot') and "
                "drawing.source, the same picture as text"
            ) from None
        except graphviz.CalledProcessError as error:
            message = (error.stderr or b"").decode(errors="replace").strip()
            raise RenderError(f"draw: Graphviz's program `dot` failed: {message or error}") from None

    def __repr__(self) -> str:
        return (
            f"<Drawing of {self.operations} operations; save it with .save('graph.svg'), "
            "or read its DOT text in .source>"
        )

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """Return what Jupyter shows: the picture or, where there can be none, words that say why."""
        if self.operations > SHOWN_AT_MOST:
            return {"text/plain": f"{self!r}\nThat is too many to show them unasked, but save() will draw them."}
        try:
            return {"text/plain": repr(self), "image/svg+xml": self.render("svg").decode()}
        except RenderError as error:
            return {"text/plain": f"{self!r}\n{error}"}


def draw(
    results: Tensor | Sequence[Tensor],
    *,
    names: Mapping[str, Any] | None = None,
    model: Any = None,
    direction: Literal["LR", "TB", "RL", "BT"] = "LR",
    legend: bool = False,
) -> Drawing:
    """Draw the graph that `results` were computed by: a box for each tensor and for each operation.

        a = tg.tensor(2.0, requires_grad=True)
        b = tg.tensor(-3.0, requires_grad=True)
        y = a * b + a
        viz.draw(y, names={"a": a, "b": b}).save("graph.svg")

    A tensor's box has its name, shape and dtype, its values if they are few, and its gradient: a dash where none was
    computed, the norm of a large one. Parameters, inputs, constants and results differ in colour and shape. An
    operation's box has its formula and its parameters.

    Parameters:
        results: one tensor or several.
        names: tensors and arrays by name, besides tensors that have a `.name`. What is not in the graph is passed
            over, so that `names=locals()` names everything at hand.
        model: a module, whose parameters get the names that they have there.
        direction: where the arrows point: "LR" from left to right, "TB" from top to bottom, "RL", "BT".
        legend: whether to add a box that explains the colours and shapes.

    Raises:
        GraphError: a result was not computed from anything that requires a gradient, or a backward pass has freed
            the graph. Draw before backward(), or call backward(retain_graph=True).
    """
    tensors: list[Any] = list(results) if isinstance(results, list | tuple) else [results]
    if not tensors:
        raise ValueError("draw: expected a tensor or several, got none")
    for x in tensors:
        if not isinstance(x, Tensor):
            raise TypeError(f"draw: expected a Tensor or several, got {type(x).__name__}")
        if not x.requires_grad:
            raise GraphError(
                "draw: no operation was recorded for this tensor, so there is no graph to draw. Set requires_grad=True "
                "on a tensor it is computed from, outside no_grad() and without detach()"
            )
    if direction not in SIDES:
        raise ValueError(f"draw: expected a direction among {', '.join(SIDES)}, got {direction!r}")
    picture = make_picture(tensors, {**collect_names(model), **check_names(names)})
    return Drawing(write_dot(picture, direction, legend), len(picture.steps))


def collect_names(model: Any) -> dict[str, Any]:
    """Return the parameters of a module by name."""
    if model is None:
        return {}
    if not hasattr(model, "named_parameters"):
        raise TypeError(
            f"draw: expected model= to be a Module, got {type(model).__name__}; to name tensors write names="
        )
    return dict(model.named_parameters())


def check_names(names: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Return `names` if they are that: tensors by name, not names by tensor."""
    for name in names or ():
        if not isinstance(name, str):
            raise TypeError(f'draw: expected names={{"x": x}}, the name first, got a {type(name).__name__} as a name')
    return names or {}
