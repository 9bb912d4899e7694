"""The graph of an ONNX file while it is written: nodes by name, constants, and sizes that follow the batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.interop.onnx.recording import Given, Step
from tinygrad_edu.system.extras import require

OPSET = 20  # the version of the operators' meanings; the first with Gelu
FORMAT = 10  # the version of the file's format that belongs to it
PURPOSE = "ONNX files are read and written by the package onnx"


class ExportError(RuntimeError):
    """A model cannot be written as an ONNX file. The message names the operation, and the line that called it."""


@dataclass(eq=False)
class Value:
    """A tensor in the graph, by name. Arithmetic with it adds nodes, so that formulas can be written as such."""

    graph: Graph
    name: str
    dtype: np.dtype[Any]

    def __add__(self, other: Any) -> Value:
        return node("Add", self, other)

    def __radd__(self, other: Any) -> Value:
        return node("Add", other, self)

    def __sub__(self, other: Any) -> Value:
        return node("Sub", self, other)

    def __rsub__(self, other: Any) -> Value:
        return node("Sub", other, self)

    def __mul__(self, other: Any) -> Value:
        return node("Mul", self, other)

    def __rmul__(self, other: Any) -> Value:
        return node("Mul", other, self)

    def __truediv__(self, other: Any) -> Value:
        return node("Div", self, other)

    def __neg__(self) -> Value:
        return node("Neg", self)


def node(operator: str, *inputs: Any, dtype: Any = None, outputs: int = 1, **attributes: Any) -> Any:
    """Add a node to the graph of its inputs; return its output, or a list of several.

    Numbers among the inputs become constants of the type of the first that is a value; so do arrays, as they are, and
    None leaves an input out. The outputs have the type of the first value, or `dtype`.
    """
    first = next(x for x in inputs if isinstance(x, Value))
    graph = first.graph
    names = ["" if x is None else graph.constant(x, first.dtype).name for x in inputs]
    made = [Value(graph, graph.new_name(operator.lower()), np.dtype(dtype or first.dtype)) for _ in range(outputs)]
    graph.nodes.append(graph.helper.make_node(operator, names, [value.name for value in made], **attributes))
    return made[0] if outputs == 1 else made


class Graph:
    """Nodes and constants, in order, and the input that tells the size of the batch."""

    def __init__(self, batch: tuple[str, int, tuple[int, int]] | None) -> None:
        onnx = require("onnx", "onnx", PURPOSE)
        self.helper, self.numpy_helper = onnx.helper, require("onnx.numpy_helper", "onnx", PURPOSE)
        self.nodes: list[Any] = []
        self.weights: dict[str, Array] = {}
        self.batch = batch  # an input's name, its dimension, and its sizes in both recordings
        self.constants: dict[Any, Value] = {}
        self.names: set[str] = set()

    def new_name(self, stem: str) -> str:
        """Return a name that nothing has yet."""
        name, count = stem, 0
        while name in self.names:
            count += 1
            name = f"{stem}_{count}"
        self.names.add(name)
        return name

    def declared(self, a: int, b: int) -> int | str:
        """Return a size, as it was in both recordings, as the file declares it: a number, or a formula of the batch."""
        if self.batch is None or a == b:
            return a
        growth, rows = b - a, self.batch[2][0]
        rest = a - growth * rows
        return ("batch" if growth == 1 else f"{growth}*batch") + (f"{rest:+}" if rest else "")

    def constant(self, x: Any, dtype: Any = None) -> Value:
        """Return a value as it is, and a number or an array as a constant, each only once."""
        if isinstance(x, Value):
            return x
        array = x if isinstance(x, np.ndarray) else np.array(x, dtype)
        key = array.dtype.str, array.shape, array.tobytes()
        if key not in self.constants:
            name = self.new_name("constant")
            tensor = self.numpy_helper.from_array(np.ascontiguousarray(array).reshape(array.shape), name)
            self.nodes.append(self.helper.make_node("Constant", [], [name], value=tensor))
            self.constants[key] = Value(self, name, array.dtype)
        return self.constants[key]

    def weight(self, name: str, array: Array) -> Value:
        """Return a parameter or a buffer of the model, under its own name."""
        if name not in self.weights:
            self.weights[name] = array
            self.names.add(name)
        return Value(self, name, array.dtype)

    def batch_size(self) -> Value:
        """Return the size of the batch as a vector of one number."""
        if self.batch is None:
            raise ExportError("export: a size follows the batch, and batch_dim is None")
        name, dim, _ = self.batch
        return node("Shape", Value(self, name, np.dtype(np.int64)), start=dim, end=dim + 1)

    def sizes(self, pairs: Sequence[tuple[int, int]]) -> Any:
        """Return sizes, each given as it was in both recordings, as a vector: where they differ, they follow the batch.

        The batch of the second recording is larger by one. So a size is its growth times the batch, and a rest.
        """
        if all(a == b for a, b in pairs):
            return self.constant(np.array([a for a, _ in pairs], np.int64))
        if self.batch is None:
            raise ExportError("export: sizes depend on the values of the input; a fixed shape is needed")
        parts, (rows, _) = [], self.batch[2]
        for a, b in pairs:
            if a == b:
                parts.append(self.constant(np.array([a], np.int64)))
                continue
            growth, size = b - a, self.batch_size()
            size = size if growth == 1 else size * np.array([growth])
            parts.append(size if a == growth * rows else size + np.array([a - growth * rows]))
        return parts[0] if len(parts) == 1 else node("Concat", *parts, axis=0)


@dataclass(eq=False)
class Twin:
    """A step of one recording and the same step of the other, where the batch is larger by one.

    Attributes:
        inputs: the values in the graph, and numbers as they are.
    """

    graph: Graph
    first: Step
    second: Step
    inputs: list[Any]

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of what it computes."""
        return self.first.array.dtype

    @property
    def shape(self) -> list[tuple[int, int]]:
        """The sizes of what it computes, in both."""
        return pairs(self.first, self.second)

    def shape_of(self, i: int) -> list[tuple[int, int]]:
        """The sizes of an input, in both."""
        return pairs(self.first.inputs[i], self.second.inputs[i])

    def rank(self, i: int = 0) -> int:
        """How many dimensions an input has."""
        return len(self.shape_of(i))

    def axes(self, name: str = "axis") -> list[int]:
        """The axes that a parameter names, counted from 0; all if it is None."""
        axis, rank = self.first.params.get(name), self.rank()
        given = range(rank) if axis is None else axis if isinstance(axis, tuple | list) else (axis,)
        return [int(i) % rank for i in given]

    def error(self, why: str) -> ExportError:
        """Return an error that names the operation and its line."""
        return ExportError(f"export: {self.first.op} at {self.first.place}: {why}")


def pairs(first: Any, second: Any) -> list[tuple[int, int]]:
    """Return the sizes of two arrays or steps, side by side."""
    a, b = (x.array.shape if isinstance(x, Step | Given) else np.shape(x) for x in (first, second))
    return list(zip(a, b, strict=True))


def vector(numbers: Any) -> np.ndarray[Any, Any]:
    """Return whole numbers as ONNX takes them: axes, sizes, widths."""
    return np.array(numbers, np.int64)
