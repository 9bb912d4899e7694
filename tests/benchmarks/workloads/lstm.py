"""A training step of an LSTM that reads images row by row: 28 rows of 28, hidden 128, batch 64, SGD, in float32.

A linear head on the last output gives the 10 classes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.benchmarks.by_hand import SGD, Array, cross_entropy
from tests.benchmarks.contestants import HAND, PRODUCTS, find
from tests.benchmarks.timing import Row, Step
from tests.benchmarks.training import (
    Batches,
    Case,
    Weights,
    in_turn,
    initial_weights,
    ours_and_pytorch,
    race,
    with_hips,
    with_jax,
)

N, T, D, H = 64, 28, 28, 128
LR = 0.1


def build(library: Any) -> Any:
    nn = library.nn

    class Network(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.lstm = nn.LSTM(D, H, batch_first=True)
            self.head = nn.Linear(H, 10)

        def forward(self, x: Any) -> Any:
            outputs, _ = self.lstm(x)
            return self.head(outputs[:, -1])

    return Network()


def in_hips(np: Any, w: Any, x: Any) -> Any:
    h = c = np.zeros((N, H), "float32")
    W, U = w["lstm.weight_ih_l0"].T, w["lstm.weight_hh_l0"].T
    bias = w["lstm.bias_ih_l0"] + w["lstm.bias_hh_l0"]
    for t in range(T):
        total = x[:, t] @ W + h @ U + bias
        i_and_f, g, o = total[:, : 2 * H], np.tanh(total[:, 2 * H : 3 * H]), total[:, 3 * H :]
        i_and_f, o = 0.5 * np.tanh(0.5 * i_and_f) + 0.5, 0.5 * np.tanh(0.5 * o) + 0.5
        c = i_and_f[:, H:] * c + i_and_f[:, :H] * g
        h = o * np.tanh(c)
    return h @ w["head.weight"].T + w["head.bias"]


def in_jax(np: Any, w: Any, x: Any) -> Any:
    jax = find("JAX")
    W, U = w["lstm.weight_ih_l0"].T, w["lstm.weight_hh_l0"].T
    bias = w["lstm.bias_ih_l0"] + w["lstm.bias_hh_l0"]

    def go(state: Any, row: Any) -> Any:
        h, c = state
        i, f, g, o = np.split(row @ W + h @ U + bias, 4, axis=1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * np.tanh(g)
        return (jax.nn.sigmoid(o) * np.tanh(c), c), None

    zeros = np.zeros((N, H), "float32")
    (h, _), _ = jax.lax.scan(go, (zeros, zeros), np.swapaxes(x, 0, 1))
    return h @ w["head.weight"].T + w["head.bias"]


def by_hand(weights: Weights, batches: Batches) -> Step:
    """Make a step that keeps the batch last, (features, N): so each gate is one piece of memory."""
    params = [w.copy() for w in weights.values()]
    grads = [np.empty_like(w) for w in params]
    update = SGD(params, lr=LR)
    W, U, b, b2, V, d = params
    dW, dU, db, db2, dV, dd = grads

    gates = np.empty((T, 4 * H, N), np.float32)
    cells, outputs = (np.zeros((T + 1, H, N), np.float32) for _ in range(2))  # at 0: before the first row
    tanh_cells = np.empty((T, H, N), np.float32)
    dgates = np.empty((4 * H, N), np.float32)
    of_sigmoids = slice(0, 2 * H), slice(3 * H, 4 * H)
    # σ(z) = tanh(z / 2) / 2 + 1 / 2: so one tanh serves all the gates.
    half = np.full((4 * H, 1), 0.5, np.float32)
    half[2 * H : 3 * H] = 1

    def step(x: Array, y: Array) -> Any:
        rows = np.ascontiguousarray(x.transpose(1, 2, 0))
        np.matmul(half * W, rows, out=gates)
        np.add(gates, half * (b + b2)[:, None], out=gates)
        half_u = half * U
        for t in range(T):
            gates[t] += half_u @ outputs[t]
            np.tanh(gates[t], out=gates[t])
            for part in of_sigmoids:
                gates[t, part] *= 0.5
                gates[t, part] += 0.5
            i, f, g, o = gates[t].reshape(4, H, N)
            np.multiply(f, cells[t], out=cells[t + 1])
            cells[t + 1] += i * g
            np.tanh(cells[t + 1], out=tanh_cells[t])
            np.multiply(o, tanh_cells[t], out=outputs[t + 1])
        last = outputs[T].T
        logits = last @ V.T
        logits += d
        loss, dlogits = cross_entropy(logits, y)

        np.matmul(dlogits.T, last, out=dV)
        np.sum(dlogits, axis=0, out=dd)
        dh = V.T @ dlogits.T
        dc = np.zeros((H, N), np.float32)
        for grad in (dW, dU, db):
            grad.fill(0)
        di, df, dg, do = dgates.reshape(4, H, N)
        for t in reversed(range(T)):
            i, f, g, o = gates[t].reshape(4, H, N)
            tanh_c = tanh_cells[t]
            np.multiply(dh, o, out=do)
            dc += do * (1 - tanh_c * tanh_c)
            do *= tanh_c
            do *= 1 - o
            np.multiply(dc, i, out=di)
            np.multiply(di, 1 - g * g, out=dg)
            di *= g
            di *= 1 - i
            dc *= f  # now it is that of the cell before
            np.multiply(dc, cells[t], out=df)
            df *= 1 - f
            np.add(dW, dgates @ rows[t].T, out=dW)
            np.add(db, dgates.sum(axis=1), out=db)
            if t:  # before the first row the output is zero
                np.add(dU, dgates @ outputs[t].T, out=dU)
                dh = U.T @ dgates
        db2[...] = db
        update(grads)
        return loss

    return in_turn(step, batches)


def products(weights: Weights, batches: Batches) -> Step:
    """Make a step of the matrix products alone, each into memory that is there already."""
    W, U, _, _, V, _ = weights.values()
    rng = np.random.default_rng(1)
    rows, outputs = (rng.random((T * N, k), dtype=np.float32) for k in (D, H))
    dgates, gates = (np.zeros((T * N, 4 * H), np.float32) for _ in range(2))
    dW, dU, dV, dh = (np.empty_like(a) for a in (W, U, V, outputs[:N]))
    logits = outputs[:N] @ V.T

    def step() -> None:
        np.matmul(rows, W.T, out=gates)
        for t in range(0, (T - 1) * N, N):  # at the first row the state is zero
            np.matmul(outputs[:N], U.T, out=gates[t : t + N])
            np.matmul(gates[t : t + N], U, out=dh)
        np.matmul(outputs[:N], V.T, out=logits)
        np.matmul(logits.T, outputs[:N], out=dV)
        np.matmul(logits, V, out=dh)
        np.matmul(dgates.T, rows, out=dW)
        np.matmul(dgates.T, outputs, out=dU)

    return step


def cases(quick: bool) -> Iterator[Case]:
    """Yield the case."""
    rng = np.random.default_rng(0)
    batches = [(rng.random((N, T, D), dtype=np.float32), rng.integers(0, 10, N)) for _ in range(8)]
    weights = initial_weights(build)
    training = (weights, batches, "SGD")
    makers = {
        **ours_and_pytorch(build, *training, lr=LR),
        "JAX": lambda: with_jax(in_jax, *training, lr=LR),
        "HIPS autograd": lambda: with_hips(in_hips, *training, lr=LR),
        HAND: lambda: by_hand(weights, batches),
        PRODUCTS: lambda: products(weights, batches),
    }
    yield Case("LSTM 28-128, 28 rows, SGD, batch 64", makers, turns=(5, 25))


def measure(quick: bool = False) -> Iterator[Row]:
    """Yield the rows."""
    for case in cases(quick):
        yield from race(case, quick)
