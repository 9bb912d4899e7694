"""What several processes do together while they train one network, each on its part of every batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_edu import distributed
from tinygrad_edu.nn import Module
from tinygrad_edu.nn.parallel import joined
from tinygrad_edu.tensors.tensor import wrap
from tinygrad_edu.training.batches import changed

IN_A_MESSAGE = 25 * 2**20  # bytes of gradients


class Processes:
    """The processes that train a network together.

    All of them go through the same batches in the same order, and each takes every n-th example of a batch. What they
    then have of the loss and of the gradients adds up to what one process has of the whole batch.
    """

    def __init__(self, model: Module) -> None:
        self.rank, self.count = distributed.get_rank(), distributed.get_world_size()
        self.buckets = joined(model, IN_A_MESSAGE)

    @classmethod
    def joined(cls, model: Module) -> Processes | None:
        """Return the processes that have joined; None if this one is alone."""
        return cls(model) if distributed.is_initialized() and distributed.get_world_size() > 1 else None

    def part_of(self, batch: Sequence[Any]) -> tuple[Any, ...]:
        """Return this process's part of a batch; it may be empty."""
        return tuple(changed(values, lambda x: x[self.rank :: self.count]) for values in batch)

    def add_gradients(self) -> None:
        """Replace the gradients by their sums over all processes."""
        for bucket in self.buckets:
            bucket.combine(distributed.ReduceOp.SUM)

    def total(self, numbers: Sequence[float]) -> list[float]:
        """Return the sums of numbers over all processes."""
        sums = wrap(np.array(numbers, np.float64))
        distributed.all_reduce(sums)
        return list(sums.tolist())

    def largest(self, number: float) -> float:
        """Return the largest of the numbers that the processes have."""
        found = wrap(np.array(number, np.float64))
        distributed.all_reduce(found, distributed.ReduceOp.MAX)
        return float(found.item())

    def of_first(self, thing: Any) -> Any:
        """Return what process 0 has: all are to do the same, whatever their clocks say."""
        things = [thing]
        distributed.broadcast_object_list(things)
        return things[0]
