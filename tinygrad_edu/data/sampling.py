"""The order in which a DataLoader takes the items of a dataset: `DataLoader(dataset, sampler=...)`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np

from tinygrad_edu.system.generator import Generator, numpy_generator


class Sampler:
    """The base class of samplers: override `__iter__`, which gives indices, and `__len__`."""

    def __init__(self, data_source: Any = None) -> None:
        pass

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError(f"{type(self).__name__}: define __iter__(self), which gives indices")


class SequentialSampler(Sampler):
    """All indices of a dataset in order."""

    def __init__(self, data_source: Any) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(Sampler):
    """Indices of a dataset at random.

    Parameters:
        data_source: the dataset.
        replacement: whether an index may come several times.
        num_samples: how many to draw; as many as there are items, if not given.
        generator: what draws them; the default generator if not given.
    """

    def __init__(
        self,
        data_source: Any,
        replacement: bool = False,
        num_samples: int | None = None,
        generator: Generator | None = None,
    ) -> None:
        self.data_source = data_source
        self.replacement = replacement
        self.num_samples = len(data_source) if num_samples is None else num_samples
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        draw, n = numpy_generator(self.generator), len(self.data_source)
        if self.replacement:
            return iter(draw.integers(0, n, self.num_samples).tolist())
        rounds = -(-self.num_samples // max(n, 1))  # more than there are items: in several orders, one after the other
        return islice((i for _ in range(rounds) for i in draw.permutation(n).tolist()), self.num_samples)

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Sampler):
    """The given indices in a random order."""

    def __init__(self, indices: Sequence[int], generator: Generator | None = None) -> None:
        self.indices = indices
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        return (self.indices[i] for i in numpy_generator(self.generator).permutation(len(self.indices)))

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler):
    """Indices at random, each with a probability proportional to its weight.

    Parameters:
        weights: one for each item; they need not add up to 1.
        num_samples: how many to draw.
        replacement: whether an index may come several times.
        generator: what draws them; the default generator if not given.
    """

    def __init__(
        self, weights: Any, num_samples: int, replacement: bool = True, generator: Generator | None = None
    ) -> None:
        self.weights = np.asarray(getattr(weights, "array", weights), np.float64)
        if self.weights.ndim != 1 or not (self.weights >= 0).all() or not self.weights.sum() > 0:
            raise ValueError(
                "WeightedRandomSampler: expected a row of weights that are not negative and not all 0, got shape "
                f"{self.weights.shape}"
            )
        self.num_samples = num_samples
        self.replacement = replacement
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        share = self.weights / self.weights.sum()
        drawn = numpy_generator(self.generator).choice(len(share), self.num_samples, self.replacement, share)
        return iter(drawn.tolist())

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler):
    """Lists of `batch_size` indices of another sampler; the last may be shorter, or is left out with `drop_last`."""

    def __init__(self, sampler: Iterable[int], batch_size: int, drop_last: bool) -> None:
        if not isinstance(batch_size, int) or batch_size < 1:
            raise ValueError(f"BatchSampler: batch_size is a positive whole number, not {batch_size!r}")
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self) -> Iterator[list[int]]:
        indices = iter(self.sampler)
        while batch := list(islice(indices, min(self.batch_size, sys.maxsize))):
            if len(batch) == self.batch_size or not self.drop_last:
                yield batch

    def __len__(self) -> int:
        items = len(self.sampler)  # type: ignore[arg-type]  # a TypeError of its own if it has none
        return items // self.batch_size if self.drop_last else -(-items // self.batch_size)
