"""All that a function can reach and change, as it was, to go back to."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.engine.versions import owner
from tinygrad_edu.program.tracing.reach import Reach


class Snapshot:
    """The arrays, gradients and generators behind a function, copied."""

    def __init__(self, reach: Reach) -> None:
        self.tensors = [(tensor, tensor.array, tensor._grad) for tensor in reach.tensors]
        self.places = [(place, place.get()) for place, _ in reach.arrays]
        arrays = [array for _, array, _ in self.tensors] + [array for _, array in self.places]
        self.arrays = {id(array): array for array in arrays if array.flags.writeable}
        self.copies = copied(self.arrays)
        self.states = [(generator, generator.get_state()) for generator in reach.generators]

    def restore(self) -> None:
        """Put everything back."""
        for tensor, array, grad in self.tensors:
            tensor.array, tensor._grad = array, grad
        for place, array in self.places:
            place.set(array)
        for key, array in self.arrays.items():
            np.copyto(array, self.copies[key])
        for generator, state in self.states:
            generator.set_state(state)


def copied(arrays: dict[Any, Any]) -> dict[Any, Any]:
    """Copy arrays; those that share memory have copies that do."""
    memories: dict[int, Any] = {}
    copies = {}
    for key, array in arrays.items():
        memory = owner(array)
        if not (memory.flags.c_contiguous or memory.flags.f_contiguous):
            copies[key] = array.copy(order="K")
            continue
        if id(memory) not in memories:
            memories[id(memory)] = memory.copy(order="K")
        flat = memories[id(memory)].ravel(order="K")
        offset = array.__array_interface__["data"][0] - memory.__array_interface__["data"][0]
        copies[key] = np.ndarray(array.shape, array.dtype, flat, offset, array.strides)
    return copies
