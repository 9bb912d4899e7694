"""What would silently go wrong in a compiled step: it is seen, or it is an error that names the line."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.program.compiled_steps import RNG, batches, mlp, training
from tinygrad_edu import nn
from tinygrad_edu.engine.op import OPS
from tinygrad_edu.nn import functional as F
from tinygrad_edu.program.compile import compile
from tinygrad_edu.program.tracing.arrays import TraceError


def test_draws_differ_and_follow_the_seed() -> None:
    @compile
    def draw(x: Any) -> Any:
        return F.dropout(x, 0.5)

    x = tg.ones(100)
    tg.manual_seed(3)
    drawn = [draw(x).numpy().copy() for _ in range(4)]
    assert not np.array_equal(drawn[2], drawn[3])
    tg.manual_seed(3)
    for mine in drawn:
        np.testing.assert_array_equal(mine, F.dropout(x, 0.5).numpy())


def test_a_draw_behind_the_generators_back_is_an_error_that_names_the_line() -> None:
    rng = np.random.default_rng(0)

    @compile
    def noisy(x: Any) -> Any:
        noise = rng.normal(size=3)  # no generator of ours: an array that is there, to a trace
        return x + noise

    x = tg.ones(3)
    noisy(x)
    with pytest.raises(TraceError, match=r"return x \+ noise"):
        noisy(x)


def test_a_decision_on_values_holds_while_it_is_the_same() -> None:
    calls = []

    @compile
    def absolute(x: Any) -> Any:
        if x.sum() > 0:
            return x * 1
        return -x

    for value in (1.0, 2.0, 3.0, -1.0, -2.0, -3.0, 4.0, -4.0):
        assert absolute(tg.tensor([value])).item() == abs(value)
        calls.append(len(absolute.programs.ready))
    assert calls[-1] == 2


def test_a_decision_after_a_write_is_refused() -> None:
    total = tg.zeros(3)

    @compile
    def count(x: Any) -> Any:
        total.add_(x)
        if total.sum() > 2:
            return x
        return -x

    with pytest.raises(TraceError, match="a condition depends on what the step has changed"):
        count(tg.ones(3))


def test_a_decision_on_other_values_comes_before_the_write() -> None:
    total = tg.zeros(3)

    @compile
    def count(x: Any) -> Any:
        total.add_(x)
        return x if x.sum() > 0 else -x

    for sign in (1, 1, 1, -1, -1, 1):
        count(sign * tg.ones(3))
    assert total.tolist() == [2, 2, 2]


def test_a_table_and_the_numbers_of_rows() -> None:
    table = np.arange(10.0, dtype=np.float32)

    @compile
    def look_up(i: Any) -> Any:
        return F.embedding(i, tg.tensor(table)[:, None]), tg.erf(i / 10), F.gelu(i / 7)

    for _ in range(4):
        i = tg.tensor(RNG.integers(0, 10, 5))
        found, erf, gelu = look_up(i)
        assert found.numpy()[:, 0].tolist() == i.tolist()
        np.testing.assert_array_equal(erf.numpy(), tg.erf(i / 10).numpy())
        np.testing.assert_array_equal(gelu.numpy(), F.gelu(i / 7).numpy())


def test_numbers_of_the_function_and_its_modules_are_looked_at() -> None:
    scale, model = 2.0, nn.Dropout(0.0)

    @compile
    def scaled(x: Any) -> Any:
        return model(x) * scale

    x = tg.ones(50)
    for _ in range(3):
        assert scaled(x).sum().item() == 100
    scale = 3.0
    for _ in range(3):
        assert scaled(x).sum().item() == 150
    model.p = 1.0
    for _ in range(3):
        assert scaled(x).sum().item() == 0


def test_a_parameter_that_is_exchanged_is_seen() -> None:
    model = nn.Linear(2, 2, bias=False)
    forward = compile(lambda x: model(x).detach())
    x = tg.ones(1, 2)
    for _ in range(3):
        forward(x)
    model.weight = nn.Parameter(tg.zeros(2, 2))
    assert forward(x).tolist() == [[0, 0]]
    model.weight.data = tg.ones(2, 2)
    assert forward(x).tolist() == [[2, 2]]
    model.bias = nn.Parameter(tg.ones(2))
    assert forward(x).tolist() == [[3, 3]]


def test_counting_and_collecting_are_refused() -> None:
    seen: list[Any] = []
    counts = {"calls": 0}

    def counting(x: Any) -> Any:
        counts["calls"] += 1
        return x

    with pytest.raises(TraceError, match="changes 'calls'"):
        compile(counting)(tg.ones(2))

    @compile
    def collecting(x: Any) -> Any:
        seen.append(x.sum().item())
        return x

    with pytest.raises(TraceError, match="makes something new to keep"):
        for _ in range(9):
            collecting(tg.ones(2))
    assert seen
    assert all(type(x) is float for x in seen)


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
    with pytest.raises(TraceError, match=r"cannot be traced \(.*test_compiled_traps.py"):
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


def test_an_exception_in_a_trace_leaves_everything_as_it_was() -> None:
    model, update, _ = training(mlp, "Adam")
    rules = {name: op.rule for name, op in OPS.items()}
    x, y = batches(1, 8, 6)[0]

    @compile
    def broken(x: Any, y: Any) -> Any:
        update.zero_grad()
        F.cross_entropy(model(x), y).backward()
        raise KeyError("in the middle")

    before = [p.array for p in model.parameters()]
    with pytest.raises(KeyError, match="in the middle"):
        broken(x, y)
    for p, array in zip(model.parameters(), before, strict=True):
        assert p.array is array
        assert type(p.grad.array) is np.ndarray
    assert type(update.param_groups[0]["lr"]) is float
    assert rules == {name: op.rule for name, op in OPS.items()}
    training_step = training(mlp)[2]
    assert math.isfinite(training_step(x, y).item())


def test_loose_ends_are_refused() -> None:
    model = mlp()
    x = tg.ones(2, 6, requires_grad=True)
    with pytest.raises(TraceError, match="reaches an argument"):
        compile(lambda x: model(x).sum().backward())(x)
    with pytest.raises(TraceError, match="writing into an argument"):
        compile(lambda x: x.add_(1))(tg.ones(3))


def test_a_trace_that_fails_changes_nothing() -> None:
    total = tg.zeros(2)

    @compile
    def failing(x: Any) -> Any:
        total.add_(1)
        tg.rand(2)
        return x[x > 0]

    state = tg.get_rng_state()
    with pytest.raises(TraceError, match="reading at a mask"):
        failing(tg.ones(2))
    assert total.tolist() == [0, 0]
    assert tg.get_rng_state() == state
