"""Training steps, plain and compiled, that are to do the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import nn
from tinygrad_edu.nn import functional as F
from tinygrad_edu.program.compile import compile

RNG = np.random.default_rng(0)


def batches(number: int, *sizes: int, classes: int = 4) -> list[Any]:
    """Return pairs of inputs of these sizes and classes."""
    return [
        (tg.tensor(RNG.normal(size=sizes).astype(np.float32)), tg.tensor(RNG.integers(0, classes, sizes[0])))
        for _ in range(number)
    ]


def training(build: Callable[[], Any], optimizer: str = "SGD", loss: Any = F.cross_entropy, **settings: Any) -> Any:
    """Return a fresh model, its optimizer, and a step."""
    tg.manual_seed(0)
    model = build()
    update = getattr(tg.optim, optimizer)(model.parameters(), **{"lr": 0.01, **settings})

    def step(x: Any, y: Any) -> Any:
        update.zero_grad()
        value = loss(model(x), y)
        value.backward()
        update.step()
        return value.detach()

    return model, update, step


def mlp() -> Any:
    return nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 4))


def state_of(model: Any, update: Any) -> list[np.ndarray[Any, Any]]:
    """Return all that training changes."""
    tensors = [*model.parameters(), *model.buffers(), *(p.grad for p in model.parameters() if p.grad is not None)]
    kept = [x for state in update.state.values() for x in state.values()]
    return [np.array(x.array) for x in (*tensors, *kept)]


def require_equal(one: tuple[Any, Any], other: tuple[Any, Any]) -> None:
    for mine, theirs in zip(state_of(*one), state_of(*other), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def train_both(build: Callable[[], Any], data: Any, steps: int = 12, **settings: Any) -> Any:
    """Train with the engine and with a compiled step; require the same; return the compiled step."""
    results = []
    for kind in (lambda step: step, compile):
        model, update, step = training(build, **settings)
        step = kind(step)
        losses = [step(*data[i % len(data)]).item() for i in range(steps)]
        results.append((model, update, step, losses, tg.get_rng_state()))
    (eager, compiled) = results
    assert eager[3] == compiled[3]
    assert eager[4] == compiled[4]
    require_equal(eager[:2], compiled[:2])
    return compiled[2]
