"""Buffers, tiles and what they must not write over."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.program.compiled_steps import RNG, batches, mlp, training
from tinygrad_edu import nn
from tinygrad_edu.nn import functional as F
from tinygrad_edu.program.compile import compile


def test_what_it_returns_stays() -> None:
    big = 10_000
    double = compile(lambda x: (x * 2 + 1, x.reshape(-1, 10) * 1))
    x = tg.ones(big)
    kept = [double(x * i) for i in range(5)]
    for i, (one, other) in enumerate(kept):
        assert one.sum().item() == big * (2 * i + 1)
        assert other.sum().item() == big * i


def test_threads() -> None:
    model = mlp()
    forward = compile(lambda x: model(x).detach())
    inputs = [x for x, _ in batches(8, 200, 6)]
    wrong: list[int] = []

    def work() -> None:
        for _ in range(20):
            for i, x in enumerate(inputs):
                if not np.array_equal(forward(x).array, expected[i]):
                    wrong.append(i)

    expected = [model(x).array for x in inputs]
    for x in inputs:
        forward(x)
    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong


def test_a_graph_from_before_a_compiled_step_notices_it() -> None:
    model, _, step = training(mlp)
    step = compile(step)
    data = batches(4, 8, 6)
    for x, y in data:
        step(x, y)
    loss = F.cross_entropy(model(data[0][0]), data[0][1])
    step(*data[1])
    with pytest.raises(tg.GraphError, match="a compiled step"):
        loss.backward()


def test_large_elementwise_calls_are_done_in_tiles_and_the_engine_notices_what_they_write() -> None:
    results = []
    for kind in (lambda step: step, compile):
        tg.manual_seed(0)
        w = nn.Parameter(tg.rand(700, 401))
        update = tg.optim.Adam([w], lr=0.01)

        def step(scale: Any, w: Any = w, update: Any = update) -> Any:
            update.zero_grad()
            y = (w * scale).exp() * w - w / 3
            loss = (y * y).mean()
            loss.backward()
            update.step()
            return loss.detach(), y.detach()

        step = kind(step)
        kept = [step(tg.tensor(0.1 * i)) for i in range(5)]
        results.append((w.array.copy(), w.grad.array.copy(), [[x.array for x in pair] for pair in kept]))
        if kind is compile:
            (ready,) = step.programs.ready
            assert ready.replay.tiles
            before = w * w
            step(tg.tensor(0.1))
            with pytest.raises(tg.GraphError, match="a compiled step"):
                before.sum().backward()
    for mine, theirs in zip(*results, strict=True):
        np.testing.assert_equal(mine, theirs)


def test_tiles_of_arguments_of_several_types() -> None:
    @compile
    def mixed(x: Any, mask: Any, n: Any) -> Any:
        y = x * 2 + 1
        z = y * mask - n / 4
        total = z.sum()
        return z * y + 1, total, (z - total).reshape(-1)[:10]

    for _ in range(4):
        x = tg.tensor(RNG.normal(size=(600, 500)).astype(np.float32))
        mask, n = tg.tensor(RNG.random((600, 500)) > 0.5), tg.tensor(RNG.integers(0, 9, (600, 500)))
        got = mixed(x, mask, n)
        y = x * 2 + 1
        z = y * mask - n / 4
        for mine, theirs in zip(got, (z * y + 1, z.sum(), (z - z.sum()).reshape(-1)[:10]), strict=True):
            np.testing.assert_array_equal(mine.array, theirs.array)
    assert mixed.programs.ready[0].replay.tiles


def test_arrays_that_lie_otherwise() -> None:
    @compile
    def sums(x: Any, y: Any) -> Any:
        z = x * 2 + y.T * 3
        return z.sum(0), (z.T @ z)[0], z.exp().mean(1)

    for order in ("C", "F", "C", "F", "F"):
        x = tg.from_numpy(np.asarray(RNG.normal(size=(60, 60)).astype(np.float32), order=order))
        y = tg.from_numpy(RNG.normal(size=(60, 60)).astype(np.float32))
        z = x * 2 + y.T * 3
        for mine, theirs in zip(sums(x, y), (z.sum(0), (z.T @ z)[0], z.exp().mean(1)), strict=True):
            np.testing.assert_array_equal(mine.array, theirs.array)


def test_a_gradient_that_is_kept_as_an_argument_is_not_written_over() -> None:
    model, _, step = training(mlp)
    step = compile(step)
    data = batches(3, 8, 6)
    for x, y in data * 2:
        step(x, y)
    seen = compile(lambda g: (step(*data[0]), g * 1)[1])
    for _ in range(4):
        g = model[0].weight.grad
        expected = g.array.copy()
        np.testing.assert_array_equal(seen(g).array, expected)


def test_an_exponential_may_overflow_as_quietly_as_in_the_engine() -> None:
    squash = compile(lambda x: tg.sigmoid(x))
    for _ in range(3):
        assert squash(tg.tensor([-1000.0, 0.0, 1000.0])).tolist() == [0, 0.5, 1]


def test_a_view_that_numpy_makes_of_a_constant_is_the_callers_own():
    spread = tg.compile(lambda x: np.broadcast_arrays(x, np.ones(2))[1])
    for i in range(5):
        result = spread(np.zeros(2) + i)
        assert result.tolist() == [1, 1]
        result[...] = 7
