"""A training step of a CNN on 28 × 28 images, batch 64, SGD, in float32.

Two convolutions, 1-16-32 channels, 3 × 3 with a border of zeros, each with ReLU and 2 × 2 max-pool; a linear head.
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
    with_mygrad,
)

N = 64
LR = 0.05


def build(library: Any) -> Any:
    nn = library.nn
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(32 * 7 * 7, 10),
    )


def in_jax(np: Any, w: Any, x: Any) -> Any:
    lax = find("JAX").lax
    for layer in "0", "3":
        x = lax.conv_general_dilated(x, w[f"{layer}.weight"], (1, 1), "SAME")
        x = np.maximum(x + w[f"{layer}.bias"].reshape(-1, 1, 1), 0)
        x = lax.reduce_window(x, -np.inf, lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")
    return x.reshape(len(x), -1) @ w["7.weight"].T + w["7.bias"]


def in_hips(np: Any, w: Any, x: Any) -> Any:
    # HIPS autograd has a slow convolution only: windows as rows, channels last, are faster by far.
    x = np.transpose(x, (0, 2, 3, 1))
    for layer in "0", "3":
        weight = np.transpose(w[f"{layer}.weight"], (2, 3, 1, 0))
        H, W = x.shape[1:3]
        x = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), "constant")
        windows = np.concatenate([x[:, i : i + H, j : j + W] for i in range(3) for j in range(3)], axis=3)
        x = windows.reshape(N * H * W, -1) @ weight.reshape(-1, weight.shape[3]) + w[f"{layer}.bias"]
        x = np.max(np.maximum(x, 0).reshape(N, H // 2, 2, W // 2, 2, -1), axis=(2, 4))
    return np.transpose(x, (0, 3, 1, 2)).reshape(N, -1) @ w["7.weight"].T + w["7.bias"]


def in_mygrad(mygrad: Any, w: Any, x: Any) -> Any:
    nnet = mygrad.nnet
    for layer in "0", "3":
        x = nnet.conv_nd(x, w[f"{layer}.weight"], stride=1, padding=1) + w[f"{layer}.bias"].reshape(-1, 1, 1)
        x = nnet.max_pool(nnet.relu(x), (2, 2), 2)
    return x.reshape(N, -1) @ w["7.weight"].T + w["7.bias"]


def by_hand(weights: Weights, batches: Batches) -> Step:
    """Make a step that keeps the channels first of all, (C, N, H, W): so a convolution is one matrix product."""
    params = [w.copy() for w in weights.values()]
    grads = [np.empty_like(w) for w in params]
    update = SGD(params, lr=LR)
    first, second = (Block(*params[i : i + 2], *grads[i : i + 2]) for i in (0, 2))
    (W3, b3), (dW3, db3) = params[4:], grads[4:]

    def step(x: Array, y: Array) -> Any:
        h = second.forward(first.forward(x.swapaxes(0, 1))).swapaxes(0, 1)
        features = h.reshape(N, -1)
        logits = features @ W3.T
        logits += b3
        loss, dlogits = cross_entropy(logits, y)
        np.matmul(dlogits.T, features, out=dW3)
        np.sum(dlogits, axis=0, out=db3)
        dh = (dlogits @ W3).reshape(h.shape).swapaxes(0, 1)
        first.of_weight(second.of_input(second.of_weight(dh)))
        update(grads)
        return loss

    return in_turn(step, batches)


class Block:
    """A convolution, max-pool and ReLU, in this order: it gives what ReLU before max-pool gives, for less."""

    def __init__(self, weight: Array, bias: Array, dweight: Array, dbias: Array) -> None:
        self.rows, self.drows = (w.reshape(len(w), -1) for w in (weight, dweight))
        self.bias, self.dbias = bias, dbias
        self.buffers: dict[str, Array] = {}

    def forward(self, x: Array) -> Array:
        C, N, H, W = x.shape
        padded = self.memory("padded", (C, N, H + 2, W + 2))
        padded[:, :, 1:-1, 1:-1] = x
        columns = self.columns = self.memory("columns", (C, 3, 3, N, H, W))
        for i, j in np.ndindex(3, 3):
            columns[:, i, j] = padded[:, :, i : i + H, j : j + W]
        y = self.memory("y", (len(self.bias), N, H, W))
        np.matmul(self.rows, columns.reshape(C * 9, -1), out=y.reshape(len(y), -1))
        a, b, c, d = (y[:, :, i::2, j::2] for i, j in np.ndindex(2, 2))
        self.right = b > a, d > c
        upper, lower = np.maximum(a, b), np.maximum(c, d)
        self.below = lower > upper
        largest = np.maximum(upper, lower, out=upper)
        largest += self.bias.reshape(-1, 1, 1, 1)
        np.maximum(largest, 0, out=largest)
        self.positive = largest > 0
        return largest

    def of_weight(self, dpooled: Array) -> Array:
        """Write the gradients of weight and bias; return that of what the convolution gave."""
        dpooled = dpooled * self.positive
        np.sum(dpooled, axis=(1, 2, 3), out=self.dbias)
        below = dpooled * self.below
        dy = self.memory("dy", self.buffers["y"].shape)
        for i, (g, right) in enumerate(zip((dpooled - below, below), self.right, strict=True)):
            dy[:, :, i::2, 1::2] = g * right
            np.subtract(g, dy[:, :, i::2, 1::2], out=dy[:, :, i::2, 0::2])
        np.matmul(dy.reshape(len(dy), -1), self.columns.reshape(self.rows.shape[1], -1).T, out=self.drows)
        return dy

    def of_input(self, dy: Array) -> Array:
        C, _, _, N, H, W = self.columns.shape
        dcolumns = self.columns  # not needed any more
        np.matmul(self.rows.T, dy.reshape(len(dy), -1), out=dcolumns.reshape(C * 9, -1))
        dpadded = np.zeros((C, N, H + 2, W + 2), np.float32)
        for i, j in np.ndindex(3, 3):
            dpadded[:, :, i : i + H, j : j + W] += dcolumns[:, i, j]
        return dpadded[:, :, 1:-1, 1:-1]

    def memory(self, name: str, shape: tuple[int, ...]) -> Array:
        """Return the array of this name, zeros at first; later with what was left in it."""
        if name not in self.buffers:
            self.buffers[name] = np.zeros(shape, np.float32)
        return self.buffers[name]


def products(weights: Weights, batches: Batches) -> Step:
    """Make a step of the matrix products alone, each into memory that is there already."""
    W1, _, W2, _, W3, _ = (w.reshape(len(w), -1) for w in weights.values())
    rng = np.random.default_rng(1)
    numbers = [
        (W1, rng.random((9, N * 28 * 28), dtype=np.float32)),
        (W2, rng.random((16 * 9, N * 14 * 14), dtype=np.float32)),
        (W3, rng.random((32 * 7 * 7, N), dtype=np.float32)),
    ]
    layers = [(w, x, w @ x, np.empty_like(w), np.empty_like(x)) for w, x in numbers]

    def step() -> None:
        for i, (w, x, y, dw, dx) in enumerate(layers):
            np.matmul(w, x, out=y)
            np.matmul(y, x.T, out=dw)
            if i:  # nobody asks for the gradient of the images
                np.matmul(w.T, y, out=dx)

    return step


def cases(quick: bool) -> Iterator[Case]:
    """Yield the case."""
    rng = np.random.default_rng(0)
    batches = [(rng.random((N, 1, 28, 28), dtype=np.float32), rng.integers(0, 10, N)) for _ in range(8)]
    weights = initial_weights(build)
    training = (weights, batches, "SGD")
    makers = {
        **ours_and_pytorch(build, *training, lr=LR),
        "JAX": lambda: with_jax(in_jax, *training, lr=LR),
        "HIPS autograd": lambda: with_hips(in_hips, *training, lr=LR),
        "MyGrad": lambda: with_mygrad(in_mygrad, *training, lr=LR),
        HAND: lambda: by_hand(weights, batches),
        PRODUCTS: lambda: products(weights, batches),
    }
    yield Case("CNN 1-16-32, SGD, batch 64", makers, turns=(5, 25))


def measure(quick: bool = False) -> Iterator[Row]:
    """Yield the rows."""
    for case in cases(quick):
        yield from race(case, quick)
