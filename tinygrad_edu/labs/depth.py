"""Lesson 12. Why do gradients vanish or explode in a deep network, and what keeps them alive?

On its way back a gradient is multiplied in each layer, by the weights and by the slope of the activation. If that makes
it smaller, it vanishes towards the input; if larger, it explodes. What it is multiplied by depends on the depth, on how
the weights were drawn, on the scale of the inputs and on the activation.

The ratio of the gradients of the first layer and the last alone misleads. With weights from N(0, 1) it looks healthy,
but most sigmoids are saturated: they stand where they are flat, and pass on next to nothing, whatever the ratio. So
gradients are drawn layer by layer on an axis that is the same for all networks, and with them the flat outputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise, product
from typing import Any

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import nn
from tinygrad_edu.engine.op import Array
from tinygrad_edu.labs import digits
from tinygrad_edu.labs.dots import column, new_dots
from tinygrad_edu.labs.lab import Progress, Result, Row, Table
from tinygrad_edu.optim import SGD
from tinygrad_edu.plots.axes import lines, log_axis, new_figure, panel, percent_axis, wide_legend
from tinygrad_edu.plots.picture import Picture
from tinygrad_edu.training.gather import FLAT, SLOPES
from tinygrad_edu.training.parts import ACTIVATIONS, INITS

QUESTION = "why do gradients vanish or explode, and what keeps them alive?"
QUICK = {"seeds": 1, "depths": (2, 6), "images": 300, "epochs": 1}

GRADIENTS = 1e-12, 1e6  # what the axis of gradients shows, for all networks
PROBE = 500  # digits on which gradients are measured


@dataclass(frozen=True)
class Network:
    """What decides how gradients go.

    Attributes:
        activation, init: the names of a recipe's (`training/parts.py`). `normal` is N(0, 1).
        inputs: "raw" pixels from 0 to 255, pixels from "0 to 1", or "normalized": with mean 0 and spread 1.
        normalize: put a normalization layer before each activation, "batch" or "layer".
        clip: how long the gradient, of all weights together, may be at most.
    """

    activation: str
    init: str
    inputs: str = "normalized"
    normalize: str = ""
    clip: float = np.inf


SIGMOIDS = {
    "raw, N(0, 1)": Network("sigmoid", "normal", "raw"),
    "0 to 1, N(0, 1)": Network("sigmoid", "normal", "0 to 1"),
    "N(0, 1)": Network("sigmoid", "normal"),
    "raw, Xavier": Network("sigmoid", "xavier", "raw"),
    "Xavier": Network("sigmoid", "xavier"),
    "Xavier, batch norm": Network("sigmoid", "xavier", normalize="batch"),
}
OTHERS = {
    "tanh, Xavier": Network("tanh", "xavier"),
    "ReLU, N(0, 1)": Network("relu", "normal"),
    "ReLU, N(0, 1), clipped": Network("relu", "normal", clip=1.0),
    "ReLU, N(0, 1), layer norm": Network("relu", "normal", normalize="layer"),
    "ReLU, Xavier": Network("relu", "xavier"),
    "ReLU, Kaiming": Network("relu", "kaiming"),
}
NORMALIZATIONS: dict[str, Any] = {"batch": nn.BatchNorm1d, "layer": nn.LayerNorm}


def prepared(count: int, inputs: str, train: bool = True) -> digits.Data:
    """Return digits on a scale of inputs."""
    images, labels = digits.load(count, train, normalize=inputs == "normalized")
    return images * 255 if inputs == "raw" else images, labels


def build(network: Network, depth: int, width: int) -> nn.Sequential:
    """Make a network of so many hidden layers."""
    layers: list[nn.Module] = []
    for before, after in pairwise([digits.PIXELS, *[width] * depth, digits.CLASSES]):
        layer = nn.Linear(before, after)
        INITS[network.init](layer, network.activation)
        layers.append(layer)
        if network.normalize:
            layers.append(NORMALIZATIONS[network.normalize](after))
        layers.append(ACTIVATIONS[network.activation]())
    return nn.Sequential(*layers[: -2 if network.normalize else -1])


def flat_shares(model: nn.Sequential, inputs: Any) -> list[float]:
    """Return for each hidden layer the share of outputs where the activation is flat, as a saturated sigmoid is."""
    shares = []
    with tg.no_grad():
        for layer in model:
            inputs = layer(inputs)
            if type(layer) in SLOPES:
                shares.append(float((SLOPES[type(layer)](inputs.array) < FLAT).mean()))
    return shares


class ClippedSGD(SGD):
    """Gradient descent with gradients that are, all together, at most `clip` long."""

    def __init__(self, params: Any, lr: float, clip: float) -> None:
        super().__init__(params, lr)
        self.clip = clip

    def step(self, closure: Any = None) -> Any:
        """Shorten the gradients, then make a step."""
        nn.utils.clip_grad_norm_(self.param_groups[0]["params"], self.clip)
        return super().step(closure)


def run(
    seeds: int = 3,
    depths: Sequence[int] = (2, 10),
    images: int = 5000,
    epochs: int = 3,
    width: int = 32,
    lr: float = 0.05,
    progress: Progress = iter,
) -> Result:
    """Measure gradients and flat outputs of each network, then train it for a short time.

    Parameters:
        seeds: how many networks to draw of each kind.
        depths: the numbers of hidden layers. The pictures show the last.
        images: how many digits to learn from.
        epochs: how often to go through them.
        width: the number of neurons in each hidden layer.
        lr: the learning rate.
        progress: see `lab.Progress`.
    """
    rows: list[Row] = []
    layers: list[Row] = []
    networks = {**{f"sigmoid, {name}": network for name, network in SIGMOIDS.items()}, **OTHERS}
    for (name, network), depth, seed in progress([*product(networks.items(), depths, range(seeds))]):
        tg.manual_seed(seed)
        model = build(network, depth, width)
        probe = prepared(PROBE, network.inputs)
        with np.errstate(over="ignore"):
            gradients, flat = digits.layer_gradients(model, probe), flat_shares(model, probe[0])
        which = {"network": name, "depth": depth, "seed": seed}
        layers += [
            which | {"layer": i, "gradient": gradient, "flat": share}
            for i, (gradient, share) in enumerate(zip(gradients, [*flat, 0.0], strict=True), start=1)
        ]
        optimizer = ClippedSGD(model.parameters(), lr, network.clip)
        digits.train_as_far_as_it_goes(model, optimizer, prepared(images, network.inputs), epochs)
        measured = {"first gradient": gradients[0], "last / first": gradients[-1] / max(gradients[0], 1e-300)}
        rows.append(
            which
            | measured
            | {"flat, first": flat[0]}
            | {"accuracy": digits.accuracy(model, prepared(10_000, network.inputs, False))}
        )
    title = f"Gradients before training, and test accuracy after {epochs} epochs on {images:,} digits"
    table = Table("networks", title, ("network", "depth"), rows)
    curves = Table("layers", "Gradient and flat outputs of each layer", ("network", "depth", "layer"), layers)
    return Result([table], partial(draw, table, curves, depths[-1]), [curves])


def draw(table: Table, curves: Table, depth: int) -> list[Picture]:
    """Draw the layers of the deepest networks, sigmoids and others, and the accuracy of all."""
    sigmoids = {f"sigmoid, {name}": name for name in SIGMOIDS}
    return [
        draw_layers("sigmoids", f"Sigmoids, {depth} hidden layers", curves, sigmoids, depth),
        draw_layers(
            "others", f"Other activations, {depth} hidden layers", curves, {name: name for name in OTHERS}, depth
        ),
        draw_accuracy(table),
    ]


def draw_layers(name: str, title: str, table: Table, labels: dict[str, str], depth: int) -> Picture:
    """Draw the gradient of each layer above, and the share of flat outputs below."""
    effect = [row for row in table.effect() if row["depth"] == depth]
    figure = new_figure(5.2)
    upper, lower = panel(figure, 0.75, 2.35, 0.15, 0.75, yscale="log"), panel(figure, 0.75, 0.5, 0.15, 3.1)
    numbers = np.arange(1, depth + 2)

    def middle(key: str) -> list[tuple[str, Array]]:
        return [(label, np.array([value[0] for value in column(effect, key, network=network)]))
                for network, label in labels.items()]  # fmt: skip

    gradients, flat = middle("gradient"), middle("flat")
    lines(upper, numbers, ((label, np.clip(values, *GRADIENTS)) for label, values in gradients))
    lines(lower, numbers[:-1], ((label, values[:-1]) for label, values in flat))
    upper.set(xlim=(1, depth + 1), ylim=GRADIENTS, ylabel="gradient, √(mean of g²)")
    log_axis(upper.yaxis, *GRADIENTS)
    upper.tick_params(labelbottom=False)
    lower.set(xlim=(1, depth + 1), ylim=(-0.02, 1.02), ylabel="flat outputs", xlabel="layer")
    lower.xaxis.get_major_locator().set_params(integer=True)
    percent_axis(lower.yaxis)
    wide_legend(figure)
    each = "; ".join(
        f"{label}: gradient {values[0]:.0e} in the first layer, {values[-1]:.0e} in the last, {shares[0]:.0%} of the "
        "first layer's outputs flat"
        for (label, values), (_, shares) in zip(gradients, flat, strict=True)
    )
    return Picture(
        name,
        title,
        f"{each}.",
        "Above, the gradient of each layer's weights before training, on the same axis for all networks; below, the "
        f"share of outputs where the activation is flat (less than {FLAT:.0%} of its largest slope). The inputs are "
        "normalized where nothing else is said. Clipping shortens the steps, not these gradients.",
        figure,
    )


def draw_accuracy(table: Table) -> Picture:
    """Draw the accuracy of each network after a short training."""
    effect = table.effect()
    names = list(dict.fromkeys(row["network"] for row in effect))
    depths = dict.fromkeys(row["depth"] for row in effect)
    figure, axes = new_dots(
        names, {f"{depth} hidden layers": column(effect, "accuracy", depth=depth) for depth in depths}
    )
    axes.set(xlim=(0, 1), xlabel="test accuracy")
    percent_axis(axes.xaxis)
    each = "; ".join(f"{row['network']}, {row['depth']} hidden layers: {row['accuracy'][0]:.0%}" for row in effect)
    return Picture(
        "accuracy",
        "What a short training reaches",
        f"{each}.",
        "The share of the test images that are read right after a short training, all with the same learning rate. At "
        "10% a network has learned nothing. With several seeds, bars go from the least to the most.",
        figure,
    )
