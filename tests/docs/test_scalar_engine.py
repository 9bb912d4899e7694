"""The engine that the lesson "Build it" writes: its cells, taken out of the page, are an engine that can be trusted."""

import math
import random

import pytest

import tinygrad_edu as tg
from tests.docs.lesson import LESSONS, Lesson, cells_in

(PAGE,) = [path for path in LESSONS if path.stem.endswith("build-it")]
PARTS = ("A number that remembers", "Operations that know their slope", "The order, and the backward pass")
LEAVES = 3


def engine():
    """Return the program that stands in the three parts of the page."""
    sections = Lesson(PAGE.read_text(encoding="utf-8")).sections
    return "\n".join(cell.source for part in PARTS for cell in cells_in(sections[part]))


@pytest.fixture(scope="module")
def value():
    """Return the engine's class of values."""
    namespace = {}
    exec(compile(engine(), PAGE.name, "exec"), namespace)
    return namespace["Value"]


def program(seed):
    """Return a function of three numbers: a random computation, in which values are used more than once."""
    draw = random.Random(seed)
    operations = [
        lambda a, b: a + b,
        lambda a, b: a - b,
        lambda a, b: a * b,
        lambda a, b: a / (b * b + 1.5),
        lambda a, b: a.tanh() * b,
        lambda a, b: (0.5 * a) ** 3 - 2.0 + b,
        lambda a, b: -a * 0.5,
    ]
    steps = [(draw.choice(operations), draw.random(), draw.random()) for _ in range(12)]

    def compute(*numbers):
        values = list(numbers)
        for operation, first, second in steps:
            made = operation(values[int(first * len(values))], values[int(second * len(values))])
            values.append((made * 0.7).tanh())
        return sum(values)

    return compute


def test_it_has_about_sixty_lines():
    lines = [line for line in engine().splitlines() if line.strip()]
    assert 50 <= len(lines) <= 70


@pytest.mark.parametrize("seed", range(20))
def test_its_gradients_are_those_of_the_library(value, seed):
    numbers = [random.Random(seed + i).uniform(-2, 2) for i in range(LEAVES)]
    ours = [value(number) for number in numbers]
    result = program(seed)(*ours)
    result.backward()
    leaves = [tg.tensor(number, dtype=tg.float64, requires_grad=True) for number in numbers]
    expected = program(seed)(*leaves)
    expected.backward()
    assert math.isclose(result.number, expected.item(), rel_tol=1e-12)
    for ours_, leaf in zip(ours, leaves, strict=True):
        assert math.isclose(ours_.grad, leaf.grad.item(), rel_tol=1e-10, abs_tol=1e-13)


def test_a_deep_graph_and_a_second_pass(value):
    x = y = value(1.0)
    for _ in range(20_000):
        y = y * 0.5 + y * 0.5
    y.backward()
    assert x.grad == 1.0
    y.backward()
    assert x.grad == 2.0
