"""A training step of an MLP 784-128-10 with ReLU and cross entropy, in float32: with SGD and with Adam.

Forward, backward and update, with the same weights and batches for everybody, whose losses are
compared before anything is timed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

import tinygrad_edu as tg
from tests.benchmarks.contestants import NO_TORCH, torch
from tests.benchmarks.timing import Row, compare
from tinygrad_edu.nn import functional as F

Array = np.ndarray[Any, np.dtype[Any]]
Step = Callable[[], Any]

LR = {"SGD": 0.1, "Adam": 1e-3}
BATCHES = 8


class ByHand:
    """What somebody writes who knows NumPy and the chain rule, and minds the memory."""

    def __init__(self, weights: Sequence[Array], optimizer: str) -> None:
        self.params = [w.copy() for w in weights]
        self.grads = [np.empty_like(w) for w in weights]
        self.scratch = [np.empty_like(w) for w in weights]
        self.means = [np.zeros_like(w) for w in weights]
        self.squares = [np.zeros_like(w) for w in weights]
        self.steps = 0
        self.update = {"SGD": self.sgd, "Adam": self.adam}[optimizer]

    def step(self, x: Array, y: Array) -> Any:
        W1, b1, W2, b2 = self.params
        dW1, db1, dW2, db2 = self.grads
        rows = np.arange(len(x))

        h = x @ W1.T
        h += b1
        np.maximum(h, 0, out=h)
        p = h @ W2.T
        p += b2
        p -= p.max(axis=1, keepdims=True)
        log_p = p[rows, y]
        np.exp(p, out=p)
        total = p.sum(axis=1, keepdims=True)
        loss = np.mean(np.log(total[:, 0]) - log_p)

        p /= total
        p[rows, y] -= 1
        p /= len(x)
        np.matmul(p.T, h, out=dW2)
        np.sum(p, axis=0, out=db2)
        dh = p @ W2
        dh *= h > 0
        np.matmul(dh.T, x, out=dW1)
        np.sum(dh, axis=0, out=db1)

        self.update()
        return loss

    def sgd(self) -> None:
        for param, grad in zip(self.params, self.grads, strict=True):
            grad *= LR["SGD"]
            param -= grad

    def adam(self) -> None:
        self.steps += 1
        lr = LR["Adam"] / (1 - 0.9**self.steps)
        root = math.sqrt(1 - 0.999**self.steps)
        for param, grad, mean, square, scratch in zip(
            self.params, self.grads, self.means, self.squares, self.scratch, strict=True
        ):
            mean *= 0.9
            mean += np.multiply(grad, 0.1, out=scratch)
            square *= 0.999
            grad *= grad
            square += np.multiply(grad, 0.001, out=scratch)
            np.sqrt(square, out=scratch)
            scratch /= root
            scratch += 1e-8
            np.divide(mean, scratch, out=scratch)
            scratch *= lr
            param -= scratch


def by_hand(weights: Sequence[Array], batches: Sequence[tuple[Array, Array]], optimizer: str) -> Step:
    network = ByHand(weights, optimizer)
    return _in_turn(network.step, batches)


def ours(weights: Sequence[Array], batches: Sequence[tuple[Array, Array]], optimizer: str) -> Step:
    return _with_api(tg, F.cross_entropy, weights, [(tg.tensor(x), tg.tensor(y)) for x, y in batches], optimizer)


def pytorch(weights: Sequence[Array], batches: Sequence[tuple[Array, Array]], optimizer: str) -> Step:
    tensors = [(torch.tensor(x), torch.tensor(y)) for x, y in batches]
    return _with_api(torch, torch.nn.functional.cross_entropy, weights, tensors, optimizer)


def _with_api(library: Any, cross_entropy: Any, weights: Sequence[Array], batches: Any, optimizer: str) -> Step:
    """Make a training step. The two libraries are used by the same program."""
    model = library.nn.Sequential(library.nn.Linear(784, 128), library.nn.ReLU(), library.nn.Linear(128, 10))
    with library.no_grad():
        for param, w in zip(model.parameters(), weights, strict=True):
            param.copy_(library.tensor(w))
    update = getattr(library.optim, optimizer)(model.parameters(), lr=LR[optimizer])

    def step(x: Any, y: Any) -> Any:
        update.zero_grad()
        loss = cross_entropy(model(x), y)
        loss.backward()
        update.step()
        return loss

    return _in_turn(step, batches)


def _in_turn(step: Callable[[Any, Any], Any], batches: Sequence[tuple[Any, Any]]) -> Step:
    """Give each call of a step the next batch."""
    position = 0

    def next_step() -> Any:
        nonlocal position
        position = (position + 1) % len(batches)
        return step(*batches[position])

    return next_step


def measure(quick: bool = False) -> Iterator[Row]:
    """Yield the rows for each optimizer and batch size."""
    rng = np.random.default_rng(0)
    weights = [
        (rng.standard_normal(s) / math.sqrt(s[-1])).astype(np.float32) for s in ((128, 784), (128,), (10, 128), (10,))
    ]
    for optimizer in ("SGD",) if quick else ("SGD", "Adam"):
        for batch in (128,) if quick else (32, 128, 512):
            batches = [(rng.random((batch, 784), dtype=np.float32), rng.integers(0, 10, batch)) for _ in range(BATCHES)]
            makers = {"NumPy by hand": by_hand, "tinygrad_edu": ours} | ({"PyTorch": pytorch} if torch else {})
            contestants = {name: make(weights, batches, optimizer) for name, make in makers.items()}
            _require_equal_losses(contestants)
            case = f"MLP 784-128-10, {optimizer}, batch {batch}"
            turns, seconds = (15, 0.03) if quick else (40, 0.06)
            yield from compare(case, contestants, "NumPy by hand", turns=turns, seconds_per_turn=seconds)
            if not torch:
                yield Row(case, "PyTorch", note=NO_TORCH)


def _require_equal_losses(contestants: dict[str, Step], steps: int = 20) -> None:
    losses = {name: [step().item() for _ in range(steps)] for name, step in contestants.items()}
    expected = losses["NumPy by hand"]
    for name, values in losses.items():
        np.testing.assert_allclose(values, expected, rtol=1e-4, err_msg=f"the losses of {name} differ from NumPy's")
