"""Gradient descent by hand: how can a computer find the lowest point of a valley that it cannot see?

Two numbers, a and b, are to be chosen so that a cost is as small as can be: say, how much sugar and how much lemon make
a drink that most people like. Nobody tells the computer where the best choice is. It can only ask, where it stands,
which way the cost rises most steeply. That direction is the gradient, and a step against it goes down.

How long a step should be is the one thing left to choose. Too short, and one never arrives. Too long, and one steps
over the valley, lands higher up on the other side, and climbs.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.labs.lab import Progress, Result, Row, Table
from tinygrad_edu.plots.axes import legend, log_axis, new_figure, panel
from tinygrad_edu.plots.picture import Picture
from tinygrad_edu.plots.style import LIGHT, LINES

QUESTION = "how to find the lowest point of a valley that one cannot see"
QUICK = {"steps": 10}

BEST = 3.0, 1.0
STEEP = 1.0, 4.0  # how much a mistake in each number costs: the valley is narrow in the second
NEAR = 0.01  # a cost below this is as good as the lowest
MOST_COST = 1e4  # in the picture; too long a step leads beyond any picture


def cost(a: Any, b: Any) -> Any:
    """Return (a - 3)² + 4 (b - 1)²: 0 at the best choice, and more the farther from it."""
    return STEEP[0] * (a - BEST[0]) ** 2 + STEEP[1] * (b - BEST[1]) ** 2


def gradient(a: float, b: float) -> tuple[float, float]:
    """Return how much the cost rises for a little more of a, and for a little more of b: 2 (a - 3) and 8 (b - 1)."""
    return 2 * STEEP[0] * (a - BEST[0]), 2 * STEEP[1] * (b - BEST[1])


def descend(a: float, b: float, step_size: float, steps: int) -> list[tuple[float, float]]:
    """Go against the gradient, again and again. Return all places on the way, the first one included."""
    path = [(a, b)]
    for _ in range(steps):
        slope_a, slope_b = gradient(a, b)
        a -= step_size * slope_a
        b -= step_size * slope_b
        path.append((a, b))
    return path


def start(seed: int) -> tuple[float, float]:
    """Choose where to begin: 3 away from the best choice, in any direction."""
    angle = np.random.default_rng(seed).uniform(0, 2 * np.pi)
    return BEST[0] + 3 * float(np.cos(angle)), BEST[1] + 3 * float(np.sin(angle))


def run(
    seeds: int = 3, step_sizes: Sequence[float] = (0.01, 0.2, 0.26), steps: int = 30, progress: Progress = iter
) -> Result:
    """Go down with steps that are too short, right, and too long.

    Parameters:
        seeds: how many places to begin at.
        step_sizes: the factors between the gradient and the step.
        steps: how many steps to take.
        progress: see `lab.Progress`.
    """
    rows: list[Row] = []
    paths = {}
    for size, seed in progress([*product(step_sizes, range(seeds))]):
        path = descend(*start(seed), size, steps)
        costs = [cost(a, b) for a, b in path]
        near = next((i for i, value in enumerate(costs) if value < NEAR), None)
        rows.append(
            {
                "step size": size,
                "seed": seed,
                "first cost": costs[0],
                "last cost": costs[-1],
                f"steps to a cost below {NEAR}": np.inf if near is None else near,
            }
        )
        if seed == 0:
            paths[size] = np.array(path)
    title = f"Gradient descent: {steps} steps down the same valley, of different lengths"
    table = Table("descents", title, ("step size",), rows)
    return Result([table], partial(draw, paths))


def draw(paths: dict[float, Array]) -> list[Picture]:
    """Draw the way of the first seed for each size of the steps: on the map, and its cost step by step."""
    return [draw_map(paths), draw_costs(paths)]


def draw_map(paths: dict[float, Array]) -> Picture:
    """Draw a map of the cost for each step size, with the way of descent on it."""
    each = 1.75
    figure = new_figure(0.65 + each * len(paths))
    a, b = np.linspace(-1, 7, 101), np.linspace(-3, 5, 101)
    heights = cost(a[:, None], b[None, :]).T
    for i, (size, path) in enumerate(paths.items()):
        below = 0.5 + each * (len(paths) - 1 - i)
        axes = panel(figure, 0.6, below, 0.1, 0.4 + each * i)
        axes.contour(a, b, heights, levels=np.arange(1, 12) ** 2, colors=LIGHT["grid"], linewidths=1)
        axes.plot(*path.T, "o-", color=LINES[0][0], markersize=4, linewidth=1.1)
        axes.plot(*BEST, "x", color=LINES[1][0], markersize=9, markeredgewidth=2)
        axes.annotate("start", path[0], (6, -3), textcoords="offset points", color=LIGHT["ink"])
        axes.set(xlim=(-1, 7), ylim=(-2.6, 4.6), ylabel="b")
        axes.set_title(f"step size {size:g}", loc="left")
        axes.tick_params(labelbottom=i == len(paths) - 1)
        axes.grid(False)
    axes.set_xlabel("a")
    ends = "; ".join(
        f"with step size {size:g} from {_place(path[0])} to {_place(path[-1])}" for size, path in paths.items()
    )
    return Picture(
        "map",
        "The way down, on a map",
        f"Maps with lines of equal cost, and the ways of descent on them: {ends}.",
        f"Lines of equal cost, as on a map of mountains; the lowest point, at {_place(BEST)}, has a cross. Each point "
        "is a step of descent. Too short, and it is still on its way when the steps are used up. Too long, and each "
        "step lands farther out on the other side.",
        figure,
    )


def draw_costs(paths: dict[float, Array]) -> Picture:
    """Draw the cost over the steps."""
    figure = new_figure(2.8)
    axes = panel(figure, 0.72, 0.5, 0.15, 0.35, yscale="log")
    for (size, path), (colour, dashes) in zip(paths.items(), LINES, strict=False):
        axes.plot(np.clip(cost(*path.T), 1e-12, None), color=colour, linestyle=dashes, label=f"{size:g}")
    axes.set(ylim=(1e-6, MOST_COST), xlim=(0, None), xlabel="steps", ylabel="cost")
    log_axis(axes.yaxis, 1e-6, MOST_COST)
    legend(axes, 4)
    ends = "; ".join(f"{size:g}: from {cost(*path[0]):.3g} to {cost(*path[-1]):.3g}" for size, path in paths.items())
    return Picture(
        "costs",
        "The cost, step by step",
        f"A line for each step size. {ends}.",
        "The same descents: the cost after each step, on an axis where each line up is ten times as much. A straight "
        "line down divides the cost by the same number at each step; a line that rises multiplies it.",
        figure,
    )


def _place(point: Any) -> str:
    return f"({point[0]:.3g}, {point[1]:.3g})"
