"""What a picture of a graph holds: a box for each operation and for each tensor, and which goes where.

The graph is walked without recursion, in time linear in its size, so that it may be as deep as it likes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Literal

import numpy as np

from tinygrad_edu.engine.graph import GraphError
from tinygrad_edu.engine.op import Array
from tinygrad_edu.engine.value import Node
from tinygrad_edu.engine.versions import changed_since
from tinygrad_edu.tensors.hooks import GradKeeper
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

    def box(x: Any, array: Any) -> int:
        """Return the number of the box of `x`, a source, which held `array`; make one if it has none yet."""
        key = identity(x)
        number = numbers.get(key)
        if number is None:
            number = numbers[key] = len(picture.tensors)
            picture.tensors.append(describe(x, array))
            picture.tensors[number].name = called.get(key) or picture.tensors[number].name
        return number

    nodes = recorded(results)
    made = {s: array for node in nodes for s, array in zip(node.sources, node.arrays, strict=True) if is_node(s)}
    made.update({x.node: x.array for x in results if x.node is not None})
    for node in nodes:
        inputs = [box(source, array) for source, array in zip(node.sources, node.arrays, strict=True)]
        picture.steps.append(Step(node, inputs, box(node, made[node])))
    for x in results:
        known = picture.tensors[box(place(x), x.array)]
        if x.node is not None:
            known.kind = "result"
        if known.grad is None and x.grad is not None:
            known.grad = x.grad.array
    forget_overwritten(picture, numbers)
    return picture


def is_node(source: Any) -> bool:
    """Tell whether a source is a node, and not a leaf or a constant."""
    return isinstance(source, Node)


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
        for source in node.sources:
            if is_node(source) and source not in seen:
                seen.add(source)
                stack.append(source)
    return sorted(seen, key=attrgetter("time"))


def place(x: Any) -> Any:
    """Return what stands for a tensor in the graph: the node that made it, or itself."""
    return x.node or x if isinstance(x, Tensor) and x.requires_grad else x


def identity(x: Any) -> Any:
    """Return what makes `x` one box: a tensor's place in the graph; an array's being the same one.

    A number gets a box for itself wherever it stands: nobody means the same 2 twice.
    """
    if isinstance(x, Tensor | Node):
        return place(x)
    return ("array", id(x)) if isinstance(x, np.ndarray) else object()


def describe(x: Any, array: Any) -> TensorBox:
    """Describe a source of the graph, which held `array`."""
    if isinstance(x, Node):
        grads = (hook.tensor() for hook in x.hooks or () if isinstance(hook, GradKeeper))
        grad = next((t.grad.array for t in grads if t is not None and t.grad is not None), None)
        return TensorBox("intermediate", array, array.shape, array.dtype.name, True, x.name, grad)
    if isinstance(x, Tensor):
        kind: Kind = "parameter" if x.requires_grad else "input"
        grad = None if x.grad is None else x.grad.array
        return TensorBox(kind, array, array.shape, array.dtype.name, x.requires_grad, x.name, grad)
    array = np.asarray(x)
    dtype = array.dtype.name if isinstance(x, np.ndarray) else type(x).__name__
    return TensorBox("constant", array, array.shape, dtype)


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
