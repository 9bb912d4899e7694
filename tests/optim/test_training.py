"""Layers, losses, optimizers and schedules together: it learns, and a seed repeats it bit for bit."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn, optim


def train(seed, rule, steps=150):
    """Train a small classifier of points inside and outside of a circle; return its state and its losses."""
    tg.manual_seed(seed)
    x = tg.randn(64, 2)
    y = tg.tensor((np.square(x.array).sum(1) < 1).astype(int))
    model = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Dropout(0.1), nn.Linear(16, 2))
    optimizer = rule(model.parameters())
    schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    loss_fn, losses = nn.CrossEntropyLoss(), []
    for _ in range(steps):
        rows = tg.randperm(64)[:32]
        optimizer.zero_grad()
        loss = loss_fn(model(x[rows]), y[rows])
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    return {name: t.array.tobytes() for name, t in model.state_dict().items()}, losses


RULES = {
    "SGD": lambda ps: optim.SGD(ps, lr=0.5, momentum=0.9),
    "Adam": lambda ps: optim.Adam(ps, lr=0.05),
    "AdamW": lambda ps: optim.AdamW(ps, lr=0.05),
}


@pytest.mark.parametrize("name", RULES)
def test_a_seed_repeats_a_training_bit_for_bit_and_it_learns(name):
    weights, losses = train(3, RULES[name])
    again, losses_again = train(3, RULES[name])
    assert weights == again
    assert losses == losses_again
    assert train(4, RULES[name], steps=2)[0] != weights
    assert np.mean(losses[-10:]) < 0.5 * np.mean(losses[:3])
