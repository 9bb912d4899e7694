"""A slice of the loss landscape: the loss on a plane through the space of all weights, with the path of training on it.

The plane goes through the weights as they are in the end, along the first two principal components of the path's
distances from there (Li and others, 2018, "Visualizing the loss landscape of neural nets").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.nn import Sequential
from tinygrad_edu.tensors.tensor import Tensor
from tinygrad_edu.training.evaluation import evaluating
from tinygrad_edu.training.record import Record

GRID = 21  # points along each side
MARGIN = 0.25  # of the path's extent, around it
STRAIGHT = 1e-9  # of the first component's share; a second one below is rounding


@dataclass(frozen=True)
class Landscape:
    """The loss on a plane, and the path of training as it is seen from above. S points, the last one the end.

    Attributes:
        steps: the numbers of the steps, int64 (S - 1,); the end has none.
        path: where on the plane the weights were, or which place was nearest, (S, 2); the end is (0, 0).
        loss: the true loss at each point of the path, wherever it was, (S,).
        loss_below: the loss at its place on the plane, (S,).
        explained: the shares of the path's squared distances from its end that lie along the two axes.
        x, y: the places along the axes, (G,), as distances in the space of weights.
        surface: the loss on the plane, (G, G); surface[i, j] is at y[i], x[j].
    """

    steps: Array
    path: Array
    loss: Array
    loss_below: Array
    explained: tuple[float, float]
    x: Array
    y: Array
    surface: Array


def survey(
    model: Sequential, loss_fn: Callable[[Any, Any], Any], probe: tuple[Tensor, Tensor], record: Record
) -> Landscape | None:
    """Compute the loss around the path of training. None if there is no plane: the path is a point or a straight line.

    Parameters:
        model: the network as it is in the end. Its weights are changed, and changed back.
        loss_fn: what was made small.
        probe: the images and class indices on which the losses of the record were computed.
        record: what was seen while the network learned.
    """
    weights = [parameter.array for parameter in model.parameters()]
    end = np.concatenate([array.ravel() for array in weights])
    with np.errstate(all="ignore"):  # weights that are infinite span no plane
        axes = principal_axes(record.path.astype(np.float32) - end)
    if axes is None:
        return None
    path, directions, explained = axes
    path = np.vstack([path, np.zeros(2)])
    x, y = (_around(values) for values in path.T)
    kept = [array.copy() for array in weights]
    images, targets = probe

    def loss_at(place: Array) -> float:
        moved = end + place[0].astype(np.float32) * directions[0] + place[1].astype(np.float32) * directions[1]
        start = 0
        for array in weights:
            array[...] = moved[start : start + array.size].reshape(array.shape)
            start += array.size
        return float(loss_fn(model(images), targets).item())

    with evaluating(model), np.errstate(all="ignore"):
        try:
            below = np.array([loss_at(place) for place in path])
            surface = np.array([[loss_at(np.array([a, b])) for a in x] for b in y])
        finally:
            for array, before in zip(weights, kept, strict=True):
                array[...] = before
    seen = dict(zip(record.steps.tolist(), record.loss.tolist(), strict=True))
    loss = np.array([seen[step] for step in record.path_steps.tolist()] + [below[-1]])
    return Landscape(record.path_steps, path, loss, below, explained, x, y, surface)


def principal_axes(distances: Array) -> tuple[Array, Array, tuple[float, float]] | None:
    """Find the two directions along which some vectors (S, P) are longest, by the eigenvectors of their products.

    Return the vectors' coordinates (S, 2), the two directions (2, P) of length 1, and the share of the sum of squares
    along each. None if the vectors do not span a plane, or are not finite.
    """
    products = np.dot(distances, distances.T).astype(np.float64)
    if len(distances) < 2 or not np.isfinite(products).all():
        return None
    values, vectors = np.linalg.eigh(products)
    values, vectors = values[::-1][:2], vectors[:, ::-1][:, :2]  # the largest first
    if values[0] <= 0 or values[1] <= STRAIGHT * values[0]:
        return None
    lengths = np.sqrt(values)
    directions = np.dot((vectors / lengths).T.astype(np.float32), distances)
    first, second = (values / np.trace(products)).tolist()
    return vectors * lengths, directions, (first, second)


def _around(values: Array) -> Array:
    """Return GRID places, evenly spaced over the extent of `values` and a margin; one of them need not be 0."""
    low, high = values.min(), values.max()
    margin = MARGIN * (high - low)
    return np.linspace(low - margin, high + margin, GRID)
