"""Value and gradient of an elementwise expression of 1,000 terms on 10⁶ float32 numbers.

The expression is y ← y · x + c, over and over: 500 factors and 500 summands, each an operation. The way
back through a product needs both its factors, so 500 arrays of 4 MB must be kept: a good part of the
time goes into memory that was not touched before. Values and gradients are compared
before anything is timed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

import tinygrad_edu as tg
from tests.benchmarks.contestants import HAND, find, make_steps
from tests.benchmarks.timing import COMPILED, OURS, Row, compare

Array = np.ndarray[Any, np.dtype[Any]]
Step = Callable[[], Any]

ELEMENTS = 10**6


def by_hand(x: Array, summands: Sequence[float]) -> Step:
    """What somebody writes who knows NumPy and the chain rule: nothing is allocated but what must be kept."""
    scratch = np.empty_like(x)

    def step() -> tuple[Any, Array]:
        kept, y = [], x
        for c in summands:
            kept.append(y)
            y = y * x
            y += c
        value = y.sum()
        g, dx = np.ones_like(x), np.zeros_like(x)
        while kept:
            dx += np.multiply(g, kept.pop(), out=scratch)
            g *= x
        dx += g
        return value, dx

    return step


def with_api(library: Any, x: Array, summands: Sequence[float], compiled: bool = False) -> Step:
    """Write the same with tensors; the two libraries are used by the same program."""
    tensor = library.tensor(x, requires_grad=True)

    def step() -> Any:
        tensor.grad = None
        y = tensor
        for c in summands:
            y = y * tensor
            y = y + c
        value = y.sum()
        value.backward()
        return value.detach()

    chosen = library.compile(step) if compiled else step
    return lambda: (chosen(), tensor.grad.numpy())


def measure(quick: bool = False) -> Iterator[Row]:
    """Yield the rows: the time of one value and gradient."""
    terms = 100 if quick else 1000
    rng = np.random.default_rng(0)
    x = (0.9 + 0.1 * rng.random(ELEMENTS)).astype(np.float32)  # high powers of it are neither huge nor subnormal
    summands = rng.uniform(-0.5, 0.5, terms // 2).tolist()
    contestants = make_steps(
        {
            HAND: lambda: by_hand(x, summands),
            OURS: lambda: with_api(tg, x, summands),
            COMPILED: lambda: with_api(tg, x, summands, compiled=True),
            "PyTorch": lambda: with_api(find("PyTorch"), x, summands),
        }
    )
    require_equal({name: step() for name, step in contestants.items() if step})
    case = f"{terms} terms on 10⁶ elements, value and gradient"
    yield from compare(case, contestants, turns=7 if quick else 15, seconds_per_turn=0.05)


def require_equal(results: dict[str, tuple[Any, Array]]) -> None:
    """Raise AssertionError unless everybody has the same value and gradient, up to the order of the sum."""
    value, gradient = results[HAND]
    for name, (own_value, own_gradient) in results.items():
        message = f"{name} differs from {HAND}"
        np.testing.assert_allclose(own_value.item(), value.item(), rtol=1e-4, atol=1, err_msg=message)
        np.testing.assert_allclose(own_gradient, gradient, rtol=1e-3, atol=1e-3, err_msg=message)
