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
from tinygrad_edu.engine.watchers import watchers
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

    with pytest.raises(TraceError, match=r"makes something new to keep .* step a schedule outside"):
        for _ in range(9):
            collecting(tg.ones(2))
    assert seen
    assert all(type(x) is float for x in seen)


def test_what_is_printed_is_no_part_of_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    @compile
    def step(x: Any) -> Any:
        print(x.sum(), f"{x}")
        return x * 2

    assert [step(tg.full((2,), i)).tolist() for i in (1.0, 2.0, 3.0)] == [[2, 2], [4, 4], [6, 6]]
    assert capsys.readouterr().out.splitlines()[0] == "tensor(2.) tensor([1., 1.])"


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


def test_who_looks_on_sees_the_operations() -> None:
    double = compile(lambda x: x * 2)
    x = tg.ones(2, requires_grad=True)
    with tg.no_grad():
        for _ in range(3):
            double(x)
    seen: list[Any] = []

    def watch(node: Any, output: Any) -> None:
        seen.append(node)

    watchers.append(watch)
    try:
        double(x)
    finally:
        watchers.remove(watch)
    assert [node.op.name for node in seen] == ["mul"]


@pytest.mark.parametrize("function", [lambda x: (x, np.ones(2))[1], lambda x: tg.ones(2)])
def test_a_constant_that_is_returned_stays_what_it_is(function: Any) -> None:
    constant = compile(function)
    for _ in range(4):
        result = constant(np.zeros(2))
        assert result.tolist() == [1, 1]
        result[...] = 7


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x.new_tensor(x.array),
        lambda x: tg.searchsorted(tg.sort(x, -1)[0], x),
        lambda x: tg.isin(x, x[0]),
        lambda x: tg.linalg.slogdet(x)[0],
        lambda x: tg.multinomial(tg.softmax(x, -1), 2, replacement=True),
        lambda x: tg.transpose(x, 0, 1).clone().sum(),
    ],
)
def test_what_is_computed_is_no_constant(function: Any) -> None:
    """Each argument comes twice: the comparison, in the second call, does not find what is the same in both."""
    compiled = compile(function)
    for seed in range(8):
        x = tg.tensor(5 * np.random.default_rng(seed // 2).normal(size=(3, 3)))
        tg.manual_seed(seed)
        expected = function(x).numpy()
        tg.manual_seed(seed)
        np.testing.assert_array_equal(compiled(x).numpy(), expected)


def test_an_array_made_of_a_tensor_is_refused() -> None:
    with pytest.raises(TraceError, match=r"the array that NumPy makes of a tensor.*test_compiled_traps.*write x.array"):
        compile(lambda x: tg.tensor(np.asarray(x)) * 2)(tg.ones(3))


@pytest.mark.parametrize(
    "function",
    [
        lambda x, labels: x * np.array([1.0, 2.0, 3.0])[labels],  # a table looked up by what is traced
        lambda x, labels: x * np.array([float(n) for n in x.tolist()] if isinstance(x, tg.Tensor) else np.array(x)),
    ],
    ids=["a table", "a copy"],
)
def test_a_constant_made_of_an_argument_is_found_though_two_calls_have_the_same_data(function: Any) -> None:
    compiled = tg.compile(function)
    x, labels = np.array([2.0, 3.0, 5.0, 7.0]), np.array([0, 1, 2, 0])
    compiled(x, labels)
    with pytest.raises(TraceError, match=r"the first difference is at test_compiled_traps.py"):
        compiled(x, labels)


def test_a_comparison_on_other_data_leaves_no_trace() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5))
    update = tg.optim.Adam(model.parameters())

    def step(x: Any) -> Any:
        update.zero_grad()
        loss = model(x).square().mean()
        loss.backward()
        update.step()
        return loss

    x = tg.randn(5, 3)
    results = []
    for run in (step, tg.compile(step)):
        tg.manual_seed(0)
        start = {key: value.clone() for key, value in model.state_dict().items()}
        losses = [run(x).item() for _ in range(4)]
        results.append((losses, [p.tolist() for p in model.parameters()]))
        model.load_state_dict(start)
        update.state.clear()
    assert results[0] == results[1]
