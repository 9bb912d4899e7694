"""Three engines on the same sums: which are right, and how often they visit."""

import pytest

import tinygrad_edu as tg
from tinygrad_edu.labs import twice_used as lab


@pytest.mark.parametrize(
    "engine, gradient, visits",
    [("at each use", 8, 7), ("along each path", 4, 7), ("once, in reverse", 4, 3), ("once, overwriting", 1, 3)],
)
def test_doubled_twice(engine, gradient, visits):
    x = lab.Number(1.0)
    assert lab.ENGINES[engine](lab.doubled(x, 2)) == visits
    assert x.grad == gradient


def test_eighteen_doublings():
    found = {}
    for name in ("at each use", "once, in reverse"):
        x = lab.Number(1.0)
        found[name] = lab.ENGINES[name](lab.doubled(x, 18)), x.grad
    assert found["once, in reverse"] == (19, 262_144)
    visits, gradient = found["at each use"]
    assert visits == 524_287
    assert 1e39 < gradient < 2e39


@pytest.mark.parametrize("seed", range(20))
def test_right_engines_agree_with_the_library_on_random_programs(seed):
    assert lab.is_right(lab.along_each_path, seed)
    assert lab.is_right(lab.once_in_reverse, seed)


def test_wrong_engines_are_wrong_on_most_random_programs():
    for engine in (lab.at_each_use, lab.ENGINES["once, overwriting"]):
        assert sum(lab.is_right(engine, seed) for seed in range(40)) < 15


def test_an_engine_that_is_wrong_for_two_uses_is_right_for_one():
    a, b = lab.Number(2.0), lab.Number(3.0)
    lab.at_each_use(a * b + lab.Number(1.0))
    assert (a.grad, b.grad) == (3.0, 2.0)


def test_without_clearing_descent_swings():
    assert abs(lab.descend(clear=True, steps=40)[-1] - 3) < 0.01
    assert max(lab.descend(clear=False, steps=40)) > 5.5


def test_the_library_adds_up_too():
    x = tg.tensor(1.0, requires_grad=True)
    lab.doubled(x, 18).backward()
    assert x.grad.item() == 262_144
