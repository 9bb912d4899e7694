"""Lesson 3. What has an engine to do when a result is used twice?

Each operation passes its gradient on to its inputs, times its slope. If a result is used twice, its gradient is the sum
of what comes from both uses, and it must not be passed on before it is whole. Three engines do the same sums:

- `impatient` passes on all that has come so far, each time that a share comes. What came first is passed on twice.
- `patient` visits each result once, after all that use it. It is right, and quick. The engine of this library does the
  same.
- `overwriting` is patient, but keeps only the last share.

One more mistake is made by those who use an engine: to forget to clear a gradient before the next pass.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from typing import Any

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu.labs.lab import Progress, Result, Row, Table
from tinygrad_edu.labs.lab import number as in_digits
from tinygrad_edu.plots.axes import legend, lines, log_axis, new_figure, panel
from tinygrad_edu.plots.picture import Picture
from tinygrad_edu.plots.style import LIGHT

QUESTION = "what has an engine to do when a result is used twice?"
QUICK = {"seeds": 1, "doublings": (1, 2, 8), "programs": 20}

clock = itertools.count()


class Number:
    """A number that remembers what it was made from, its inputs, with its slope along each."""

    def __init__(self, value: float, inputs: tuple[tuple[Number, float], ...] = ()) -> None:
        self.value, self.inputs, self.grad = value, inputs, 0.0
        self.time = next(clock)  # whatever uses it is made later

    def __add__(self, other: Number) -> Number:
        return Number(self.value + other.value, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other: Number) -> Number:
        return Number(self.value * other.value, ((self, other.value), (other, self.value)))


def youngest_first(last: Number) -> list[Number]:
    """Return a number and all that it was made from, from the youngest to the oldest."""
    found, pile = {last}, [last]
    while pile:
        new = {source for source, _ in pile.pop().inputs} - found
        found |= new
        pile += new
    return sorted(found, key=lambda number: number.time, reverse=True)


def impatient(last: Number) -> int:
    """Pass a gradient on whenever a share of it has come. Return the number of visits."""
    last.grad = 1.0
    pile = [last]
    visits = 0
    while pile:
        number = pile.pop()
        visits += 1
        for source, slope in number.inputs:
            source.grad += number.grad * slope
            pile.append(source)
    return visits


def patient(last: Number) -> int:
    """Pass each gradient on once, when all its shares have come. Return the number of visits."""
    last.grad = 1.0
    numbers = youngest_first(last)
    for number in numbers:
        for source, slope in number.inputs:
            source.grad += number.grad * slope
    return len(numbers)


def overwriting(last: Number) -> int:
    """Do the same, but keep only the last share. Return the number of visits."""
    last.grad = 1.0
    numbers = youngest_first(last)
    for number in numbers:
        for source, slope in number.inputs:
            source.grad = number.grad * slope
    return len(numbers)


ENGINES: dict[str, Callable[[Number], int]] = {engine.__name__: engine for engine in (impatient, patient, overwriting)}


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


def doubles(engine: str, times: int) -> Row:
    """Return what an engine says of a number that is doubled again and again, and what is right."""
    x = Number(1.0)
    visits = ENGINES[engine](doubled(x, times))
    return {"doublings": times, "engine": engine, "gradient": x.grad, "right": 2**times, "visits": visits}


def descend(clear: bool, steps: int = 20, lr: float = 0.1) -> list[float]:
    """Descend on (x - 2)² from 5, with a gradient that is cleared before each step or not. Return all x."""
    x: Any = tg.tensor(5.0, requires_grad=True)
    path = [x.item()]
    for _ in range(steps):
        if clear:
            x.grad = None
        ((x - 2) ** 2).backward()
        with tg.no_grad():
            x -= lr * x.grad
        path.append(x.item())
    return path


def run(
    seeds: int = 3,
    doublings: Sequence[int] = (1, 2, 3, 6, 9, 12, 15, 18),
    programs: int = 200,
    steps: int = 20,
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
    doubled_again = [doubles(name, times) for times, name in product(doublings, ENGINES)]
    drawn: list[Row] = []
    for name, seed in progress([*product(ENGINES, range(seeds))]):
        right = [is_right(ENGINES[name], programs * seed + i) for i in range(programs)]
        drawn.append({"engine": name, "seed": seed, "right": sum(right) / programs})
    paths = {name: descend(name == "cleared", steps) for name in ("cleared", "not cleared")}
    ways = [{"gradient": name, "x in the end": path[-1], "largest x": max(path)} for name, path in paths.items()]
    tables = [
        Table("doublings", "A number doubled again and again", ("doublings", "engine"), doubled_again),
        Table("programs", f"The share of {programs} random programs whose gradient is right", ("engine",), drawn),
        Table("clearing", f"{steps} steps of descent on (x - 2)²", ("gradient",), ways),
    ]
    return Result(tables, partial(draw, doubled_again, paths))


def draw(rows: list[Row], paths: dict[str, list[float]]) -> list[Picture]:
    """Draw what the engines say of the doublings, and descent with and without clearing."""
    return [draw_doublings(rows), draw_clearing(paths)]


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
    legend(upper)
    upper.tick_params(labelbottom=False)
    lower.set_xlabel("doublings")
    ends = "; ".join(
        f"{row['engine']}: {in_digits(row['gradient'])} in {row['visits']:,} visits" for row in rows[-len(ENGINES) :]
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
    axes.axhline(2, color=LIGHT["faint"], linewidth=0.8)
    steps = len(paths["cleared"]) - 1
    lines(axes, np.arange(steps + 1), ((name, np.array(path)) for name, path in paths.items()))
    axes.set(xlim=(0, steps), xlabel="steps", ylabel="x")
    axes.xaxis.get_major_locator().set_params(integer=True)
    legend(axes)
    return Picture(
        "clearing",
        "Forgetting to clear the gradient",
        f"With clearing x goes to 2 and stays; without, it swings between {min(paths['not cleared']):.2g} and "
        f"{max(paths['not cleared']):.2g}.",
        "Descent on (x - 2)². Where the gradient is not cleared, each step goes along the sum of all gradients so far: "
        "x runs through the lowest point and swings for ever.",
        figure,
    )
