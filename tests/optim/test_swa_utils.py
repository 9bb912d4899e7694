"""Averaged weights beside PyTorch's, and by hand."""

import copy
import io

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn, optim
from tinygrad_edu.optim import swa_utils
from tinygrad_edu.optim.swa_utils import SWALR, AveragedModel, update_bn

STEPS = 50
rng = np.random.default_rng(0)
BATCHES = rng.normal(size=(STEPS, 8, 3)) * 2 + 1
STARTS = [rng.normal(size=shape) for shape in ((4, 3), (4,), (4,), (4,), (2, 4), (2,))]

AVERAGES = {
    "mean": lambda u: {},
    "mean, one by one": lambda u: {"avg_fn": u.get_swa_avg_fn()},
    "mean, together": lambda u: {"multi_avg_fn": u.get_swa_multi_avg_fn()},
    "exponential, one by one": lambda u: {"avg_fn": u.get_ema_avg_fn(0.9)},
    "exponential": lambda u: {"multi_avg_fn": u.get_ema_multi_avg_fn(0.9)},
    "exponential, all but forgetting": lambda u: {"multi_avg_fn": u.get_ema_multi_avg_fn(0.1)},
    "exponential by default": lambda u: {"multi_avg_fn": u.get_ema_multi_avg_fn()},
    "a function of their own": lambda u: {"avg_fn": lambda a, w, n: a + (w - a) / (n + 2)},
}


def model(lib):
    made = lib.nn.Sequential(lib.nn.Linear(3, 4), lib.nn.BatchNorm1d(4), lib.nn.Tanh(), lib.nn.Linear(4, 2)).double()
    with lib.no_grad():
        for p, start in zip(made.parameters(), STARTS, strict=True):
            p.copy_(lib.tensor(start))
    return made


def trained(lib, options, steps=STEPS, made=None):
    """Train a network on a mean square; return it and its average."""
    made = made or model(lib)
    averaged = lib.optim.swa_utils.AveragedModel(made, **options)
    optimizer = lib.optim.SGD(made.parameters(), lr=0.1, momentum=0.9)
    for batch in BATCHES[:steps]:
        optimizer.zero_grad()
        ((made(lib.tensor(batch)) - 1) ** 2).mean().backward()
        optimizer.step()
        averaged.update_parameters(made)
    return made, averaged


def arrays(module):
    return {name: np.asarray(getattr(t, "array", t)) for name, t in module.state_dict().items()}


@pytest.mark.torch
@pytest.mark.parametrize(
    ("name", "use_buffers"),  # together, PyTorch cannot average the buffer that counts batches
    [(name, buffers) for name in AVERAGES for buffers in (False, True) if (name, buffers) != ("mean, together", True)],
)
def test_averages_are_those_of_pytorch(name, use_buffers):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
    found = []
    for lib in (tg, torch):
        _, averaged = trained(lib, {**AVERAGES[name](lib.optim.swa_utils), "use_buffers": use_buffers})
        found.append(arrays(averaged))
        lib.optim.swa_utils.update_bn([lib.tensor(batch) for batch in BATCHES[:5]], averaged)
        found[-1].update({f"then {key}": value for key, value in arrays(averaged).items()})
    ours, theirs = found
    assert ours.keys() == theirs.keys()
    for key, value in ours.items():
        assert value.dtype == theirs[key].dtype
        # PyTorch rounds the 1 / (n + 1) of this one to float32
        near = 1e-6 if name == "mean, together" else 1e-10
        np.testing.assert_allclose(value, theirs[key], rtol=near, atol=near, err_msg=key)
    assert ours["n_averaged"] == STEPS


def test_the_mean_by_hand():
    made, path = nn.Linear(2, 1), []
    averaged = AveragedModel(made)
    for i in range(5):
        with tg.no_grad():
            made.weight.copy_(tg.tensor([[float(i), i**2]]))
        averaged.update_parameters(made)
        path.append(made.weight.detach().numpy().copy())
        np.testing.assert_allclose(averaged.module.weight.detach().numpy(), np.mean(path, axis=0), rtol=1e-6)
    assert averaged.module.weight is not made.weight
    assert averaged(tg.ones(1, 2)).item() == pytest.approx(2 + 6 + made.bias.item())
    assert averaged.module.weight.requires_grad


def test_an_average_that_was_saved_goes_on():
    options = AVERAGES["mean"](swa_utils)
    made, averaged = trained(tg, options, 4)
    file = io.BytesIO()
    tg.save(averaged.state_dict(), file)
    file.seek(0)
    again = AveragedModel(model(tg), **options)
    again.load_state_dict(tg.load(file))
    for _ in range(3):
        with tg.no_grad():
            for p in made.parameters():
                p.mul_(0.9)
        averaged.update_parameters(made)
        again.update_parameters(made)
    assert {k: v.tobytes() for k, v in arrays(again).items()} == {k: v.tobytes() for k, v in arrays(averaged).items()}


def test_running_statistics_become_those_of_the_data():
    made = nn.Sequential(nn.BatchNorm1d(3, momentum=0.5), nn.LayerNorm(3)).eval()
    batches = [(tg.tensor(batch.astype(np.float32)), "label") for batch in BATCHES]
    update_bn(batches, made)
    norm = made[0]
    np.testing.assert_allclose(norm.running_mean.array, BATCHES.mean((0, 1)), rtol=1e-4)
    np.testing.assert_allclose(norm.running_var.array, BATCHES.var(1, ddof=1).mean(0), rtol=1e-4)
    assert norm.momentum == 0.5
    assert not made.training
    before = copy.deepcopy(arrays(made))
    update_bn(iter([]), nn.Linear(2, 2))
    with pytest.raises(ValueError, match="C = 3"):
        update_bn([tg.ones(2, 4)], made)
    assert (norm.momentum, made.training) == (0.5, False)  # as they were
    assert before.keys() == arrays(made).keys()


RATES = {
    "cosine": {"swa_lr": 0.05},
    "line": {"swa_lr": [0.05, 3.0], "anneal_epochs": 7, "anneal_strategy": "linear"},
    "at once": {"swa_lr": 0.05, "anneal_epochs": 0},
    "one epoch": {"swa_lr": 0.5, "anneal_epochs": 1},
}


def rates(lib, name, stop=None):
    groups = [{"params": [lib.ones(1, requires_grad=True)], "lr": lr} for lr in (0.1, 2.0)]
    optimizer = lib.optim.SGD(groups)
    other = lib.optim.lr_scheduler.StepLR(optimizer, 5, 0.5)
    schedule = lib.optim.swa_utils.SWALR(optimizer, **RATES[name])
    found = []
    for i in range(30):
        optimizer.step()
        (other if i < 7 else schedule).step()
        found.append([group["lr"] for group in optimizer.param_groups])
        if i == stop:
            return optimizer.state_dict(), schedule.state_dict()
    return found


@pytest.mark.torch
@pytest.mark.parametrize("name", RATES)
def test_learning_rates_are_those_of_pytorch(name):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
    expected = rates(torch, name)
    np.testing.assert_allclose(rates(tg, name), expected, rtol=1e-10)
    for lib in (tg, torch):
        options, state = rates(lib, name, stop=10)
        optimizer = optim.SGD([{"params": [tg.ones(1, requires_grad=True)]} for _ in range(2)])
        schedule = SWALR(optimizer, **RATES[name])
        optimizer.load_state_dict(options)
        schedule.load_state_dict(state)
        for rest in expected[11:]:
            schedule.step()
            assert [group["lr"] for group in optimizer.param_groups] == pytest.approx(rest, rel=1e-10)


MISTAKES = {
    "both": (
        lambda: AveragedModel(nn.Linear(1, 1), avg_fn=min, multi_avg_fn=min),
        ValueError,
        "avg_fn or multi_avg_fn, got both",
    ),
    "device": (lambda: AveragedModel(nn.Linear(1, 1), "cuda"), ValueError, "cuda"),
    "decay": (lambda: swa_utils.get_ema_avg_fn(1.1), ValueError, r"a decay in \[0, 1\], got 1.1"),
    "decays": (lambda: swa_utils.get_ema_multi_avg_fn(-1), ValueError, r"a decay in \[0, 1\], got -1"),
    "strategy": (lambda: SWALR(optim.SGD([tg.ones(1)]), 0.1, anneal_strategy="sin"), ValueError, "got 'sin'"),
    "epochs": (lambda: SWALR(optim.SGD([tg.ones(1)]), 0.1, -1), ValueError, "anneal_epochs ≥ 0, got -1"),
    "groups": (lambda: SWALR(optim.SGD([tg.ones(1)]), [0.1, 0.2]), ValueError, "each of 1 groups, got 2"),
    "another model": (
        lambda: AveragedModel(nn.Linear(1, 1)).update_parameters(nn.Linear(1, 1, bias=False)),
        ValueError,
        "shorter",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_answered_by_name(name):
    call, error, message = MISTAKES[name]
    with pytest.raises(error, match=message):
        call()
