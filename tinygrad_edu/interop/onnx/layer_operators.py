"""ONNX's operators for layers as functions of tensors: convolutions, poolings, normalizations, recurrent networks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import ops
from tinygrad_edu.interop.onnx.recurrent import ORDERS
from tinygrad_edu.nn import functional as F


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

    def one_way(x: Any, w: Any, r: Any, bias: Any, h: Any, c: Any, *, reverse: bool, kind: str) -> Any:
        size = r.shape[-1]
        rows = (inverse[:, None] * size + np.arange(size)).ravel()
        b, b_hidden = bias.reshape(2, -1)
        if operator == "GRU":
            y = ops.gru(x, h, w[rows], r[rows], b[rows], b_hidden[rows], reverse=reverse)
        elif operator == "RNN":
            y = ops.rnn(x, h, w[rows], r[rows], b + b_hidden, nonlinearity=kind, reverse=reverse)
        else:
            y = ops.lstm(x, h, c, w[rows], r[rows], (b + b_hidden)[rows], reverse=reverse)
            y, c = y[:-1], y[-1]
        return y, (y[0] if reverse else y[-1]), c

    def run(
        x: Any, w: Any, r: Any, b: Any = None, lengths: Any = None, h: Any = None, c: Any = None, peepholes: Any = None,
        hidden_size: int = 0, direction: str = "forward", activations: Any = None, linear_before_reset: int = 0,
        **others: Any,
    ) -> Any:  # fmt: skip
        if lengths is not None or peepholes is not None or others:
            raise NotImplementedError(f"{operator} of series of different lengths, or with {sorted(others)}")
        if operator == "GRU" and not linear_before_reset:
            raise NotImplementedError("GRU with linear_before_reset=0")
        none = tg.zeros(len(r), x.shape[1], r.shape[-1], dtype=x.dtype)
        bias = tg.zeros(len(r), 2 * r.shape[1], dtype=x.dtype) if b is None else b
        backward = {"forward": [False], "reverse": [True]}.get(direction, [False, True])
        usual = {"LSTM": ["Sigmoid", "Tanh", "Tanh"], "GRU": ["Sigmoid", "Tanh"], "RNN": ["Tanh"]}[operator]
        kinds = activations or usual * len(backward)
        if operator != "RNN" and kinds != usual * len(backward):
            raise NotImplementedError(f"{operator} with other activations than {usual}")
        ways = []
        for i, reverse in enumerate(backward):
            parts = [none[i] if part is None else part[i] for part in (w, r, bias, h, c)]
            ways.append(one_way(x, *parts, reverse=reverse, kind=kinds[i].lower()))
        y, last, cell = (tg.stack(parts) for parts in zip(*ways, strict=True))
        return (y.transpose(0, 1), last, cell) if operator == "LSTM" else (y.transpose(0, 1), last)

    return run


def prelu(x: Any, slope: Any) -> Any:
    return tg.where(x > 0, x, x * slope)
