"""A compiled model, or loss, in an eager step: gradients flow through it as through the function itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import compile, nn
from tinygrad_edu.nn import functional as F
from tinygrad_edu.program.compiling.open_graphs import WayBack
from tinygrad_edu.program.tracing.arrays import TraceError

RNG = np.random.default_rng(0)
DATA = [(tg.tensor(RNG.normal(size=(8, 6)).astype(np.float32)), tg.tensor(RNG.integers(0, 4, 8))) for _ in range(4)]


def mlp() -> Any:
    return nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.Linear(16, 4))


def regular() -> Any:
    return nn.Sequential(nn.Linear(6, 16), nn.LayerNorm(16), nn.GELU(), nn.Dropout(0.2), nn.Linear(16, 4))


def train(build: Callable[[], Any], kind: Callable[[Any], Any], steps: int = 12) -> Any:
    """Train a model that `kind` has made something of, and return what came of it."""
    tg.manual_seed(0)
    model = build()
    update = tg.optim.Adam(model.parameters(), lr=0.01)
    forward = kind(model)
    losses = []
    for i in range(steps):
        x, y = DATA[i % 4]
        update.zero_grad()
        loss = F.cross_entropy(forward(x), y)
        loss.backward()
        update.step()
        losses.append(loss.item())
    return losses, [p.array.copy() for p in model.parameters()], tg.get_rng_state(), forward


@pytest.mark.parametrize("build", [mlp, regular])
def test_trains_as_the_model_itself_does(build: Callable[[], Any]) -> None:
    eager, compiled = train(build, lambda model: model), train(build, compile)
    assert eager[0] == compiled[0]
    assert eager[2] == compiled[2]
    for mine, theirs in zip(eager[1], compiled[1], strict=True):
        np.testing.assert_array_equal(mine, theirs)
    ready = compiled[3].programs.ready
    assert len(ready) == 1
    assert ready[0].trusted
    assert ready[0].back is not None


def test_batch_norm_is_the_engines_where_its_statistics_are_written() -> None:
    def build() -> Any:
        return nn.Sequential(nn.Linear(6, 16), nn.BatchNorm1d(16), nn.Linear(16, 4))

    eager, compiled = train(build, lambda model: model), train(build, compile)
    assert eager[0] == compiled[0]
    for mine, theirs in zip(eager[1], compiled[1], strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_gradients_of_arguments_that_were_computed() -> None:
    loss = compile(lambda x, y: F.cross_entropy(x, y))
    for x, y in DATA * 2:
        results = []
        for function in (F.cross_entropy, loss):
            leaf = tg.tensor(x.array[:, :4], requires_grad=True)
            function(leaf * 2, y).backward()
            results.append(leaf.grad.array)
        np.testing.assert_array_equal(*results)
    assert loss.programs.ready[0].back is not None


def test_several_graphs_at_once_and_a_graph_that_is_kept() -> None:
    model = mlp()
    forward = compile(model)
    for x, _ in DATA:
        forward(x)
    outputs = [forward(x) for x, _ in DATA]
    for i in (2, 0, 3, 1):
        mine = tg.autograd.grad(outputs[i].sum(), [*model.parameters()], retain_graph=True)
        again = tg.autograd.grad((outputs[i] * 2).sum(), [*model.parameters()])
        theirs = tg.autograd.grad(model(DATA[i][0]).sum(), [*model.parameters()])
        for a, b, c in zip(mine, again, theirs, strict=True):
            np.testing.assert_array_equal(a.array, c.array)
            np.testing.assert_allclose(b.array, 2 * c.array, rtol=1e-5)


def test_weights_that_change_before_the_way_back_are_noticed() -> None:
    model = mlp()
    forward = compile(model)
    for x, _ in DATA:
        forward(x)
    y = forward(DATA[0][0]).sum()
    model[2].weight.data.mul_(2)
    with pytest.raises(tg.GraphError, match="changed it in place"):
        y.backward()


def test_second_derivatives_are_refused_clearly() -> None:
    square = compile(lambda x: (x * x * x).sum())
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    for _ in range(3):
        y = square(x)
    with pytest.raises(tg.GraphError, match="call the function itself for second derivatives"):
        tg.autograd.grad(y, x, create_graph=True)


def test_two_results_are_left_to_the_engine() -> None:
    both = compile(lambda x: (x * 2, x * 3))
    for _ in range(3):
        x = tg.tensor([1.0], requires_grad=True)
        a, b = both(x)
        (a + b).backward()
        assert x.grad.tolist() == [5]


def test_the_mode_decides_which_program_runs() -> None:
    model = mlp()
    forward = compile(model)
    x = DATA[0][0]
    for _ in range(3):
        assert forward(x).requires_grad
        with tg.no_grad():
            assert not forward(x).requires_grad
    assert len(forward.programs.ready) == 2


def test_a_way_back_is_compared_before_it_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    right = WayBack.gradients
    monkeypatch.setattr(WayBack, "gradients", lambda *given: [1.00001 * g for g in right(*given)])
    forward = compile(mlp())
    forward(DATA[0][0])
    with pytest.raises(TraceError, match="a gradient is not what the program computes"):
        forward(DATA[1][0])
