"""The numbers that a compiled step uses: they are looked at in every call, or followed, or it is an error."""

from __future__ import annotations

import math
import sys
from collections import deque
from typing import Any

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn
from tinygrad_edu.program.compile import compile
from tinygrad_edu.program.tracing.arrays import TraceError

FACTOR = 2.0


class Scaled(nn.Module):
    factor = 2.0

    def forward(self, x: Any) -> Any:
        return x * FACTOR

    @property
    def current(self) -> float:
        return FACTOR

    @staticmethod
    def static(x: Any) -> Any:
        return x * FACTOR

    @classmethod
    def of_class(cls, x: Any) -> Any:
        return x * cls.factor

    def __matmul__(self, x: Any) -> Any:
        return x * FACTOR


class Slotted:
    __slots__ = ("factor", "nothing")

    def __init__(self) -> None:
        self.factor = 2.0


SCALED, SLOTTED, QUEUE = Scaled(), Slotted(), deque([2.0])
READ_A_NUMBER = {
    "a global of forward": lambda x: SCALED(x),
    "a global of a property": lambda x: x * SCALED.current,
    "a global of a static method": lambda x: SCALED.static(x),
    "a global of an operator": lambda x: SCALED @ x,
    "an attribute of a class": lambda x: x * Scaled.factor,
    "an inherited attribute": lambda x: x * SCALED.factor,
    "an attribute in a class method": lambda x: SCALED.of_class(x),
    "a slot": lambda x: x * SLOTTED.factor,
    "a queue": lambda x: x * QUEUE[0],
}


@pytest.mark.parametrize("name", READ_A_NUMBER)
def test_numbers_that_methods_and_classes_hold_are_looked_at(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    QUEUE[0] = 2.0
    step = compile(READ_A_NUMBER[name])
    for _ in range(3):
        assert step(tg.ones(2)).tolist() == [2, 2]
    monkeypatch.setattr(sys.modules[__name__], "FACTOR", 3.0)
    monkeypatch.setattr(Scaled, "factor", 3.0)
    monkeypatch.setattr(SLOTTED, "factor", 3.0)
    QUEUE[0] = 3.0
    assert step(tg.ones(2)).tolist() == [3, 3]


TAKES_A_NUMBER_UNSEEN = {
    "isfinite": lambda x: x if math.isfinite(x.sum().item()) else 0 * x,
    "exp": lambda x: x * math.exp(x.sum().item()),
    "floor": lambda x: x * math.floor(x.sum().item()),
    "trunc": lambda x: x * math.trunc(x.sum().item()),
    "round": lambda x: x * round(x.sum().item()),
    "is_integer": lambda x: x * x.sum().item().is_integer(),
    "range": lambda x: sum(x for _ in range(x.argmax().item())),
    "float": lambda x: x * float(x.sum().item()),
    "tensor": lambda x: x * tg.tensor(x.sum().item()),
    "array": lambda x: x * np.array([x.sum().item()]),
    "nonzero": lambda x: x[x.numpy().nonzero()],
    "flat": lambda x: x * x.numpy().flat[0],
    "tobytes": lambda x: x * np.frombuffer(x.numpy().tobytes(), np.float32),
}


@pytest.mark.parametrize("name", TAKES_A_NUMBER_UNSEEN)
def test_what_takes_values_behind_the_back_of_a_trace_is_refused(name: str) -> None:
    """The comparison would not find it out where two calls in a row give the same number: whether a loss is finite."""
    with pytest.raises(TraceError, match=r"cannot be traced \(.*test_compiled_numbers.py"):
        compile(TAKES_A_NUMBER_UNSEEN[name])(tg.tensor([0.5, 2.0]))


def test_a_number_that_was_taken_out_is_followed() -> None:
    def f(x: Any) -> Any:
        total = x.sum().item()
        quotient, rest = divmod(total, 0.75)
        assert isinstance(total, float)
        return x * quotient + rest if np.isfinite(total) else x + (+total)

    compiled = compile(f)
    for rows in ([1.0, 2.0], [3.0, 4.5], [math.inf, 1.0], [0.5, 0.25]):
        np.testing.assert_array_equal(compiled(tg.tensor(rows)), f(tg.tensor(rows)))


def test_the_form_of_an_array_is_no_number_of_a_trace() -> None:
    compiled = compile(lambda x: x.topk(2, dim=1).values.reshape((-1,) * np.ndim(x.numpy()[0]))[: np.size(x) // 4])
    for _ in range(3):
        x = tg.randn(4, 3)
        np.testing.assert_array_equal(compiled(x), x.topk(2, dim=1).values.reshape(-1)[:3])
