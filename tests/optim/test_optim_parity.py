"""Optimizers and schedules against PyTorch's: the weights of a small network over 50 steps, in float64, to 1e-10."""

import copy

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.optim.rules import RULES, label
from tinygrad_edu import optim

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
pytestmark = pytest.mark.torch
torch.set_num_threads(1)  # the tensors are tiny; more threads only wait for each other

STEPS = 50
rng = np.random.default_rng(0)
X, Y = rng.normal(size=(16, 5)), rng.integers(0, 3, 16)
START = [rng.normal(size=shape) * 0.5 for shape in ((8, 5), (8,), (3, 8), (3,))]


def trajectory(lib, make_optimizer, make_schedule=None, steps=STEPS):
    """Train with `lib`, tinygrad_edu or torch, and return the weights after each step."""
    model = lib.nn.Sequential(lib.nn.Linear(5, 8), lib.nn.Tanh(), lib.nn.Linear(8, 3)).double()
    with lib.no_grad():
        for p, start in zip(model.parameters(), START, strict=True):
            p.copy_(lib.tensor(start))
    optimizer = make_optimizer(lib.optim, list(model.parameters()))
    schedule = make_schedule and make_schedule(lib.optim.lr_scheduler, optimizer)
    x, y, points = lib.tensor(X), lib.tensor(Y), []
    for _ in range(steps):
        optimizer.zero_grad()
        lib.nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
        if schedule:
            schedule.step()
        points.append(np.concatenate([p.detach().numpy().ravel() for p in model.parameters()]))
    return np.array(points), optimizer


def assert_same_path(make_optimizer, make_schedule=None):
    ours, our_optimizer = trajectory(tg, make_optimizer, make_schedule)
    theirs, their_optimizer = trajectory(torch, make_optimizer, make_schedule)
    assert np.abs(ours - theirs).max() < 1e-10
    assert np.abs(ours[-1] - ours[0]).max() > 1e-3  # they went somewhere
    return our_optimizer, their_optimizer


@pytest.mark.parametrize(("name", "options"), RULES, ids=label)
def test_optimizers(name, options):
    ours, theirs = assert_same_path(lambda o, ps: getattr(o, name)(ps, **options))
    mine, other = ours.state_dict(), theirs.state_dict()
    for group, their_group in zip(mine["param_groups"], other["param_groups"], strict=True):
        assert group == their_group
    assert mine["state"].keys() == other["state"].keys()
    for i, state in mine["state"].items():
        assert state.keys() == other["state"][i].keys()
        for key, value in state.items():
            expected = other["state"][i][key].numpy()
            assert (value.array.shape, value.array.dtype) == (expected.shape, expected.dtype), key
            np.testing.assert_allclose(value.array, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("name", "options"), RULES, ids=label)
def test_a_state_of_pytorch_can_be_taken_over(name, options):
    _, theirs = trajectory(torch, lambda o, ps: getattr(o, name)(ps, **options), steps=7)
    their_weights = theirs.param_groups[0]["params"]
    weights = [tg.tensor(p.detach().numpy().copy(), requires_grad=True) for p in their_weights]
    ours = getattr(optim, name)(weights)  # the options come with the state
    saved = copy.deepcopy(theirs.state_dict())
    ours.load_state_dict(saved)
    for _ in range(10):
        for p, q in zip(their_weights, weights, strict=True):
            grad = rng.normal(size=p.shape)
            p.grad, q.grad = torch.tensor(grad), tg.tensor(grad)
        theirs.step()
        ours.step()
    for p, q in zip(their_weights, weights, strict=True):
        np.testing.assert_allclose(q.detach().numpy(), p.detach().numpy(), rtol=1e-10, atol=1e-12)
    for i, state in saved["state"].items():  # it was copied
        for key, value in theirs.state_dict()["state"][i].items():
            assert value is not state[key]


def test_groups_with_options_of_their_own():
    def make(o, ps):
        optimizer = o.SGD([{"params": ps[:2], "lr": 0.05}, {"params": ps[2:3], "momentum": 0.5}], lr=0.1)
        optimizer.add_param_group({"params": ps[3:], "weight_decay": 0.1})
        return optimizer

    assert_same_path(make)


SCHEDULES = {
    "step": lambda s, o: s.StepLR(o, 7, gamma=0.5),
    "cosine": lambda s, o: s.CosineAnnealingLR(o, STEPS),
    "cosine, up and down again": lambda s, o: s.CosineAnnealingLR(o, 9, eta_min=0.01),
    "cosine of one": lambda s, o: s.CosineAnnealingLR(o, 1),
    "lambda": lambda s, o: s.LambdaLR(o, lambda t: 0.95**t),
    "lambdas": lambda s, o: s.LambdaLR(o, [lambda t: 0.95**t, lambda t: 1 / (1 + t)]),
}
OPTIMIZERS = {
    "SGD": lambda o, ps: o.SGD([{"params": ps[:2], "lr": 0.5}, {"params": ps[2:]}], lr=0.1, momentum=0.9),
    "AdamW": lambda o, ps: o.AdamW([{"params": ps[:2], "lr": 0.05}, {"params": ps[2:]}], lr=0.02),
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_schedules(schedule, optimizer):
    assert_same_path(OPTIMIZERS[optimizer], SCHEDULES[schedule])


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_learning_rates(schedule):
    def found(lib):
        ps = [lib.zeros(1, requires_grad=True), lib.zeros(1, requires_grad=True)]
        optimizer = lib.optim.SGD([{"params": ps[:1], "lr": 0.5}, {"params": ps[1:]}], lr=0.1)
        scheduler = SCHEDULES[schedule](lib.optim.lr_scheduler, optimizer)
        rates = []
        for _ in range(60):
            rates.append(scheduler.get_last_lr())
            optimizer.step()
            scheduler.step()
        return rates, scheduler.base_lrs, scheduler.last_epoch

    ours, theirs = found(tg), found(torch)
    np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-10, atol=1e-14)
    assert ours[1:] == theirs[1:]


@pytest.mark.parametrize("name", ["StepLR", "CosineAnnealingLR", "LambdaLR"])
def test_resuming_with_last_epoch(name):
    argument = (lambda t: 0.9**t) if name == "LambdaLR" else 6

    def found(lib):
        optimizer = lib.optim.SGD([lib.zeros(1, requires_grad=True)], lr=0.1)
        optimizer.param_groups[0]["initial_lr"] = 0.2
        scheduler = getattr(lib.optim.lr_scheduler, name)(optimizer, argument, last_epoch=4)
        rates = [scheduler.get_last_lr()]
        for _ in range(20):
            optimizer.step()
            scheduler.step()
            rates.append(scheduler.get_last_lr())
        return rates

    np.testing.assert_allclose(found(tg), found(torch), rtol=1e-10)
