"""Descent by hand arrives, creeps or flees, as its step size is."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.labs import gradient_descent as lab


def test_the_gradient_by_hand_is_that_of_the_engine():
    a, b = (tg.tensor(x, dtype=tg.float64, requires_grad=True) for x in (0.5, -2.0))
    lab.cost(a, b).backward()
    assert lab.gradient(0.5, -2.0) == (a.grad.item(), b.grad.item())


@pytest.mark.parametrize("seed", range(3))
def test_steps_too_short_right_and_too_long(seed):
    start = lab.start(seed)
    first = lab.cost(*start)
    costs = [lab.cost(*lab.descend(*start, size, 30)[-1]) for size in (0.01, 0.2, 0.26)]
    assert 0.01 < costs[0] < first
    assert costs[1] < 1e-9
    assert costs[2] > first


def test_a_step_goes_against_the_gradient():
    assert np.allclose(lab.descend(1.0, 2.0, 0.1, 1), [(1.0, 2.0), (1.4, 1.2)])
