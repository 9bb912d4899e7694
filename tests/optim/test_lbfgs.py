"""L-BFGS beside PyTorch's, on valleys and a network, and what it remembers."""

import io
import sys

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import optim
from tinygrad_edu.optim.line_search import Point, strong_wolfe

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
pytestmark = pytest.mark.torch
torch.set_num_threads(1)

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(20, 4)), rng.normal(size=(20, 2))
START = [rng.normal(size=shape) for shape in ((4, 3), (3,), (3, 2))]


def rosenbrock(lib, tensors):
    (x,) = tensors
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def bowl(lib, tensors):
    (x,) = tensors
    return (lib.tensor([1.0, 10.0, 0.1], dtype=lib.float64) * (x - 1) ** 2).sum()


def waves(lib, tensors):
    (x,) = tensors
    return (3 * x).sin().sum() + (x * x).sum() / 10


def network(lib, tensors):
    first, bias, second = tensors
    return (((lib.tensor(X) @ first + bias).tanh() @ second - lib.tensor(Y)) ** 2).mean()


STARTS = {
    rosenbrock: [np.array([-1.2, 1.0, 0.5])],
    bowl: [np.array([3.0, -2.0, 5.0])],
    waves: [np.array([2.0, -1.0, 0.3])],
    network: START,
}
WOLFE = {"line_search_fn": "strong_wolfe"}
CASES = [
    *[(function, {**WOLFE, "max_iter": 1}, 50) for function in STARTS],
    *[(function, {**WOLFE, "max_iter": 2, "max_eval": 10, "history_size": 3, "lr": 30.0}, 8) for function in STARTS],
    (rosenbrock, {**WOLFE, "max_iter": 4, "history_size": 2}, 7),
    (rosenbrock, {**WOLFE, "max_iter": 3, "history_size": 5, "lr": 0.01}, 40),
    (bowl, {**WOLFE, "max_iter": 4, "history_size": 2}, 50),
    (bowl, {**WOLFE, "max_iter": 3, "history_size": 5, "lr": 0.01}, 50),
    (bowl, {}, 50),
    (bowl, {"lr": 0.1, "max_iter": 2}, 50),
    (bowl, {"lr": 0.1, "max_iter": 3, "max_eval": 2, "history_size": 1}, 40),
    (waves, {**WOLFE, "max_iter": 4, "history_size": 2}, 50),
    (waves, {**WOLFE, "max_iter": 3, "history_size": 5, "lr": 0.01}, 50),
    (network, {"lr": 0.3, "max_iter": 1}, 50),
    (network, {"lr": 0.1, "max_iter": 5, "history_size": 3}, 8),
    (network, {**WOLFE, "max_iter": 4, "history_size": 2}, 7),
    (network, {**WOLFE, "max_iter": 3, "history_size": 5, "lr": 0.01}, 20),
    (network, {**WOLFE, "max_eval": 3}, 20),
    (network, {**WOLFE, "max_iter": 2, "tolerance_grad": 0.01}, 50),
    (network, {**WOLFE, "max_iter": 2, "tolerance_change": 0.01}, 50),
]
"""What is minimized, the options, and for how many steps PyTorch's path is followed: where errors of rounding grow
tenfold every few iterations, as in a valley or where the curvature changes sign, only until they reach 1e-10."""


def label(value):
    if isinstance(value, dict):
        return ",".join(f"{k}={v}" for k, v in value.items()) or "defaults"
    return value.__name__ if callable(value) else str(value)


def steps(lib, function, tensors, optimizer, count):
    points = []

    def closure():
        optimizer.zero_grad()
        loss = function(lib, tensors)
        loss.backward()
        return loss

    for _ in range(count):
        loss = optimizer.step(closure)
        points.append([loss.item(), *np.concatenate([t.detach().numpy().ravel() for t in tensors])])
    return np.array(points)


def made(lib, function, options, start=None):
    tensors = [lib.tensor(array.copy(), requires_grad=True) for array in start or STARTS[function]]
    return tensors, lib.optim.LBFGS(tensors, **options)


@pytest.mark.parametrize(("function", "options", "count"), CASES, ids=label)
def test_the_path(function, options, count):
    (tensors, optimizer), (theirs, other) = made(tg, function, options), made(torch, function, options)
    ours, expected = steps(tg, function, tensors, optimizer, count), steps(torch, function, theirs, other, count)
    np.testing.assert_allclose(ours, expected, rtol=1e-10, atol=1e-10)
    assert ours[-1, 0] < ours[0, 0] - 0.02
    mine, state = optimizer.state_dict(), other.state_dict()
    assert mine["param_groups"] == state["param_groups"]
    assert mine["state"][0].keys() == state["state"][0].keys() - {"al"}  # al is for its results in between
    for key in ("n_iter", "func_evals"):
        assert mine["state"][0][key] == state["state"][0][key]


@pytest.mark.parametrize(("function", "options", "count"), CASES, ids=label)
@pytest.mark.parametrize("lib", [tg, torch])
def test_what_was_saved_goes_on(function, options, count, lib):
    tensors, optimizer = made(lib, function, options)
    steps(lib, function, tensors, optimizer, 3)
    start, saved = [t.detach().numpy() for t in tensors], optimizer.state_dict()
    again, resumed = made(tg, function, {}, start)
    if lib is tg:
        file = io.BytesIO()
        tg.save(saved, file)
        file.seek(0)
        saved = tg.load(file)
    resumed.load_state_dict(saved)
    expected, found = steps(lib, function, tensors, optimizer, 4), steps(tg, function, again, resumed, 4)
    if lib is tg:
        assert found.tobytes() == expected.tobytes()
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10)


def test_it_finds_the_end_of_the_valley():
    tensors, optimizer = made(tg, rosenbrock, {"line_search_fn": "strong_wolfe", "max_iter": 100})
    steps(tg, rosenbrock, tensors, optimizer, 1)
    np.testing.assert_allclose(tensors[0].detach().numpy(), 1, atol=1e-4)


def test_parameters_without_a_gradient_stay():
    a, b = tg.ones(2, requires_grad=True), tg.ones(2, requires_grad=True)
    optimizer = optim.LBFGS([a, b])

    def closure():
        optimizer.zero_grad()
        loss = (a * a).sum()
        loss.backward()
        return loss

    with tg.no_grad():
        assert optimizer.step(closure).item() == 2.0
    assert b.tolist() == [1.0, 1.0]
    assert a.dtype == tg.float32
    np.testing.assert_allclose(a.detach().numpy(), 0, atol=1e-6)


W = [tg.ones(2, requires_grad=True)]
MISTAKES = {
    "no closure": (
        lambda: optim.LBFGS(W).step(),
        TypeError,
        r"LBFGS\.step: expected a function that computes the loss",
    ),
    "groups": (lambda: optim.LBFGS([{"params": W}, {"params": [tg.ones(1)]}]), ValueError, "LBFGS: expected one group"),
    "search": (lambda: optim.LBFGS(W, line_search_fn="armijo"), ValueError, "or None, got 'armijo'"),
    "history": (lambda: optim.LBFGS(W, history_size=0), ValueError, "expected history_size ≥ 1, got 0"),
    "foreach": (lambda: optim.LBFGS(W, foreach=True), TypeError, "foreach"),
    "shape": (
        lambda: optim.LBFGS(W).load_state_dict({**optim.LBFGS(W).state_dict(), "state": {0: {"d": tg.ones(3)}}}),
        ValueError,
        r"LBFGS\.load_state_dict: d of parameter 0: expected shape \(2,\), got \(3,\)",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_answered_by_name(name):
    call, error, message = MISTAKES[name]
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("seed", range(300))
def test_the_search_alone_on_random_waves(seed):
    wolfe = sys.modules[torch.optim.LBFGS.__module__]._strong_wolfe
    draw = np.random.default_rng(seed)
    height, pace, phase = draw.normal(size=5), draw.uniform(0.1, 6, 5), draw.uniform(0, 6, 5)

    def look(x):
        return (height * np.sin(pace * x + phase)).sum() + x * x / 50, (
            height * pace * np.cos(pace * x + phase)
        ).sum() + x / 25

    loss, slope = look(0.0)
    direction, first, limit = (
        -np.sign(slope) * draw.uniform(0.2, 3),
        10 ** draw.uniform(-2, 1.5),
        int(draw.integers(1, 26)),
    )

    def ours(t):
        value, gradient = look(t * direction)
        return value, np.array([gradient])

    def theirs(x, t, d):
        value, gradient = look(float(t) * direction)
        return value, torch.tensor([gradient], dtype=torch.float64)

    start = Point(0, loss, np.array([slope]), slope * direction)
    found, tried = strong_wolfe(ours, first, np.array([direction]), start, 1e-9, limit)
    gradient, along = torch.tensor([slope], dtype=torch.float64), torch.tensor([direction], dtype=torch.float64)
    value, _, t, evaluations = wolfe(theirs, None, first, along, loss, gradient, gradient.dot(along), max_ls=limit)
    assert tried == evaluations
    assert (found.t, found.loss) == pytest.approx((float(t), value), rel=1e-10, abs=1e-10)
