"""Recurrent networks, each over a whole series x (T, N, D).

One step is a formula of a few lines; the plain networks below apply it T times. The operations do the same, fused.
With a row (xₜ 1 hₜ₋₁) for each step, W xₜ + b + U hₜ₋₁ is one matrix product with the matrix (W b U), and the gradient
of that whole matrix is one product for all steps together.

The weights are PyTorch's: w_ih for the input and w_hh for the state have the gates one below the other.
With `reverse`, a network runs from the end of the series; its outputs stand at the same place as its inputs.
"""

from functools import cache

import numpy as np

from tinygrad_edu.engine.op import Sample, op
from tinygrad_edu.engine.shared import shared
from tinygrad_edu.ops.activation import relu, sigmoid
from tinygrad_edu.ops.fusing import are_arrays, through
from tinygrad_edu.ops.matmul import linear


def lstm_gates(total, c):
    """Go one step of a long short-term memory: from W x + U h + b, (…, 4 H), and c to the next h and c."""
    H = c.shape[-1]
    i, f = sigmoid(total[..., :H]), sigmoid(total[..., H : 2 * H])
    g, o = np.tanh(total[..., 2 * H : 3 * H]), sigmoid(total[..., 3 * H :])
    c = f * c + i * g
    return o * np.tanh(c), c


def gru_gates(of_input, of_state, h):
    """Go one step of a gated recurrent unit: from W x + b and U h + c, (…, 3 H), and h to the next h."""
    H = h.shape[-1]
    r = sigmoid(of_input[..., :H] + of_state[..., :H])
    z = sigmoid(of_input[..., H : 2 * H] + of_state[..., H : 2 * H])
    n = np.tanh(of_input[..., 2 * H :] + r * of_state[..., 2 * H :])
    return n + z * (h - n)


def rnn_gates(total, nonlinearity="tanh"):
    """Go one step of a plain recurrent network: from W x + U h + b, (…, H), to the next h."""
    return np.tanh(total) if nonlinearity == "tanh" else relu(total)


def _in_order(T, reverse):
    return range(T - 1, -1, -1) if reverse else range(T)


def _stacked(outputs, reverse, *more):
    return np.stack([*(reversed(outputs) if reverse else outputs), *more])


def _by_gate(total, gates):
    """Return (N, gates · H) as (gates, N, H), the same memory."""
    return total.reshape(total.shape[0], gates, total.shape[1] // gates).swapaxes(0, 1)


def plain_lstm(x, h, c, w_ih, w_hh, b, *, reverse=False):
    outputs = []
    for t in _in_order(x.shape[0], reverse):
        h, c = lstm_gates(linear(x[t], w_ih, b) + np.matmul(h, np.transpose(w_hh)), c)
        outputs.append(h)
    return _stacked(outputs, reverse, c)


def plain_gru(x, h, w_ih, w_hh, b_ih, b_hh, *, reverse=False):
    outputs = []
    for t in _in_order(x.shape[0], reverse):
        h = gru_gates(linear(x[t], w_ih, b_ih), linear(h, w_hh, b_hh), h)
        outputs.append(h)
    return _stacked(outputs, reverse)


def plain_rnn(x, h, w_ih, w_hh, b, *, nonlinearity="tanh", reverse=False):
    outputs = []
    for t in _in_order(x.shape[0], reverse):
        h = rnn_gates(linear(x[t], w_ih, b) + np.matmul(h, np.transpose(w_hh)), nonlinearity)
        outputs.append(h)
    return _stacked(outputs, reverse)


def _rows(x, width, dtype):
    """Return (x 1 …) for each step and example: (T, N, D + 1 + width), the last places still to be filled."""
    D = x.shape[2]
    rows = np.empty((*x.shape[:2], D + 1 + width), dtype)
    rows[..., :D] = x
    rows[..., D] = 1
    return rows


def _in_rows(matrices, dtype):
    """Put matrices side by side, and return the transpose with its rows in one piece, which BLAS multiplies faster."""
    return np.concatenate(matrices, axis=1).T.astype(dtype, order="C")


def _of_series(d, w):
    """Return dₜ w for each step, the gradient of what was multiplied by wᵀ."""
    return (d.reshape(-1, d.shape[-1]) @ w).reshape(*d.shape[:2], w.shape[1])


def _of_weights(d, rows):
    """Return a function that returns Σ dₜᵀ rowsₜ, the gradient of the matrix that the rows were multiplied by."""
    return cache(lambda: d.reshape(-1, d.shape[-1]).T @ rows.reshape(-1, rows.shape[-1]))


def _pullbacks(way_back, count):
    """Return the pullbacks of `count` inputs. For each, `way_back` returns a function that finishes its gradient.

    So the product with the weights, for the gradient of the series, is not computed where the series is data, nor that
    with the series, for the gradient of the weights, where they are frozen.
    """

    def of_input(i):
        return lambda *gradients: gradients[i]()

    return shared(way_back, [of_input(i) for i in range(count)])


@op(
    formula="yₜ = oₜ tanh(sₜ), sₜ = fₜ sₜ₋₁ + iₜ nₜ, iₜ, fₜ, oₜ = σ(zₜ), nₜ = tanh(zₜ), "
    "zₜ = xₜ @ w_ihᵀ + yₜ₋₁ @ w_hhᵀ + b, y₀ = h, s₀ = c; y ends with the last s",
    where="iₜ, fₜ, oₜ: the input, forget and output gates; nₜ: the new content; sₜ: the state of the cell; each of "
    "iₜ, fₜ, nₜ, oₜ has its quarter of zₜ; σ(z) = 1 / (1 + exp(-z)); dₜ: the gradient of zₜ",
    derivative=(
        "dₜ @ w_ih",
        "d₁ @ w_hh",
        "f₁ times the gradient of s₁",
        "Σₜ dₜᵀ @ xₜ",
        "Σₜ dₜᵀ @ yₜ₋₁",
        "Σₜ Σₙ dₜₙ",
    ),
    samples=[
        Sample((3, 2, 4), (2, 3), (2, 3), (12, 4), (12, 3), (12,)),
        Sample((3, 1, 2), (1, 2), (1, 2), (8, 2), (8, 2), (8,), reverse=True),
        Sample((1, 2, 1), (2, 2), (2, 2), (8, 1), (8, 2), (8,)),
        Sample((2, 0, 2), (0, 1), (0, 1), (4, 2), (4, 1), (4,)),
    ],
    reference=plain_lstm,
)
def lstm(x, h, c, w_ih, w_hh, b, *, reverse=False):
    """Run a long short-term memory over a series: x (T, N, D), the state h and c (N, H) give (T + 1, N, H).

    These are the output of each step and, after them, the last c. Each gate (i, f, n, o in the formula) has a quarter
    of z, and so of the weights.
    """
    if not are_arrays(x, h, c, w_ih, w_hh, b):
        return through(plain_lstm, (x, h, c, w_ih, w_hh, b), reverse=reverse)
    dtype, (T, N, D), H = np.result_type(x, h, c, w_ih, w_hh, b), x.shape, h.shape[1]
    order, rows = _in_order(T, reverse), _rows(x, H, dtype)
    y, kept = np.empty((T + 1, N, H), dtype), []
    # As σ(z) = ½ + ½ tanh(½ z), one tanh, of z or of ½ z, serves all gates.
    half = np.array([0.5, 0.5, 1, 0.5], dtype)
    weights = _in_rows([w_ih, b[:, None], w_hh], dtype) * np.repeat(half, H)
    factor, shift = half.reshape(4, 1, 1), 1 - half.reshape(4, 1, 1)
    total = np.empty((N, 4 * H), dtype)
    c = c.astype(dtype)
    for t in order:
        rows[t, :, D + 1 :] = h
        np.matmul(rows[t], weights, out=total)
        gates = np.empty((4, N, H), dtype)  # each in one piece, which is much faster to work on
        np.tanh(_by_gate(total, 4), out=gates)
        gates *= factor
        gates += shift
        i, f, g, o = gates
        fc, ig = f * c, i * g
        c = fc + ig
        tanh_c = np.tanh(c)
        h = np.multiply(o, tanh_c, out=y[t])
        kept.append((i, f, g, o, fc, ig, tanh_c))
    y[T] = c

    def way_back(grad):
        d = np.empty((T, N, 4 * H), dtype)
        dh, dc = np.zeros((N, H), dtype), grad[T].copy()
        for t, (i, f, g, o, fc, ig, tanh_c) in zip(reversed(order), reversed(kept), strict=True):
            dh += grad[t]
            # A product p = σ(z) v has the slope p - p σ(z) in z, and σ(z) - p v where v is the tanh of its argument.
            h = y[t]
            dc += dh * (o - h * tanh_c)
            of_i, of_f, of_g, of_o = _by_gate(d[t], 4)
            np.multiply(dc, ig - ig * i, out=of_i)
            np.multiply(dc, fc - fc * f, out=of_f)
            np.multiply(dc, i - ig * g, out=of_g)
            np.multiply(dh, h - h * o, out=of_o)
            dc *= f
            dh = d[t] @ w_hh
        dw = _of_weights(d, rows)
        of_weights = lambda: dw()[:, :D], lambda: dw()[:, D + 1 :], lambda: dw()[:, D]
        return lambda: _of_series(d, w_ih), lambda: dh, lambda: dc, *of_weights

    return y, _pullbacks(way_back, 6)


@op(
    formula="yₜ = (1 - zₜ) nₜ + zₜ yₜ₋₁, rₜ, zₜ = σ(pₜ + qₜ), nₜ = tanh(pₜ + rₜ qₜ), pₜ = xₜ @ w_ihᵀ + b_ih, "
    "qₜ = yₜ₋₁ @ w_hhᵀ + b_hh, y₀ = h",
    where="rₜ, zₜ: the reset and update gates; nₜ: the new content; each of rₜ, zₜ, nₜ has its third of pₜ, as of qₜ; "
    "σ(z) = 1 / (1 + exp(-z)); dₜ: the gradient of pₜ; eₜ: the gradient of qₜ",
    derivative=(
        "dₜ @ w_ih",
        "e₁ @ w_hh + z₁ times the gradient of y₁",
        "Σₜ dₜᵀ @ xₜ",
        "Σₜ eₜᵀ @ yₜ₋₁",
        "Σₜ Σₙ dₜₙ",
        "Σₜ Σₙ eₜₙ",
    ),
    samples=[
        Sample((3, 2, 4), (2, 3), (9, 4), (9, 3), (9,), (9,)),
        Sample((3, 1, 2), (1, 2), (6, 2), (6, 2), (6,), (6,), reverse=True),
        Sample((1, 2, 1), (2, 2), (6, 1), (6, 2), (6,), (6,)),
    ],
    reference=plain_gru,
)
def gru(x, h, w_ih, w_hh, b_ih, b_hh, *, reverse=False):
    """Run a gated recurrent unit over a series: x (T, N, D) and the state h (N, H) give all outputs, (T, N, H).

    Each gate (r, z, n in the formula) has a third of p and of q, and so of the weights.
    """
    if not are_arrays(x, h, w_ih, w_hh, b_ih, b_hh):
        return through(plain_gru, (x, h, w_ih, w_hh, b_ih, b_hh), reverse=reverse)
    dtype, (T, N, D), H = np.result_type(x, h, w_ih, w_hh, b_ih, b_hh), x.shape, h.shape[1]
    order, rows, states = _in_order(T, reverse), _rows(x, 0, dtype), _rows(np.empty((T, N, H), dtype), 0, dtype)
    y, kept = np.empty((T, N, H), dtype), []
    weights = _in_rows([w_ih, b_ih[:, None]], dtype)
    of_states = _in_rows([w_hh, b_hh[:, None]], dtype)
    for t in order:
        states[t, :, :H] = h
        of_input, of_state = rows[t] @ weights, states[t] @ of_states
        n_of_state = of_state[:, 2 * H :].copy()
        r = sigmoid(of_input[:, :H] + of_state[:, :H])
        z = sigmoid(of_input[:, H : 2 * H] + of_state[:, H : 2 * H])
        n = np.tanh(of_input[:, 2 * H :] + r * n_of_state)
        change = h - n
        h = np.add(n, z * change, out=y[t])
        kept.append((r, z, n, n_of_state, change))

    def way_back(grad):
        d, e = np.empty((T, N, 3 * H), dtype), np.empty((T, N, 3 * H), dtype)
        dh = np.zeros((N, H), dtype)
        for t, (r, z, n, n_of_state, change) in zip(reversed(order), reversed(kept), strict=True):
            dh += grad[t]
            of_r, of_z, of_n = _by_gate(d[t], 3)
            dn = dh * (1 - z) * (1 - n * n)
            of_n[...] = dn
            np.multiply(dn * n_of_state, r * (1 - r), out=of_r)
            np.multiply(dh * change, z * (1 - z), out=of_z)
            e[t] = d[t]
            np.multiply(dn, r, out=e[t, :, 2 * H :])
            dh *= z
            dh += e[t] @ w_hh
        dw, du = _of_weights(d, rows), _of_weights(e, states)
        of_weights = lambda: dw()[:, :D], lambda: du()[:, :H], lambda: dw()[:, D], lambda: du()[:, H]
        return lambda: _of_series(d, w_ih), lambda: dh, *of_weights

    return y, _pullbacks(way_back, 6)


@op(
    formula="yₜ = f(zₜ), zₜ = xₜ @ w_ihᵀ + yₜ₋₁ @ w_hhᵀ + b, y₀ = h, f = nonlinearity",
    derivative=(
        "dₜ @ w_ih, dₜ = f′(zₜ) (gₜ + dₜ₊₁ @ w_hh)",
        "d₁ @ w_hh",
        "Σₜ dₜᵀ @ xₜ",
        "Σₜ dₜᵀ @ yₜ₋₁",
        "Σₜ Σₙ dₜₙ",
    ),
    samples=[
        Sample((3, 2, 4), (2, 3), (3, 4), (3, 3), (3,)),
        Sample((3, 1, 2), (1, 2), (2, 2), (2, 2), (2,), reverse=True),
        Sample((2, 2, 1), (2, 2), (2, 1), (2, 2), (2,), nonlinearity="relu"),
    ],
    reference=plain_rnn,
)
def rnn(x, h, w_ih, w_hh, b, *, nonlinearity="tanh", reverse=False):
    """Run a plain recurrent network over a series: x (T, N, D) and the state h (N, H) give all outputs, (T, N, H)."""
    if not are_arrays(x, h, w_ih, w_hh, b):
        return through(plain_rnn, (x, h, w_ih, w_hh, b), nonlinearity=nonlinearity, reverse=reverse)
    dtype, (T, N, D), H = np.result_type(x, h, w_ih, w_hh, b), x.shape, h.shape[1]
    order, rows, y = _in_order(T, reverse), _rows(x, H, dtype), np.empty((T, N, H), dtype)
    weights = _in_rows([w_ih, b[:, None], w_hh], dtype)
    for t in order:
        rows[t, :, D + 1 :] = h
        h = np.matmul(rows[t], weights, out=y[t])
        if nonlinearity == "tanh":
            np.tanh(h, out=h)
        else:
            np.maximum(h, 0, out=h)

    def way_back(grad):
        d, dh = np.empty((T, N, H), dtype), np.zeros((N, H), dtype)
        for t in reversed(order):
            dh += grad[t]
            np.multiply(dh, 1 - y[t] * y[t] if nonlinearity == "tanh" else y[t] > 0, out=d[t])
            dh = d[t] @ w_hh
        dw = _of_weights(d, rows)
        of_weights = lambda: dw()[:, :D], lambda: dw()[:, D + 1 :], lambda: dw()[:, D]
        return lambda: _of_series(d, w_ih), lambda: dh, *of_weights

    return y, _pullbacks(way_back, 5)
