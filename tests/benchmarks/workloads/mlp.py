"""A training step of an MLP 784-128-10 with ReLU and cross entropy, in float32: with SGD and with Adam."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.benchmarks.by_hand import UPDATES, Array, cross_entropy
from tests.benchmarks.contestants import HAND, PLAIN, PRODUCTS
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
    with_mygrad,
)

LR = {"SGD": 0.1, "Adam": 1e-6}
"""Adam's is small: the same batches come again and again, and once they are learned by heart its averages turn into
subnormal numbers, with which some processors take three times as long. So the race would be one of them."""


def build(library: Any) -> Any:
    return library.nn.Sequential(library.nn.Linear(784, 128), library.nn.ReLU(), library.nn.Linear(128, 10))


def forward(np: Any, w: Any, x: Any) -> Any:
    h = np.maximum(x @ w["0.weight"].T + w["0.bias"], 0)
    return h @ w["2.weight"].T + w["2.bias"]


def by_hand(weights: Weights, batches: Batches, optimizer: str, **settings: Any) -> Step:
    params = [w.copy() for w in weights.values()]
    grads = [np.empty_like(w) for w in params]
    update = UPDATES[optimizer](params, **settings)
    W1, b1, W2, b2 = params
    dW1, db1, dW2, db2 = grads

    def step(x: Array, y: Array) -> Any:
        h = x @ W1.T
        h += b1
        np.maximum(h, 0, out=h)
        logits = h @ W2.T
        logits += b2
        loss, dlogits = cross_entropy(logits, y)
        np.matmul(dlogits.T, h, out=dW2)
        np.sum(dlogits, axis=0, out=db2)
        dh = dlogits @ W2
        dh *= h > 0
        np.matmul(dh.T, x, out=dW1)
        np.sum(dh, axis=0, out=db1)
        update(grads)
        return loss

    return in_turn(step, batches)


def as_written(weights: Weights, batches: Batches, optimizer: str, **settings: Any) -> Step:
    """Make a step as people write it who do not mind the memory: every line makes a new array."""
    params = [w.copy() for w in weights.values()]
    W1, b1, W2, b2 = params
    update = UPDATES[optimizer](params, **settings)

    def step(x: Array, y: Array) -> Any:
        z = x @ W1.T + b1
        h = np.maximum(z, 0)
        logits = h @ W2.T + b2
        shifted = logits - logits.max(axis=1, keepdims=True)
        p = np.exp(shifted)
        p = p / p.sum(axis=1, keepdims=True)
        rows = np.arange(len(y))
        loss = -np.log(p[rows, y]).mean()
        dlogits = p.copy()
        dlogits[rows, y] -= 1
        dlogits = dlogits / len(y)
        dz = dlogits @ W2 * (z > 0)
        update([dz.T @ x, dz.sum(axis=0), dlogits.T @ h, dlogits.sum(axis=0)])
        return loss

    return in_turn(step, batches)


def products(weights: Weights, batches: Batches) -> Step:
    """Make a step of the matrix products alone, each into memory that is there already."""
    W1, _, W2, _ = weights.values()
    dW1, dW2 = np.empty_like(W1), np.empty_like(W2)
    N = len(batches[0][1])
    h, dh, logits = (np.zeros((N, K), np.float32) for K in (128, 128, 10))

    def step(x: Array, y: Array) -> None:
        np.matmul(x, W1.T, out=h)
        np.matmul(h, W2.T, out=logits)
        np.matmul(logits.T, h, out=dW2)
        np.matmul(logits, W2, out=dh)
        np.matmul(dh.T, x, out=dW1)

    return in_turn(step, batches)


def cases(quick: bool) -> Iterator[Case]:
    """Yield a case for each optimizer and batch size."""
    rng = np.random.default_rng(0)
    weights = initial_weights(build)
    for optimizer in ("SGD",) if quick else ("SGD", "Adam"):
        for N in (128, 32, 512) if quick else (32, 128, 512):  # the first short one is that whose memory is measured
            batches = [(rng.random((N, 784), dtype=np.float32), rng.integers(0, 10, N)) for _ in range(8)]
            yield _case(weights, batches, optimizer)


def _case(weights: Weights, batches: Batches, optimizer: str) -> Case:
    training = (weights, batches, optimizer)
    lr = LR[optimizer]
    makers = {
        **ours_and_pytorch(build, *training, lr=lr),
        "JAX": lambda: with_jax(forward, *training, lr=lr),
        "HIPS autograd": lambda: with_hips(forward, *training, lr=lr),
        "MyGrad": lambda: with_mygrad(forward, *training, lr=lr),
        HAND: lambda: by_hand(*training, lr=lr),
        PLAIN: lambda: as_written(*training, lr=lr),
        PRODUCTS: lambda: products(weights, batches),
    }
    return Case(f"MLP 784-128-10, {optimizer}, batch {len(batches[0][1])}", makers)


def measure(quick: bool = False) -> Iterator[Row]:
    """Yield the rows for each case."""
    for case in cases(quick):
        yield from race(case, quick)
