"""Three engines on the same sums: which are right, and how often they visit."""

import pytest

import tinygrad_edu as tg
from tinygrad_edu.labs import twice_used as lab


@pytest.mark.parametrize("engine, gradient, visits", [("impatient", 8, 7), ("patient", 4, 3), ("overwriting", 1, 3)])
def test_doubled_twice(engine, gradient, visits):
    row = lab.doubles(engine, 2)
    assert (row["gradient"], row["right"], row["visits"]) == (gradient, 4, visits)


def test_eighteen_doublings():
    patient, impatient = (lab.doubles(name, 18) for name in ("patient", "impatient"))
    assert (patient["gradient"], patient["visits"]) == (262_144, 19)
    assert 1e39 < impatient["gradient"] < 2e39
    assert impatient["visits"] == 524_287


@pytest.mark.parametrize("seed", range(20))
def test_the_patient_engine_agrees_with_the_library_on_random_programs(seed):
    assert lab.is_right(lab.patient, seed)


@pytest.mark.parametrize("engine", [lab.impatient, lab.overwriting])
def test_wrong_engines_are_wrong_on_most_random_programs(engine):
    assert sum(lab.is_right(engine, seed) for seed in range(40)) < 15


@pytest.mark.parametrize("engine", lab.ENGINES.values())
def test_any_engine_is_right_where_nothing_is_used_twice(engine):
    a, b = lab.Number(2.0), lab.Number(3.0)
    engine(a * b + lab.Number(1.0))
    assert (a.grad, b.grad) == (3.0, 2.0)


def test_a_deep_program_is_no_recursion():
    x = lab.Number(0.0)
    y = x
    for _ in range(5000):
        y = y + lab.Number(1.0)
    assert lab.patient(y) == lab.impatient(y) == 10_001


def test_without_clearing_descent_swings():
    assert abs(lab.descend(clear=True, steps=40)[-1] - 2) < 0.01
    assert max(lab.descend(clear=False, steps=40)) > 4.5


def test_the_library_adds_up_too():
    x = tg.tensor(1.0, requires_grad=True)
    lab.doubled(x, 18).backward()
    assert x.grad.item() == 262_144
