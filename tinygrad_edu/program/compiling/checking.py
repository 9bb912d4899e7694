"""Comparing a program with the engine, once, before it is trusted."""

from __future__ import annotations

import copy
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np

from tinygrad_edu.engine.versions import owner
from tinygrad_edu.program.comparing import same
from tinygrad_edu.program.compiling.replay import FAILED, Replay
from tinygrad_edu.program.instructions import Guard, Program, Variable, replaced
from tinygrad_edu.program.tracing.places import Constant, Place
from tinygrad_edu.system.generator import Generator
from tinygrad_edu.tensors.tensor import Tensor


class Rehearsal:
    """A run of a program on copies of everything that it reads and changes."""

    def __init__(self, replay: Replay, inputs: tuple[Any, ...], more: bool) -> None:
        """With `more`, the program returns what its way back needs besides the results."""
        self.replay = replay
        self.arrays = copied(replay.arrays)
        self.holders: dict[int, Any] = {}
        places = [*replay.each_time.values(), *(place for place, _ in replay.program.stores)]
        for place in places:
            self.holders.setdefault(id(place.holder), _stand_in(place.holder))
        for variable, place in replay.each_time.items():
            if variable.kind == "array":
                self._copy_of(place).set(place.get().copy(order="K"))
        self.outcome = replay.on_copies(self.arrays, self.holders)(*inputs)
        self.result = self.outcome[0] if more and not self.failed else self.outcome

    @property
    def failed(self) -> bool:
        return self.outcome is FAILED

    def difference(self, result: Any) -> str | None:
        """Return what differs from what the engine has done, now that it has; None if all is the same."""
        if not same(self.result, result):
            return "the result"
        for variable, array in self.arrays.items():
            if not same(array, self.replay.captured[variable].get()):
                return f"{variable.name or 'an array'}"
        for place, _ in self.replay.program.stores:
            if not same(self._copy_of(place).get(), place.get()):
                return f"what is put into {place.key!r}"
        for place in self.replay.each_time.values():
            if isinstance(place.holder, Generator):
                mine, theirs = self._copy_of(place).get(), place.get()
                if mine.bit_generator.state != theirs.bit_generator.state:
                    return "how many random numbers are drawn"
        return None

    def _copy_of(self, place: Place) -> Place:
        return replace(place, holder=self.holders[id(place.holder)])


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


def _stand_in(holder: Any) -> Any:
    """Return something that is read and written as `holder` is."""
    if isinstance(holder, Generator):
        return SimpleNamespace(numpy=copy.deepcopy(holder.numpy))
    if isinstance(holder, Tensor):
        return Tensor.at(holder.array)
    return copy.copy(holder)


def first_difference(one: Program, other: Program) -> str | None:
    """Return the user's line of the first call that is not the same in two traces of one step."""
    names: dict[Variable, Any] = {}

    def seen(x: Any) -> Any:
        if isinstance(x, Variable):
            return names.get(x, x)
        return x

    for i, (a, b) in enumerate(zip(one.inputs, other.inputs, strict=False)):
        names[a] = names[b] = ("input", i)
    for i, (a, b) in enumerate(zip(one.calls, other.calls, strict=False)):
        if isinstance(a, Guard) or isinstance(b, Guard):
            if type(a) is not type(b) or a.value != b.value:
                return str(a.line)
            continue
        for x, y in zip(a.reads(), b.reads(), strict=False):
            for program, variable in ((one, x), (other, y)):
                place = program.captured.get(variable)
                if isinstance(place, Constant):
                    names[variable] = ("constant", place.array.tobytes())
                elif place is not None:
                    names[variable] = (id(place.holder), place.key)
        mine, theirs = (replaced((call.args, call.kwargs), seen) for call in (a, b))
        if a.function != b.function or repr(mine) != repr(theirs):
            return str(a.line)
        for j, (x, y) in enumerate(zip(a.results, b.results, strict=False)):
            names[x] = names[y] = (i, j)
    return None
