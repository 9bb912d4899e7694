"""Schedules against their closed formulas, in combination, saved and resumed."""

import math

import pytest

import tinygrad_edu as tg
from tinygrad_edu.optim import SGD
from tinygrad_edu.optim.lr_scheduler import (
    ConstantLR,
    CosineAnnealingLR,
    LambdaLR,
    LRScheduler,
    MultiplicativeLR,
    PolynomialLR,
    StepLR,
)


def optimizer(*rates):
    return SGD([{"params": [tg.ones(1, requires_grad=True)], "lr": lr} for lr in rates])


def rates(schedule, epochs):
    """Return the learning rates of the groups, epoch by epoch."""
    found = []
    for _ in range(epochs):
        present = [group["lr"] for group in schedule.optimizer.param_groups]
        assert present == schedule.get_last_lr()
        found.append(present)
        schedule.step()
    return found


FORMULAS = {
    "step": (lambda o: StepLR(o, 3, 0.5), lambda lr, t: lr * 0.5 ** (t // 3)),
    "cosine": (lambda o: CosineAnnealingLR(o, 8), lambda lr, t: lr * (1 + math.cos(math.pi * t / 8)) / 2),
    "cosine with a floor": (
        lambda o: CosineAnnealingLR(o, 5, eta_min=0.01),
        lambda lr, t: 0.01 + (lr - 0.01) * (1 + math.cos(math.pi * t / 5)) / 2,
    ),
    "cosine of one epoch": (lambda o: CosineAnnealingLR(o, 1), lambda lr, t: lr * (t % 2 == 0)),
    "lambda": (lambda o: LambdaLR(o, lambda t: 0.9**t), lambda lr, t: lr * 0.9**t),
    "lambdas": (lambda o: LambdaLR(o, [lambda t: 1 / (1 + t)] * 2), lambda lr, t: lr / (1 + t)),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_closed_formulas_for_two_groups(name):
    make, formula = FORMULAS[name]
    schedule = make(optimizer(0.1, 2.0))
    for t, found in enumerate(rates(schedule, 40)):
        assert found == pytest.approx([formula(0.1, t), formula(2.0, t)], rel=1e-9, abs=1e-12)
    assert schedule.base_lrs == [0.1, 2.0]
    assert schedule.last_epoch == 40


def test_two_schedules_multiply():
    o = optimizer(1.0)
    schedules = StepLR(o, 2, 0.5), StepLR(o, 3, 0.1)
    found = []
    for _ in range(7):
        found.append(o.param_groups[0]["lr"])
        for schedule in schedules:
            schedule.step()
    assert found == pytest.approx([0.5 ** (t // 2) * 0.1 ** (t // 3) for t in range(7)])


def test_a_later_schedule_goes_by_the_first_learning_rate():
    o = optimizer(1.0)
    StepLR(o, 1, 0.5).step()
    assert o.param_groups[0]["lr"] == 0.5
    assert LambdaLR(o, lambda t: 0.1).get_last_lr() == [0.1]


@pytest.mark.parametrize("name", ["step", "cosine", "cosine with a floor", "lambda"])
def test_a_schedule_that_was_saved_goes_on(name):
    make, _ = FORMULAS[name]
    whole = rates(make(optimizer(0.1)), 12)
    first = make(optimizer(0.1))
    rates(first, 5)
    saved, saved_optimizer = first.state_dict(), first.optimizer.state_dict()
    assert "optimizer" not in saved
    o = optimizer(0.7)
    second = make(o)
    o.load_state_dict(saved_optimizer)
    second.load_state_dict(saved)
    assert rates(second, 7) == whole[5:]


@pytest.mark.parametrize("name", ["step", "cosine", "lambda"])
def test_last_epoch_resumes_with_the_optimizer_alone(name):
    _, formula = FORMULAS[name]
    o = optimizer(0.1)
    with pytest.raises(ValueError, match="group 0 has no initial_lr"):
        StepLR(o, 3, last_epoch=4)
    o.param_groups[0].update(initial_lr=0.1, lr=formula(0.1, 4))
    schedule = {
        "step": lambda: StepLR(o, 3, 0.5, last_epoch=3),
        "cosine": lambda: CosineAnnealingLR(o, 8, last_epoch=3),
        "lambda": lambda: LambdaLR(o, lambda t: 0.9**t, last_epoch=3),
    }[name]()
    assert schedule.last_epoch == 4
    assert [r for (r,) in rates(schedule, 5)] == pytest.approx([formula(0.1, t) for t in range(4, 9)])


def test_functions_are_not_saved_but_objects_are_by_their_attributes():
    class Decay:
        def __init__(self, rate):
            self.rate = rate

        def __call__(self, epoch):
            return self.rate**epoch

    schedule = LambdaLR(optimizer(1.0, 1.0), [Decay(0.5), lambda t: 1.0])
    saved = schedule.state_dict()
    assert saved["lr_lambdas"] == [{"rate": 0.5}, None]
    other = LambdaLR(optimizer(1.0, 1.0), [Decay(0.9), lambda t: 1.0])
    other.load_state_dict(saved)
    other.step()
    assert other.get_last_lr() == [0.5, 1.0]


MISTAKES = {
    "no optimizer": (lambda: StepLR(3, 1), TypeError, "StepLR: expected an Optimizer, got int"),
    "step": (lambda: StepLR(optimizer(1.0), 0), ValueError, "step_size ≥ 1, got 0"),
    "T_max": (lambda: CosineAnnealingLR(optimizer(1.0), 0), ValueError, "T_max ≥ 1, got 0"),
    "factor of 0": (lambda: ConstantLR(optimizer(1.0), 0), ValueError, r"a factor in \(0, 1\], got 0"),
    "total_iters": (lambda: PolynomialLR(optimizer(1.0), 0), ValueError, "total_iters ≥ 1, got 0"),
    "no function": (lambda: MultiplicativeLR(optimizer(1.0), [3]), TypeError, "LR: expected functions of the .* int"),
    "functions": (lambda: LambdaLR(optimizer(1.0), [abs, abs]), ValueError, "each of 1 groups, got 2"),
    "no rule": (lambda: LRScheduler(optimizer(1.0)), NotImplementedError, "LRScheduler: get_lr is not defined"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_answered_by_name(name):
    call, error, message = MISTAKES[name]
    with pytest.raises(error, match=message):
        call()
