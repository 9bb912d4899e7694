"""Running a function as if it had never been run: all that it can reach is put back afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from tinygrad_edu.program.tracing.reach import Reach
from tinygrad_edu.system.generator import Generator
from tinygrad_edu.tensors.tensor import Tensor

SLOTS = ("array", "source", "tracked", "origin")


@contextmanager
def restored(*roots: Any) -> Iterator[Reach]:
    """Put back what is changed meanwhile: numbers in arrays, what objects, lists and dictionaries hold, generators."""
    reach = Reach(*roots)
    back = [undo for thing in [*reach._seen.values(), *reach.generators] for undo in _undos(thing)]
    back += [_undo_elements(place.get()) for place, _ in reach.arrays]
    back += [_undo_place(place) for place in reach.numbers]
    try:
        yield reach
    finally:
        for undo in back:
            undo()


def _undos(thing: Any) -> Iterator[Callable[[], None]]:
    if isinstance(thing, Tensor):
        yield _undo_elements(thing.array)
        yield _undo_slots(thing)
    elif isinstance(thing, Generator):
        thing.numpy  # noqa: B018 - it is made when it is first asked for
        state = thing.numpy.bit_generator.state
        generator = thing.numpy

        def undo() -> None:
            generator.bit_generator.state = state
            vars(thing)["numpy"] = generator

        yield undo
    elif isinstance(thing, dict):
        yield _undo_dict(thing)
    elif isinstance(thing, list):
        yield _undo_list(thing)
    elif isinstance(getattr(thing, "__dict__", None), dict):
        yield _undo_dict(vars(thing))
        for x in vars(thing).values():
            if isinstance(x, dict):
                yield _undo_dict(x)


def _undo_elements(array: np.ndarray[Any, Any]) -> Callable[[], None]:
    before = array.copy()

    def undo() -> None:
        if array.flags.writeable:
            array[...] = before

    return undo


def _undo_slots(tensor: Tensor) -> Callable[[], None]:
    slots = {name: getattr(tensor, name) for name in SLOTS}
    more = dict(vars(tensor))

    def undo() -> None:
        for name, x in slots.items():
            setattr(tensor, name, x)
        vars(tensor).clear()
        vars(tensor).update(more)

    return undo


def _undo_dict(thing: dict[Any, Any]) -> Callable[[], None]:
    before = dict(thing)

    def undo() -> None:
        if thing.keys() != before.keys() or any(thing[key] is not x for key, x in before.items()):
            thing.clear()
            thing.update(before)

    return undo


def _undo_list(thing: list[Any]) -> Callable[[], None]:
    before = list(thing)

    def undo() -> None:
        thing[:] = before

    return undo


def _undo_place(place: Any) -> Callable[[], None]:
    before = place.get()

    def undo() -> None:
        if place.get() is not before:
            place.set(before)

    return undo
