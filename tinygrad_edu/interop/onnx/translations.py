"""Operations that change shapes, sum, multiply or normalize, as ONNX has them. The table is at the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu.interop.onnx.formulas import cast
from tinygrad_edu.interop.onnx.graph import Twin, Value, node
from tinygrad_edu.interop.onnx.indexing import getitem
from tinygrad_edu.interop.onnx.recurrent import gru, lstm, rnn


def vector(numbers: Any) -> np.ndarray[Any, Any]:
    """Return whole numbers as ONNX takes them: axes, sizes, widths."""
    return np.array(numbers, np.int64)


# Shapes


def reshape(t: Twin) -> Value:
    (a,) = t.inputs
    open_ones = [i for i, (first, second) in enumerate(t.shape) if first != second]
    if len(open_ones) == 1:  # the usual case, and shorter: ONNX finds the one size that is left out
        return node("Reshape", a, vector([-1 if i in open_ones else size for i, (size, _) in enumerate(t.shape)]))
    return node("Reshape", a, t.graph.sizes(t.shape))


def transpose(t: Twin) -> Value:
    axes = t.first.params.get("axes")
    order = list(range(t.rank()))[::-1] if axes is None else [int(i) % t.rank() for i in axes]
    return node("Transpose", t.inputs[0], perm=order)


def swapaxes(t: Twin) -> Value:
    order = list(range(t.rank()))
    (i,), (j,) = t.axes("axis1"), t.axes("axis2")
    order[i], order[j] = order[j], order[i]
    return node("Transpose", t.inputs[0], perm=order)


def expand_dims(t: Twin) -> Value:
    axis, rank = t.first.params["axis"], len(t.shape)
    axes = [int(i) % rank for i in (axis if isinstance(axis, tuple | list) else (axis,))]
    return node("Unsqueeze", t.inputs[0], vector(axes))


def squeeze(t: Twin) -> Value:
    ones = [i for i, sizes in enumerate(t.shape_of(0)) if sizes == (1, 1)]
    return node("Squeeze", t.inputs[0], vector([i for i in t.axes() if i in ones]))


def broadcast_to(t: Twin) -> Value:
    return expand(t.inputs[0], t.shape, t.shape_of(0))


def expand(a: Value, wanted: list[tuple[int, int]], had: list[tuple[int, int]]) -> Value:
    """Repeat a value to the wanted sizes. Where it has them already, ONNX takes 1 for "as it is"."""
    had = [(1, 1)] * (len(wanted) - len(had)) + had
    if wanted == had:
        return a
    sizes = [(1, 1) if size == given else size for size, given in zip(wanted, had, strict=True)]
    return node("Expand", a, a.graph.sizes(sizes))


def concatenate(t: Twin) -> Value:
    return node("Concat", *(cast(x, t.dtype) for x in t.inputs), axis=t.first.params.get("axis", 0))


def stack(t: Twin) -> Value:
    axis = t.first.params.get("axis", 0) % len(t.shape)
    layers = [node("Unsqueeze", cast(x, t.dtype), vector([axis])) for x in t.inputs]
    return node("Concat", *layers, axis=axis)


def pad(t: Twin) -> Value:
    widths, mode = np.broadcast_to(t.first.params["pad_width"], (t.rank(), 2)), t.first.params.get("mode", "constant")
    if mode == "constant":
        number = t.graph.constant(t.first.params.get("constant_values", 0), t.dtype)
        return node("Pad", t.inputs[0], vector(widths.T.ravel()), number)
    return node("Pad", t.inputs[0], vector(widths.T.ravel()), mode=mode)


def flip(t: Twin) -> Value:
    axes = t.axes()
    ends = vector([np.iinfo(np.int64).min] * len(axes))
    return node("Slice", t.inputs[0], vector([-1] * len(axes)), ends, vector(axes), vector([-1] * len(axes)))


def roll(t: Twin) -> Value:
    shift, y = t.first.params["shift"], t.inputs[0]
    if t.first.params.get("axis") is None:
        raise t.error("give it the dims to roll along")
    for axis, by in zip(t.axes(), np.atleast_1d(shift), strict=True):
        size, other = t.shape_of(0)[axis]
        if size != other:
            raise t.error("rolling along the batch cannot be exported")
        ends = [vector([n]) for n in (0, -int(by) % size, size)]
        parts = [node("Slice", y, a, b, vector([axis])) for a, b in (ends[1:], ends[:2])]
        y = node("Concat", *parts, axis=axis)
    return y


def triangle(t: Twin) -> Value:
    return node("Trilu", t.inputs[0], vector(t.first.params.get("k", 0)), upper=int(t.first.op == "triu"))


def where(t: Twin) -> Value:
    condition, a, b = t.inputs
    values = [cast(t.graph.constant(x, t.dtype), t.dtype) for x in (a, b)]
    return node("Where", cast(t.graph.constant(condition, bool), np.dtype(bool)), *values, dtype=t.dtype)


def take_along_axis(t: Twin) -> Value:
    a, indices = t.inputs
    axis = t.first.params.get("axis", -1) % t.rank()
    return node("GatherElements", a, expand(indices, t.shape, t.shape_of(1)), axis=axis)


# Sums and products


def reduction(operator: str) -> Callable[[Twin], Value]:
    """Return the translation of an operation that makes one number of many."""

    def translate(t: Twin) -> Value:
        keep = int(bool(t.first.params.get("keepdims", False)))
        return node(operator, cast(t.inputs[0], t.dtype), vector(t.axes()), keepdims=keep)

    return translate


def total(t: Twin) -> Value:
    """Translate a sum; of windows, it is an average pooling."""
    source = t.first.inputs[0]
    if getattr(source, "op", "") != "cut_windows":
        return reduction("ReduceSum")(t)
    kernel = source.params["kernel"]
    if t.axes() != [*range(2, 2 + len(kernel))]:
        raise t.error("ONNX has no windows; only their sums and averages can be exported")
    windows = Twin(t.graph, source, t.second.inputs[0], t.inputs)
    average = node("AveragePool", t.inputs[0], kernel_shape=list(kernel), **_strides(windows, len(kernel)))
    return average * float(np.prod(kernel))


def variance(t: Twin) -> Value:
    axes, keep = vector(t.axes()), int(bool(t.first.params.get("keepdims", False)))
    sizes = [t.shape_of(0)[i] for i in t.axes()]
    if any(a != b for a, b in sizes):
        raise t.error("a variance over the batch cannot be exported; was the model meant to be in eval mode?")
    count = int(np.prod([a for a, _ in sizes]))
    distances = t.inputs[0] - node("ReduceMean", t.inputs[0], axes, keepdims=1)
    mean = node("ReduceMean", distances * distances, axes, keepdims=keep)
    return mean * (count / (count - t.first.params.get("ddof", 0)))


def position(operator: str) -> Callable[[Twin], Value]:
    """Return the translation of argmax or argmin."""

    def translate(t: Twin) -> Value:
        params = t.first.params
        a = t.inputs[0] if params.get("axis") is not None else node("Reshape", t.inputs[0], vector([-1]))
        keep = int(bool(params.get("keepdims", False)))
        return node(operator, a, axis=params.get("axis") or 0, keepdims=keep, dtype=np.int64)

    return translate


def truth(operator: str) -> Callable[[Twin], Value]:
    """Return the translation of any or all: the largest or the smallest of zeros and ones."""

    def translate(t: Twin) -> Value:
        keep = int(bool(t.first.params.get("keepdims", False)))
        numbers = cast(cast(t.inputs[0], np.dtype(bool)), np.dtype(np.int32))
        return cast(node(operator, numbers, vector(t.axes()), keepdims=keep), np.dtype(bool))

    return translate


def cumsum(t: Twin) -> Value:
    return node("CumSum", cast(t.inputs[0], t.dtype), vector(t.axes()[0]))


def matmul(t: Twin) -> Value:
    return node("MatMul", *(cast(x, t.dtype) for x in t.inputs))


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


# Layers


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
    x, weight, bias, mean, variance = t.inputs
    ones, zeros = (t.graph.constant(np.full(t.first.inputs[3].array.shape, number, mean.dtype)) for number in (1, 0))
    parts = (ones if weight is None else weight, zeros if bias is None else bias, mean, variance)
    return node("BatchNormalization", x, *parts, epsilon=t.first.params["eps"])


def layer_norm(t: Twin) -> Value:
    return node("LayerNormalization", *t.inputs, axis=-1, epsilon=t.first.params.get("eps", 1e-5))


def standardize(t: Twin) -> Value:
    axes = vector(t.axes())
    distances = t.inputs[0] - node("ReduceMean", t.inputs[0], axes, keepdims=1)
    variance = node("ReduceMean", distances * distances, axes, keepdims=1)
    return distances / node("Sqrt", variance + t.first.params.get("eps", 1e-5))


def softmax(operator: str) -> Callable[[Twin], Value]:
    """Return the translation of softmax or its logarithm."""
    return lambda t: node(operator, t.inputs[0], axis=t.first.params.get("axis", -1))


TRANSLATIONS: dict[str, Callable[[Twin], Value]] = {
    "all": truth("ReduceMin"),
    "any": truth("ReduceMax"),
    "argmax": position("ArgMax"),
    "argmin": position("ArgMin"),
    "astype": lambda t: cast(t.inputs[0], t.dtype),
    "attention": attention,
    "batch_norm": batch_norm,
    "broadcast_to": broadcast_to,
    "clone": lambda t: t.inputs[0],
    "concatenate": concatenate,
    "convolution": convolution,
    "convolution_input": transposed_convolution,
    "cumsum": cumsum,
    "einsum": lambda t: node("Einsum", *t.inputs, equation=t.first.params["subscripts"]),
    "expand_dims": expand_dims,
    "flip": flip,
    "getitem": getitem,
    "gru": gru,
    "layer_norm": layer_norm,
    "linear": linear,
    "log_softmax": softmax("LogSoftmax"),
    "logsumexp": reduction("ReduceLogSumExp"),
    "lstm": lstm,
    "matmul": matmul,
    "max": reduction("ReduceMax"),
    "max_pool": max_pool,
    "mean": reduction("ReduceMean"),
    "min": reduction("ReduceMin"),
    "pad": pad,
    "prod": reduction("ReduceProd"),
    "reshape": reshape,
    "rnn": rnn,
    "roll": roll,
    "softmax": softmax("Softmax"),
    "squeeze": squeeze,
    "stack": stack,
    "standardize": standardize,
    "sum": total,
    "swapaxes": swapaxes,
    "take_along_axis": take_along_axis,
    "transpose": transpose,
    "tril": triangle,
    "triu": triangle,
    "var": variance,
    "where": where,
}
"""How each operation is written; those on each element alone stand in `formulas`."""

MERGED = {("sum", "cut_windows")}
"""Pairs of an operation and the one that made its input, which are translated together."""
