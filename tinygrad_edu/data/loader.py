"""The DataLoader: a dataset in batches, shuffled or not."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from tinygrad_edu.data.collate import default_collate, default_convert
from tinygrad_edu.data.dataset import IterableDataset, TensorDataset, get_batch, get_items
from tinygrad_edu.data.sampling import BatchSampler, RandomSampler
from tinygrad_edu.system.generator import Generator
from tinygrad_edu.tensors.tensor import Tensor


class DataLoader:
    """Go through a dataset in batches: `for images, labels in DataLoader(dataset, batch_size=64, shuffle=True)`.

    Over Tensors, arrays and datasets that make a batch at once (see `dataset.py`) there is no Python
    loop over items.

    Parameters:
        dataset: a Dataset or anything else with `__getitem__` and `__len__`; or an IterableDataset. A Tensor or an
            array gives batches of its rows. A tuple of Tensors or arrays is a TensorDataset of them.
        batch_size: the number of items in a batch; None gives the items one by one, unbatched.
        shuffle: draw a new order each time the loader is gone through.
        sampler: indices in the order in which to take them, gone through anew each time.
        batch_sampler: lists of indices, a batch each; takes the place of the four other settings.
        collate_fn: makes a batch of a list of items; `default_collate` if not given.
        drop_last: leave out the last batch if it is smaller than the others.
        generator: what draws the order; the default generator if not given.
        num_workers: accepted so that programs written for PyTorch run as they are, and ignored, as are pin_memory,
            timeout, worker_init_fn, multiprocessing_context, prefetch_factor, persistent_workers and
            pin_memory_device: items are loaded in this process. More than 0 workers get a warning.

    Raises:
        ValueError: the settings exclude each other, or batch_size is not positive.
        TypeError: the dataset has no length or cannot be indexed.
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool = False,
        sampler: Iterable[int] | None = None,
        batch_sampler: Iterable[Sequence[int]] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], None] | None = None,
        multiprocessing_context: Any = None,
        generator: Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
    ) -> None:
        if isinstance(dataset, tuple) and dataset and all(isinstance(x, Tensor | np.ndarray) for x in dataset):
            dataset = TensorDataset(*dataset)
        if isinstance(dataset, IterableDataset):
            if shuffle or sampler is not None or batch_sampler is not None:
                raise ValueError("DataLoader: a stream has the order that it has; leave out shuffle and samplers")
        elif not (hasattr(dataset, "__getitem__") and hasattr(dataset, "__len__")):
            raise TypeError(
                f"DataLoader: a dataset needs __getitem__ and __len__, which {type(dataset).__name__} does not have; "
                "for a generator, pass list(generator), or derive from IterableDataset"
            )
        if batch_sampler is not None and (batch_size != 1 or shuffle or sampler is not None or drop_last):
            raise ValueError("DataLoader: batch_sampler takes the place of batch_size, shuffle, sampler and drop_last")
        if sampler is not None and shuffle:
            raise ValueError("DataLoader: with a sampler there is nothing to shuffle; leave out one of the two")
        if batch_size is None and drop_last:
            raise ValueError("DataLoader: drop_last is about batches, and batch_size=None makes none")
        if batch_size is not None and (not isinstance(batch_size, int) or batch_size < 1):
            raise ValueError(f"DataLoader: batch_size is a positive whole number or None, not {batch_size!r}")
        if num_workers:
            warnings.warn(
                f"DataLoader: num_workers={num_workers} is not supported yet; items are loaded in this process, one "
                "after the other. Write num_workers=0",
                stacklevel=2,
            )
        self.dataset = dataset
        self.batch_size = None if batch_sampler is not None else batch_size
        self.shuffle = shuffle
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        self.drop_last = drop_last
        self.generator = generator
        batched = batch_size is not None
        self.collate_fn: Callable[[Any], Any] = collate_fn or (default_collate if batched else default_convert)

    def __len__(self) -> int:
        """Return the number of batches."""
        if self.batch_sampler is not None:
            return len(self.batch_sampler)  # type: ignore[arg-type]  # a TypeError of its own if it has none
        items: Any = self.dataset if self.sampler is None else self.sampler
        return len(items if self.batch_size is None else BatchSampler(items, self.batch_size, self.drop_last))

    def __iter__(self) -> Iterator[Any]:
        is_stream = isinstance(self.dataset, IterableDataset)
        order = self.dataset if is_stream else self._order()
        if self.batch_sampler is not None:
            batches: Iterable[Sequence[int]] = self.batch_sampler
        elif self.batch_size is not None:
            batches = BatchSampler(order, self.batch_size, self.drop_last)
        else:
            yield from (self.collate_fn(i if is_stream else self.dataset[i]) for i in order)
            return
        yield from (self.collate_fn(taken) if is_stream else self._batch(list(taken)) for taken in batches)

    def _order(self) -> Iterable[int]:
        if self.sampler is not None:
            return self.sampler
        return RandomSampler(self.dataset, generator=self.generator) if self.shuffle else range(len(self.dataset))

    def _batch(self, indices: list[int]) -> Any:
        if self.collate_fn is default_collate:
            batch = get_batch(self.dataset, indices)
            if batch is not NotImplemented:
                return batch
        return self.collate_fn(get_items(self.dataset, indices))
