"""What somebody writes who knows NumPy and the chain rule, and minds the memory: updates and parts of steps."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


class SGD:
    """Update parameters in place: p ← p - lr g. The gradients are overwritten."""

    def __init__(self, params: Sequence[Array], *, lr: float) -> None:
        self.params = params
        self.lr = lr

    def __call__(self, grads: Sequence[Array]) -> None:
        for param, grad in zip(self.params, grads, strict=True):
            grad *= self.lr
            param -= grad


class Adam:
    """Update parameters in place as Adam does, or AdamW with a `weight_decay`. The gradients are overwritten."""

    def __init__(self, params: Sequence[Array], *, lr: float, weight_decay: float = 0.0) -> None:
        self.params = params
        self.lr = lr
        self.decay = lr * weight_decay
        self.means = [np.zeros_like(p) for p in params]
        self.squares = [np.zeros_like(p) for p in params]
        self.scratch = [np.empty_like(p) for p in params]
        self.steps = 0

    def __call__(self, grads: Sequence[Array]) -> None:
        self.steps += 1
        lr = self.lr / (1 - 0.9**self.steps)
        root = math.sqrt(1 - 0.999**self.steps)
        for param, grad, mean, square, scratch in zip(
            self.params, grads, self.means, self.squares, self.scratch, strict=True
        ):
            if self.decay:
                param *= 1 - self.decay
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


UPDATES: dict[str, Callable[..., Callable[[Sequence[Array]], None]]] = {"SGD": SGD, "Adam": Adam, "AdamW": Adam}


def cross_entropy(logits: Array, y: Array) -> tuple[Any, Array]:
    """Return the mean cross entropy of logits (N, K), which are overwritten, and its gradient, in their memory."""
    rows = np.arange(len(y))
    logits -= logits.max(axis=1, keepdims=True)
    log_p = logits[rows, y]
    p = np.exp(logits, out=logits)
    total = p.sum(axis=1, keepdims=True)
    loss = np.mean(np.log(total[:, 0]) - log_p)
    p /= total
    p[rows, y] -= 1
    p /= len(y)
    return loss, p
