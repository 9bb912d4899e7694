"""The order in which a DataLoader takes the items of a dataset: `DataLoader(dataset, sampler=...)`.

Any iterable of indices will do. Those here know the order of a whole pass when it begins (`order()`), so that the
loader can cut it into batches without a loop over indices, and keep it with the state of a run.
"""

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


class _Ordered(Sampler):
    """A sampler that knows all indices of a pass when it begins."""

    def order(self) -> Any:
        """Return the indices of the next pass: a range, an array or a list."""
        raise NotImplementedError

    def __iter__(self) -> Iterator[int]:
        return iter(plain(self.order()))


class SequentialSampler(_Ordered):
    """All indices of a dataset in order."""

    def __init__(self, data_source: Any) -> None:
        self.data_source = data_source

    def order(self) -> range:
        """Return 0 to N - 1."""
        return range(len(self.data_source))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(_Ordered):
    """Indices of a dataset at random.

    Parameters:
        data_source: the dataset.
        replacement: whether an index may come several times.
        num_samples: how many to draw; as many as there are items, if not given.
        generator: what draws them; the default generator if not given.

    Raises:
        ValueError: num_samples is not positive.
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
        self.num_samples = len(data_source) if num_samples is None else positive("RandomSampler", num_samples)
        self.generator = generator

    def order(self) -> Any:
        """Draw the indices of one pass: an array (num_samples,)."""
        draw, n = numpy_generator(self.generator), len(self.data_source)
        if self.replacement:
            return draw.integers(0, n, self.num_samples)
        if self.num_samples == n:
            return draw.permutation(n)
        rounds = -(-self.num_samples // max(n, 1))  # more than there are items: in several orders, one after the other
        return np.concatenate([draw.permutation(n) for _ in range(rounds)])[: self.num_samples]

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(_Ordered):
    """The given indices in a random order."""

    def __init__(self, indices: Sequence[int], generator: Generator | None = None) -> None:
        self.indices = indices
        self.generator = generator

    def order(self) -> list[int]:
        """Draw the order of one pass."""
        return [self.indices[i] for i in numpy_generator(self.generator).permutation(len(self.indices))]

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(_Ordered):
    """Indices at random, each with a probability proportional to its weight.

    Parameters:
        weights: one for each item; they need not add up to 1.
        num_samples: how many to draw.
        replacement: whether an index may come several times.
        generator: what draws them; the default generator if not given.

    Raises:
        ValueError: a weight is negative or not finite, or all are 0; num_samples is not positive; or there are fewer
            items of a weight above 0 than are to be drawn without replacement.
    """

    def __init__(
        self, weights: Any, num_samples: int, replacement: bool = True, generator: Generator | None = None
    ) -> None:
        self.weights = np.asarray(getattr(weights, "array", weights), np.float64)
        if self.weights.ndim != 1 or not (self.weights >= 0).all() or not 0 < self.weights.sum() < np.inf:
            raise ValueError(
                "WeightedRandomSampler: expected a row of weights that are finite, not negative and not all 0, got "
                f"shape {self.weights.shape}"
            )
        self.num_samples = positive("WeightedRandomSampler", num_samples)
        if not replacement and num_samples > np.count_nonzero(self.weights):
            raise ValueError(
                f"WeightedRandomSampler: {num_samples} different items cannot be drawn of "
                f"{np.count_nonzero(self.weights)} with a weight above 0; draw fewer, or write replacement=True"
            )
        self.replacement = replacement
        self.generator = generator

    def order(self) -> Any:
        """Draw the indices of one pass: an array (num_samples,)."""
        share = self.weights / self.weights.sum()
        return numpy_generator(self.generator).choice(len(share), self.num_samples, self.replacement, share)

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

    def cut(self, order: Any) -> Iterator[Any]:
        """Cut the order of a whole pass, as a sampler's `order()` gives it, into the same batches."""
        whole = len(order) // self.batch_size * self.batch_size
        for start in range(0, whole if self.drop_last else len(order), self.batch_size):
            yield order[start : start + self.batch_size]

    def __len__(self) -> int:
        items = len(self.sampler)  # type: ignore[arg-type]  # a TypeError of its own if it has none
        return items // self.batch_size if self.drop_last else -(-items // self.batch_size)


def plain(indices: Any) -> list[int]:
    """Return indices as a list of Python's own numbers, which any dataset takes."""
    return indices.tolist() if isinstance(indices, np.ndarray) else list(indices)


def positive(name: str, num_samples: Any) -> int:
    """Return the number of samples; ValueError unless it is a whole number above 0."""
    if isinstance(num_samples, bool) or not isinstance(num_samples, int | np.integer) or num_samples < 1:
        raise ValueError(f"{name}: num_samples is a positive whole number, not {num_samples!r}")
    return int(num_samples)
