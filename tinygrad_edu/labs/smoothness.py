"""Lesson 11. Why are neurons not switched by a step?

A neuron that says 0 below its threshold and 1 above it is simple, and the first ones were like that. But a step is flat
everywhere, except where it jumps. A weight that is moved a little changes nothing: the gradient of everything below the
last layer is exactly 0, and gradient descent has no direction to go in. The last layer alone learns, from what the
random layers below happen to say.

The sigmoid is a step made smooth. With a slope factor it comes as near to the step as one likes: sigmoid(k x). The
steeper it is, the fewer neurons stand where it is not flat, and the larger is the gradient of those few. It becomes
rare and wild. Smaller steps help, up to a point.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from typing import Any

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import nn
from tinygrad_edu.labs import digits
from tinygrad_edu.labs.dots import column, new_dots
from tinygrad_edu.labs.lab import Progress, Result, Row, Table
from tinygrad_edu.optim import SGD
from tinygrad_edu.plots.axes import legend, new_figure, panel, percent_axis
from tinygrad_edu.plots.picture import Picture
from tinygrad_edu.plots.style import LINES

QUESTION = "why are neurons not switched by a step?"
QUICK = {"seeds": 1, "slopes": (1.0, 256.0), "lrs": (0.1,), "images": 500, "epochs": 1}

LEAST = 1e-5  # of a gradient in the picture; there is no 0 on a logarithmic axis
FLAT = 0.01  # of the steepest slope that occurs; below it an activation is flat


class Activation(nn.Module):
    """A function as a layer."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Any) -> Any:
        return self.function(x)


def step(x: Any) -> Any:
    """Return 1 above 0 and 0 below: its slope is 0 wherever it has one."""
    return (tg.sign(x) + 1) / 2


def sigmoid(x: Any, slope: float) -> Any:
    """Return 1 / (1 + exp(-slope x)): the step, made smooth."""
    return tg.sigmoid(slope * x)


def activations(slopes: Sequence[float]) -> dict[str, Callable[[Any], Any]]:
    """Return the activations to compare: ReLU, sigmoids that are steeper and steeper, and the step."""
    sigmoids = {f"sigmoid × {slope:g}": partial(sigmoid, slope=slope) for slope in slopes}
    return {"ReLU": tg.relu, **sigmoids, "step": step}


def network(activation: Callable[[Any], Any], width: int) -> nn.Module:
    """Make a network of two hidden layers."""
    return nn.Sequential(
        nn.Linear(digits.PIXELS, width),
        Activation(activation),
        nn.Linear(width, width),
        Activation(activation),
        nn.Linear(width, digits.CLASSES),
    )


def not_flat(model: Any, activation: Callable[[Any], Any], inputs: Any) -> float:
    """Return the share of the first hidden layer's sums at which the activation is not flat."""
    sums = model[0](inputs).detach().requires_grad_()
    activation(sums).sum().backward()
    slopes = np.abs(sums.grad.array)
    return float((slopes > FLAT * slopes.max()).mean())


def run(
    seeds: int = 3,
    slopes: Sequence[float] = (1.0, 4.0, 16.0, 64.0, 256.0),
    lrs: Sequence[float] = (0.3, 0.03, 0.003),
    images: int = 10_000,
    epochs: int = 5,
    width: int = 32,
    progress: Progress = iter,
) -> Result:
    """Train the same network with each activation.

    Parameters:
        seeds: how many networks to draw.
        slopes: the factors k of sigmoid(k x).
        lrs: the learning rates.
        images: how many digits to learn from.
        epochs: how often to go through them.
        width: the number of neurons in each hidden layer.
        progress: see `lab.Progress`.
    """
    learned, tested = digits.load(images), digits.load(10_000, train=False)
    choices = activations(slopes)
    before: list[Row] = []
    after: list[Row] = []
    for (name, activation), seed, lr in progress([*product(choices.items(), range(seeds), lrs)]):
        tg.manual_seed(seed)
        model = network(activation, width)
        run = {"activation": name, "seed": seed}
        if lr == lrs[0]:
            sizes = enumerate(digits.layer_gradients(model, learned), start=1)
            share = {"not flat": not_flat(model, activation, learned[0])}
            before.append(run | share | {f"gradient, layer {i}": size for i, size in sizes})
        digits.train_as_far_as_it_goes(model, SGD(model.parameters(), lr), learned, epochs)
        after.append(run | {"lr": lr, "test accuracy": digits.accuracy(model, tested)})
    title = f"Accuracy after {epochs} epochs on {images:,} digits"
    tables = [
        Table("before", "Before training", ("activation",), before),
        Table("after", title, ("activation", "lr"), after),
    ]
    return Result(tables, partial(draw, tables[0], tables[1], slopes))


def draw(before: Table, after: Table, slopes: Sequence[float]) -> list[Picture]:
    """Draw the activations, and what the gradients and the accuracy are with each."""
    return [draw_activations(slopes), draw_gradients(before), draw_accuracy(after)]


def draw_activations(slopes: Sequence[float]) -> Picture:
    """Draw the sigmoids and the step."""
    figure = new_figure(2.6)
    axes = panel(figure, 0.55, 0.5, 0.15, 0.5)
    x = np.linspace(-3, 3, 601)
    for (name, function), (colour, dashes) in zip([*activations(slopes).items()][1:], LINES, strict=False):
        axes.plot(x, function(tg.tensor(x)).array, color=colour, linestyle=dashes, label=name.replace("sigmoid ", ""))
    axes.set(xlim=(-3, 3), xlabel="x", ylabel="sigmoid(k x)")
    legend(axes)
    return Picture(
        "steps",
        "A step made smooth",
        "S-shaped curves from 0 to 1, steeper and steeper; the last is a step.",
        "The sigmoid with slope factors k. The steeper it is, the fewer inputs fall where it is not flat.",
        figure,
    )


def draw_gradients(table: Table) -> Picture:
    """Draw the gradient of each layer, with each activation."""
    effect = table.effect()
    layers = [key for key in effect[0] if key.startswith("gradient")]
    series = {
        layer.removeprefix("gradient, "): [tuple(max(size, LEAST) for size in row[layer]) for row in effect]
        for layer in layers
    }
    figure, axes = new_dots([row["activation"] for row in effect], series)
    axes.set(xscale="log", xlim=(LEAST, 0.1), xlabel="gradient, √(mean of g²)")
    axes.set_xticks([LEAST, 1e-4, 1e-3, 1e-2, 1e-1], ["0", "10⁻⁴", "10⁻³", "0.01", "0.1"])
    axes.minorticks_off()
    first = "; ".join(f"{row['activation']} {row[layers[0]][0]:.2g}" for row in effect)
    shares = "; ".join(f"{row['activation']} {row['not flat'][0]:.1%}" for row in effect)
    return Picture(
        "gradients",
        "The gradient that arrives in each layer",
        f"The gradient of the first layer: {first}.",
        "The gradient of each layer before training, over all images. With the step it is 0 in all layers but the "
        f"last. With steep sigmoids it is large, but it comes from few neurons. Not flat in the first layer: {shares}.",
        figure,
    )


def draw_accuracy(table: Table) -> Picture:
    """Draw the accuracy with each activation and learning rate."""
    effect = table.effect()
    names = list(dict.fromkeys(row["activation"] for row in effect))
    lrs = dict.fromkeys(row["lr"] for row in effect)
    figure, axes = new_dots(names, {f"lr {lr:g}": column(effect, "test accuracy", lr=lr) for lr in lrs})
    axes.set(xlim=(0, 1), xlabel="test accuracy")
    percent_axis(axes.xaxis)
    best = {name: max(column(effect, "test accuracy", activation=name))[0] for name in names}
    each = "; ".join(f"{name} {accuracy:.1%}" for name, accuracy in best.items())
    return Picture(
        "accuracy",
        "What training reaches",
        f"With the best of the learning rates: {each}.",
        "The share of the test images that are read right. With several seeds, bars go from the least to the most. "
        f"With the best of the learning rates: {each}.",
        figure,
    )
