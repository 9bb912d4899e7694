"""What an operation costs beside its arithmetic: operations on four elements, forward and backward.

A chain is y ← y · a, y ← y + b, over and over. A diamond is y ← y · a + y · b, three operations, where
the gradients of two uses come together. Everybody records what a backward pass needs. JAX is not among
them: compiled, it has nothing left to do for each operation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import tinygrad_edu as tg
from tests.benchmarks.contestants import find, make_steps
from tests.benchmarks.timing import COMPILED, OURS, Row, Step, compare

LENGTH = 300
NUMBERS = np.full(4, 0.5, np.float32)
ONES = np.ones(4, np.float32)


def chain(y: Any, a: Any, b: Any) -> Any:
    for _ in range(LENGTH // 2):
        y = y * a
        y = y + b
    return y


def diamonds(y: Any, a: Any, b: Any) -> Any:
    for _ in range(LENGTH // 3):
        y = y * a + y * b
    return y


Build = Callable[[Any, Any, Any], Any]


def with_api(library: Any, build: Build, backward: bool, compiled: bool = False) -> Step:
    """Make a step in PyTorch's API, which is ours too."""
    x = library.tensor(NUMBERS, requires_grad=True)
    a, b, g = (library.tensor(numbers) for numbers in (NUMBERS, NUMBERS, ONES))

    def both() -> None:
        x.grad = None
        build(x, a, b).backward(g)

    step = both if backward else lambda: build(x, a, b)
    return library.compile(step) if compiled else step


def with_hips(build: Build, backward: bool) -> Step:
    record = find("HIPS autograd").make_vjp(lambda x: build(x, NUMBERS, NUMBERS))
    return (lambda: record(NUMBERS)[0](ONES)) if backward else lambda: record(NUMBERS)


def with_mygrad(build: Build, backward: bool) -> Step:
    tensor = find("MyGrad").tensor
    x, a, b = tensor(NUMBERS), tensor(NUMBERS, constant=True), tensor(NUMBERS, constant=True)
    return (lambda: build(x, a, b).backward(ONES)) if backward else lambda: build(x, a, b)


def measure(quick: bool = False) -> Iterator[Row]:
    """Yield the rows: microseconds for one operation."""
    for shape, build in (("chain", chain), ("diamonds", diamonds)):
        for what, backward in (("forward", False), ("forward and backward", True)):
            steps = make_steps(_makers(build, backward))
            case = f"{what}, {shape} of 4 elements, per operation"
            turns, seconds = (9, 0.02) if quick else (40, 0.05)
            yield from compare(case, steps, turns=turns, seconds_per_turn=seconds, unit="µs", per_call=LENGTH)


def _makers(build: Build, backward: bool) -> dict[str, Callable[[], Step]]:
    return {
        OURS: lambda: with_api(tg, build, backward),
        **({COMPILED: lambda: with_api(tg, build, backward, compiled=True)} if backward else {}),
        "PyTorch": lambda: with_api(find("PyTorch"), build, backward),
        "HIPS autograd": lambda: with_hips(build, backward),
        "MyGrad": lambda: with_mygrad(build, backward),
    }
