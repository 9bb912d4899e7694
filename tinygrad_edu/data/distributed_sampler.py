"""Which items each of several processes takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tinygrad_edu import distributed
from tinygrad_edu.data.sampling import Sampler


class DistributedSampler(Sampler):
    """The indices that one of several processes takes: every n-th of an order that is the same for all.

        for epoch in range(epochs):
            sampler.set_epoch(epoch)      # another order in each epoch
            for batch in DataLoader(dataset, sampler=sampler): ...

    Parameters:
        dataset: the whole of it.
        num_replicas, rank: how many processes there are, and which this one is; as MPI says, if not given.
        shuffle: whether the order is drawn anew for each epoch.
        seed: what it is drawn from, the same in all processes.
        drop_last: whether a remainder is left out; else the first items come twice, so that all take as many.

    Raises:
        ValueError: there is no such rank.
    """

    def __init__(
        self,
        dataset: Any,
        num_replicas: int | None = None,
        rank: int | None = None,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
    ) -> None:
        self.num_replicas = distributed.get_world_size() if num_replicas is None else num_replicas
        self.rank = distributed.get_rank() if rank is None else rank
        if not 0 <= self.rank < self.num_replicas:
            raise ValueError(f"DistributedSampler: expected a rank from 0 to {self.num_replicas - 1}, got {self.rank}")
        self.dataset, self.shuffle, self.seed, self.drop_last, self.epoch = dataset, shuffle, seed, drop_last, 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of an epoch."""
        self.epoch = epoch

    def __len__(self) -> int:
        whole, rest = divmod(len(self.dataset), self.num_replicas)
        return whole + (1 if rest and not self.drop_last else 0)

    def __iter__(self) -> Iterator[int]:
        n = len(self.dataset)
        order = np.random.default_rng([self.seed, self.epoch]).permutation(n) if self.shuffle else np.arange(n)
        everywhere = np.resize(order, len(self) * self.num_replicas)  # from the beginning again, or cut off
        return iter(everywhere[self.rank :: self.num_replicas].tolist())
