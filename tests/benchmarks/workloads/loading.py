"""Reading MNIST, and one epoch of its batches: 60,000 images of 784 float32 numbers, shuffled or in order."""

from __future__ import annotations

import functools
import gzip
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import tinygrad_edu as tg
from tests.benchmarks.contestants import HAND, find, make_steps
from tests.benchmarks.timing import OURS, Row, Step, compare
from tinygrad_edu.vision.datasets import MNIST
from tinygrad_edu.vision.datasets.mnist import SHIPPED

Array = np.ndarray[Any, np.dtype[Any]]

BATCH = 128


def measure(quick: bool = False) -> Iterator[Row]:
    """Yield the rows: reading the two files, then going through the batches in either way."""
    turns = 7 if quick else 15
    readers: dict[str, Step | None] = {OURS: read_with_ours, HAND: read_by_hand}
    require_equal([read() for read in readers.values() if read])
    yield from compare("reading MNIST, 60,000 images", readers, turns=turns, seconds_per_turn=0.1)

    images, labels = read_by_hand()
    x, y = images.reshape(len(images), -1) / np.float32(255), labels.astype(np.int64)
    for shuffle in (True, False):
        epochs = make_steps(makers(x, y, shuffle))
        require_equal([sums(epoch()) for epoch in epochs.values() if epoch])
        steps = {name: epoch and functools.partial(exhaust, epoch) for name, epoch in epochs.items()}
        case = f"one epoch in batches of {BATCH}, {'shuffled' if shuffle else 'in order'}"
        yield from compare(case, steps, turns=turns, seconds_per_turn=0.1)


def read_with_ours() -> tuple[Array, Array]:
    dataset = MNIST()
    return dataset.data.numpy(), dataset.targets.numpy()


def read_by_hand() -> tuple[Array, Array]:
    images = gzip.decompress((SHIPPED / "train-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((SHIPPED / "train-labels-idx1-ubyte.gz").read_bytes())
    return np.frombuffer(images, np.uint8, offset=16).reshape(-1, 28, 28), np.frombuffer(labels, np.uint8, offset=8)


def makers(x: Array, y: Array, shuffle: bool) -> dict[str, Callable[[], Callable[[], Iterator[Any]]]]:
    """Return, for each contestant, what makes the function that goes through one epoch."""
    return {
        OURS: lambda: with_api(tg, tg.utils.data, x, y, shuffle),
        HAND: lambda: by_hand(x, y, shuffle),
        "PyTorch": lambda: with_api(find("PyTorch"), find("PyTorch").utils.data, x, y, shuffle),
    }


def by_hand(x: Array, y: Array, shuffle: bool) -> Callable[[], Iterator[Any]]:
    """Each batch owns its memory, as everybody's does: what a program does to it leaves the data set alone."""
    rng = np.random.default_rng(0)
    starts = range(0, len(x), BATCH)

    def shuffled() -> Iterator[Any]:
        order = rng.permutation(len(x))
        for start in starts:
            rows = order[start : start + BATCH]
            yield x[rows], y[rows]

    def in_order() -> Iterator[Any]:
        for start in starts:
            rows = slice(start, start + BATCH)
            yield x[rows].copy(), y[rows].copy()

    return shuffled if shuffle else in_order


def with_api(library: Any, data: Any, x: Array, y: Array, shuffle: bool) -> Callable[[], Iterator[Any]]:
    dataset = data.TensorDataset(library.tensor(x), library.tensor(y))
    loader = data.DataLoader(dataset, BATCH, shuffle=shuffle)
    return lambda: iter(loader)


def exhaust(epoch: Callable[[], Iterator[Any]]) -> None:
    for _ in epoch():
        pass


def sums(batches: Iterator[Any]) -> tuple[Array, Array]:
    """Return the sum of all images and that of all labels, which no order changes but by rounding."""
    total, classes = np.zeros(784), np.zeros(())
    for x, y in batches:
        total += np.asarray(x).sum(axis=0, dtype=np.float64)
        classes += np.asarray(y).sum()
    return total, classes


def require_equal(results: list[tuple[Array, Array]]) -> None:
    """Raise AssertionError unless everybody has read the same images and labels."""
    for images, labels in results:
        np.testing.assert_allclose(images, results[0][0], rtol=1e-6)
        np.testing.assert_array_equal(labels, results[0][1])
