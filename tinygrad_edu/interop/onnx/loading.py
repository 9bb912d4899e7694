"""A module made of an ONNX file: its nodes, run one after the other."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from tinygrad_edu.engine.op import Array
from tinygrad_edu.interop.onnx.graph import OPSET, PURPOSE
from tinygrad_edu.interop.onnx.operators import OPERATORS
from tinygrad_edu.nn.module import Module
from tinygrad_edu.nn.parameter import Parameter
from tinygrad_edu.system.extras import require
from tinygrad_edu.system.files import FormatError
from tinygrad_edu.tensors.tensor import Tensor, wrap

MAX_DEPTH = 20  # of names like a.b.c, which become modules inside each other
STATISTICS = {"BatchNormalization": (3, 4)}  # inputs that are no parameters


def load(path: str | os.PathLike[str]) -> OnnxModule:
    """Make a module of an ONNX file with the operators that `export` writes, and some more.

    Its floating-point weights are parameters, under their names in the file, and can be trained on; those of a file
    that `export` wrote make the same `state_dict()`.

    Raises:
        FormatError, a ValueError: it is no ONNX file, is damaged, keeps weights in other files, or has an operator that
            is not known here.
        OSError: the file cannot be opened or read.
        MissingExtraError: the package onnx is not installed.
    """
    onnx = require("onnx", "onnx", PURPOSE)
    document, path = onnx.ModelProto(), Path(path)
    path.open("rb").close()  # the checker would call a file damaged that only cannot be opened
    decode_error = require("google.protobuf.message", "onnx", PURPOSE).DecodeError
    try:
        onnx.checker.check_model(path)  # on its own: given the document, it would make two more copies of all weights
        document.ParseFromString(path.read_bytes())
        model = OnnxModule(document, copy=False)
    except (decode_error, onnx.checker.ValidationError, ValueError, TypeError, LookupError, AttributeError) as error:
        reason = " ".join(str(error).split())
        raise FormatError(f"load: {path} is no whole ONNX file that can be run here: {reason:.300}") from None
    del document  # before the weights are copied: there are no more than two of each at any time
    model.own_weights()
    return model


class OnnxModule(Module):
    """What an ONNX model computes; `load` makes it. It takes the inputs in the order of the file.

    Parameters:
        document: a `ModelProto` of the package onnx.
        copy: False leaves the weights as bytes that cannot be written to, until `own_weights` is called.

    Attributes:
        input_names, output_names: as in the file.
    """

    def __init__(self, document: Any, *, copy: bool = True) -> None:
        super().__init__()
        graph = document.graph
        unknown = sorted({x.op_type for x in graph.node if x.op_type not in OPERATORS and x.op_type != "Constant"})
        foreign = sorted({x.domain for x in graph.node} - {"", "ai.onnx"})
        if unknown or foreign or len(graph.sparse_initializer):
            what = ", ".join(unknown or foreign) or "sparse weights"
            raise FormatError(f"it needs {what}, which is not known here; the table is interop/onnx/operators.py")
        oldest = min((x.version for x in document.opset_import if x.domain in ("", "ai.onnx")), default=OPSET)
        statistics = {x.input[i] for x in graph.node for i in STATISTICS.get(x.op_type, ()) if i < len(x.input)}
        self._places: dict[str, tuple[Module, str]] = {}
        self._constants: dict[str, Tensor] = {}
        for tensor in graph.initializer:
            array = _array(tensor)
            if array.dtype.kind == "f" and tensor.name not in statistics and tensor.doc_string != "buffer":
                self._hold(tensor.name, Parameter(wrap(array)))
            else:
                self._hold(tensor.name, wrap(array))
        self._nodes = []
        for node in graph.node:
            attributes = {x.name: _attribute(x) for x in node.attribute}
            if oldest < 13 and node.op_type in ("Softmax", "LogSoftmax"):  # they were over all dimensions from one on
                attributes = {"axis": attributes.get("axis", 1), "and_behind": 1}
            if node.op_type == "Constant":
                (value,) = attributes.values()
                self._constants[node.output[0]] = wrap(value)
            else:
                self._nodes.append((node.op_type, tuple(node.input), tuple(node.output), attributes))
        self.input_names = [x.name for x in graph.input if x.name not in self._places]
        self.output_names = [x.name for x in graph.output]
        if copy:
            self.own_weights()

    def own_weights(self) -> None:
        """Copy the weights into memory that can be written to, one after the other."""
        for tensor in (*self.parameters(), *self.buffers(), *self._constants.values()):
            tensor.array = tensor.array.copy()

    def _hold(self, name: str, tensor: Tensor) -> None:
        """Keep a weight under its dotted name, in modules inside this one; under another where that is not possible."""
        holder: Module = self
        *outer, last = name.split(".")
        if len(outer) > MAX_DEPTH or not all([*outer, last]):
            outer, last = [], f"weight_{len(self._places)}"
        for part in outer:
            inner = holder._modules.get(part)
            if inner is None:
                if hasattr(holder, part):  # a method, say: the rest of the name stays here
                    last = f"weight_{len(self._places)}"
                    break
                inner = Module()
                holder.register_module(part, inner)
            holder = inner
        if hasattr(holder, last):
            last = f"weight_{len(self._places)}"
        register = holder.register_parameter if isinstance(tensor, Parameter) else holder.register_buffer
        register(last, tensor)  # type: ignore[arg-type]  # a Parameter to the first
        self._places[name] = holder, last

    def forward(self, *inputs: Any) -> Any:
        """Return the output, or a tuple of several.

        Raises:
            NotImplementedError: an operator has attributes that are not known here. The error names both.
        """
        if len(inputs) != len(self.input_names):
            expected = ", ".join(self.input_names)
            raise TypeError(f"OnnxModule: expected {len(self.input_names)} inputs ({expected}), got {len(inputs)}")
        values: dict[str, Any] = {"": None, **self._constants}
        values.update({name: getattr(holder, last) for name, (holder, last) in self._places.items()})
        values.update(zip(self.input_names, inputs, strict=True))
        for operator, names, outputs, attributes in self._nodes:
            try:
                result = OPERATORS[operator](*(values[name] for name in names), **attributes)
            except (TypeError, NotImplementedError) as error:
                settings = ", ".join(f"{key}={value!r:.40}" for key, value in attributes.items())
                raise NotImplementedError(
                    f"OnnxModule: {operator}({settings}), which makes {outputs[0]}, cannot be run here: {error}"
                ) from error
            results = result if isinstance(result, tuple) else (result,)
            values.update(zip(outputs, results))  # noqa: B905 - outputs that nobody wants may be left out
        made = tuple(values[name] for name in self.output_names)
        return made[0] if len(made) == 1 else made

    def extra_repr(self) -> str:
        return f"{len(self._nodes)} nodes, ({', '.join(self.input_names)}) -> ({', '.join(self.output_names)})"


def _array(tensor: Any) -> Array:
    """Return the numbers of a tensor, which have to be in the file itself."""
    onnx = require("onnx", "onnx", PURPOSE)
    if tensor.data_location == onnx.TensorProto.EXTERNAL:
        raise FormatError(f"its weight {tensor.name!r:.60} is kept in another file; save the model as one file")
    array = require("onnx.numpy_helper", "onnx", PURPOSE).to_array(tensor)
    if array.dtype.kind not in "fiub":
        raise FormatError(f"its weight {tensor.name!r:.60} is of {array.dtype}, and not of numbers")
    return array


def _attribute(attribute: Any) -> Any:
    """Return an attribute's value as Python has it; a type of numbers as NumPy's."""
    helper = require("onnx.helper", "onnx", PURPOSE)
    value = helper.get_attribute_value(attribute)
    if attribute.name == "to":
        return helper.tensor_dtype_to_np_dtype(value)
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, list) and value and isinstance(value[0], bytes):
        return [text.decode() for text in value]
    if hasattr(value, "data_location"):
        return _array(value)
    if not isinstance(value, int | float | list):
        raise FormatError(f"its attribute {attribute.name!r:.60} is a graph or the like")
    return value
