"""Recurrent layers as ONNX has them: one operator each. The rows of its weights come in another order of the gates."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.interop.onnx.graph import Twin, Value, node

ORDERS = {"LSTM": (0, 3, 1, 2), "GRU": (1, 0, 2), "RNN": (0,)}
"""Where each gate of ONNX stands among PyTorch's, which are ours: i f g o, and r z n."""


def lstm(t: Twin) -> Any:
    """Translate the operation: the outputs of all steps, and the last state of the cell behind them."""
    x, h, c, w, r, b = t.inputs
    y, _, last = _node(t, "LSTM", x, (w, r), (b, None), (h, c))
    return node("Concat", y, last, axis=0)


def gru(t: Twin) -> Any:
    x, h, w, r, b, b_hidden = t.inputs
    return _node(t, "GRU", x, (w, r), (b, b_hidden), (h,), linear_before_reset=1)[0]


def rnn(t: Twin) -> Any:
    x, h, w, r, b = t.inputs
    name = {"tanh": "Tanh", "relu": "Relu"}[t.first.params.get("nonlinearity", "tanh")]
    return _node(t, "RNN", x, (w, r), (b, None), (h,), activations=[name])[0]


def _node(t: Twin, operator: str, x: Value, weights: Any, biases: Any, states: Any, **attributes: Any) -> list[Value]:
    """Add the operator; return the outputs of all steps (T, N, H), and the last states (1, N, H)."""
    hidden = t.first.inputs[1].array.shape[-1]
    gates = np.array(ORDERS[operator])[:, None]
    order = (gates * hidden + np.arange(hidden)).ravel()
    none = np.zeros(order.size, t.dtype)

    def turned(value: Any) -> Any:
        """Put the rows of a weight or a bias in ONNX's order."""
        missing = value is None or (np.ndim(value) == 0 and not isinstance(value, Value))  # or the number 0
        value = t.graph.constant(none if missing else value)
        return value if operator == "RNN" else node("Gather", value, order, axis=0)

    def one(value: Any) -> Any:
        """Add the axis for the directions, of which there is one here."""
        return node("Unsqueeze", value, np.array([0]))

    bias = node("Concat", *(turned(b) for b in biases), axis=0)
    direction = "reverse" if t.first.params.get("reverse") else "forward"
    y, *last = node(
        operator, x, *(one(turned(w)) for w in weights), one(bias), None, *map(one, states), outputs=len(states) + 1,
        hidden_size=hidden, direction=direction, **attributes,
    )  # fmt: skip
    return [node("Squeeze", y, np.array([1])), *last]
