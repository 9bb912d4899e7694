"""A compiled step does what the engine does, to the last bit, however its surroundings change."""

from __future__ import annotations

import copy
import math
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn
from tinygrad_edu.engine.op import OPS
from tinygrad_edu.nn import functional as F
from tinygrad_edu.program.arrays import TraceError
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
        {"optimizer": "ASGD"},
        {"optimizer": "SGD", "lr": np.float64(0.01)},
    ],
    ids=lambda settings: "-".join(map(str, settings.values())),
)
def test_fifty_steps_of_every_optimizer_are_the_engines(settings: dict[str, Any]) -> None:
    step = train_both(mlp, batches(5, 8, 6), 50, **settings)
    assert len(step.programs.ready) <= 2


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


# What would silently go wrong


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


def test_tied_weights() -> None:
    def tied() -> Any:
        model = nn.Sequential(nn.Linear(6, 6), nn.Tanh(), nn.Linear(6, 6))
        model[2].weight = model[0].weight
        return model

    train_both(tied, batches(3, 8, 6, classes=6))


def test_what_it_returns_stays() -> None:
    big = 10_000
    double = compile(lambda x: (x * 2 + 1, x.reshape(-1, 10) * 1))
    x = tg.ones(big)
    kept = [double(x * i) for i in range(5)]
    for i, (one, other) in enumerate(kept):
        assert one.sum().item() == big * (2 * i + 1)
        assert other.sum().item() == big * i


def test_arguments_of_all_kinds() -> None:
    @compile
    def mixed(pair: Any, factor: float, *, names: dict[str, Any], flag: bool = True) -> Any:
        a, b = pair
        result = a * factor + names["shift"]
        return {"sum": result, "rest": [b if flag else -b, "text"]}

    for factor in (2.0, 3.0, 2.0, 2.0):
        for flag in (True, False):
            shift = tg.tensor([factor])
            got = mixed((tg.ones(2), np.arange(3.0)), factor, names={"shift": shift}, flag=flag)
            assert got["sum"].tolist() == [2 * factor, 2 * factor]
            assert got["rest"][0].tolist() == ([0, 1, 2] if flag else [0, -1, -2])
            assert got["rest"][1] == "text"


def test_a_model_as_an_argument() -> None:
    @compile
    def forward(model: Any, x: Any) -> Any:
        return model(x).detach()

    x = tg.ones(2, 6)
    for model in [mlp(), mlp()] * 3:
        np.testing.assert_array_equal(forward(model, x).array, model(x).array)


def test_a_method() -> None:
    class Scale:
        def __init__(self, factor: float) -> None:
            self.factor = tg.tensor(factor)

        @compile
        def apply(self, x: Any) -> Any:
            return self.factor * x

    one, two = Scale(1.0), Scale(2.0)
    for _ in range(4):
        assert one.apply(tg.ones(1)).item() == 1
        assert two.apply(tg.ones(1)).item() == 2


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


def test_many_kinds_of_arguments_end_at_the_engine() -> None:
    double = compile(lambda x: x * 2)
    with pytest.warns(UserWarning, match="programs"):
        for n in range(1, 30):
            assert double(tg.ones(n)).sum().item() == 2 * n


def test_loose_ends_are_refused() -> None:
    model = mlp()
    x = tg.ones(2, 6, requires_grad=True)
    with pytest.raises(TraceError, match="reaches an argument"):
        compile(lambda x: model(x).sum().backward())(x)
    with pytest.raises(TraceError, match="writing into an argument"):
        compile(lambda x: x.add_(1))(tg.ones(3))


def test_gradients_of_functions_of_arrays() -> None:
    slope = compile(tg.func.grad(lambda x: (np.sin(x) ** 2).sum()))
    for _ in range(4):
        x = RNG.normal(size=5)
        np.testing.assert_allclose(slope(x), np.sin(2 * x))


def test_a_compiled_function_inside_of_another() -> None:
    model = mlp()
    inner = compile(lambda x: model(x))
    outer = compile(lambda x: inner(x).sum().detach())
    for x, _ in batches(4, 8, 6):
        np.testing.assert_array_equal(outer(x).array, model(x).sum().array)


def test_a_module() -> None:
    model = nn.Sequential(nn.Linear(6, 4), nn.Dropout(0.5))
    compiled = compile(model)
    assert isinstance(compiled, nn.Sequential)
    assert compiled.state_dict().keys() == model.state_dict().keys()
    assert [*compiled.parameters()] == [*model.parameters()]
    assert compiled[0] is model[0]
    x = batches(1, 3, 6)[0][0]
    compiled.eval()
    assert not model.training
    with tg.no_grad():
        for _ in range(3):
            np.testing.assert_array_equal(compiled(x).array, model(x).array)
        assert len(compiled.programs.ready) == 1
        model.load_state_dict({key: value * 2 for key, value in model.state_dict().items()})
        np.testing.assert_array_equal(compiled(x).array, model(x).array)
    twin = copy.deepcopy(compiled)
    twin[0].weight.data.fill_(0)
    assert model[0].weight.array.any()
    with tg.no_grad():
        np.testing.assert_array_equal(twin(x).array, np.broadcast_to(model[0].bias.array, (3, 4)))


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


def test_what_pytorchs_compile_takes() -> None:
    @compile(fullgraph=True, mode="reduce-overhead", dynamic=False, backend="inductor")
    def double(x: Any) -> Any:
        return x * 2

    assert double(tg.ones(2)).tolist() == [2, 2]
    assert double.__name__ == "double"
    assert compile(math.sqrt, disable=True) is math.sqrt
    with pytest.raises(TypeError, match="unknown settings: fulgraph"):
        compile(math.sqrt, fulgraph=True)  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="expected a function or a Module"):
        compile(3)  # type: ignore[type-var]


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


# Buffers and tiles


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


def test_an_embedding_of_many_rows() -> None:
    def build() -> Any:
        return nn.Sequential(nn.Embedding(30, 40), nn.Flatten(), nn.Linear(200, 4))

    data = [(tg.tensor(RNG.integers(0, 30, (9, 5))), tg.tensor(RNG.integers(0, 4, 9))) for _ in range(4)]
    train_both(build, data)


def test_an_exponential_may_overflow_as_quietly_as_in_the_engine() -> None:
    squash = compile(lambda x: tg.sigmoid(x))
    for _ in range(3):
        assert squash(tg.tensor([-1000.0, 0.0, 1000.0])).tolist() == [0, 0.5, 1]


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
