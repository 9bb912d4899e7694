"""Datasets: anything that has a length and gives an item for an index.

Any object with `__getitem__` and `__len__` will do; a list is a dataset. Two optional methods make
a DataLoader faster:

    __getitems__(indices)   a list of the items, as in PyTorch
    __getbatch__(indices)   the finished batch, as `default_collate` would make it of those items, or
                            NotImplemented. This one is ours; it is what spares the loop over items. The indices
                            are a list, an array, or a range where the batch is taken in order.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.system.generator import Generator, numpy_generator
from tinygrad_edu.tensors.creation import as_tensor
from tinygrad_edu.tensors.tensor import Tensor, wrap


class Dataset:
    """The base class of datasets: override `__getitem__` and `__len__`."""

    def __getitem__(self, index: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__}: define __getitem__(self, index), which returns one item")

    def __add__(self, other: Any) -> ConcatDataset:
        return ConcatDataset([self, other])


class IterableDataset:
    """The base class of datasets that are a stream: override `__iter__`. They have no indices and need no length."""

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError(f"{type(self).__name__}: define __iter__(self), which gives items")


class ConcatDataset(Dataset):
    """The items of several datasets, one after the other."""

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = list(datasets)
        if not self.datasets:
            raise ValueError("ConcatDataset: expected at least one dataset, got none")
        self.cumulative_sizes = list(itertools.accumulate(len(dataset) for dataset in self.datasets))

    def __getitem__(self, index: Any) -> Any:
        total = len(self)
        if not -total <= index < total:
            raise IndexError(f"ConcatDataset: index {index} is out of range for {total} items")
        index %= total
        i = bisect_right(self.cumulative_sizes, index)
        return self.datasets[i][index - (self.cumulative_sizes[i - 1] if i else 0)]

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]


class TensorDataset(Dataset):
    """Tensors that belong together: item i is the i-th row of each.

    Parameters:
        tensors: Tensors or arrays, (N, ...) each.

    Raises:
        ValueError: there is none, or their N differ.
    """

    def __init__(self, *tensors: Any) -> None:
        self.tensors: tuple[Tensor, ...] = tuple(as_tensor(tensor) for tensor in tensors)
        shapes = [tensor.shape for tensor in self.tensors]
        if not shapes or () in shapes or len({shape[0] for shape in shapes}) > 1:
            raise ValueError(
                f"TensorDataset: expected tensors of one length, the number of items, but the shapes are {shapes}"
            )

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        return tuple(tensor[index] for tensor in self.tensors)

    def __len__(self) -> int:
        return len(self.tensors[0])

    def __getbatch__(self, indices: Any) -> list[Tensor]:
        return [get_batch(tensor, indices) for tensor in self.tensors]


class Subset(Dataset):
    """The items of another dataset at `indices`, in that order."""

    def __init__(self, dataset: Any, indices: Sequence[int]) -> None:
        self.dataset, self.indices = dataset, indices

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, list):
            return self.dataset[[self.indices[i] for i in index]]
        return self.dataset[self.indices[index]]

    def __len__(self) -> int:
        return len(self.indices)

    def __getitems__(self, indices: Sequence[int]) -> list[Any]:
        return get_items(self.dataset, [self.indices[i] for i in indices])

    def __getbatch__(self, indices: Any) -> Any:
        in_order = isinstance(indices, range) and indices.step == 1
        inner = self.indices[indices.start : indices.stop] if in_order else [self.indices[i] for i in indices]
        return get_batch(self.dataset, inner)


def get_items(dataset: Any, indices: Sequence[int]) -> list[Any]:
    """Return the items at `indices`, all at once if the dataset can."""
    if hasattr(dataset, "__getitems__"):
        items: list[Any] = dataset.__getitems__(indices)
        return items
    return [dataset[i] for i in indices]


def get_batch(dataset: Any, indices: Any) -> Any:
    """Return the finished batch of the items at `indices`, or NotImplemented if the dataset does not make any.

    An array and a Tensor are datasets of their rows.
    """
    if isinstance(dataset, Tensor):
        if dataset.requires_grad:  # a recorded operation, which gradients flow back through
            return dataset[np.asarray(indices, np.intp)]
        return wrap(take_rows(dataset.array, indices))
    if isinstance(dataset, np.ndarray):
        return wrap(take_rows(dataset, indices))
    return dataset.__getbatch__(indices) if hasattr(dataset, "__getbatch__") else NotImplemented


def take_rows(array: Array, indices: Any) -> Array:
    """Return a copy of the rows at `indices`. A range is taken as one piece, which is twice as fast."""
    if isinstance(indices, range) and indices.step == 1 and indices.start >= 0:
        return array[indices.start : indices.stop].copy()
    return array[np.asarray(indices, np.intp)]


def random_split(dataset: Any, lengths: Sequence[float], generator: Generator | None = None) -> list[Subset]:
    """Divide a dataset at random into parts that do not overlap.

    Parameters:
        dataset: what to divide.
        lengths: the size of each part, in items (summing to len(dataset)) or as fractions (summing to 1);
            what fractions leave over by rounding goes to the first parts, one item each.
        generator: what draws the order; the default generator if not given.
    """
    total = len(dataset)
    if abs(sum(lengths) - 1) < 1e-9 and all(0 <= length <= 1 for length in lengths):
        sizes = [int(total * fraction) for fraction in lengths]
        for i in range(total - sum(sizes)):
            sizes[i % len(sizes)] += 1
    elif sum(lengths) == total and all(length == int(length) >= 0 for length in lengths):
        sizes = [int(length) for length in lengths]
    else:
        raise ValueError(
            f"random_split: the lengths {list(lengths)} add up to {sum(lengths):g}; expected {total}, the length of "
            "the dataset, or fractions that add up to 1"
        )
    order = numpy_generator(generator).permutation(total)
    return [Subset(dataset, part.tolist()) for part in np.split(order, np.cumsum(sizes)[:-1])]
