"""ONNX's operators as functions of tensors: what a module that was loaded from a file runs. The table is at the end.

Inputs come in ONNX's order, None for one that is left out; attributes under ONNX's names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import ops
from tinygrad_edu.interop.onnx.recurrent import ORDERS
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
    return lambda x, axis=0, keepdims=1, select_last_index=0: op(x, axis=axis, keepdims=bool(keepdims))


def gemm(a: Any, b: Any, c: Any = None, alpha: float = 1.0, beta: float = 1.0, transA: int = 0, transB: int = 0) -> Any:
    if transB and not transA and alpha == beta == 1.0 and c is not None and c.ndim == 1:
        return F.linear(a, b, c)
    y = alpha * ((a.T if transA else a) @ (b.T if transB else b))
    return y if c is None else y + beta * c


# Layers


def _fit(name: str, x: Any, pads: Sequence[int] | None, auto_pad: str, value: float = 0.0) -> tuple[Any, Any]:
    """Return an input and its padding, which our functions take equal at both ends; if it is not, it is done first."""
    n = x.ndim - 2
    if auto_pad not in ("NOTSET", "VALID"):
        raise NotImplementedError(f"{name} with auto_pad={auto_pad!r}")
    widths = list(pads or [0] * 2 * n)
    if widths[:n] == widths[n:]:
        return x, tuple(widths[:n])
    return ops.pad(x, pad_width=((0, 0), (0, 0), *zip(widths[:n], widths[n:], strict=True)), constant_values=value), 0


def _of_rank(stem: str, x: Any) -> Any:
    """Return the function for so many dimensions: conv1d for x (N, C, L), conv2d for images."""
    function = getattr(F, f"{stem}{x.ndim - 2}d", None)
    if function is None:
        raise NotImplementedError(f"{stem} of {x.ndim - 2} dimensions")
    return function


def conv(
    x: Any, w: Any, b: Any = None, strides: Any = 1, pads: Any = None, dilations: Any = 1, group: int = 1,
    kernel_shape: Any = None, auto_pad: str = "NOTSET",
) -> Any:  # fmt: skip
    x, padding = _fit("Conv", x, pads, auto_pad)
    return _of_rank("conv", x)(x, w, b, strides, padding, dilations, group)


def conv_transpose(
    x: Any, w: Any, b: Any = None, strides: Any = 1, pads: Any = None, dilations: Any = 1, group: int = 1,
    output_padding: Any = 0, kernel_shape: Any = None, auto_pad: str = "NOTSET",
) -> Any:  # fmt: skip
    _, padding = _fit("ConvTranspose", x, pads, auto_pad)
    if padding == 0 and any(pads or ()):
        raise NotImplementedError("ConvTranspose with different padding at both ends")
    return _of_rank("conv_transpose", x)(x, w, b, strides, padding, output_padding, group, dilations)


def max_pool(
    x: Any, kernel_shape: Any, strides: Any = 1, pads: Any = None, dilations: Any = 1, ceil_mode: int = 0,
    auto_pad: str = "NOTSET", storage_order: int = 0,
) -> Any:  # fmt: skip
    x, padding = _fit("MaxPool", x, pads, auto_pad, -np.inf)
    return _of_rank("max_pool", x)(x, kernel_shape, strides, padding, dilations, bool(ceil_mode))


def average_pool(
    x: Any, kernel_shape: Any, strides: Any = 1, pads: Any = None, dilations: Any = None, ceil_mode: int = 0,
    count_include_pad: int = 0, auto_pad: str = "NOTSET",
) -> Any:  # fmt: skip
    x, padding = _fit("AveragePool", x, pads, auto_pad)
    if any(n != 1 for n in dilations or ()) or (padding == 0 and any(pads or ()) and not count_include_pad):
        raise NotImplementedError("AveragePool with dilations, or with different padding at both ends")
    return _of_rank("avg_pool", x)(x, kernel_shape, strides, padding, bool(ceil_mode), bool(count_include_pad))


def batch_norm(
    x: Any, scale: Any, b: Any, mean: Any, variance: Any, epsilon: float = 1e-5, momentum: float = 0.9,
    training_mode: int = 0,
) -> Any:  # fmt: skip
    return F.batch_norm(x, mean, variance, scale, b, training=False, eps=epsilon)


def layer_norm(x: Any, scale: Any, b: Any = None, axis: int = -1, epsilon: float = 1e-5, stash_type: int = 1) -> Any:
    return F.layer_norm(x, x.shape[axis:], scale, b, epsilon)


def recurrent(operator: str) -> Callable[..., Any]:
    """Return one of the recurrent operators: the outputs of all steps, the last of them, and the state of an LSTM."""
    inverse = np.argsort(ORDERS[operator])
    gates = len(inverse)

    def run(
        x: Any, w: Any, r: Any, b: Any = None, lengths: Any = None, h: Any = None, c: Any = None, peepholes: Any = None,
        hidden_size: int = 0, direction: str = "forward", activations: Any = None, linear_before_reset: int = 0,
        **others: Any,
    ) -> Any:  # fmt: skip
        if direction == "bidirectional" or lengths is not None or peepholes is not None or others:
            raise NotImplementedError(f"{operator} of two directions, of different lengths, or with {sorted(others)}")
        if operator == "GRU" and not linear_before_reset:
            raise NotImplementedError("GRU with linear_before_reset=0")
        size = r.shape[-1]
        rows = (inverse[:, None] * size + np.arange(size)).ravel()
        biases = tg.zeros(2, gates * size, dtype=x.dtype) if b is None else b[0].reshape(2, -1)
        weights = w[0][rows], r[0][rows]
        states = [tg.zeros(x.shape[1], size, dtype=x.dtype) if s is None else s[0] for s in (h, c)]
        reverse = direction == "reverse"
        if operator == "GRU":
            y = ops.gru(x, states[0], *weights, biases[0][rows], biases[1][rows], reverse=reverse)
        elif operator == "RNN":
            kind = (activations or ["Tanh"])[0].lower()
            y = ops.rnn(x, states[0], *weights, biases.sum(0)[rows], nonlinearity=kind, reverse=reverse)
        else:
            y = ops.lstm(x, *states, *weights, biases.sum(0)[rows], reverse=reverse)
            y, cell = y[:-1], y[-1:]
        last = y[0] if reverse else y[-1]
        results = (y.unsqueeze(1), last.unsqueeze(0))
        return (*results, cell) if operator == "LSTM" else results

    return run


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
            "Div": "div", "Equal": "eq", "Erf": "erf", "Exp": "exp", "Floor": "floor", "Greater": "gt",
            "GreaterOrEqual": "ge", "IsInf": "isinf", "IsNaN": "isnan", "Less": "lt", "LessOrEqual": "le", "Log": "log",
            "MatMul": "matmul", "Max": "maximum", "Min": "minimum", "Mul": "mul", "Neg": "neg", "Not": "logical_not",
            "Or": "logical_or", "Pow": "pow", "Reciprocal": "reciprocal", "Relu": "relu", "Round": "round",
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
    "Cast": lambda x, to, saturate=1: x.to(to),
    "Celu": lambda x, alpha=1.0: F.celu(x, alpha),
    "Clip": lambda x, low=None, high=None: tg.clamp(x, low, high),
    "Concat": lambda *xs, axis: tg.cat(xs, axis),
    "Conv": conv,
    "ConvTranspose": conv_transpose,
    "CumSum": lambda x, axis, exclusive=0, reverse=0: tg.cumsum(x, int(axis.item())),
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
    "Identity": lambda x: x,
    "LSTM": recurrent("LSTM"),
    "LayerNormalization": layer_norm,
    "LeakyRelu": lambda x, alpha=0.01: F.leaky_relu(x, alpha),
    "LogSoftmax": lambda x, axis=-1: F.log_softmax(x, axis),
    "MaxPool": max_pool,
    "Pad": pad,
    "RNN": recurrent("RNN"),
    "Reshape": reshape,
    "Shape": shape,
    "Slice": slices,
    "Softmax": lambda x, axis=-1: F.softmax(x, axis),
    "Squeeze": squeeze,
    "Transpose": lambda x, perm=None: x.permute(*(perm or range(x.ndim)[::-1])),
    "Trilu": triangle,
    "Unsqueeze": unsqueeze,
    "Where": ops.where,
}  # fmt: skip
"""Every operator that can be loaded; `export` writes no others."""
