"""Writing a model as an ONNX file: what it computes is recorded twice, and each operation is translated.

The two runs are on other values, and the batch of the second is larger by one. What differs between them tells what
follows the batch; numbers that differ otherwise were computed outside of the operations, which no file could repeat.
"""

from __future__ import annotations

import inspect
import itertools
import os
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.dtypes import as_array
from tinygrad_edu.engine.op import Array
from tinygrad_edu.interop.onnx.formulas import elementwise
from tinygrad_edu.interop.onnx.graph import FORMAT, OPSET, PURPOSE, ExportError, Graph, Twin, Value, node, pairs
from tinygrad_edu.interop.onnx.loading import OnnxModule
from tinygrad_edu.interop.onnx.recording import Given, Recording, Step, record_operations
from tinygrad_edu.interop.onnx.translations import MERGED, TRANSLATIONS, expand
from tinygrad_edu.nn.module import Module
from tinygrad_edu.system.extras import require
from tinygrad_edu.system.files import replacing
from tinygrad_edu.tensors.tensor import Tensor, wrap

ELSEWHERE = (
    "it uses numbers that follow the input, and were computed outside of the operations, with .item() or NumPy; "
    "compute them with tensors"
)
CLOSE = {"rtol": 1e-3, "atol": 1e-4}  # wide: only what is wrong has to be noticed
CLOSE_IN_HALF = {"rtol": 2e-2, "atol": 2e-2}


def export(
    model: Module,
    sample: Any,
    path: str | os.PathLike[str],
    *,
    batch_dim: int | None = 0,
    input_names: Sequence[str] | None = None,
    output_names: Sequence[str] | None = None,
) -> None:
    """Write what a model computes in eval mode as an ONNX file, which other programs can run.

    Every operation is translated; the parameters and buffers keep their names. An `if` on values cannot be: where the
    model seems to ask for one, there is a warning. The file is for any size of the batch.
    Before it is written, ONNX's checker reads it, and `load` runs it on other inputs and compares.

    Parameters:
        model: the model. It is run on variations of the sample.
        sample: an input as the model takes it, or a tuple of inputs. Indices should be of various values.
        path: of the file.
        batch_dim: the dimension of all inputs that is the batch; None fixes every size.
        input_names: of the inputs; those of the arguments of `forward` if not given.
        output_names: of the outputs, which may be nested in tuples, lists and dictionaries; "output", or "output_0", …

    Raises:
        ExportError, a RuntimeError: an operation has no translation, or something was computed outside of operations.
            The error names the operation and its line.
        TypeError: the model is no module, or the sample no tensor.
        ValueError: the sample has no such batch_dim, or the names are not as many and different, also from weights'.
        MissingExtraError: the package onnx is not installed.
    """
    onnx = require("onnx", "onnx", PURPOSE)
    if not isinstance(model, Module):
        raise TypeError(
            f"export: expected a Module, got {type(model).__name__}; put a function into a Module's forward"
        )
    samples = [_array(x) for x in (sample if isinstance(sample, tuple | list) else (sample,))]
    names = list(input_names or _names(model, len(samples)))
    taken = {"", *(name for name, _ in (*model.named_parameters(), *model.named_buffers()))}
    if not len(names) == len({*names} - taken) == len(samples):
        raise ValueError(f"export: expected {len(samples)} different input_names that no weight has, got {names}")
    if batch_dim is not None and not all(0 <= batch_dim < x.ndim and x.shape[batch_dim] for x in samples):
        raise ValueError(
            f"export: dimension {batch_dim} of the sample is not there, or is empty; choose another batch_dim, from 0 "
            "up, or None"
        )
    rows = 2 if batch_dim is None else max(2, samples[0].shape[batch_dim])
    rng = np.random.default_rng(0)
    varied = [[_vary(x, rng, batch_dim, rows + i) for x in samples] for i in (0, 1)]
    trained = [module for module in model.modules() if module.training]
    model.eval()
    try:
        first, second = (_record(model, arrays) for arrays in varied)
        document = _translate(model, first, second, names, output_names, batch_dim, rows)
        try:
            onnx.checker.check_model(document, full_check=True)
        except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
            raise ExportError(f"export: ONNX's checker refuses the file: {' '.join(str(error).split())}") from None
        _compare(model, OnnxModule(document), [*varied, samples])
    finally:
        for module in trained:
            module.training = True
    for step in _asked(*first):
        warnings.warn(
            f"export: {step.op} at {step.place}: one number that follows the input, and that no operation uses. "
            "Where an `if` asks for it, the file holds the way that was taken for the sample; use where instead",
            stacklevel=2,
        )
    with replacing(path) as file:
        file.write(document.SerializeToString())


def _array(x: Any) -> Array:
    try:
        return x.array if isinstance(x, Tensor) else as_array(x)
    except (TypeError, ValueError) as error:
        raise TypeError(f"export: expected a tensor or a tuple of tensors as the sample: {error}") from None


def _names(model: Module, count: int) -> list[str]:
    """Return names for inputs: those of the arguments of `forward`, as far as they have any."""
    arguments = inspect.signature(model.forward).parameters.values()
    named = [x.name for x in arguments if x.kind is not x.VAR_POSITIONAL][:count]
    return named + [f"input_{i}" if count > 1 else "input" for i in range(len(named), count)]


def _vary(array: Array, rng: np.random.Generator, batch_dim: int | None, rows: int) -> Array:
    """Return an input of the same kind with other values, of the same signs and range, and with so many rows."""
    if batch_dim is not None:
        array = np.take(array, np.arange(rows) % array.shape[batch_dim], batch_dim)
    if array.dtype.kind == "f":
        return (np.where(array == 0, 1, array) * rng.uniform(0.5, 1, array.shape)).astype(array.dtype)
    low, high = (int(array.min()), int(array.max())) if array.size else (0, 0)
    return rng.integers(min(low, 0), high + 1, array.shape).astype(array.dtype)


def _record(model: Module, arrays: Sequence[Array]) -> tuple[Recording, list[Given], list[Any]]:
    """Run the model; return what was recorded, the inputs, and what made the outputs."""
    inputs = [ops.clone(wrap(x.copy(), requires_grad=x.dtype.kind == "f")) for x in arrays]
    with record_operations(model) as recording:
        given = [recording.source(x.array) for x in inputs]
        outputs = _tensors(model(*inputs))
        return recording, given, [recording.of(y) for y in outputs]


def _tensors(outputs: Any) -> list[Tensor]:
    """Return the tensors among nested outputs, in order."""
    if isinstance(outputs, Tensor):
        return [outputs]
    if isinstance(outputs, dict):
        outputs = list(outputs.values())
    if not isinstance(outputs, tuple | list):
        raise ExportError(f"export: expected tensors as outputs, got {type(outputs).__name__}")
    return [x for part in outputs if part is not None for x in _tensors(part)]


def _needed(outputs: Sequence[Any]) -> set[Step]:
    """Return the steps that lead to the outputs."""
    found: set[Step] = set()
    waiting = [x for x in outputs if isinstance(x, Step)]
    while waiting:
        step = waiting.pop()
        if step not in found:
            found.add(step)
            for x in _operands(step):
                merged = isinstance(x, Step) and (step.op, x.op) in MERGED
                waiting.extend(y for y in (x.inputs if merged else (x,)) if isinstance(y, Step))
    return found


def _asked(recording: Recording, inputs: Sequence[Given], outputs: Sequence[Any]) -> list[Step]:
    """Return the steps that follow the input, give one number, and are of no use to others: an `if` may ask for it."""
    following: set[Any] = set(inputs)
    used = set(map(id, outputs))
    for step in recording.steps:
        operands = _operands(step)
        used.update(map(id, operands))
        if following.intersection(operands):
            following.add(step)
    return [x for x in recording.steps if x in following and x.array.size == 1 and id(x) not in used]


def _operands(step: Step) -> list[Any]:
    """Return the inputs of a step, and the arrays among its parameters behind them."""
    index = step.params.get("index", ())
    parts = index if isinstance(index, tuple) else (index,)
    return [*step.inputs, *(x for x in parts if isinstance(x, Step | Given))]


class _Translation:
    """Two recordings on the way into one graph."""

    def __init__(self, model: Module, graph: Graph, first: Recording, second: Recording) -> None:
        self.graph = graph
        self.values: dict[Any, Value] = {}
        self.weights = {id(x.array): name for name, x in (*model.named_buffers(), *model.named_parameters())}
        for a, b in itertools.zip_longest(first.steps, second.steps):
            if a is None or b is None or a.op != b.op:
                step = a or b
                raise ExportError(
                    f"export: another input led to other operations, from {step.op} at {step.place} on; a file holds "
                    "one way alone. Use where instead of if"
                )
        self.twins = list(zip(first.steps, second.steps, strict=True))

    def step(self, first: Step, second: Step) -> None:
        """Translate one operation."""
        operands = list(zip(_operands(first), _operands(second), strict=True))
        t = Twin(self.graph, first, second, [])
        for a, b in operands:
            merged = isinstance(a, Step) and (first.op, a.op) in MERGED
            parts = zip(a.inputs, b.inputs, strict=True) if merged else [(a, b)]
            t.inputs += [self.value(x, y, t.error) for x, y in parts]
        translate = TRANSLATIONS.get(first.op)
        if translate is not None:
            result = translate(t)
        else:
            dtypes = [x.array.dtype for x in first.inputs if isinstance(x, Step | Given)]
            result = elementwise(first.op, t.inputs, dtypes, t.dtype, first.params)
        if result is None:
            raise t.error("this operation has no translation to ONNX; write it with others")
        self.values[first] = result

    def value(self, a: Any, b: Any, error: Callable[[str], ExportError]) -> Any:
        """Return the value in the graph for an input of an operation, as it was in both recordings."""
        if a in self.values:
            return self.values[a]
        if not isinstance(a, Given):
            if a == b or (a != a and b != b):
                return a
            if isinstance(a, int) and isinstance(b, int):
                return node("Cast", node("Squeeze", self.graph.sizes([(a, b)])), to=1, dtype=np.float32)
            raise error(ELSEWHERE)
        if id(a.array) in self.weights:
            return self.graph.weight(self.weights[id(a.array)], a.array)
        if isinstance(b, Given) and a.array.ndim == b.array.ndim:
            sizes = pairs(a, b)
            row = a.array[tuple(slice(None) if m == n else slice(0, 1) for m, n in sizes)]
            # the same in both, but for copies of it, one for each row of the batch
            if all(np.array_equal(np.broadcast_to(row, x.shape), x, row.dtype.kind == "f") for x in (a.array, b.array)):
                return expand(self.graph.constant(row), sizes, [(n, n) for n in row.shape])
        raise error(ELSEWHERE)


def _translate(
    model: Module, first: Any, second: Any, names: list[str], output_names: Any, batch_dim: int | None, rows: int
) -> Any:
    """Return ONNX's document for two recordings."""
    (recording, inputs, outputs), (other, _, other_outputs) = first, second
    batch = None if batch_dim is None else (names[0], batch_dim, (rows, rows + 1))
    graph = Graph(batch)
    translation = _Translation(model, graph, recording, other)
    for name, given in zip(names, inputs, strict=True):
        graph.names.add(name)
        translation.values[given] = Value(graph, name, given.array.dtype)
    graph.names.update(translation.weights.values())
    needed = _needed(outputs)
    for a, b in translation.twins:
        if a in needed:
            translation.step(a, b)
    made = [translation.value(a, b, _error_of_output) for a, b in zip(outputs, other_outputs, strict=True)]
    wanted = list(output_names or (["output"] if len(made) == 1 else [f"output_{i}" for i in range(len(made))]))
    if not len(wanted) == len(set(wanted)) == len(made) or not graph.names.isdisjoint(wanted):
        raise ValueError(f"export: expected {len(made)} output_names that nothing else has, got {wanted}")
    for value, name in zip(made, wanted, strict=True):
        graph.nodes.append(graph.helper.make_node("Identity", [value.name], [name]))

    def described(name: str, a: Any, b: Any) -> Any:
        kind = graph.helper.np_dtype_to_tensor_dtype(a.array.dtype)
        return graph.helper.make_tensor_value_info(name, kind, [graph.declared(m, n) for m, n in pairs(a, b)])

    buffers = {name for name, _ in model.named_buffers()}
    tensors = []
    for name, x in graph.weights.items():
        tensors.append(graph.numpy_helper.from_array(np.ascontiguousarray(x).reshape(x.shape), name))
        tensors[-1].doc_string = "buffer" if name in buffers else ""
    body = graph.helper.make_graph(
        graph.nodes, type(model).__name__,
        [described(name, a, b) for name, a, b in zip(names, inputs, second[1], strict=True)],
        [described(name, a, b) for name, a, b in zip(wanted, outputs, other_outputs, strict=True)],
        tensors,
    )  # fmt: skip
    version = [graph.helper.make_opsetid("", OPSET)]
    return graph.helper.make_model(body, opset_imports=version, ir_version=FORMAT, producer_name="tinygrad_edu")


def _error_of_output(why: str) -> ExportError:
    return ExportError(f"export: an output: {why}")


def _compare(model: Module, exported: Module, inputs: Sequence[Sequence[Array]]) -> None:
    """Raise if the file computes something else than the model."""
    for arrays in inputs:
        expected, given = (_tensors(run(*(wrap(x.copy()) for x in arrays))) for run in (model, exported))
        for i, (a, b) in enumerate(zip(expected, given, strict=True)):
            close = CLOSE_IN_HALF if a.dtype == np.float16 else CLOSE
            if a.shape != b.shape or not np.allclose(a.array, b.array, equal_nan=True, **close):
                raise ExportError(
                    f"export: output {i} of the file would not be that of the model. It may be random, or be computed "
                    "from the input outside of operations, or from indices changed in place"
                )
