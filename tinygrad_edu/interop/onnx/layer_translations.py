"""The operations that layers are made of, as ONNX has them: products, windows, normalizations, attention."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu.interop.onnx.formulas import as_type
from tinygrad_edu.interop.onnx.graph import Twin, Value, node, vector


def linear(t: Twin) -> Value:
    x, w, b = t.inputs
    if t.rank() == 2:
        return node("Gemm", x, w, b, transB=1)
    return node("MatMul", x, node("Transpose", w, perm=[1, 0])) + b


def attention(t: Twin) -> Value:
    q, k, v, mask, kept = t.inputs
    if isinstance(kept, Value) or kept != 1.0:
        raise t.error(
            "its dropout is on; the model has to be in eval mode, which dropout_p= in forward does not follow"
        )
    rank = t.rank(1)
    scores = node("MatMul", q, node("Transpose", k, perm=[*range(rank - 2), rank - 1, rank - 2]))
    scores = scores * t.first.params["scale"]
    if not isinstance(mask, Value) or mask.dtype != np.bool_:
        return node("MatMul", node("Softmax", scores if mask == 0.0 else scores + mask, axis=-1), v)
    weights = node("Softmax", node("Where", mask, scores, t.graph.constant(-np.inf, t.dtype), dtype=t.dtype), axis=-1)
    zero = t.graph.constant(0, t.dtype)
    return node("MatMul", node("Where", mask, weights, zero, dtype=t.dtype), v)  # for what may look at nothing


def _strides(t: Twin, n: int) -> dict[str, Any]:
    """Return how windows over n dimensions lie, as ONNX calls it."""
    steps = (np.broadcast_to(t.first.params.get(name, 1), n).tolist() for name in ("stride", "dilation"))
    return dict(zip(("strides", "dilations"), steps, strict=True))


def convolution(t: Twin) -> Value:
    padding = list(t.first.params["padding"])
    return node("Conv", *t.inputs, pads=padding * 2, group=t.first.params["groups"], **_strides(t, len(padding)))


def transposed_convolution(t: Twin) -> Value:
    """Translate convolution_input, a transposed convolution; its size says how much of the border is filled up."""
    params, kernel = t.first.params, t.first.inputs[1].array.shape[2:]
    given = t.first.inputs[0].array.shape[2:]
    settings = (params[name] for name in ("size", "stride", "padding", "dilation"))
    more = [
        size - ((n - 1) * stride - 2 * pad + dilation * (k - 1) + 1)
        for n, k, size, stride, pad, dilation in zip(given, kernel, *settings, strict=True)
    ]
    pads = list(params["padding"]) * 2
    steps = _strides(t, len(kernel))
    return node("ConvTranspose", *t.inputs, pads=pads, output_padding=more, group=params["groups"], **steps)


def max_pool(t: Twin) -> Value:
    kernel = list(t.first.params["kernel"])
    return node("MaxPool", t.inputs[0], kernel_shape=kernel, **_strides(t, len(kernel)))


def batch_norm(t: Twin) -> Value:
    x, weight, bias, mean, variance = as_type(t.inputs, t.dtype)
    ones, zeros = (t.graph.constant(np.full(t.first.inputs[3].array.shape, number, mean.dtype)) for number in (1, 0))
    parts = (ones if weight is None else weight, zeros if bias is None else bias, mean, variance)
    return node("BatchNormalization", x, *parts, epsilon=t.first.params["eps"])


def layer_norm(t: Twin) -> Value:
    return node("LayerNormalization", *as_type(t.inputs, t.dtype), axis=-1, epsilon=t.first.params.get("eps", 1e-5))


def standardize(t: Twin) -> Value:
    axes = vector(t.axes())
    distances = t.inputs[0] - node("ReduceMean", t.inputs[0], axes, keepdims=1)
    variance = node("ReduceMean", distances * distances, axes, keepdims=1)
    return distances / node("Sqrt", variance + t.first.params.get("eps", 1e-5))


def softmax(operator: str) -> Callable[[Twin], Value]:
    """Return the translation of softmax or its logarithm."""
    return lambda t: node(operator, t.inputs[0], axis=t.first.params.get("axis", -1))


def sum_of_windows(t: Twin) -> Value:
    """Translate the sum of windows (cut_windows), which is an average pooling."""
    source = t.first.inputs[0]
    kernel = source.params["kernel"]
    dilated = np.any(np.asarray(source.params.get("dilation", 1)) != 1)
    if t.axes() != [*range(2, 2 + len(kernel))] or dilated:
        raise t.error("ONNX has no windows; only their sums and averages can be exported")
    windows = Twin(t.graph, source, t.second.inputs[0], t.inputs)
    average = node("AveragePool", t.inputs[0], kernel_shape=list(kernel), **_strides(windows, len(kernel)))
    return average * float(np.prod(kernel))
