"""Small made-up data sets, to try a network on within seconds: points of the plane that belong to classes.

The names and most parameters are scikit-learn's. Each function returns the points and their classes as two Tensors,
float32 (N, D) and int64 (N,), as a loss takes them; `TensorDataset(*make_moons())` is a data set of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_edu.engine import dtypes
from tinygrad_edu.engine.op import Array
from tinygrad_edu.system.generator import Generator, numpy_generator
from tinygrad_edu.tensors.tensor import Tensor, wrap

__all__ = ["make_blobs", "make_moons", "make_spirals"]


def make_moons(
    n_samples: int | Sequence[int] = 100,
    *,
    shuffle: bool = True,
    noise: float | None = None,
    generator: Generator | None = None,
) -> tuple[Tensor, Tensor]:
    r"""Make two half circles of radius 1 that reach into each other.

    .. math:: (\cos t, \sin t) \quad \text{and} \quad (1 - \cos t, \tfrac{1}{2} - \sin t), \quad 0 \le t \le \pi

    Parameters:
        n_samples: how many points in all, or how many in each moon.
        shuffle: whether to mix the points; otherwise they lie in order along the first moon and then the second.
        noise: the standard deviation of normally distributed numbers that are added to the points; none if not given.
        generator: what draws the random numbers; the default generator if not given.

    Returns:
        points (N, 2) and the moon, 0 or 1, that each lies on (N,).

    Raises:
        ValueError: n_samples is not one number or two, or a number is out of its range.
    """
    first, second = _counts("make_moons", n_samples, 2)
    t, u = np.linspace(0, np.pi, first), np.linspace(0, np.pi, second)
    points = np.concatenate([[np.cos(t), np.sin(t)], [1 - np.cos(u), 0.5 - np.sin(u)]], axis=1).T
    return _finished("make_moons", points, [first, second], noise, shuffle, generator)


def make_spirals(
    n_samples: int | Sequence[int] = 100,
    *,
    arms: int = 2,
    turns: float = 0.75,
    shuffle: bool = True,
    noise: float | None = None,
    generator: Generator | None = None,
) -> tuple[Tensor, Tensor]:
    r"""Make spirals that wind around each other, one for each class, from near the middle to the unit circle.

    .. math:: r \, (\cos \varphi, \sin \varphi), \quad
        \varphi = 2 \pi \left(\frac{\text{arm}}{\text{arms}} + \text{turns} \cdot r\right), \quad 0.05 \le r \le 1

    Parameters:
        n_samples: how many points in all, or how many on each arm.
        arms: how many spirals.
        turns: how often each winds around the middle. The more, the harder they are to tell apart.
        shuffle, noise, generator: as those of `make_moons`.

    Returns:
        points (N, 2) and the arm, from 0 on, that each lies on (N,).

    Raises:
        ValueError: n_samples is not one number or one for each arm, or a number is out of its range.
    """
    if arms < 1:
        raise ValueError(f"make_spirals: arms is a positive whole number, not {arms!r}")
    counts = _counts("make_spirals", n_samples, arms)
    radius = np.concatenate([np.linspace(0.05, 1, count) for count in counts])
    angle = 2 * np.pi * (np.repeat(np.arange(arms), counts) / arms + turns * radius)
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return _finished("make_spirals", points, counts, noise, shuffle, generator)


def make_blobs(
    n_samples: int | Sequence[int] = 100,
    n_features: int = 2,
    *,
    centers: Any = None,
    cluster_std: float | Sequence[float] = 1.0,
    center_box: tuple[float, float] = (-10.0, 10.0),
    shuffle: bool = True,
    generator: Generator | None = None,
) -> tuple[Tensor, Tensor]:
    """Make clouds of normally distributed points, one for each class.

    Parameters:
        n_samples: how many points in all, or how many in each cloud.
        n_features: how many numbers a point has, D.
        centers: how many clouds, or their middles (K, D); 3, or as many as n_samples has numbers, if not given.
        cluster_std: the standard deviation, of all clouds or of each.
        center_box: middles that are not given are drawn between these two numbers.
        shuffle, generator: as those of `make_moons`.

    Returns:
        points (N, D) and the cloud, from 0 on, that each lies in (N,).

    Raises:
        ValueError: the numbers of clouds do not agree, or a number is out of its range.
    """
    rng = numpy_generator(generator)
    if centers is None:
        centers = 3 if np.ndim(n_samples) == 0 else np.size(n_samples)
    if np.ndim(centers) == 0:
        centers = rng.uniform(*center_box, (centers, n_features))
    middles = np.asarray(getattr(centers, "array", centers), float)
    counts = _counts("make_blobs", n_samples, len(middles))
    deviations = np.asarray(cluster_std, float)
    if middles.ndim != 2 or deviations.shape not in ((), (len(middles),)) or (deviations < 0).any():
        raise ValueError(
            "make_blobs: expected middles (K, D) and a cluster_std that is not negative, or K of them; got middles "
            f"of shape {middles.shape} and {cluster_std!r}"
        )
    clouds = np.repeat(np.arange(len(middles)), counts)
    spread = np.broadcast_to(deviations, len(middles))[clouds, None]
    points = middles[clouds] + spread * rng.standard_normal((len(clouds), middles.shape[1]))
    return _finished("make_blobs", points, counts, None, shuffle, generator)


def _counts(name: str, n_samples: int | Sequence[int], classes: int) -> list[int]:
    """Return how many points there are of each class: as many of each, but for a remainder."""
    given = np.atleast_1d(np.asarray(n_samples))
    if given.dtype.kind not in "iu" or given.size not in (1, classes) or (given < 0).any():
        raise ValueError(
            f"{name}: n_samples is a whole number that is not negative, or {classes} of them, one for each class; got "
            f"{n_samples!r}"
        )
    if np.ndim(n_samples):
        return [int(count) for count in given]
    total = int(given[0])
    return [total // classes + (i < total % classes) for i in range(classes)]


def _finished(
    name: str, points: Array, counts: list[int], noise: float | None, shuffle: bool, generator: Generator | None
) -> tuple[Tensor, Tensor]:
    """Add noise, mix, and return points and classes as a network takes them."""
    if noise is not None and not noise >= 0:
        raise ValueError(f"{name}: noise is a standard deviation, which is not negative, not {noise!r}")
    rng = numpy_generator(generator)
    classes = np.repeat(np.arange(len(counts)), counts)
    order = rng.permutation(len(points)) if shuffle else np.arange(len(points))
    points = points[order]
    if noise is not None:
        points = points + noise * rng.standard_normal(points.shape)
    return wrap(points.astype(dtypes.float32)), wrap(classes[order])
