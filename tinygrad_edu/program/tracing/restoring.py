"""Going back to before a function was run: all that it can reach is put back as it was."""

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
def restored(*roots: Any) -> Iterator[None]:
    """Put back what is changed meanwhile in all that can be reached from `roots`."""
    put_back = remembered(Reach(*roots))
    try:
        yield
    finally:
        put_back()


def remembered(reach: Reach) -> Callable[[], None]:
    """Return a function that puts everything back.

    That is: the elements of arrays, what objects, lists, dictionaries and sets hold, what variables refer to, and where
    generators stand.
    """
    arrays = [*(tensor.array for tensor in reach.tensors), *(place.get() for place, _ in reach.arrays)]
    undos = [undo for thing in (*reach.things.values(), *reach.generators) for undo in _undos(thing)]
    undos += [_of_elements(array) for array in {id(array): array for array in arrays}.values() if array.flags.writeable]

    def put_back() -> None:
        for undo in undos:
            undo()
        for place, x in reach.held:
            if place.find() is not x:
                place.set(x)

    return put_back


def _undos(thing: Any) -> Iterator[Callable[[], None]]:
    if isinstance(thing, Tensor):
        yield _of_slots(thing)
    if isinstance(thing, Generator):
        yield _of_state(thing.numpy)
    if isinstance(thing, dict | list | set):
        yield _of_contents(thing)
    elif isinstance(getattr(thing, "__dict__", None), dict):
        yield _of_contents(vars(thing))


def _of_elements(array: np.ndarray[Any, Any]) -> Callable[[], None]:
    before = array.copy()
    return lambda: np.copyto(array, before)


def _of_slots(tensor: Tensor) -> Callable[[], None]:
    before = {name: getattr(tensor, name) for name in SLOTS}

    def undo() -> None:
        for name, x in before.items():
            setattr(tensor, name, x)

    return undo


def _of_state(generator: np.random.Generator) -> Callable[[], None]:
    before = generator.bit_generator.state

    def undo() -> None:
        generator.bit_generator.state = before

    return undo


def _of_contents(thing: Any) -> Callable[[], None]:
    before = thing.copy()

    def undo() -> None:
        if isinstance(thing, list):
            thing[:] = before
        elif not _is_same(thing, before):  # else it is left alone: somebody may be reading it
            thing.clear()
            thing.update(before)

    return undo


def _is_same(now: Any, before: Any) -> bool:
    if isinstance(now, set):
        return now == before
    return now.keys() == before.keys() and all(now[key] is x for key, x in before.items())
