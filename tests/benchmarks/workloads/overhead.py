"""What an operation costs beside its arithmetic: operations on four elements, forward and backward.

A chain is y ← y · a, y ← y + b, over and over. A diamond is y ← y · a + y · b, three operations, where
the gradients of two uses come together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import tinygrad_edu as tg
from tests.benchmarks.contestants import NO_TORCH, torch
from tests.benchmarks.timing import Row, compare

LENGTH = 300


def chain(y: Any, a: Any, b: Any) -> Any:
    for _ in range(LENGTH // 2):
        y = y * a
        y = y + b
    return y


def diamonds(y: Any, a: Any, b: Any) -> Any:
    for _ in range(LENGTH // 3):
        y = y * a + y * b
    return y


def measure(quick: bool = False) -> Iterator[Row]:
    """Yield the rows: microseconds for one operation."""
    libraries = {"tinygrad_edu": tg} | ({"PyTorch": torch} if torch else {})
    against = "PyTorch" if torch else "tinygrad_edu"
    for shape, build in (("chain", chain), ("diamonds", diamonds)):
        for what, make in (("forward", _forward), ("forward and backward", _both)):
            case = f"{what}, {shape} of 4 elements, per operation"
            contestants = {name: make(library, build) for name, library in libraries.items()}
            turns, seconds = (9, 0.02) if quick else (40, 0.05)
            yield from compare(
                case, contestants, against, turns=turns, seconds_per_turn=seconds, unit="µs", per_call=LENGTH
            )
            if not torch:
                yield Row(case, "PyTorch", note=NO_TORCH)


def _forward(library: Any, build: Callable[..., Any]) -> Callable[[], Any]:
    x, a, b = _inputs(library)
    return lambda: build(x, a, b)


def _both(library: Any, build: Callable[..., Any]) -> Callable[[], Any]:
    x, a, b = _inputs(library)
    g = library.ones(4)

    def step() -> None:
        x.grad = None
        build(x, a, b).backward(g)

    return step


def _inputs(library: Any) -> tuple[Any, Any, Any]:
    numbers = np.full(4, 0.5, np.float32)
    return (
        library.tensor(numbers, requires_grad=True),
        library.tensor(numbers),
        library.tensor(numbers),
    )
