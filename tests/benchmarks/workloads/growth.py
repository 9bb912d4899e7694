"""How the time of forward and backward grows with the size of a computation.

Given is the exponent: with exponent 1, twice the size takes twice the time. It is the slope of a straight line
through the logarithms of times and sizes, by least squares; each turn gives one. What every size pays alike (an
operation's overhead, where the arithmetic is small) bends the line, so the exponents of width and batch lie below
those of the arithmetic, 2 and 1. Beside the exponent of the number of operations stands what one costs.
"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

import tinygrad_edu as tg
from tests.benchmarks.contestants import find, make_steps
from tests.benchmarks.timing import OURS, Row, Step, clock, quartiles

EXPONENT = "exponent"
TURNS = 3  # it hardly varies
Work = Callable[[Any, int], Step]
"""Given a library and a size, makes the step that is timed."""


def measure(quick: bool = False) -> Iterator[Row]:
    """Yield the rows: an exponent for each way to grow, and memory for each operation."""
    for what, work, sizes, quick_sizes in GROWTH:
        yield from exponents(what, work, quick_sizes if quick else sizes)
    yield memory_per_operation()


# The ways to grow


def chain(library: Any, operations: int) -> Step:
    """Make a chain of operations on four numbers, y ← y · a and y ← y + b by turns."""
    x, a, b = (library.full((4,), 0.5) for _ in range(3))
    x.requires_grad_()

    def step() -> None:
        x.grad, y = None, x
        for _ in range(operations // 2):
            y = y * a
            y = y + b
        y.sum().backward()

    return step


def fan(library: Any, operations: int) -> Step:
    """Make one tensor that so many operations use, and one operation that uses all their results."""
    x, a = library.full((4,), 0.5), library.full((4,), 0.5)
    x.requires_grad_()

    def step() -> None:
        x.grad = None
        library.stack([x * a for _ in range(operations)]).sum().backward()

    return step


def network(library: Any, *, depth: int = 3, width: int = 64, batch: int = 64) -> Step:
    """Make so many layers of so many neurons, each with tanh, and a batch for them."""
    layers = [layer for _ in range(depth) for layer in (library.nn.Linear(width, width), library.nn.Tanh())]
    model, x = library.nn.Sequential(*layers), library.zeros(batch, width)

    def step() -> None:
        model.zero_grad()
        model(x).sum().backward()

    return step


def powers(first: int, last: int, base: int = 2) -> list[int]:
    return [base**k for k in range(first, last + 1)]


GROWTH: Sequence[tuple[str, Work, list[int], list[int]]] = (
    ("chain of operations", chain, powers(3, 6, 10), powers(3, 5, 10)),
    ("one tensor used by many operations", fan, powers(3, 5, 10), powers(3, 5, 10)),
    ("depth", lambda library, n: network(library, depth=n), powers(2, 8), powers(2, 6)),
    ("width", lambda library, n: network(library, width=n), powers(5, 10), powers(5, 8)),
    ("batch", lambda library, n: network(library, batch=n), powers(4, 12), powers(4, 10)),
)
"""What grows, how, from which sizes to which, and in the short form."""


# What is measured


def exponents(what: str, work: Work, sizes: Sequence[int]) -> Iterator[Row]:
    """Yield the rows of one way to grow."""
    case = f"growth with {what}, {sizes[0]:,} to {sizes[-1]:,}"
    libraries = {OURS: lambda: tg, "PyTorch": lambda: find("PyTorch")}
    for name, library in make_steps(libraries).items():
        if library is None:
            yield Row(case, name, note=f"{name} is not installed")
            continue
        steps = [work(library, n) for n in sizes]
        calls = [max(1, round(0.02 / seconds(step, 1))) for step in steps]  # short ones several times over
        slopes = [slope(sizes, [seconds(*once) for once in zip(steps, calls, strict=True)]) for _ in range(TURNS)]
        low, middle, high = quartiles(slopes)
        yield Row(case, name, EXPONENT, middle, low, high)


def seconds(step: Step, calls: int) -> float:
    gc.collect()
    start = clock()
    for _ in range(calls):
        step()
    return (clock() - start) / calls


def slope(sizes: Sequence[int], times: Sequence[float]) -> float:
    """Fit time = c · size^exponent by least squares of the logarithms; return the exponent."""
    return float(np.polyfit(np.log(sizes), np.log(times), 1)[0])


def memory_per_operation(operations: int = 20_000) -> Row:
    """Return how many bytes a recorded operation on four numbers keeps, its result's included."""
    x = tg.full((4,), 0.5).requires_grad_()
    gc.collect()
    tracemalloc.start()
    try:
        y = x
        for _ in range(operations // 2):
            y = y * 0.5
            y = y + 0.5
        used = tracemalloc.get_traced_memory()[0] / operations
    finally:
        tracemalloc.stop()
    return Row("memory of a recorded operation on 4 elements", OURS, "bytes", used, used, used)
