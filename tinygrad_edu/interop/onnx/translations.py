"""Operations that change shapes or make one number of many, as ONNX has them; and the table of all, at the end."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tinygrad_edu.interop.onnx.formulas import cast
from tinygrad_edu.interop.onnx.graph import Twin, Value, node, vector
from tinygrad_edu.interop.onnx.indexing import getitem
from tinygrad_edu.interop.onnx.layer_translations import (
    attention,
    batch_norm,
    convolution,
    layer_norm,
    linear,
    max_pool,
    softmax,
    standardize,
    sum_of_windows,
    transposed_convolution,
)
from tinygrad_edu.interop.onnx.recurrent import gru, lstm, rnn

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
    if getattr(t.first.inputs[0], "op", "") == "cut_windows":
        return sum_of_windows(t)
    return reduction("ReduceSum")(t)


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
