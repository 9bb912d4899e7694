"""Lesson 6. How can one trust a gradient, and why not compute it by differences in the first place?

Move a weight a little, see what the loss does, and divide: (L(w + h) - L(w - h)) / 2h is nearly the slope. It needs no
rule for any operation, so it can check the rules. Three things have to be known about it:

- The step h must be neither too long (the loss is no straight line) nor too short (two losses that are almost equal are
  known to 16 digits, or to 7 in float32, and their difference to few). So the error is U-shaped.
- Over a kink, as ReLU has at 0, it gives something between the two slopes.
- It takes two passes forward for each weight. Backpropagation takes one forward and one back for all of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from typing import Any

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import nn
from tinygrad_edu.engine.op import Array
from tinygrad_edu.labs.lab import Progress, Result, Row, Table
from tinygrad_edu.plots.axes import legend, lines, log_axis, new_figure, panel
from tinygrad_edu.plots.picture import Picture
from tinygrad_edu.plots.style import LIGHT, LINES

QUESTION = "how can one trust a gradient, and why not compute it by differences?"
QUICK = {"seeds": 1, "steps": 6, "weights": 5, "hidden": (1, 4), "timed": 5}

PIXELS, CLASSES, IMAGES = 784, 10, 100  # of the networks that are timed
Loss = Callable[[], Any]


def difference(loss: Loss, weights: Array, index: Any, h: float, one_sided: bool = False) -> float:
    """Return the slope of a loss with respect to one of some weights, from two losses."""
    before = weights[index]

    def moved(by: float) -> float:
        weights[index] = before + by
        return float(loss().array)

    with tg.no_grad():
        slope = (moved(h) - moved(0)) / h if one_sided else (moved(h) - moved(-h)) / (2 * h)
    weights[index] = before
    return slope


def small_problem(seed: int, activation: Callable[[], nn.Module], dtype: Any) -> tuple[Loss, Any]:
    """Return the loss of a small network on random data, and the weights of its first layer."""
    tg.manual_seed(seed)
    model = nn.Sequential(nn.Linear(8, 16), activation(), nn.Linear(16, 4)).to(dtype)
    x, labels = tg.randn(20, 8, dtype=tg.float64).to(dtype), tg.randint(0, 4, (20,))
    return lambda: nn.functional.cross_entropy(model(x), labels), model[0].weight


WAYS: dict[str, tuple[Callable[[], nn.Module], Any, bool]] = {
    "float64": (nn.Tanh, tg.float64, False),
    "float32": (nn.Tanh, tg.float32, False),
    "one-sided": (nn.Tanh, tg.float64, True),
    "ReLU": (nn.ReLU, tg.float64, False),
}
"""Activation, type, and whether only to one side: tanh, float64 and both sides where the name says nothing else."""


def largest_error(way: str, h: float, seed: int, weights: int) -> float:
    """Return how far differences are from backpropagation, relative to the largest slope, over some of the weights."""
    activation, dtype, one_sided = WAYS[way]
    loss, weight = small_problem(seed, activation, dtype)
    loss().backward()
    right = weight.grad.array
    rng = np.random.default_rng(seed)
    places = [np.unravel_index(i, right.shape) for i in rng.permutation(right.size)[:weights]]
    found = [difference(loss, weight.array, place, h, one_sided) for place in places]
    return float(max(abs(slope - right[place]) for slope, place in zip(found, places, strict=True)) / abs(right).max())


SLOPES: dict[str, Callable[[Any], Any]] = {
    "1 - y² (right)": lambda y: 1 - y**2,
    "1 - y": lambda y: 1 - y,
    "y (1 - y)": lambda y: y * (1 - y),
    "1.001 (1 - y²)": lambda y: 1.001 * (1 - y**2),
    "1.0001 (1 - y²)": lambda y: 1.0001 * (1 - y**2),
    "1.00001 (1 - y²)": lambda y: 1.00001 * (1 - y**2),
}
"""What the slope of y = tanh(x) might be taken for."""


def tanh_with(slope: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return tanh with a pullback of our own, g · slope(y)."""

    class Tanh(tg.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            y = x.tanh()
            ctx.save_for_backward(y)
            return y

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (y,) = ctx.saved_tensors
            return g * slope(y)

    return Tanh.apply


def is_caught(slope: Callable[[Any], Any], seed: int, **tolerances: Any) -> bool:
    """Tell whether `gradcheck` finds the slope wrong."""
    x = tg.tensor(np.random.default_rng(seed).normal(size=5), requires_grad=True)
    return not tg.autograd.gradcheck(tanh_with(slope), x, raise_exception=False, **tolerances)


def quickest(times: int, *works: Callable[[], Any]) -> list[float]:
    """Return the seconds that the quickest of some repetitions of each takes: the others were disturbed.

    They take turns, with pauses. Else one disturbance, such as another program's turn on the same core, could last
    through all repetitions of one of them, and no other, and their ratio would be wrong a hundredfold.
    """
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(times):
        for work, seconds in zip(works, taken, strict=True):
            time.sleep(0.005)
            start = time.perf_counter()
            work()
            seconds.append(time.perf_counter() - start)
    return [min(seconds) for seconds in taken]


def compare_seconds(hidden: int, seed: int, timed: int) -> Row:
    """Time both ways to all slopes of a network 784-h-h-10 that reads 100 images.

    Differences are timed on one weight, and the time is multiplied: all weights take alike.
    """
    tg.manual_seed(seed)
    model = nn.Sequential(
        nn.Linear(PIXELS, hidden), nn.Sigmoid(), nn.Linear(hidden, hidden), nn.Sigmoid(), nn.Linear(hidden, CLASSES)
    )
    x, labels = tg.rand(IMAGES, PIXELS), tg.randint(0, CLASSES, (IMAGES,))
    weights = model[0].weight.array

    def loss() -> Any:
        return nn.functional.cross_entropy(model(x), labels)

    count = sum(p.numel() for p in model.parameters())
    backpropagation, one = quickest(timed, lambda: loss().backward(), lambda: difference(loss, weights, (0, 0), 1e-2))
    return {
        "parameters": count,
        "seed": seed,
        "backpropagation (s)": backpropagation,
        "differences (s)": one * count,
        "times as long": one * count / backpropagation,
    }


def step_sizes(count: int) -> list[float]:
    """Return so many step sizes from 1e-11 to 1, each as many times as long as the one before."""
    return np.geomspace(1e-11, 1, count).tolist()


def measure_errors(
    ways: Sequence[str], steps: Sequence[float], seeds: int, weights: int, progress: Progress = iter
) -> Table:
    """Compare differences with backpropagation, in these WAYS and with these steps."""
    rows: list[Row] = [
        {"way": way, "step": h, "seed": seed, "error": largest_error(way, h, seed, weights)}
        for way, h, seed in progress([*product(ways, steps, range(seeds))])
    ]
    return Table("steps", "How far differences are from backpropagation", ("way", "step"), rows)


def measure_seconds(hidden: Sequence[int], seeds: int, timed: int, progress: Progress = iter) -> Table:
    """Time both ways to all slopes, of networks of these widths."""
    rows = [compare_seconds(width, seed, timed) for width, seed in progress([*product(hidden, range(seeds))])]
    return Table("seconds", "Seconds for all slopes; differences are timed on one weight", ("parameters",), rows)


def run(
    seeds: int = 3,
    steps: int = 23,
    weights: int = 40,
    hidden: Sequence[int] = (1, 2, 4, 8, 16, 32, 64, 128),
    timed: int = 50,
    progress: Progress = iter,
) -> Result:
    """Compare differences with backpropagation: how exact, what they catch, how long they take.

    Parameters:
        seeds: how many networks to draw.
        steps: how many step sizes to try, from 1e-11 to 1.
        weights: how many weights to move.
        hidden: the widths of the networks that are timed; 16 makes one of 13,002 parameters.
        timed: how often to time each; the quickest counts.
        progress: see `lab.Progress`.
    """
    errors = measure_errors([*WAYS], step_sizes(steps), seeds, weights, progress)
    best = [
        min((row for row in errors.rows if (row["way"], row["seed"]) == run), key=lambda row: row["error"])
        for run in product(WAYS, range(seeds))
    ]
    rules = [
        {
            "slope of tanh": name,
            "seed": seed,
            "caught": is_caught(slope, seed),
            "caught with rtol 1e-3, atol 1e-5": is_caught(slope, seed, rtol=1e-3, atol=1e-5),
        }
        for (name, slope), seed in product(SLOPES.items(), range(seeds))
    ]
    times = measure_seconds(hidden, seeds, timed, progress)
    tables = [
        Table("best", "How near differences come to backpropagation, with the best step", ("way",), best),
        Table("rules", "Wrong rules, and whether gradcheck catches them", ("slope of tanh",), rules),
        times,
    ]
    return Result(tables, partial(draw, errors, times), [errors])


def draw(errors: Table, times: Table) -> list[Picture]:
    """Draw the error over the step, the slope around a kink, and the seconds over the parameters."""
    return [draw_steps(errors), draw_kink(), draw_seconds(times)]


def draw_steps(table: Table) -> Picture:
    """Draw the error of differences over the step size."""
    effect = table.effect()
    steps = np.array(list(dict.fromkeys(row["step"] for row in effect)))
    ways = dict.fromkeys(row["way"] for row in effect)
    errors = {way: np.array([row["error"][0] for row in effect if row["way"] == way]) for way in ways}
    figure = new_figure(3.3)
    axes = panel(figure, 0.75, 0.5, 0.2, 0.5, xscale="log", yscale="log")
    lines(axes, steps, ((way, np.maximum(error, 1e-12)) for way, error in errors.items()))
    axes.set(xlim=(steps[0], steps[-1]), ylim=(1e-12, 1e2), xlabel="step h", ylabel="error / largest slope")
    log_axis(axes.xaxis, *axes.get_xlim())
    log_axis(axes.yaxis, *axes.get_ylim())
    legend(axes, 2)
    best = "; ".join(f"{way} {error.min():.0e} at h = {steps[error.argmin()]:.0e}" for way, error in errors.items())
    return Picture(
        "steps",
        "How exact are differences?",
        f"U-shaped lines of the error over the step. At best: {best}.",
        "Too long a step, and the loss is no straight line; too short, and the difference drowns in rounding. At best: "
        f"{best}.",
        figure,
    )


def draw_kink(h: float = 0.5) -> Picture:
    """Draw the slope of ReLU as differences see it."""
    figure = new_figure(2.5)
    axes = panel(figure, 0.6, 0.5, 0.15, 0.35)
    x = np.linspace(-1.5, 1.5, 301)
    relu = partial(np.maximum, 0)
    lines(
        axes,
        x,
        [("the slope of ReLU", (x > 0) * 1.0), (f"differences, h = {h:g}", (relu(x + h) - relu(x - h)) / (2 * h))],
    )
    axes.set(xlim=(x[0], x[-1]), xlabel="x", ylabel="slope")
    legend(axes, 2)
    return Picture(
        "kink",
        "Differences across a kink",
        "The slope of ReLU jumps from 0 to 1 at 0; differences rise from 0 to 1 in a straight line, h to both sides.",
        "Within a step of the kink, differences mix the slopes on both sides. Backpropagation is right there, "
        "differences are not: `gradcheck` tries shorter steps before it calls a gradient wrong.",
        figure,
    )


def draw_seconds(table: Table) -> Picture:
    """Draw the seconds of both ways over the number of parameters."""
    effect = table.effect()
    counts = [row["parameters"] for row in effect]
    figure = new_figure(3.0)
    axes = panel(figure, 0.75, 0.5, 0.2, 0.35, xscale="log", yscale="log")
    for name, (colour, dashes) in zip(("differences (s)", "backpropagation (s)"), LINES, strict=False):
        middle = [row[name][0] for row in effect]
        axes.plot(counts, middle, "o", color=colour, linestyle=dashes, markersize=4, label=name.removesuffix(" (s)"))
    axes.set(xlabel="parameters", ylabel="seconds")
    log_axis(axes.xaxis, *axes.get_xlim())
    log_axis(axes.yaxis, *axes.get_ylim())
    legend(axes, 2)
    for row, side in ((effect[0], "left"), (effect[-1], "right")):
        axes.annotate(
            f"{row['times as long'][0]:,.0f} ×",
            (row["parameters"], np.sqrt(row["differences (s)"][0] * row["backpropagation (s)"][0])),
            ha=side,
            color=LIGHT["faint"],
        )
    each = "; ".join(f"{row['parameters']:,}: {row['times as long'][0]:,.0f} times" for row in effect)
    return Picture(
        "seconds",
        "What backpropagation saves",
        f"Two rising lines. How much longer differences take, by the number of parameters: {each}.",
        f"Seconds for all slopes of a network that reads {IMAGES} images. Differences are timed on one weight, and "
        f"multiplied by their number. How much longer they take: {each}.",
        figure,
    )
