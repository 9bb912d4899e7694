"""Differences are best in between, catch wrong rules, and take a time that grows with the number of parameters."""

import numpy as np
import pytest

from tinygrad_edu.labs import trusting_gradients as lab


def errors(way, steps):
    return [lab.largest_error(way, h, seed=0, weights=5) for h in steps]


def test_the_error_is_u_shaped():
    short, best, long = errors("float64", (1e-10, 1e-5, 1e-1))
    assert best < 1e-8
    assert min(short, long) > 100 * best
    short, best, long = errors("float32", (1e-5, 1e-2, 1))
    assert best < 1e-3
    assert min(short, long) > 10 * best


def test_one_sided_differences_are_worse_and_long_steps_cross_kinks():
    assert errors("one-sided", [1e-5])[0] > 100 * errors("float64", [1e-5])[0]
    near, far = errors("ReLU", (1e-5, 0.1))
    assert near < 1e-8 < 1e-2 < far


def test_weights_are_put_back():
    loss, weight = lab.small_problem(0, *lab.WAYS["float64"][:2])
    before = weight.array.copy()
    lab.difference(loss, weight.array, (0, 0), 0.1)
    assert np.array_equal(weight.array, before)


@pytest.mark.parametrize("name", lab.SLOPES)
def test_gradcheck_catches_every_wrong_rule(name):
    assert lab.is_caught(lab.SLOPES[name], seed=0) == ("right" not in name)


def test_loose_tolerances_let_small_mistakes_pass():
    assert not lab.is_caught(lab.SLOPES["1.0001 (1 - y²)"], seed=0, rtol=1e-3, atol=1e-5)


def test_backpropagation_saves_more_the_more_parameters_there_are():
    small, large = (lab.compare_seconds(width, seed=0, timed=5) for width in (1, 16))
    assert (small["parameters"], large["parameters"]) == (807, 13_002)
    assert 100 < small["times as long"] < large["times as long"]
