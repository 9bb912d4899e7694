"""What a picture of a graph holds: a box for each operation and for each tensor, and which goes where.

The graph is walked without recursion, in time linear in its size, so that it may be as deep as it likes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Literal

import numpy as np

from tinygrad_edu.engine.graph import GraphError, Node
from tinygrad_edu.engine.op import Array
from tinygrad_edu.engine.versions import changed_since
from tinygrad_edu.tensors.tensor import Tensor

Kind = Literal["parameter", "input", "constant", "intermediate", "result"]


@dataclass(slots=True)
class TensorBox:
    """What is known about one tensor, or one constant, of the graph.

    Attributes:
        kind: a leaf that requires a gradient is a parameter, a leaf that does not an input; a number or array
            that was given as it is, a constant; what operations computed, an intermediate value or a result.
        value: the array; None where an operation in place has written over it since.
        grad: the gradient, None where none was computed.
        takes_grad: whether it could have a gradient at all.
    """

    kind: Kind
    value: Array | None
    shape: tuple[int, ...]
    dtype: str
    takes_grad: bool = False
    name: str | None = None
    grad: Array | None = None


@dataclass(slots=True)
class Step:
    """One operation of the graph: its node, and the numbers of the boxes it read and of the one it made."""

    node: Node
    inputs: list[int]
    output: int


@dataclass(slots=True)
class Picture:
    """The boxes and steps of a graph, in the order in which they came to be."""

    tensors: list[TensorBox] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)


def make_picture(results: Sequence[Tensor], names: Mapping[str, Any]) -> Picture:
    """Collect what a picture of the graph behind `results` holds. `names` gives tensors and arrays their names.

    Raises:
        GraphError: the graph was freed by a backward pass.
    """
    picture = Picture()
    numbers: dict[Any, int] = {}  # of the boxes, by what the tensors are: the node that made it, the leaf itself
    # An operation may have been given a tensor's bare array, as a constant: a loss does that with its targets.
    called = {identity(x.array): name for name, x in names.items() if isinstance(x, Tensor)}
    called |= {identity(x): name for name, x in names.items()}

    def box(x: Any) -> int:
        """Return the number of the box of `x`, making one if it has none yet."""
        key = identity(x)
        number = numbers.get(key)
        if number is None:
            number = numbers[key] = len(picture.tensors)
            picture.tensors.append(describe_tensor(x) if isinstance(x, Tensor) else describe_constant(x))
            picture.tensors[number].name = called.get(key)
        if isinstance(x, Tensor):  # two tensors may stand for one place in the graph, and one of them know more
            known = picture.tensors[number]
            known.name = known.name or x.name
            if known.grad is None and x.grad is not None:
                known.grad = x.grad.array
        return number

    nodes = recorded(results)
    made: dict[Node, Tensor] = {x.node: x for node in nodes for x in node.sources() if getattr(x, "node", None)}
    made.update({x.node: x for x in results if x.node is not None})
    for node in nodes:
        inputs = [box(x) for x in node.sources()]
        picture.steps.append(Step(node, inputs, box(made[node])))
    for x in results:
        known = picture.tensors[box(x)]
        if x.node is not None:
            known.kind = "result"
    forget_overwritten(picture, numbers)
    return picture


def recorded(results: Iterable[Tensor]) -> list[Node]:
    """Return the nodes that `results` depend on, the first to be recorded first."""
    stack = [x.node for x in results if x.node is not None]
    seen = set(stack)
    while stack:
        node = stack.pop()
        if node.pullbacks is None:
            raise GraphError(
                f"draw: the graph was freed by a backward pass (here at {node.op.name}), so there is nothing left to "
                "draw. Draw it before backward(), or keep it: backward(retain_graph=True)"
            )
        for x in node.sources():
            earlier = getattr(x, "node", None)
            if earlier is not None and earlier not in seen:
                seen.add(earlier)
                stack.append(earlier)
    return sorted(seen, key=attrgetter("time"))


def identity(x: Any) -> Any:
    """Return what makes `x` one box: a tensor's place in the graph; an array's being the same one.

    A number gets a box for itself wherever it stands: nobody means the same 2 twice.
    """
    if isinstance(x, Tensor):
        return x.node or x
    return ("array", id(x)) if isinstance(x, np.ndarray) else object()


def describe_tensor(x: Tensor) -> TensorBox:
    """Describe a tensor of the graph."""
    kind: Kind = "intermediate" if x.node is not None else "parameter" if x.requires_grad else "input"
    return TensorBox(kind, x.array, x.shape, x.dtype.name, takes_grad=x.requires_grad)


def describe_constant(x: Any) -> TensorBox:
    """Describe a number or an array that an operation was given as it is."""
    array = np.asarray(x)
    return TensorBox(
        "constant", array, array.shape, array.dtype.name if isinstance(x, np.ndarray) else type(x).__name__
    )


def forget_overwritten(picture: Picture, numbers: Mapping[Any, int]) -> None:
    """Take the value away from tensors whose memory holds a later one, put there by an operation in place."""
    latest: dict[int, int] = {}  # by array: when the tensor that it holds now was made
    for step in picture.steps:
        array = picture.tensors[step.output].value
        latest[id(array)] = step.node.time
    for key, number in numbers.items():
        made = key.time if isinstance(key, Node) else 0
        array = picture.tensors[number].value
        if array is not None and latest.get(id(array), 0) > made and changed_since(made, array):
            picture.tensors[number].value = None
