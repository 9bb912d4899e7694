"""The parts of a picture: boxes, arrows, and the modules around them. Whoever draws one needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from tinygrad_edu.engine.op import Array
from tinygrad_edu.engine.value import Node
from tinygrad_edu.viz.backward.shares import BackwardPass
from tinygrad_edu.viz.pictures.folding import Path

Role = Literal["parameter", "input", "constant", "intermediate", "result", "folded"]


@dataclass(slots=True, eq=False)
class Box:
    """One box: an operation and its output; a leaf or a constant, at one of its uses; or many of these, folded.

    Attributes:
        number: its place among the boxes.
        role: a leaf that requires a gradient is a "parameter", one that does not an "input"; a number or array that
            was given as it is, a "constant"; the output of an operation, "intermediate" or a "result"; else "folded".
        key: what stands for its tensor in the graph (`walking.key_of`): the node, the leaf, ("array", id). Of folded
            operations, the one whose output goes on. None where there are several, and for a bare number.
        name: of the tensor, unique in the graph (`naming.names_of`); "" of a bare number; of what is folded, what it
            is: "layers.1 … layers.11", "… 198 operations …".
        named: whether the reader or the program gave that name, and not this package.
        nodes: the operations in it: none, one, or those that are folded.
        inputs: what each input of the operation is called; a number is written out.
        input_shapes: of the same inputs.
        shares_to: the inputs that get a share of the gradient, by number.
        modules: the modules that it belongs to, the outermost first, each with its dotted name and its class.
        group: the place in `Picture.groups` of the innermost module that is drawn around it; None if there is none.
        shape, dtype, value, grad: of the tensor; None (dtype: "") where it is not known or was not computed.
        summed: how large the numbers were that `grad` was added up from (`backward.rounding.summed_sizes`).
        takes_grad: whether there could be a gradient at all.
        stored_grad: what `.grad` holds, where that is not `grad`: after two backward passes, the sum; or where no pass
            was run.
        use, here, uses: a leaf or constant is used `uses` times, the first time from this box is number `use` (from 1),
            and `here` of them are from this box.
        renewed: whether it was changed in place since its first use, and has another value here.
        line: the user's line that called the operation: "train.py:12: y = x.log()"; "" without a trace.
        flaw, grad_flaw: "NaN" or "infinity" where the value, the gradient, has one; of what is folded, any of them.
        culprit: the first operation in it that made a NaN or an infinity of inputs that had none.
        kind: of folded modules, their class.
        repeats: how many modules of the same structure it stands for.
        leaves: the names of the leaves that are folded into it.
    """

    number: int
    role: Role
    key: Any = None
    name: str = ""
    named: bool = False
    nodes: Sequence[Node] = ()
    inputs: Sequence[str] = ()
    input_shapes: Sequence[tuple[int, ...]] = ()
    shares_to: Sequence[int] = ()
    modules: Path = ()
    group: int | None = None
    shape: tuple[int, ...] | None = None
    dtype: str = ""
    value: Array | None = None
    grad: Array | None = None
    summed: Array | float = 0.0
    takes_grad: bool = False
    stored_grad: Array | None = None
    use: int = 1
    here: int = 1
    uses: int = 1
    renewed: bool = False
    line: str = ""
    flaw: str = ""
    grad_flaw: str = ""
    culprit: Node | None = None
    kind: str = ""
    repeats: int = 1
    leaves: Sequence[str] = ()

    @property
    def node(self) -> Node | None:
        """The operation, where it is one."""
        return self.nodes[0] if self.nodes and self.role != "folded" else None


@dataclass(slots=True, eq=False)
class Edge:
    """An arrow from the box that made or held something to a box that uses it.

    Attributes:
        start, end: the numbers of the boxes.
        index: which input of the operation it is; None where it leads to folded operations, or comes from many leaves.
        name, named: of the tensor that goes along, as in its box.
        uses: how often the folded operations use it.
        share: what came back along it in the backward pass; None where that is not known.
    """

    start: int
    end: int
    index: int | None
    name: str = ""
    named: bool = False
    uses: int = 1
    share: Array | None = None


@dataclass(slots=True, eq=False)
class Module:
    """A module around boxes: its dotted name ("" of the outermost), its class, and the place of the one around it."""

    name: str
    kind: str
    parent: int | None


@dataclass(slots=True, eq=False)
class Picture:
    """Everything in a picture.

    Attributes:
        boxes: in the order of the computation, so that no arrow leads back.
        edges, groups: the arrows and the modules; a module comes after the one around it.
        operations: how many the graph has, the folded ones included.
        notes: what is said below the picture: by a word, a text. Parameters of the model that are "not used"; what the
            "gradients" are of, where that is not one number; why there are "no gradients", where they were asked for.
        backward: the backward pass that the gradients are from; None if there was none.
    """

    boxes: list[Box] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    groups: list[Module] = field(default_factory=list)
    operations: int = 0
    notes: dict[str, str] = field(default_factory=dict)
    backward: BackwardPass | None = None
