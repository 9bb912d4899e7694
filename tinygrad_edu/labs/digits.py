"""Digits to learn, and what labs that train networks share: training for some epochs, accuracy, size of gradients."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import nn
from tinygrad_edu.data import DataLoader, TensorDataset
from tinygrad_edu.engine.op import Array
from tinygrad_edu.nn import functional as F
from tinygrad_edu.optim import Optimizer
from tinygrad_edu.tensors.tensor import Tensor
from tinygrad_edu.training import RECIPES, DivergedError, Progress, evaluate, train_epoch
from tinygrad_edu.vision.datasets import MNIST

PIXELS, CLASSES = 784, 10
MEAN, STD = RECIPES["mlp"].mean, RECIPES["mlp"].std  # of all pixels of the training images
Data = tuple[Tensor, Tensor]
"""Inputs (N, 784) and their class indices (N)."""


@functools.cache
def mnist(train: bool) -> tuple[Array, Array]:
    """Return all pixels, from 0 to 1 (N, 784), and all labels (N)."""
    images = MNIST(train=train)
    return images.data.array.reshape(-1, PIXELS) / np.float32(255), images.targets.array


def load(count: int, train: bool = True, normalize: bool = True) -> Data:
    """Return the first digits: with mean 0 and spread 1, or else from 0 to 1."""
    pixels, labels = (array[:count] for array in mnist(train))
    return tg.tensor(normalized(pixels) if normalize else pixels), tg.tensor(labels)


def normalized(pixels: Array) -> Array:
    """Move and stretch pixels so that those of the training images have mean 0 and spread 1."""
    return (pixels - np.float32(MEAN)) / np.float32(STD)


def train(
    model: nn.Module,
    optimizer: Optimizer,
    data: Data,
    epochs: int,
    loss_fn: Callable[[Any, Any], Any] = F.cross_entropy,
    batch_size: int = 32,
) -> Iterator[Progress]:
    """Train for some epochs, telling after each how it went. DivergedError if the loss is no longer a number."""
    loader = DataLoader(TensorDataset(*data), batch_size, shuffle=True)
    for _ in range(epochs):
        with np.errstate(over="ignore", invalid="ignore"):
            *_, progress = train_epoch(model, loader, loss_fn, optimizer)
        yield progress


def train_as_far_as_it_goes(*args: Any, **options: Any) -> None:
    """Train as `train` does, until it is done or has diverged."""
    with contextlib.suppress(DivergedError):
        for _ in train(*args, **options):
            pass


def accuracy(model: nn.Module, data: Data) -> float:
    """Return the share of the digits that a network reads right."""
    with np.errstate(over="ignore", invalid="ignore"):
        return evaluate(model, DataLoader(TensorDataset(*data), 1000))


def layer_gradients(model: nn.Module, data: Data, loss_fn: Callable[[Any, Any], Any] = F.cross_entropy) -> list[float]:
    """Return the size of the gradient of each linear layer's weights, √(mean of g²), the first layer first."""
    model.zero_grad()
    inputs, labels = data
    loss_fn(model(inputs), labels).backward()
    weights = [layer.weight for layer in model.modules() if isinstance(layer, nn.Linear)]
    return [0.0 if w.grad is None else float(np.sqrt(np.mean(w.grad.array.astype(float) ** 2))) for w in weights]
