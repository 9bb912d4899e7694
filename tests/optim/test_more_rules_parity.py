"""Schedules that change more than the learning rate, or watch a number, against PyTorch's, step by step, to 1e-10."""

import numpy as np
import pytest

import tinygrad_edu as tg

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
pytestmark = pytest.mark.torch
torch.set_num_threads(1)  # the tensors are tiny; more threads only wait for each other

STEPS = 50
X = np.random.default_rng(0).normal(size=(16, 5))
START = np.random.default_rng(1).normal(size=(5, 3))
METRICS = np.concatenate([np.linspace(3, 1, 10), np.ones(15), np.linspace(1, -1, 10), -np.ones(15) * 0.99])

SCHEDULES = [
    ("MultiStepLR", {"milestones": [3, 10, 10, 30], "gamma": 0.5}),
    ("ExponentialLR", {"gamma": 0.9}),
    ("LinearLR", {}),
    ("LinearLR", {"start_factor": 1.0, "end_factor": 0.0, "total_iters": 20}),
    ("OneCycleLR", {"max_lr": 0.1, "total_steps": STEPS + 1}),
    ("OneCycleLR", {"max_lr": [0.1], "epochs": 11, "steps_per_epoch": 5, "anneal_strategy": "linear"}),
    ("OneCycleLR", {"max_lr": 0.1, "total_steps": 60, "three_phase": True, "pct_start": 0.2, "div_factor": 5}),
    ("OneCycleLR", {"max_lr": 0.1, "total_steps": 60, "cycle_momentum": False}),
    ("ReduceLROnPlateau", {"patience": 2}),
    ("ReduceLROnPlateau", {"patience": 1, "mode": "max", "factor": 0.5, "cooldown": 3, "min_lr": 0.001}),
    ("ReduceLROnPlateau", {"patience": 2, "threshold": 0.05, "threshold_mode": "abs", "factor": 0.7}),
]


def trajectory(lib, rule, options, schedule=None, schedule_options=None):
    w = lib.tensor(START, requires_grad=True)
    optimizer = getattr(lib.optim, rule)([w], **options)
    plan = schedule and getattr(lib.optim.lr_scheduler, schedule)(optimizer, **schedule_options)
    points = []
    for i in range(STEPS):
        optimizer.zero_grad()
        (lib.tensor(X) @ w).tanh().pow(2).mean().backward()
        optimizer.step()
        if plan:
            plan.step(*([METRICS[i]] if schedule == "ReduceLROnPlateau" else []))
        group = optimizer.param_groups[0]
        points.append([*w.detach().numpy().ravel(), group["lr"], group.get("momentum", 0), *group.get("betas", ())])
    return np.array(points)


@pytest.mark.parametrize("rule", ["SGD", "Adam"])
@pytest.mark.parametrize(("schedule", "options"), SCHEDULES, ids=str)
def test_schedules(rule, schedule, options):
    rule_options = {"lr": 0.05, **({"momentum": 0.9} if rule == "SGD" else {})}
    ours = trajectory(tg, rule, rule_options, schedule, options)
    theirs = trajectory(torch, rule, rule_options, schedule, options)
    np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-10)
