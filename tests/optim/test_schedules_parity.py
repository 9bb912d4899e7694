"""Schedules against PyTorch's, step by step: learning rates and momenta, and going on from what was saved."""

import io

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.optim import lr_scheduler

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
pytestmark = [
    pytest.mark.torch,
    pytest.mark.filterwarnings("ignore:Detected call of", "ignore:The epoch parameter"),
]
STEPS = 60


def sgd(library, momentum=0.9):
    groups = [{"params": [library.ones(1, requires_grad=True)], "lr": lr} for lr in (0.1, 2.0)]
    return library.optim.SGD(groups, momentum=momentum, lr=1.0)


def adam(library):
    return library.optim.Adam([library.ones(1, requires_grad=True)], lr=0.3, betas=(0.7, 0.99))


class Shrinking:
    def __init__(self, by):
        self.by = by

    def __call__(self, x):
        return 1 / (1 + self.by * x)


METRICS = [*np.linspace(3, 1, 10), *np.ones(15), *np.linspace(1, -1, 15), *np.full(25, -0.99)]
"""What ReduceLROnPlateau watches: it falls, stays, falls, and stays just above the best."""

CASES = {
    "steps": (sgd, lambda s, o: s.StepLR(o, 7, gamma=0.5)),
    "milestones": (sgd, lambda s, o: s.MultiStepLR(o, [30, 3, 10, 10], gamma=0.5)),
    "powers": (sgd, lambda s, o: s.ExponentialLR(o, 0.9)),
    "a constant": (sgd, lambda s, o: s.ConstantLR(o)),
    "a longer constant": (sgd, lambda s, o: s.ConstantLR(o, 0.1, total_iters=20)),
    "a line": (sgd, lambda s, o: s.LinearLR(o)),
    "a line to zero": (sgd, lambda s, o: s.LinearLR(o, 1.0, 0.0, total_iters=20)),
    "a line down, of a polynomial": (sgd, lambda s, o: s.PolynomialLR(o)),
    "a square": (sgd, lambda s, o: s.PolynomialLR(o, 40, power=2.0)),
    "a root": (sgd, lambda s, o: s.PolynomialLR(o, 30, power=0.5)),
    "cosine": (sgd, lambda s, o: s.CosineAnnealingLR(o, STEPS)),
    "cosine, up and down again": (sgd, lambda s, o: s.CosineAnnealingLR(o, 9, eta_min=0.01)),
    "cosine of one": (sgd, lambda s, o: s.CosineAnnealingLR(o, 1)),
    "a function of the epoch": (sgd, lambda s, o: s.LambdaLR(o, lambda t: 0.95**t)),
    "functions": (sgd, lambda s, o: s.LambdaLR(o, [lambda t: 0.95**t, Shrinking(0.1)])),
    "factors": (sgd, lambda s, o: s.MultiplicativeLR(o, lambda t: 1 - 1 / (2 + t) ** 2)),
    "factors of their own": (sgd, lambda s, o: s.MultiplicativeLR(o, [lambda t: 0.95, Shrinking(0.001)])),
    "one cycle": (sgd, lambda s, o: s.OneCycleLR(o, 0.1, total_steps=STEPS + 1)),
    "one cycle and betas": (adam, lambda s, o: s.OneCycleLR(o, 0.1, total_steps=STEPS + 1)),
    "one cycle of lines": (
        sgd,
        lambda s, o: s.OneCycleLR(o, [0.1, 0.2], epochs=13, steps_per_epoch=5, anneal_strategy="linear"),
    ),
    "one cycle in three": (
        sgd,
        lambda s, o: s.OneCycleLR(o, 0.1, total_steps=70, three_phase=True, pct_start=0.2, div_factor=5),
    ),
    "one cycle without momentum": (sgd, lambda s, o: s.OneCycleLR(o, 0.1, total_steps=70, cycle_momentum=False)),
    "a plateau": (sgd, lambda s, o: s.ReduceLROnPlateau(o, patience=2)),
    "a plateau on high": (
        sgd,
        lambda s, o: s.ReduceLROnPlateau(o, "max", 0.5, patience=1, cooldown=3, min_lr=[0.001, 0.5]),
    ),
    "a plateau by differences": (
        sgd,
        lambda s, o: s.ReduceLROnPlateau(o, patience=2, threshold=0.05, threshold_mode="abs", factor=0.7),
    ),
    "restarts": (sgd, lambda s, o: s.CosineAnnealingWarmRestarts(o, 7)),
    "longer restarts": (sgd, lambda s, o: s.CosineAnnealingWarmRestarts(o, 5, 2, eta_min=0.01)),
    "restart at each step": (sgd, lambda s, o: s.CosineAnnealingWarmRestarts(o, T_0=1, T_mult=3)),
    "triangles": (sgd, lambda s, o: s.CyclicLR(o, 0.01, 0.5, step_size_up=4)),
    "slanted triangles": (sgd, lambda s, o: s.CyclicLR(o, [0.01, 0.1], [0.5, 1.0], 3, 8, base_momentum=0.5)),
    "triangles, each half as high": (sgd, lambda s, o: s.CyclicLR(o, 0.01, 0.5, 4, mode="triangular2")),
    "falling triangles": (sgd, lambda s, o: s.CyclicLR(o, 0.01, 0.5, 4, 6, mode="exp_range", gamma=0.97)),
    "triangles of a function": (sgd, lambda s, o: s.CyclicLR(o, 0.01, 0.5, 4, scale_fn=lambda x: 1 / x)),
    "triangles of an object": (
        sgd,
        lambda s, o: s.CyclicLR(o, 0.01, 0.5, 4, scale_fn=Shrinking(0.1), scale_mode="iterations"),
    ),
    "triangles and betas": (adam, lambda s, o: s.CyclicLR(o, 0.01, 0.5, 5, max_momentum=0.95)),
    "triangles without momentum": (sgd, lambda s, o: s.CyclicLR(o, 0.01, 0.5, 5, cycle_momentum=False)),
    "triangles after another schedule": (
        sgd,
        lambda s, o: s.StepLR(o, 100) and s.CyclicLR(o, [0.01, 0.1], 0.5, 4),
    ),
    "warm-up, then powers": (
        sgd,
        lambda s, o: s.SequentialLR(o, [s.LinearLR(o, 0.1, total_iters=5), s.ExponentialLR(o, 0.9)], [5]),
    ),
    "three in a row": (
        sgd,
        lambda s, o: s.SequentialLR(
            o, [s.LinearLR(o, 0.1, total_iters=5), s.CosineAnnealingLR(o, 20), s.StepLR(o, 4, 0.5)], [5, 30]
        ),
    ),
    "warm-up, then restarts": (
        sgd,
        lambda s, o: s.SequentialLR(o, [s.LinearLR(o), s.CosineAnnealingWarmRestarts(o, 4, 2)], milestones=[6]),
    ),
    "a function, then milestones": (
        sgd,
        lambda s, o: s.SequentialLR(o, [s.LambdaLR(o, lambda t: 1 / (1 + t)), s.MultiStepLR(o, [3, 9])], [10]),
    ),
    "one alone": (sgd, lambda s, o: s.SequentialLR(o, [s.StepLR(o, 3)], [])),
    "together": (sgd, lambda s, o: s.ChainedScheduler([s.LinearLR(o, 0.1), s.ExponentialLR(o, 0.9)], optimizer=o)),
    "three together": (
        sgd,
        lambda s, o: s.ChainedScheduler([s.StepLR(o, 7), s.CosineAnnealingLR(o, 20), s.MultiStepLR(o, [3, 50])]),
    ),
    "a row together with powers": (
        sgd,
        lambda s, o: s.ChainedScheduler(
            [s.SequentialLR(o, [s.StepLR(o, 2), s.ExponentialLR(o, 0.5)], [4]), s.ExponentialLR(o, 0.9)]
        ),
    ),
}


def settings(optimizer):
    """Return what a schedule changes, for each group."""
    keys = ("lr", "momentum", "betas")
    return [[float(x) for key in keys if key in g for x in (g[key] if key == "betas" else [g[key]])]
            for g in optimizer.param_groups]  # fmt: skip


def advance(schedule):
    watches = isinstance(schedule, lr_scheduler.ReduceLROnPlateau | torch.optim.lr_scheduler.ReduceLROnPlateau)
    schedule.step(*([METRICS[schedule.last_epoch]] if watches else []))


def path(library, case, steps=STEPS):
    make, schedule = CASES[case]
    optimizer = make(library)
    schedule = schedule(library.optim.lr_scheduler, optimizer)
    found = [settings(optimizer)]
    for _ in range(steps):
        assert [g["lr"] for g in optimizer.param_groups] == schedule.get_last_lr()
        advance(schedule)
        found.append(settings(optimizer))
    return found, optimizer, schedule


@pytest.mark.parametrize("case", CASES)
def test_step_by_step(case):
    mine, other = path(tg, case)[0], path(torch, case)[0]
    for i, (groups, their_groups) in enumerate(zip(mine, other, strict=True)):
        for group, their_group in zip(groups, their_groups, strict=True):
            assert group == pytest.approx(their_group, rel=1e-10, abs=1e-12), f"step {i}"
    assert mine[0] != mine[-1] or len({str(x) for x in mine}) > 1


@pytest.mark.parametrize("stop", [0, 1, 4, 6, 11, 31])
@pytest.mark.parametrize("case", CASES)
def test_what_was_saved_goes_on(case, stop):
    whole = path(tg, case)[0]
    _, optimizer, schedule = path(tg, case, stop)
    file = io.BytesIO()
    if case == "triangles of an object":  # whose attributes are saved, not the object
        assert schedule.state_dict()["_scale_fn_custom"] == {"by": 0.1}
    tg.save({"optimizer": optimizer.state_dict(), "schedule": schedule.state_dict()}, file)
    file.seek(0)
    saved = tg.load(file)
    _, optimizer, schedule = path(tg, case, 2)
    optimizer.load_state_dict(saved["optimizer"])
    schedule.load_state_dict(saved["schedule"])
    for expected in whole[stop + 1 :]:
        advance(schedule)
        assert settings(optimizer) == expected


@pytest.mark.parametrize("stop", [0, 4, 31])
@pytest.mark.parametrize("case", CASES)
def test_a_state_of_pytorch_can_be_taken_over(case, stop):
    whole = path(torch, case)[0]
    _, their_optimizer, theirs = path(torch, case, stop)
    _, optimizer, schedule = path(tg, case, 2)
    optimizer.load_state_dict(their_optimizer.state_dict())
    schedule.load_state_dict(theirs.state_dict())
    for expected in whole[stop + 1 :]:
        advance(schedule)
        for mine, other in zip(settings(optimizer), expected, strict=True):
            assert mine == pytest.approx(other, rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("case", ["restarts", "longer restarts"])
def test_restarts_between_epochs(case):
    found = []
    for library in (tg, torch):
        _, optimizer, schedule = path(library, case, 0)
        rates = []
        for epoch in range(20):
            for i in range(4):
                schedule.step(epoch + i / 4)
                rates.append(optimizer.param_groups[1]["lr"])
        found.append(rates)
    assert found[0] == pytest.approx(found[1], rel=1e-9, abs=1e-12)


NESTED = {
    "a row": (
        lambda s, o: s.SequentialLR(o, [s.LinearLR(o, 0.5, total_iters=2), s.ExponentialLR(o, 0.5)], [2]),
        [1.0, 1.5, 2.0, 1.0],
    ),
    "together": (
        lambda s, o: s.ChainedScheduler([s.LinearLR(o, 0.5, total_iters=2), s.ExponentialLR(o, 0.9)]),
        [1.0, 1.5 * 0.9, 2 * 0.9**2, 2 * 0.9**3],
    ),
}


@pytest.mark.parametrize("name", NESTED)
@pytest.mark.parametrize("first", [True, False])
def test_what_is_in_a_row_begins_at_its_beginning(name, first):
    """PyTorch is an epoch ahead here, or refuses."""
    make, expected = NESTED[name]
    optimizer = sgd(tg)
    step, inner = lr_scheduler.StepLR(optimizer, 2), make(lr_scheduler, optimizer)
    schedule = lr_scheduler.SequentialLR(optimizer, [inner, step] if first else [step, inner], [4 if first else 3])
    rates = [schedule.get_last_lr()[1]]
    for _ in range(6):
        schedule.step()
        rates.append(schedule.get_last_lr()[1])
    assert rates == pytest.approx([*expected, 2.0, 2.0, 0.2] if first else [2.0, 2.0, 0.2, *expected])


MISTAKES = {
    "T_0": lambda t, s: s.CosineAnnealingWarmRestarts(sgd(t), 0),
    "T_mult": lambda t, s: s.CosineAnnealingWarmRestarts(sgd(t), 2, 1.5),
    "negative epoch": lambda t, s: s.CosineAnnealingWarmRestarts(sgd(t), 2).step(-1),
    "factor": lambda t, s: s.ConstantLR(sgd(t), 1.1),
    "number of functions": lambda t, s: s.MultiplicativeLR(sgd(t), [abs]),
    "mode": lambda t, s: s.CyclicLR(sgd(t), 0.1, 0.2, mode="square"),
    "number of bounds": lambda t, s: s.CyclicLR(sgd(t), [0.1], 0.2),
    "no momentum": lambda t, s: s.CyclicLR(t.optim.Adagrad([t.ones(1, requires_grad=True)]), 0.1, 0.2),
    "no schedules": lambda t, s: s.ChainedScheduler([]),
    "none in a row": lambda t, s: s.SequentialLR(sgd(t), [], []),
    "milestones": lambda t, s: (lambda o: s.SequentialLR(o, [s.StepLR(o, 2)], [3]))(sgd(t)),
    "two optimizers": lambda t, s: s.ChainedScheduler([s.StepLR(sgd(t), 2), s.StepLR(sgd(t), 2)]),
    "another optimizer": lambda t, s: s.SequentialLR(sgd(t), [s.StepLR(sgd(t), 2)], []),
    "plateau": lambda t, s: s.ChainedScheduler([s.ReduceLROnPlateau(sgd(t))]),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_refused(name):
    for library in (tg, torch):
        with pytest.raises(ValueError, match=r"."):
            MISTAKES[name](library, library.optim.lr_scheduler)
