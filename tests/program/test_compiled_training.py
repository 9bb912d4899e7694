"""A compiled step trains as the engine does, to the last bit."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.program.compiled_steps import RNG, batches, mlp, require_equal, train_both, training
from tinygrad_edu import nn
from tinygrad_edu.nn import functional as F
from tinygrad_edu.program.compile import compile

MODELS: dict[str, tuple[Callable[[], Any], Any]] = {
    "mlp": (mlp, batches(3, 8, 6)),
    "batch norm and dropout": (
        lambda: nn.Sequential(nn.Linear(6, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.3), nn.Linear(16, 4)),
        batches(3, 8, 6),
    ),
    "cnn": (
        lambda: nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 4)),
        batches(3, 5, 1, 8, 8),
    ),
    "activations": (
        lambda: nn.Sequential(nn.Linear(6, 8), nn.GELU(), nn.LayerNorm(8), nn.Tanh(), nn.Linear(8, 4), nn.Sigmoid()),
        batches(3, 8, 6),
    ),
    "rules that are called whole": (
        lambda: nn.Sequential(nn.Linear(40, 300), nn.GELU(), nn.Linear(300, 300), nn.GELU(), nn.Linear(300, 4)),
        batches(3, 70, 40),
    ),
    "large enough for buffers": (
        lambda: nn.Sequential(nn.Linear(40, 300), nn.Tanh(), nn.Linear(300, 300), nn.SiLU(), nn.Linear(300, 4)),
        batches(3, 70, 40),
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_trains_as_the_engine_does(name: str) -> None:
    build, data = MODELS[name]
    step = train_both(build, data)
    assert any(ready.trusted for ready in step.programs.ready)


@pytest.mark.parametrize(
    "settings",
    [
        {"optimizer": "SGD", "momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
        {"optimizer": "Adam"},
        {"optimizer": "Adam", "amsgrad": True, "weight_decay": 0.1},
        {"optimizer": "AdamW"},
        {"optimizer": "RMSprop", "centered": True, "momentum": 0.9},
        {"optimizer": "Adagrad", "lr_decay": 0.1},
        {"optimizer": "Adadelta"},
        {"optimizer": "NAdam"},
        {"optimizer": "RAdam", "betas": (0.9, 0.99)},
        {"optimizer": "Adamax"},
        {"optimizer": "Rprop"},
        {"optimizer": "Lion"},
        {"optimizer": "ASGD"},
        {"optimizer": "SGD", "lr": np.float64(0.01)},
    ],
    ids=lambda settings: "-".join(map(str, settings.values())),
)
def test_fifty_steps_of_every_optimizer_are_the_engines(settings: dict[str, Any]) -> None:
    step = train_both(mlp, batches(5, 8, 6), 50, **settings)
    assert len(step.programs.ready) <= 2


def test_an_optimizer_that_takes_no_step_is_not_waited_for() -> None:
    model, update, step = training(mlp, "Adam")

    def measure(x: Any) -> Any:
        return (update and model(x)).sum().detach()

    compiled, trained = compile(measure), compile(step)
    x, y = batches(1, 8, 6)[0]
    for _ in range(4):
        assert compiled(x).item() == measure(x).item()
    assert len(compiled.programs.ready) == 1  # type: ignore[attr-defined]
    for _ in range(4):
        trained(x, y)
        assert compiled(x).item() == measure(x).item()


def test_lr_is_read_each_time() -> None:
    data = batches(4, 8, 6)
    results = []
    for kind in (lambda step: step, compile):
        model, update, step = training(mlp, "Adam")
        schedule = tg.optim.lr_scheduler.ExponentialLR(update, 0.9)
        step = kind(step)
        for i in range(50):
            step(*data[i % 4])
            schedule.step()
        results.append((model, update))
    require_equal(*results)


def test_a_smaller_last_batch_and_changes_of_mode() -> None:
    data = [*batches(3, 8, 6), *batches(1, 5, 6)]
    step = train_both(MODELS["batch norm and dropout"][0], data, 20)
    assert len(step.programs.ready) >= 2
    model, _, step = training(MODELS["batch norm and dropout"][0])
    forward = compile(lambda x: model(x).detach())
    x = data[0][0]
    for _ in range(3):
        training_mode = [forward(x), forward(x)]
        assert not np.array_equal(training_mode[0].array, training_mode[1].array), "dropout draws anew"
        model.eval()
        for _ in range(3):
            np.testing.assert_array_equal(forward(x).array, model(x).array)
        model.train()


def test_load_state_dict_between_calls() -> None:
    data = batches(3, 8, 6)
    results = []
    for kind in (lambda step: step, compile):
        model, update, step = training(mlp, "Adam")
        step = kind(step)
        for x, y in data * 2:
            step(x, y)
        saved = copy.deepcopy((model.state_dict(), update.state_dict()))
        for x, y in data:
            step(x, y)
        model.load_state_dict(saved[0])
        update.load_state_dict(saved[1])
        for x, y in data:
            step(x, y)
        results.append((model, update))
    require_equal(*results)


@pytest.mark.parametrize("inside", [True, False], ids=["inside", "outside"])
@pytest.mark.parametrize("set_to_none", [True, False])
def test_zero_grad(inside: bool, set_to_none: bool) -> None:
    data = batches(3, 8, 6)
    results = []
    for kind in (lambda step: step, compile):
        tg.manual_seed(0)
        model = mlp()
        update = tg.optim.SGD(model.parameters(), lr=0.01)

        def step(x: Any, y: Any, model: Any = model, update: Any = update) -> Any:
            if inside:
                update.zero_grad(set_to_none)
            F.cross_entropy(model(x), y).backward()
            update.step()

        step = kind(step)
        for x, y in data * 3:
            if not inside:
                update.zero_grad(set_to_none)
            step(x, y)
        results.append((model, update))
    require_equal(*results)


def test_gradients_add_up_where_nobody_zeroes_them() -> None:
    data = batches(3, 8, 6)
    results = []
    for kind in (lambda step: step, compile):
        tg.manual_seed(0)
        model = mlp()
        update = tg.optim.SGD(model.parameters(), lr=0.01)
        backward = kind(lambda x, y, model=model: F.cross_entropy(model(x), y).backward())
        for i, (x, y) in enumerate(data * 4):
            backward(x, y)
            if i % 4 == 3:
                update.step()
                update.zero_grad()
        results.append((model, update))
    require_equal(*results)


def test_tied_weights() -> None:
    def tied() -> Any:
        model = nn.Sequential(nn.Linear(6, 6), nn.Tanh(), nn.Linear(6, 6))
        model[2].weight = model[0].weight
        return model

    train_both(tied, batches(3, 8, 6, classes=6))


def test_a_compiled_module_in_a_compiled_step() -> None:
    data = batches(3, 8, 6)
    plain, eager, step = training(mlp)
    model, update, _ = training(lambda: compile(mlp()))

    @compile
    def outer(x: Any, y: Any) -> Any:
        update.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        update.step()
        return loss.detach()

    for x, y in data * 3:
        assert step(x, y).item() == outer(x, y).item()
    require_equal((plain, eager), (model, update))


def test_clipping_by_the_norm() -> None:
    data = batches(5, 8, 6)
    results = []
    for kind in (lambda step: step, compile):
        model, update, _ = training(lambda: nn.Sequential(nn.Linear(6, 16), nn.Dropout(0.2), nn.Linear(16, 4)))

        def step(x: Any, y: Any, model: Any = model, update: Any = update) -> Any:
            update.zero_grad()
            F.cross_entropy(model(x), y).backward()
            norm = nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            update.step()
            return norm

        step = kind(step)
        norms = [step(x * scale, y).item() for x, y in data for scale in (0.1, 10)]
        results.append((model, update, norms))
    assert results[0][2] == results[1][2]
    assert min(norms) < 1 < max(norms)
    require_equal(results[0][:2], results[1][:2])


def test_an_embedding_of_many_rows() -> None:
    def build() -> Any:
        return nn.Sequential(nn.Embedding(30, 40), nn.Flatten(), nn.Linear(200, 4))

    data = [(tg.tensor(RNG.integers(0, 30, (9, 5))), tg.tensor(RNG.integers(0, 4, 9))) for _ in range(4)]
    train_both(build, data)


def test_weights_that_are_exchanged_in_every_step() -> None:
    data = batches(4, 8, 6)
    results = []
    for kind in (lambda step: step, compile):
        model, _, _ = training(mlp)

        def step(x: Any, y: Any, model: Any = model) -> Any:
            parameters = [*model.parameters()]
            gradients = tg.autograd.grad(F.cross_entropy(model(x), y), parameters)
            for p, g in zip(parameters, gradients, strict=True):
                p.data = p.data - 0.1 * g
            return sum((g * g).sum() for g in gradients)

        step = kind(step)
        results.append(([step(*data[i % 4]).item() for i in range(12)], [p.array for p in model.parameters()]))
        if kind is compile:
            assert step.programs.ready[0].trusted
    np.testing.assert_equal(*results)


def test_averages_of_weights_and_gradient_penalties() -> None:
    data = batches(4, 8, 6)
    results = []
    for kind in (lambda step: step, compile):
        model, update, _ = training(lambda: nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 4)))
        averages = [p.detach().clone() for p in model.parameters()]

        def step(x: Any, y: Any, model: Any = model, update: Any = update, averages: Any = averages) -> Any:
            update.zero_grad()
            x = (x + 0.1 * tg.randn_like(x)).requires_grad_()
            loss = F.cross_entropy(model(x), y)
            (g,) = tg.autograd.grad(loss, x, create_graph=True)
            (loss + (g * g).sum()).backward()
            update.step()
            with tg.no_grad():
                for average, p in zip(averages, model.parameters(), strict=True):
                    average.mul_(0.9).add_(p.detach(), alpha=0.1)
            return loss.detach()

        step = kind(step)
        results.append(([step(*data[i % 4]).item() for i in range(12)], [x.array for x in averages]))
    np.testing.assert_equal(*results)
