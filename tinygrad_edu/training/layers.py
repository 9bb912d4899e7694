"""The layers that a recipe can name, one text each: `conv 32 5`, `batchnorm`, `relu`, `maxpool 2`, `dropout 0.3`.

A layer is known by three functions of the shape that comes in, without N, and of its numbers: what makes it, the shape
that goes out, and the shapes of its weights. So a network can be checked before any of it is made.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tinygrad_edu import nn

Shape = tuple[int, ...]
Weights = dict[str, Shape]

MOST = 2**48  # values in a layer, or of a number in its text; more fit into no memory
NUMBER = re.compile(r"\d{1,15}(\.\d{1,15})?")


@dataclass(frozen=True)
class Layer:
    """A kind of layer.

    Attributes:
        usage: its text, with letters for its numbers; those in brackets may be left out.
        make: makes it, of the shape that comes in and its numbers.
        out: the shape that goes out.
        weights, buffers: the names and shapes of what it learns, and of what it keeps besides.
    """

    usage: str
    make: Callable[..., nn.Module]
    out: Callable[..., Shape] = lambda shape: shape
    weights: Callable[..., Weights] = lambda shape, *numbers: {}
    buffers: Callable[..., Weights] = lambda shape, *numbers: {}


def slid(shape: Shape, channels: int, size: int, stride: int = 1, padding: int = 0) -> Shape:
    """Return the shape (C, H, W) after a window of `size` has slid over an image."""
    _, *sides = shape
    if len(sides) != 2 or size < 1 or stride < 1 or any(side + 2 * padding < size for side in sides):
        raise ValueError(f"a window of {size} does not fit into {' × '.join(map(str, shape))}")
    height, width = ((side + 2 * padding - size) // stride + 1 for side in sides)
    return channels, height, width


def normalized(shape: Shape) -> Weights:
    """Return the shapes of a scale and a shift for each channel."""
    return {"weight": shape[:1], "bias": shape[:1]}


def batch_norm(shape: Shape) -> nn.Module:
    """Make the normalization over a batch that suits rows of features, or images."""
    return nn.BatchNorm2d(shape[0]) if len(shape) == 3 else nn.BatchNorm1d(shape[0])


def checked_probability(shape: Shape, p: float) -> Shape:
    """Return the shape as it is. ValueError if p is no probability below 1."""
    if not 0 <= p < 1:
        raise ValueError(f"dropout needs a probability from 0 to below 1, got {p}")
    return shape


LAYERS: dict[str, Layer] = {
    "conv": Layer(
        "conv CHANNELS SIZE [STRIDE [PADDING]]",
        lambda shape, channels, size, stride=1, padding=0: nn.Conv2d(shape[0], channels, size, stride, padding),
        slid,
        lambda shape, channels, size, *_: {"weight": (channels, shape[0], size, size), "bias": (channels,)},
    ),
    "maxpool": Layer(
        "maxpool SIZE [STRIDE]",
        lambda shape, size, stride=None: nn.MaxPool2d(size, stride),
        lambda shape, size, stride=None: slid(shape, shape[0], size, stride or size),
    ),
    "avgpool": Layer(
        "avgpool SIZE [STRIDE]",
        lambda shape, size, stride=None: nn.AvgPool2d(size, stride),
        lambda shape, size, stride=None: slid(shape, shape[0], size, stride or size),
    ),
    "batchnorm": Layer(
        "batchnorm",
        batch_norm,
        weights=normalized,
        buffers=lambda shape: {"running_mean": shape[:1], "running_var": shape[:1], "num_batches_tracked": ()},
    ),
    "linear": Layer(
        "linear FEATURES",
        lambda shape, features: nn.Linear(shape[-1], features),
        lambda shape, features: (*shape[:-1], features),
        lambda shape, features: {"weight": (features, shape[-1]), "bias": (features,)},
    ),
    "flatten": Layer("flatten", lambda shape: nn.Flatten(), lambda shape: (math.prod(shape),)),
    "dropout": Layer("dropout P", lambda shape, p: nn.Dropout(p), checked_probability),
    "relu": Layer("relu", lambda shape: nn.ReLU()),
    "sigmoid": Layer("sigmoid", lambda shape: nn.Sigmoid()),
    "tanh": Layer("tanh", lambda shape: nn.Tanh()),
    "gelu": Layer("gelu", lambda shape: nn.GELU()),
}


@dataclass(frozen=True)
class Step:
    """One layer of a network: its kind, what comes in and goes out, and its numbers."""

    kind: str
    shape: Shape
    numbers: tuple[int | float, ...]
    out: Shape

    def make(self) -> nn.Module:
        """Make the layer, its weights drawn from the default generator."""
        return LAYERS[self.kind].make(self.shape, *self.numbers)

    @property
    def weights(self) -> Weights:
        """The names and shapes of what it learns."""
        return LAYERS[self.kind].weights(self.shape, *self.numbers)

    @property
    def buffers(self) -> Weights:
        """The names and shapes of what it keeps besides."""
        return LAYERS[self.kind].buffers(self.shape, *self.numbers)


def plan(layers: Iterable[str], shape: Shape) -> list[Step]:
    """Follow a shape through layers, without making any.

    Raises:
        ValueError: a text is no layer's, or what comes in does not suit the layer.
    """
    steps = []
    for text in layers:
        kind, numbers = parse(text)
        try:
            out = LAYERS[kind].out(shape, *numbers)
        except (TypeError, ValueError) as error:
            reason = str(error) if isinstance(error, ValueError) else f"expected {LAYERS[kind].usage}"
            raise ValueError(f"layer {text!r:.60}: {reason}") from None
        if not all(size >= 1 for size in out) or math.prod(out) > MOST:
            raise ValueError(f"layer {text!r:.60}: its output would have the shape {' × '.join(map(str, out))}")
        steps.append(Step(kind, shape, numbers, out))
        shape = out
    return steps


def parse(text: Any) -> tuple[str, tuple[int | float, ...]]:
    """Take the text of a layer apart: its kind and its numbers. ValueError if it is none."""
    kind, *words = text.split() if isinstance(text, str) and text.strip() else [""]
    if kind not in LAYERS:
        usages = ", ".join(layer.usage for layer in LAYERS.values())
        raise ValueError(f"layer {text!r:.60}: expected one of {usages}")
    if not all(NUMBER.fullmatch(word) for word in words):
        raise ValueError(f"layer {text!r:.60}: expected {LAYERS[kind].usage}, with numbers for the capital letters")
    numbers = tuple(float(word) if "." in word else int(word) for word in words)
    if kind != "dropout" and not all(isinstance(number, int) for number in numbers):
        raise ValueError(f"layer {text!r:.60}: expected {LAYERS[kind].usage}, with whole numbers")
    return kind, numbers
