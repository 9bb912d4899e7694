"""Recurrent networks over a series x (T, N, D), in the form that their modules need.

Each takes the state that it starts from and the weights in PyTorch's layout, and returns the outputs of all steps,
(T, N, H), and the last state. With `reverse` it runs from the end of the series.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu import ops


def rnn(
    x: Any, h: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, *, nonlinearity: str = "tanh", reverse: bool = False
) -> Any:
    """Run a plain recurrent network: h' = tanh(W x + b + U h + c), or relu."""
    y = ops.rnn(x, h, w_ih, w_hh, b_ih + b_hh, nonlinearity=nonlinearity, reverse=reverse)
    return y, _last(y, reverse)


def gru(x: Any, h: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, *, reverse: bool = False) -> Any:
    """Run a gated recurrent unit: a gate z decides how much of the state stays.

    r, z = σ(W x + b + U h + c), n = tanh(W x + b + r (U h + c)), h' = (1 - z) n + z h. From Cho and others:
    Learning phrase representations using RNN encoder-decoder, EMNLP 2014, with r as in PyTorch.
    """
    y = ops.gru(x, h, w_ih, w_hh, b_ih, b_hh, reverse=reverse)
    return y, _last(y, reverse)


def lstm(
    x: Any, state: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, w_hr: Any = None, *, reverse: bool = False
) -> Any:
    """Run a long short-term memory. The state is a pair: the output h, and the cell c that remembers.

    i, f, o = σ(W x + b + U h + c), g = tanh(…), c' = f c + i g, h' = o tanh(c'). From Hochreiter and Schmidhuber,
    Neural Computation 9, 1997, with the forget gate f of Gers, Schmidhuber and Cummins, 2000. With a projection P,
    h' = P o tanh(c'), from Sak, Senior and Beaufays, 2014.
    """
    if w_hr is not None:
        return _projected_lstm(x, state, w_ih, w_hh, b_ih, b_hh, w_hr, reverse)
    y = ops.lstm(x, *state, w_ih, w_hh, b_ih + b_hh, reverse=reverse)
    outputs = ops.getitem(y, index=slice(0, x.shape[0]))
    return outputs, (_last(outputs, reverse), ops.getitem(y, index=x.shape[0]))


def _projected_lstm(x: Any, state: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, w_hr: Any, reverse: bool) -> Any:
    """Run an LSTM whose outputs are projected: as one without, whose U is U P, since U (P h) is (U P) h.

    Only the state that it starts from is projected already: it comes in beside the first input, with the weight U.
    """
    h, c = state
    first = x.shape[0] - 1 if reverse else 0
    start = ops.put(ops.expand_dims(h, axis=0), index=np.array([first]), shape=(x.shape[0], *h.shape))
    x, w = ops.concatenate(x, start, axis=-1), ops.concatenate(w_ih, w_hh, axis=1)
    y, (_, c) = lstm(x, (np.zeros(c.shape, c.dtype), c), w, ops.matmul(w_hh, w_hr), b_ih, b_hh, reverse=reverse)
    y = ops.matmul(y, ops.transpose(w_hr))
    return y, (_last(y, reverse), c)


def _last(outputs: Any, reverse: bool) -> Any:
    return ops.getitem(outputs, index=0 if reverse else outputs.shape[0] - 1)
