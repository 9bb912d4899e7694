"""Lesson 10. Does momentum carry descent out of the wrong valley?

The cost x⁴ - 4x² + x has two valleys, the deeper one on the left, and a barrier between them. Plain descent goes down
into the valley that it starts in, and stays. With momentum a step goes on in the direction of the steps before, as a
ball rolls. A ball gets over the barrier only if it starts higher than the barrier's top. And having got over it, it may
roll back again: where it comes to rest depends on start and momentum in a way that no simple rule tells.

Two numbers make four valleys, of which one is the deepest. There the same holds for each number.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import product
from typing import Any

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu.engine.op import Array
from tinygrad_edu.labs.lab import Progress, Result, Row, Table
from tinygrad_edu.optim import SGD
from tinygrad_edu.plots.axes import legend, lines, new_figure, panel, percent_axis
from tinygrad_edu.plots.picture import Picture, require
from tinygrad_edu.plots.style import LIGHT, LINES

QUESTION = "does momentum carry descent out of the wrong valley?"
QUICK = {"seeds": 1, "random_starts": 50, "steps": 100}

WRONG, BARRIER, DEEP = 1.347, 0.126, -1.473  # where the slope 4x³ - 8x + 1 is 0
TICKS = 0, 0.5, 0.8, 0.9, 0.95, 0.98  # of momentum; near 1 little more is much
FARTHEST = 2.5  # random starts lie within this distance of 0


def cost(x: Any) -> Any:
    """Return x⁴ - 4x² + x, summed over the last axis: over the numbers of a place."""
    return (x**4 - 4 * x**2 + x).sum(-1)


def descend(starts: Any, lr: float, momentum: float, steps: int) -> Array:
    """Descend from many places (N, D) at once, each for itself. Return all places on the ways, (steps + 1, N, D)."""
    x = tg.tensor(np.asarray(starts, float), requires_grad=True)
    optimizer = SGD([x], lr=lr, momentum=momentum)
    path = [x.array.copy()]
    for _ in range(steps):
        optimizer.zero_grad()
        cost(x).sum().backward()
        optimizer.step()
        path.append(x.array.copy())
    return np.stack(path)


def in_the_deepest(places: Array) -> Any:
    """Tell which places (..., D) are in the deepest valley: left of the barrier in each of their numbers."""
    return (places < BARRIER).all(axis=-1)


def energy(path: Array, lr: float) -> Array:
    """Return height plus energy of motion, ½ (Δx)² / lr, at each step of a way (steps + 1, D).

    Descent with momentum is a ball of mass 1 that rolls with friction, where √lr of time passes in a step.
    """
    steps = np.diff(path, axis=0, prepend=path[:1], append=path[-1:])
    speed = (steps[1:] + steps[:-1]) / 2 / np.sqrt(lr)
    return cost(path) + (speed**2).sum(-1) / 2


def run(
    seeds: int = 3,
    starts: Sequence[float] = (1.6, 2.0, 2.4),
    momenta: Sequence[float] = (0.0, 0.5, 0.8, 0.9, 0.95),
    lr: float = 0.03,
    steps: int = 300,
    random_starts: int = 1000,
    progress: Progress = iter,
) -> Result:
    """Descend from some starts, and from many random ones, with each momentum.

    Parameters:
        seeds: how often to draw the random starts.
        starts: places right of the barrier, in the wrong valley.
        momenta: how much of the last step the next one keeps.
        lr: the learning rate.
        steps: how many steps to take.
        random_starts: how many, in one dimension and in two.
        progress: see `lab.Progress`.
    """
    chosen = [
        {"start": x, "height above the barrier": cost(np.array([x])) - cost(np.array([BARRIER]))}
        | {"momentum": momentum, "ends at": end, "escapes": end < BARRIER}
        for x, momentum in product(starts, momenta)
        for end in [float(descend([[x]], lr, momentum, steps)[-1, 0, 0])]
    ]
    drawn: list[Row] = []
    for dimensions, momentum, seed in progress([*product((1, 2), momenta, range(seeds))]):
        places = np.random.default_rng(seed).uniform(-FARTHEST, FARTHEST, (random_starts, dimensions))
        ends = descend(places, lr, momentum, steps)[-1]
        drawn.append({"dimensions": dimensions, "momentum": momentum, "seed": seed} | shares(places, ends))
    tables = [
        Table("starts", f"Where descent ends, with lr {lr:g}", ("start", "momentum"), chosen),
        Table("random_starts", f"{random_starts} random starts", ("dimensions", "momentum"), drawn),
    ]
    ways = {momentum: descend([[x] for x in starts], lr, momentum, steps) for momentum in momenta}
    return Result(tables, partial(draw, starts, ways, landings(lr, steps), drawn, lr))


def landings(lr: float, steps: int, count: int = 120) -> tuple[Array, Array, Array]:
    """Return starts (S), momenta (M), and whether descent from there ends left of the barrier (M, S)."""
    starts, momenta = np.linspace(1.4, 2.6, count), 1 - np.geomspace(1, 0.02, count // 2)
    ends = [descend(starts[:, None], lr, float(momentum), steps)[-1] for momentum in momenta]
    return starts, momenta, in_the_deepest(np.stack(ends))


def shares(starts: Array, ends: Array) -> Row:
    """Return the shares of the starts and the ends that lie in the deepest valley."""
    before, after = in_the_deepest(starts), in_the_deepest(ends)
    return {
        "starts in the deepest valley": before.mean(),
        "ends there": after.mean(),
        "got in": (after & ~before).mean(),
        "got out": (before & ~after).mean(),
    }


def draw(
    starts: Sequence[float],
    ways: dict[float, Array],
    landed: tuple[Array, Array, Array],
    drawn: Sequence[Row],
    lr: float,
) -> list[Picture]:
    """Draw the ways from the last of the starts, their energy, the map of all starts, and the random starts."""
    own = {momentum: way[:, -1] for momentum, way in ways.items()}
    return [draw_ways(own), draw_energy(own, lr), draw_map(*landed, starts), draw_shares(drawn)]


def draw_ways(ways: dict[float, Array], shown: int = 40) -> Picture:
    """Draw the cost, and under it the ways, steps downwards."""
    figure = new_figure(5.2)
    upper, lower = panel(figure, 0.6, 3.3, 0.1, 0.1), panel(figure, 0.6, 0.5, 0.1, 2.4)
    x = np.linspace(-FARTHEST, FARTHEST, 201)
    upper.plot(x, cost(x[:, None]), color=LIGHT["ink"])
    upper.set(xlim=(-FARTHEST, FARTHEST), ylim=(-7, 16), ylabel="cost")
    upper.tick_params(labelbottom=False)
    for place, text in ((DEEP, "deeper"), (WRONG, "wrong")):
        upper.annotate(text, (place, -1), ha="center", color=LIGHT["faint"])
    for axes in (upper, lower):
        axes.axvline(BARRIER, color=LIGHT["faint"], linewidth=0.8)
    for (momentum, way), (colour, dashes) in zip(ways.items(), LINES, strict=False):
        lower.plot(
            way[: shown + 1, 0], np.arange(len(way[: shown + 1])), color=colour, linestyle=dashes, label=f"{momentum:g}"
        )
    start = float(next(iter(ways.values()))[0, 0])
    upper.plot(start, cost(np.array([start])), "o", color=LINES[1][0], clip_on=False)
    lower.set(xlim=(-FARTHEST, FARTHEST), ylim=(shown, 0), xlabel="x", ylabel="steps")
    legend(lower)
    ends = "; ".join(f"with momentum {momentum:g} at {way[-1, 0]:.2f}" for momentum, way in ways.items())
    return Picture(
        "ways",
        f"Ways down from {start:g}",
        f"A cost with two valleys, and below it where descent goes from {start:g}, step by step. It ends {ends}.",
        f"Above, the cost; below, under each x, the ways down from {start:g}: time goes downwards. The thin line is "
        "the top of the barrier. More momentum is not better: what gets over the barrier may come back.",
        figure,
    )


def draw_energy(ways: dict[float, Array], lr: float, shown: int = 80) -> Picture:
    """Draw the energy of each way beside the height of the barrier."""
    figure = new_figure(2.9)
    axes = panel(figure, 0.6, 0.5, 0.15, 0.5)
    top = float(cost(np.array([BARRIER])))
    energies = [energy(way, lr)[: shown + 1] for way in ways.values()]
    lines(axes, np.arange(len(energies[0])), zip((f"{momentum:g}" for momentum in ways), energies, strict=True))
    axes.axhline(top, color=LIGHT["faint"], linewidth=0.8)
    axes.annotate(
        "top of the barrier", (shown, top), (0, 3), textcoords="offset points", ha="right", color=LIGHT["faint"]
    )
    axes.set(xlim=(0, shown), xlabel="steps", ylabel="energy")
    legend(axes)
    below = {
        momentum: int(np.append(-1, (values > top).nonzero()[0])[-1]) + 1
        for momentum, values in zip(ways, energies, strict=True)
    }
    last = "; ".join(f"{momentum:g} after {steps} steps" for momentum, steps in below.items())
    return Picture(
        "energy",
        "Energy and the barrier",
        f"A falling line for each momentum. Below the top of the barrier for good: {last}.",
        "Height and energy of motion together, for each momentum, from the same start. Friction takes it away; "
        "steps as long as these follow a ball only roughly, so it may rise for a moment. Once the energy is below the "
        f"top of the barrier, the ball stays in the valley where it is then: {last}.",
        figure,
    )


def draw_map(x: Array, momenta: Array, escapes: Array, starts: Sequence[float]) -> Picture:
    """Draw in which valley descent ends, for each start and momentum."""
    figure = new_figure(3.3)
    axes = panel(figure, 0.6, 0.5, 0.1, 0.4)
    colours = require("matplotlib.colors").ListedColormap([LIGHT["blue"], LIGHT["red"]])
    axes.pcolormesh(x, 1 - momenta, escapes, cmap=colours, vmin=0, vmax=1, rasterized=True)
    as_high = max(np.roots([1, 0, -4, 1, -cost(np.array([BARRIER]))]).real)
    axes.axvline(as_high, color=LIGHT["paper"], linewidth=1.5)
    for start in starts:
        axes.axvline(start, color=LIGHT["paper"], linewidth=0.8, linestyle=":")
    axes.grid(False)
    axes.set(xlabel="start", ylabel="momentum", xlim=(x[0], x[-1]), yscale="log", ylim=(1, 1 - momenta[-1]))
    axes.set_yticks([1 - tick for tick in TICKS], [f"{tick:g}" for tick in TICKS])
    axes.minorticks_off()
    axes.set_title("red: over the barrier; blue: in the wrong valley", loc="left", pad=10)
    share = escapes[:, x > as_high].mean()
    return Picture(
        "map",
        "Which valley, from where, with which momentum",
        f"A map of starts and momenta. Left of {as_high:.2f} next to nothing ends in the deeper valley; right of it "
        f"{share:.0%}, in stripes.",
        f"Where descent ends from each start. A start left of the thick line, at {as_high:.2f}, is lower than the "
        f"barrier: no momentum helps. Right of it {share:.0%} of this map end in the deeper valley, in stripes: over, "
        f"or over and back again. Dotted: starts at {', '.join(f'{start:g}' for start in starts)}.",
        figure,
    )


def draw_shares(rows: Sequence[Row]) -> Picture:
    """Draw how many of the random starts get into the deepest valley, and out of it."""
    table = Table("", "", ("dimensions", "momentum"), rows).effect()
    figure = new_figure(3.0)
    axes = panel(figure, 0.75, 0.5, 0.15, 0.5)
    for (dimensions, what), (colour, dashes) in zip(product((1, 2), ("got in", "got out")), LINES, strict=False):
        own = [row for row in table if row["dimensions"] == dimensions]
        middle, least, most = np.array([row[what] for row in own]).T
        momenta = [row["momentum"] for row in own]
        name = f"{what}, {dimensions}-dim."
        axes.plot(momenta, middle, "o", color=colour, linestyle=dashes, markersize=4, label=name)
        axes.fill_between(momenta, least, most, color=colour, alpha=0.18, linewidth=0)
    axes.set(xlabel="momentum", ylabel="share of the starts", ylim=(0, None))
    percent_axis(axes.yaxis)
    legend(axes, 2)
    most_in, most_out = (max(row[what][0] for row in table) for what in ("got in", "got out"))
    return Picture(
        "shares",
        "Random starts",
        f"Lines over the momentum: at most {most_in:.1%} get into the deepest valley, at most {most_out:.1%} out of "
        "it.",
        "From random starts: how many begin elsewhere and end in the deepest valley, and how many begin in it and end "
        f"elsewhere. Momentum helps at most {most_in:.1%} of them, and harms at most {most_out:.1%}. The bands go from "
        "the least to the most over the seeds.",
        figure,
    )
