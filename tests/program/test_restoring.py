"""What a function has changed is put back, whatever it is and wherever it stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn
from tinygrad_edu.program.compile import compile
from tinygrad_edu.program.tracing.arrays import TraceError
from tinygrad_edu.program.tracing.restoring import restored

tensor, array, number = tg.ones(2), np.ones(2), 1
store = {"x": np.ones(2)}
numbers, names, chosen = [1], {"a": 1}, {1}
model, generator = nn.Linear(2, 2), tg.Generator().manual_seed(0)


def elements() -> None:
    array[0] = tensor.array[0] = 5


def variables() -> None:
    global tensor, array, number
    tensor, array, number = tensor + 1, array + 1, number + 1


def containers() -> None:
    numbers.append(2)
    names["b"] = 2
    chosen.add(2)


def attributes() -> None:
    model.eval()
    model.weight = nn.Parameter(tg.zeros(2, 2))


def gradients() -> None:
    model(tensor).sum().backward()


def draws() -> None:
    tg.rand(2)
    tg.rand(2, generator=generator)


def seeds() -> None:
    tg.manual_seed(1)
    generator.manual_seed(1)


def state() -> Any:
    grads = [None if p.grad is None else p.grad.tolist() for p in model.parameters()]
    values = tensor.tolist(), array.tolist(), number, list(numbers), dict(names), set(chosen)
    modules = model.training, model.weight, model.weight.tolist(), grads
    return *values, *modules, tg.get_rng_state(), generator.get_state()


CHANGES = [elements, variables, containers, attributes, gradients, draws, seeds]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_everything_is_put_back(change: Callable[[], None]) -> None:
    before = repr(state())
    with restored(change):
        change()
        assert repr(state()) != before
    assert repr(state()) == before


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_half_a_step_is_no_step(change: Callable[[], None]) -> None:
    def step(x: Any) -> Any:
        change()
        return float(x.sum())  # which cannot be traced

    before = repr(state())
    with pytest.raises(TraceError):
        compile(step)(tg.ones(2))
    assert repr(state()) == before


@pytest.mark.parametrize(
    ("change", "what"),
    [(lambda: tg.manual_seed(1), "starting a generator over"), (lambda: store.pop("x"), "removing 'x'")],
)
def test_what_takes_away_is_refused(change: Callable[[], Any], what: str) -> None:
    before = tg.get_rng_state()
    with pytest.raises(TraceError, match=what):
        compile(lambda x: (change(), x * 2)[1])(tg.ones(2))
    assert tg.get_rng_state() == before
    assert "x" in store


def test_what_is_left_to_the_engine_happens_once() -> None:
    def step(x: Any) -> Any:
        numbers.append(2)
        return x * 2, x * 3  # two graphs, which the engine keeps

    kept = len(numbers)
    compile(step)(tg.ones(2, requires_grad=True))
    assert len(numbers) == kept + 1
    numbers.pop()
