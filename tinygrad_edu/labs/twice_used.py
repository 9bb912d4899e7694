"""Lesson 3. What has an engine to do when a result is used twice?

Each operation hands its gradient on to its inputs, times its slope. If a result is used twice, its gradient is the sum
of what comes from both uses, and it must not be handed on before it is whole. Three engines do the same sums:

- `at_each_use` goes down from each use to what is below, and hands on all that has come so far. What came by the first
  use is handed on a second time.
- `along_each_path` hands on only what came by this very path. It is right, but there are as many paths as there are
  ways to choose a use: twice as many with each doubling.
- `once_in_reverse` visits each result once, after all its uses. It is right, and quick. The engine of this library does
  the same.

Two more mistakes: to write a gradient over instead of adding to it, and to forget to clear it for the next pass.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from typing import Any

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu.labs.lab import Progress, Result, Row, Table
from tinygrad_edu.plots.axes import legend, lines, log_axis, new_figure, panel
from tinygrad_edu.plots.picture import Picture
from tinygrad_edu.plots.style import LIGHT

QUESTION = "what has an engine to do when a result is used twice?"
QUICK = {"seeds": 1, "doublings": (1, 2, 8), "programs": 20}


class Number:
    """A number that remembers its inputs, and its slope with respect to each."""

    def __init__(self, value: float, inputs: tuple[tuple[Number, float], ...] = ()) -> None:
        self.value, self.inputs, self.grad = value, inputs, 0.0

    def __add__(self, other: Number) -> Number:
        return Number(self.value + other.value, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other: Number) -> Number:
        return Number(self.value * other.value, ((self, other.value), (other, self.value)))


def at_each_use(number: Number, start: bool = True) -> int:
    """Hand on the gradient that has come so far, and do the same for each input. Wrong. Return the number of visits."""
    if start:
        number.grad = 1.0
    for source, slope in number.inputs:
        source.grad += number.grad * slope
    return 1 + sum(at_each_use(source, start=False) for source, _ in number.inputs)


def along_each_path(number: Number, g: float = 1.0) -> int:
    """Hand on only what has come along this path. Return the number of visits."""
    number.grad += g
    return 1 + sum(along_each_path(source, g * slope) for source, slope in number.inputs)


def once_in_reverse(number: Number, overwrite: bool = False) -> int:
    """Visit each number once, after all that use it. Return the number of visits."""
    order = inputs_first(number)
    number.grad = 1.0
    for each in reversed(order):
        for source, slope in each.inputs:
            source.grad = each.grad * slope + (0.0 if overwrite else source.grad)
    return len(order)


def inputs_first(number: Number) -> list[Number]:
    """Return a number and all that it was made from, each after its inputs."""
    order: list[Number] = []
    seen: set[Number] = set()

    def visit(each: Number) -> None:
        if each not in seen:
            seen.add(each)
            for source, _ in each.inputs:
                visit(source)
            order.append(each)

    visit(number)
    return order


ENGINES: dict[str, Callable[[Number], int]] = {
    "at each use": at_each_use,
    "along each path": along_each_path,
    "once, in reverse": once_in_reverse,
    "once, overwriting": partial(once_in_reverse, overwrite=True),
}


def doubled(x: Any, times: int) -> Any:
    """Add x to itself, and the sum to itself, and so on: 2 x, 4 x, 8 x, ..."""
    for _ in range(times):
        x = x + x
    return x


def random_program(x: Any, seed: int, operations: int = 10) -> Any:
    """Add or multiply two results so far, x among them, again and again. Return the last result."""
    rng = np.random.default_rng(seed)
    results = [x]
    for _ in range(operations):
        a, b = (results[i] for i in rng.integers(len(results), size=2))
        results.append(a + b if rng.random() < 0.5 else a * b)
    return results[-1]


def is_right(engine: Callable[[Number], int], seed: int) -> bool:
    """Tell whether an engine finds the gradient of a random program, as this library finds it."""
    x, t = Number(0.5), tg.tensor(0.5, dtype=tg.float64, requires_grad=True)
    engine(random_program(x, seed))
    random_program(t, seed).backward()
    assert t.grad is not None
    return bool(np.isclose(x.grad, t.grad.array, rtol=1e-9))


def descend(clear: bool, steps: int, lr: float = 0.1) -> list[float]:
    """Descend on (x - 3)² from 0. Return all x; without clearing, each gradient is added to those of the steps "
    "before."""
    x, path = Number(0.0), [0.0]
    for _ in range(steps):
        if clear:
            x.grad = 0.0
        away = x + Number(-3.0)
        once_in_reverse(away * away)
        x.value -= lr * x.grad
        path.append(x.value)
    return path


def run(
    seeds: int = 3,
    doublings: Sequence[int] = (1, 2, 3, 6, 9, 12, 15, 18),
    programs: int = 200,
    steps: int = 40,
    progress: Progress = iter,
) -> Result:
    """Let all engines go back through the same doublings and the same random programs.

    Parameters:
        seeds: how often to draw random programs.
        doublings: how often to add a number to itself. One more takes twice the time.
        programs: how many random programs.
        steps: how many steps of descent, with and without clearing.
        progress: see `lab.Progress`.
    """
    doubles: list[Row] = []
    for times, name in product(doublings, ENGINES):
        x = Number(1.0)
        visits = ENGINES[name](doubled(x, times))
        doubles.append({"doublings": times, "engine": name, "gradient": x.grad, "right": 2**times, "visits": visits})
    drawn: list[Row] = []
    for name, seed in progress([*product(ENGINES, range(seeds))]):
        right = [is_right(ENGINES[name], programs * seed + i) for i in range(programs)]
        drawn.append({"engine": name, "seed": seed, "right": sum(right) / programs})
    paths = {name: descend(name == "cleared", steps) for name in ("cleared", "not cleared")}
    ways = [{"gradient": name, "x in the end": path[-1], "largest x": max(path)} for name, path in paths.items()]
    tables = [
        Table("doublings", "A number doubled again and again", ("doublings", "engine"), doubles),
        Table("programs", f"The share of {programs} random programs whose gradient is right", ("engine",), drawn),
        Table("clearing", f"{steps} steps of descent on (x - 3)²", ("gradient",), ways),
    ]
    return Result(tables, partial(draw, doubles, paths))


def draw(doubles: list[Row], paths: dict[str, list[float]]) -> list[Picture]:
    """Draw what the engines say of the doublings, and descent with and without clearing."""
    return [draw_doublings(doubles), draw_clearing(paths)]


def draw_doublings(rows: list[Row]) -> Picture:
    """Draw gradient and visits of each engine over the number of doublings."""
    figure = new_figure(5.1)
    upper, lower = (
        panel(figure, 0.75, 2.75, 0.15, 0.5, yscale="log"),
        panel(figure, 0.75, 0.5, 0.15, 2.75, yscale="log"),
    )
    times = list(dict.fromkeys(row["doublings"] for row in rows))
    last = times[-1]
    for axes, what in ((upper, "gradient"), (lower, "visits")):
        columns = [(name, np.array([row[what] for row in rows if row["engine"] == name], float)) for name in ENGINES]
        lines(axes, np.array(times), columns)
        axes.set(xlim=(0, last), ylabel=what)
        axes.xaxis.get_major_locator().set_params(integer=True)
        log_axis(axes.yaxis, *axes.get_ylim())
    legend(upper, 2)
    upper.tick_params(labelbottom=False)
    lower.set_xlabel("doublings")
    ends = "; ".join(
        f"{row['engine']}: {row['gradient']:.3g} in {row['visits']:,} visits" for row in rows[-len(ENGINES) :]
    )
    return Picture(
        "doublings",
        "A number doubled again and again",
        f"Gradient and visits of each engine. After {last} doublings, where {2**last:,} is right, {ends}.",
        f"The gradient that each engine finds, and how often it visits a number. After {last} doublings {2**last:,} is "
        f"right; {ends}.",
        figure,
    )


def draw_clearing(paths: dict[str, list[float]]) -> Picture:
    """Draw descent with a gradient that is cleared before each step, and with one that is not."""
    figure = new_figure(2.6)
    axes = panel(figure, 0.6, 0.5, 0.15, 0.35)
    axes.axhline(3, color=LIGHT["faint"], linewidth=0.8)
    steps = len(paths["cleared"]) - 1
    lines(axes, np.arange(steps + 1), ((name, np.array(path)) for name, path in paths.items()))
    axes.set(xlim=(0, steps), xlabel="steps", ylabel="x")
    legend(axes)
    return Picture(
        "clearing",
        "Forgetting to clear the gradient",
        f"With clearing x goes to 3 and stays; without, it swings between {min(paths['not cleared']):.2g} and "
        f"{max(paths['not cleared']):.2g}.",
        "Descent on (x - 3)². Where the gradient is not cleared, each step goes along the sum of all gradients so far: "
        "x runs through the lowest point and swings for ever.",
        figure,
    )
