"""ONNX's operators as functions of tensors: what a module that was loaded from a file runs. The table is at the end.

Inputs come in ONNX's order, None for one that is left out; attributes under ONNX's names.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import ops
from tinygrad_edu.interop.onnx.layer_operators import (
    average_pool,
    batch_norm,
    conv,
    conv_transpose,
    layer_norm,
    max_pool,
    prelu,
    recurrent,
)
from tinygrad_edu.nn import functional as F


def whole_numbers(x: Any) -> list[int]:
    """Return a vector or a number as a list: axes, sizes."""
    return [int(n) for n in np.ravel(x.detach().numpy())]


# Shapes


def reshape(x: Any, shape: Any, allowzero: int = 0) -> Any:
    return x.reshape([x.shape[i] if n == 0 and not allowzero else n for i, n in enumerate(whole_numbers(shape))])


def unsqueeze(x: Any, axes: Any) -> Any:
    numbers = whole_numbers(axes)
    return ops.expand_dims(x, axis=tuple(i % (x.ndim + len(numbers)) for i in numbers))


def squeeze(x: Any, axes: Any = None) -> Any:
    return ops.squeeze(x, axis=None if axes is None else tuple(whole_numbers(axes)))


def slices(x: Any, starts: Any, ends: Any, axes: Any = None, steps: Any = None) -> Any:
    begins = whole_numbers(starts)
    places = range(len(begins)) if axes is None else whole_numbers(axes)
    strides = [1] * len(begins) if steps is None else whole_numbers(steps)
    for axis, start, end, step in zip(places, begins, whole_numbers(ends), strides, strict=True):
        size = x.shape[axis]
        # ONNX writes "to the very beginning" as a large negative number, which Python would take for an index
        part = slice(start, None if step < 0 and end < -size else end, step)
        x = ops.getitem(x, index=(slice(None),) * (axis % x.ndim) + (part,))
    return x


def gather(x: Any, indices: Any, axis: int = 0) -> Any:
    index = indices.numpy() if indices.ndim else int(indices.item())
    return ops.getitem(x, index=(slice(None),) * (axis % x.ndim) + (index,))


def pad(x: Any, pads: Any, value: Any = None, axes: Any = None, mode: str = "constant") -> Any:
    numbers = whole_numbers(pads)
    places = list(range(x.ndim)) if axes is None else whole_numbers(axes)
    widths = [(0, 0)] * x.ndim
    for i, axis in enumerate(places):
        widths[axis] = numbers[i], numbers[i + len(places)]
    if mode == "constant":
        return ops.pad(x, pad_width=tuple(widths), constant_values=0 if value is None else value.item())
    while len(widths) > 1 and widths[0] == (0, 0):
        widths = widths[1:]
    return F.pad(x, [n for pair in reversed(widths) for n in pair], mode={"edge": "replicate"}.get(mode, mode))


def flatten(x: Any, axis: int = 1) -> Any:
    return x.reshape(int(np.prod(x.shape[:axis])), -1)


def shape(x: Any, start: int = 0, end: int | None = None) -> Any:
    return tg.tensor(list(x.shape[slice(start, end)]), dtype=tg.int64)


def expand(x: Any, sizes: Any) -> Any:
    return x.expand(*np.broadcast_shapes(x.shape, tuple(whole_numbers(sizes))))


def constant_of_shape(sizes: Any, value: Any = None) -> Any:
    number, dtype = (0.0, tg.float32) if value is None else (value.item(), value.dtype)
    return tg.full(whole_numbers(sizes), number, dtype=dtype)


def split(x: Any, sizes: Any = None, axis: int = 0, num_outputs: int = 1) -> Any:
    return tuple(tg.split(x, -(-x.shape[axis] // num_outputs) if sizes is None else whole_numbers(sizes), axis))


def divide(a: Any, b: Any) -> Any:
    """Return the quotient; of whole numbers, a whole number, as in ONNX."""
    return (ops.div if "f" in a.dtype.kind + b.dtype.kind else ops.div_trunc)(a, b)


def triangle(x: Any, k: Any = None, upper: int = 1) -> Any:
    return (tg.triu if upper else tg.tril)(x, 0 if k is None else int(k.item()))


# Sums and products


def reduction(op: Callable[..., Any]) -> Callable[..., Any]:
    """Return the operator that makes one number of many by an operation."""

    def reduce(x: Any, axes: Any = None, keepdims: int = 1, noop_with_empty_axes: int = 0) -> Any:
        axis = None if axes is None or not axes.numel() else tuple(whole_numbers(axes))
        return x if axis is None and noop_with_empty_axes else op(x, axis=axis, keepdims=bool(keepdims))

    return reduce


def position(op: Callable[..., Any]) -> Callable[..., Any]:
    """Return the operator for the position of the largest or smallest."""

    def find(x: Any, axis: int = 0, keepdims: int = 1, select_last_index: int = 0) -> Any:
        if select_last_index:
            raise NotImplementedError("the last of several places")
        return op(x, axis=axis, keepdims=bool(keepdims))

    return find


def soft(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the operator for softmax or its logarithm: over one dimension, or over it and all behind it."""

    def run(x: Any, axis: int = -1, and_behind: int = 0) -> Any:
        return function(x.flatten(axis), -1).reshape(x.shape) if and_behind else function(x, axis)

    return run


def cumulative_sum(x: Any, axis: Any, exclusive: int = 0, reverse: int = 0) -> Any:
    dim = int(axis.item())
    y = tg.cumsum(x.flip(dim), dim).flip(dim) if reverse else tg.cumsum(x, dim)
    return y - x if exclusive else y


def gemm(a: Any, b: Any, c: Any = None, alpha: float = 1.0, beta: float = 1.0, transA: int = 0, transB: int = 0) -> Any:
    if transB and not transA and alpha == beta == 1.0 and c is not None and c.ndim == 1:
        return F.linear(a, b, c)
    y = alpha * ((a.T if transA else a) @ (b.T if transB else b))
    return y if c is None else y + beta * c


def elementwise(op: Any) -> Callable[..., Any]:
    """Return the operator for an operation on each element; Max and Min take any number of inputs."""

    def run(*inputs: Any) -> Any:
        y = op(*inputs[:2])
        for x in inputs[2:]:
            y = op(y, x)
        return y

    return run


OPERATORS: dict[str, Callable[..., Any]] = {
    **{
        name: elementwise(getattr(ops, op))
        for name, op in {
            "Abs": "abs", "Acos": "acos", "Acosh": "acosh", "Add": "add", "And": "logical_and", "Asin": "asin",
            "Asinh": "asinh", "Atan": "atan", "Atanh": "atanh", "Ceil": "ceil", "Cos": "cos", "Cosh": "cosh",
            "Equal": "eq", "Erf": "erf", "Exp": "exp", "Floor": "floor", "Greater": "gt",
            "GreaterOrEqual": "ge", "IsInf": "isinf", "IsNaN": "isnan", "Less": "lt", "LessOrEqual": "le", "Log": "log",
            "MatMul": "matmul", "Max": "maximum", "Min": "minimum", "Mul": "mul", "Neg": "neg", "Not": "logical_not",
            "Or": "logical_or", "Reciprocal": "reciprocal", "Relu": "relu", "Round": "round",
            "Sigmoid": "sigmoid", "Sign": "sign", "Sin": "sin", "Sinh": "sinh", "Softplus": "softplus", "Sqrt": "sqrt",
            "Sub": "sub", "Tan": "tan", "Tanh": "tanh", "Xor": "logical_xor",
        }.items()
    },
    **{
        f"Reduce{name}": reduction(op)
        for name, op in {
            "LogSumExp": ops.logsumexp, "Max": ops.max, "Mean": ops.mean, "Min": ops.min, "Prod": ops.prod,
            "Sum": ops.sum,
        }.items()
    },
    "ArgMax": position(ops.argmax),
    "ArgMin": position(ops.argmin),
    "AveragePool": average_pool,
    "BatchNormalization": batch_norm,
    "ConstantOfShape": constant_of_shape,
    "Cast": lambda x, to, saturate=1: x.to(to),
    "Celu": lambda x, alpha=1.0: F.celu(x, alpha),
    "Clip": lambda x, low=None, high=None: tg.clamp(x, low, high),
    "Concat": lambda *xs, axis: tg.cat(xs, axis),
    "Conv": conv,
    "ConvTranspose": conv_transpose,
    "CumSum": cumulative_sum,
    "Div": divide,
    "Dropout": lambda x, ratio=None, training=None, seed=0: x,
    "Einsum": lambda *xs, equation: tg.einsum(equation, *xs),
    "Elu": lambda x, alpha=1.0: F.elu(x, alpha),
    "Expand": expand,
    "Flatten": flatten,
    "GRU": recurrent("GRU"),
    "Gather": gather,
    "GatherElements": lambda x, indices, axis=0: tg.gather(x, axis, indices),
    "Gelu": lambda x, approximate="none": F.gelu(x, approximate=approximate),
    "Gemm": gemm,
    "GlobalAveragePool": lambda x: x.mean(dim=tuple(range(2, x.ndim)), keepdim=True),
    "GlobalMaxPool": lambda x: x.amax(dim=tuple(range(2, x.ndim)), keepdim=True),
    "HardSigmoid": lambda x, alpha=0.2, beta=0.5: tg.clamp(alpha * x + beta, 0, 1),
    "HardSwish": F.hardswish,
    "InstanceNormalization": lambda x, w, b, epsilon=1e-5: F.instance_norm(x, weight=w, bias=b, eps=epsilon),
    "Identity": lambda x: x,
    "LSTM": recurrent("LSTM"),
    "LayerNormalization": layer_norm,
    "LeakyRelu": lambda x, alpha=0.01: F.leaky_relu(x, alpha),
    "LogSoftmax": soft(F.log_softmax),
    "MaxPool": max_pool,
    "Mod": lambda a, b, fmod=0: (tg.fmod if fmod else tg.remainder)(a, b),
    "PRelu": prelu,
    "Pad": pad,
    "Pow": lambda a, b: (a**b).to(a.dtype),
    "RNN": recurrent("RNN"),
    "Reshape": reshape,
    "Shape": shape,
    "Slice": slices,
    "Split": split,
    "Softmax": soft(F.softmax),
    "Squeeze": squeeze,
    "Transpose": lambda x, perm=None: x.permute(*(perm or range(x.ndim)[::-1])),
    "Trilu": triangle,
    "Unsqueeze": unsqueeze,
    "Where": ops.where,
}  # fmt: skip
"""Every operator that can be loaded; `export` writes no others."""
