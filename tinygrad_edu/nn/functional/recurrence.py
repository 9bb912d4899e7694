"""One step of a recurrent network. `gates` is what the input contributes, W x + b; U and c belong to the state."""

from __future__ import annotations

from typing import Any

from tinygrad_edu import ops
from tinygrad_edu.nn.functional.layers import linear


def _part(x: Any, start: int, stop: int) -> Any:
    return ops.getitem(x, index=(Ellipsis, slice(start, stop)))


def rnn_step(gates: Any, state: Any, w_hh: Any, b_hh: Any, nonlinearity: str = "tanh") -> Any:
    """Go one step: h' = tanh(W x + b + U h + c), or relu. `gates` is W x + b."""
    total = gates + linear(state, w_hh, b_hh)
    return ops.tanh(total) if nonlinearity == "tanh" else ops.relu(total)


def gru_step(gates: Any, state: Any, w_hh: Any, b_hh: Any) -> Any:
    """Go one step of a gated recurrent unit: a gate z decides how much of the state stays.

    r, z = σ(W x + b + U h + c), n = tanh(W x + b + r (U h + c)), h' = (1 - z) n + z h. From Cho and others:
    Learning phrase representations using RNN encoder-decoder, EMNLP 2014, with r as in PyTorch.
    """
    H, of_state = state.shape[-1], linear(state, w_hh, b_hh)
    rz = ops.sigmoid(_part(gates, 0, 2 * H) + _part(of_state, 0, 2 * H))
    n = ops.tanh(_part(gates, 2 * H, 3 * H) + _part(rz, 0, H) * _part(of_state, 2 * H, 3 * H))
    return n + _part(rz, H, 2 * H) * (state - n)


def lstm_step(gates: Any, state: Any, w_hh: Any, b_hh: Any) -> Any:
    """Go one step of a long short-term memory. The state is a pair: the output h, and the cell c that remembers.

    i, f, o = σ(W x + b + U h + c), g = tanh(…), c' = f c + i g, h' = o tanh(c'). From Hochreiter and Schmidhuber,
    Neural Computation 9, 1997, with the forget gate f of Gers, Schmidhuber and Cummins, 2000.
    """
    h, c = state
    H, total = h.shape[-1], gates + linear(h, w_hh, b_hh)
    i_and_f = ops.sigmoid(_part(total, 0, 2 * H))
    g, o = ops.tanh(_part(total, 2 * H, 3 * H)), ops.sigmoid(_part(total, 3 * H, 4 * H))
    c = _part(i_and_f, H, 2 * H) * c + _part(i_and_f, 0, H) * g
    return o * ops.tanh(c), c
