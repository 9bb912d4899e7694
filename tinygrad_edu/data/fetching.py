"""From indices to a batch: what a DataLoader does in this process, and each of its workers does elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tinygrad_edu.data.collate import default_collate
from tinygrad_edu.data.dataset import get_batch, get_items
from tinygrad_edu.data.sampling import plain


class End:
    """What a stream gives, the class itself, after its last batch."""


@dataclass
class Fetcher:
    """Makes batches of the items of a dataset.

    Parameters:
        dataset: what has the items.
        collate_fn: makes a batch of a list of items; of one item where there are no batches.
        batched: whether there are batches.
        stream: for an IterableDataset, which has no indices: what gives its items, or lists of them.
    """

    dataset: Any
    collate_fn: Callable[[Any], Any]
    batched: bool
    stream: Iterable[Any] | None

    def begin(self) -> Callable[[Any], Any]:
        """Return what makes the batches of one pass: a function of the indices of one batch, or of one index.

        For a stream it is a function of anything, which gives the next batch, and End when there is none.
        """
        if self.stream is not None:
            batches = map(self.collate_fn, self.stream)
            return lambda _: next(batches, End)
        return self._batch if self.batched else lambda index: self.collate_fn(self.dataset[index])

    def _batch(self, indices: Any) -> Any:
        if self.collate_fn is default_collate:
            batch = get_batch(self.dataset, indices)
            if batch is not NotImplemented:
                return batch
        return self.collate_fn(get_items(self.dataset, plain(indices)))
