"""Random programs with views, in-place writes and NumPy buffers beside PyTorch: none is wrong without an error."""

import sys

import pytest

import tinygrad_edu as tg
from tests.properties.judging import REFUSALS, judge, report, shrink
from tests.properties.programs import generate

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
pytestmark = pytest.mark.torch
torch.set_num_threads(1)

FAST, SLOW, BLOCK = 150, 5_000, 250


def check(seeds):
    found = report(seeds, torch, tg)
    if found.failing:
        pytest.fail("\n\n".join([str(dict(found.counts.most_common())), *found.failing]), pytrace=False)
    return found.counts


def test_some_programs():
    found = check(range(FAST))
    assert found["equal"] > 0.7 * FAST  # most programs have an answer to compare


@pytest.mark.slow
@pytest.mark.parametrize("first", range(FAST, SLOW, BLOCK))
def test_many_programs(first):
    found = check(range(first, min(first + BLOCK, SLOW)))
    for name, (_, most, _) in REFUSALS.items():
        assert found[name] <= most, found


PARTS = """
    view chunk += ] = index_add_ stack zeros from_numpy .numpy() no_grad backward create_graph retain_grad
    register_hook del detach masked_fill_ copy_ diagonal expand flatten tensor([True
"""


def test_the_same_programs_for_the_same_seed_and_some_of_every_kind():
    assert generate.__wrapped__(3, torch) == generate(3, torch)
    text = "\n".join(line for seed in range(FAST) for line in generate(seed, torch))
    assert [part for part in PARTS.split() if part not in text] == []


# Each is a mistake of a library: what it does to an operand, and the line that shows it.
MISTAKES = {
    "a wrong value": ("sin", lambda old: lambda t: old(t) + 1e-6),
    "a lost gradient": ("tanh", lambda old: lambda t: old(t.detach())),
    "a write into a copy": ("mul_", lambda old: lambda t, other: old(t.detach().clone(), other)),
    "an error of another kind": ("clone", lambda old: lambda t: t.no_such_name),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_found_and_made_small(name, monkeypatch):
    method, mistaken = MISTAKES[name]
    monkeypatch.setattr(tg.Tensor, method, mistaken(getattr(tg.Tensor, method)))
    for seed in range(FAST):
        program = generate(seed, torch)
        if any(f".{method}(" in line for line in program) and judge(program, torch, tg).kind == "WRONG":
            small = shrink(program, "WRONG", torch, tg)
            if any(f".{method}(" in line for line in small):
                assert len(small) <= 6
                return
    raise AssertionError("not found")


def test_a_refusal_that_is_not_listed_fails(monkeypatch):
    def refuse(t):
        raise tg.GraphError("clone: no 7 of shape (3, 4)")

    monkeypatch.setattr(tg.Tensor, "clone", refuse)
    verdict = judge(["t1 = x.clone()", "t1.sum().backward()"], torch, tg)
    assert verdict.fails
    assert verdict.kind == "clone: no … of shape …"


def test_a_program_without_end_is_stopped(monkeypatch):
    def endless(t):
        while True:
            pass

    monkeypatch.setattr(tg.Tensor, "clone", endless)
    monkeypatch.setattr("tests.properties.judging.SECONDS", 0.1)
    if sys.platform != "win32":
        assert "no answer" in judge(["t1 = x.clone()"], torch, tg).detail
