"""The options of `train`, as data: one for each field of a recipe, and those that say where and how long.

Each has its name, what argparse is told of it, and what to say of it. A configuration file has the same names.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tinygrad_edu.training import RECIPES
from tinygrad_edu.training.layers import LAYERS
from tinygrad_edu.training.parts import ACTIVATIONS, AUGMENTATIONS, INITS, LOSSES, OPTIMIZERS, SCHEDULES

WHOLE: dict[str, Any] = {"type": int, "metavar": "N"}
NUMBER: dict[str, Any] = {"type": float, "metavar": "X"}

OF_RECIPE: dict[str, tuple[dict[str, Any], str]] = {
    "epochs": (
        WHOLE,
        "how often to go through the images. More learn longer; from some point on the network only learns the "
        "training images by heart, and the test accuracy stays where it is",
    ),
    "batch_size": (
        WHOLE,
        "how many images a gradient is averaged over. Small batches make many noisy steps, large ones few exact ones, "
        "and quicker each",
    ),
    "lr": (
        NUMBER,
        "the learning rate: how far to go against the gradient. Too small is slow; too large oversteps, and the loss "
        "jumps or grows without bound",
    ),
    "optimizer": (
        {"choices": OPTIMIZERS},
        "how gradients become steps. sgd: straight against the gradient. momentum: with inertia. adam: each weight at "
        "a pace of its own. adamw: that, and weights that are not needed fade. Without --lr, another optimizer than "
        "the recipe's brings a learning rate that suits it",
    ),
    "schedule": (
        {"choices": SCHEDULES},
        "how the learning rate changes: not at all, falling to 0, or rising first",
    ),
    "layers": (
        {"nargs": "*", "metavar": "LAYER"},
        "what comes before the hidden layers, each in quotes: "
        + ", ".join(f"'{layer.usage}'" for layer in LAYERS.values()),
    ),
    "hidden": (
        {"type": int, "nargs": "*", "metavar": "N"},
        "the number of neurons in each hidden layer: `--hidden 64 32` makes two. More can learn more, and take longer; "
        "none at all leaves a linear classifier",
    ),
    "activation": (
        {"choices": ACTIVATIONS},
        "what bends the values between layers; without one all layers together would be a single linear one. sigmoid "
        "flattens out on both sides, where gradients all but vanish; relu does not",
    ),
    "init": (
        {"choices": INITS},
        "how the weights start. normal: random with spread 1, which drives sigmoids to where they are flat. kaiming, "
        "xavier: random with a spread that suits the size of the layer. zeros: to see that it cannot work",
    ),
    "loss": ({"choices": LOSSES}, "what is made small"),
    "augment": (
        {"choices": AUGMENTATIONS},
        "how each training image is changed each time it is seen, so that no two are the same and none can be learned "
        "by heart",
    ),
    "average": (
        NUMBER,
        "use the running average of the weights, in which the old have this share at each step: 0.999, or 0 for none",
    ),
    "weight_decay": (NUMBER, "how strongly weights are pulled towards 0"),
    "clip_norm": (NUMBER, "shorten longer gradients than this"),
    "accumulate": (WHOLE, "gather the gradient of a step over so many batches"),
    "validation": (
        WHOLE,
        "hold out the last N training images; in the end the weights are used of the epoch that read them best. The "
        "test images decide nothing",
    ),
    "patience": (
        WHOLE,
        "stop when so many epochs have brought nothing better on the images held out, or without any, no smaller loss",
    ),
    "mean": (NUMBER, "what is subtracted from the pixels, which are from 0 to 1; without it, with --data: their mean"),
    "std": (NUMBER, "what they are divided by then; without it, with --data: their standard deviation"),
    "seed": (
        WHOLE,
        "where the random numbers start. The same seed gives the same weights; try a few to see how much of a result "
        "is luck",
    ),
    "limit": (WHOLE, "use only the first N training images, for a quick try"),
}
"""For each field of a recipe that can be chosen: what argparse is told, and what to say of it."""

OF_RUN: dict[str, tuple[dict[str, Any], str]] = {
    "data": (
        {"type": Path, "metavar": "DIR"},
        "learn the images in this folder instead of MNIST: four IDX files, named as MNIST's are and gzipped or not, "
        "such as Fashion-MNIST's",
    ),
    "time_budget": (
        {"type": float, "metavar": "SECONDS"},
        "stop after so many seconds of training, and use what there is. The learning rate goes as for all epochs: with "
        "fewer --epochs that last as long, the same time gives more",
    ),
    "save_every": (
        {"type": float, "metavar": "SECONDS"},
        "save so often within an epoch, beside after each (default: 60)",
    ),
    "out": ({"type": Path, "metavar": "DIR"}, "where the run gets a folder of its own (default: runs)"),
}
"""The options that no weights depend on, or that name what they depend on."""

FLAGS = {
    "no_report": "write no report in the end; `tinygrad-edu report RUN` can write it later",
}


def defaults(field: str) -> str:
    """Name the default of an option, in each recipe."""

    def shown(value: Any) -> str:
        if value in ((), None):
            return "none"
        return " ".join(map(repr if field == "layers" else str, value)) if isinstance(value, tuple) else str(value)

    held = {name: shown(getattr(recipe, field)) for name, recipe in RECIPES.items()}
    if len(set(held.values())) == 1:
        return f"default: {next(iter(held.values()))}"
    return "default: " + ", ".join(f"{value} in {name}" for name, value in held.items())


def flag(name: str) -> str:
    """Return an option as it is typed."""
    return f"--{name.replace('_', '-')}"
