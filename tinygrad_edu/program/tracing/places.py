"""Places: where a program finds the arrays and numbers that are no arguments, and where it leaves some."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

GONE = object()  # what stands at a place that is there no longer


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where something stands: an attribute of an object, an item of a list or dictionary, a variable of a function.

    Two of them are equal if they are the same key of the same holder.
    """

    holder: Any
    key: Any
    read: Callable[[Any, Any], Any]
    write: Callable[[Any, Any, Any], None]

    def get(self) -> Any:
        return self.read(self.holder, self.key)

    def find(self) -> Any:
        """Return what stands there, or GONE."""
        try:
            return self.get()
        except (AttributeError, IndexError, KeyError, ValueError):  # of an object, a list, a dictionary, a variable
            return GONE

    def set(self, value: Any) -> None:
        self.write(self.holder, self.key, value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Place) and (id(self.holder), self.key) == (id(other.holder), other.key)

    def __hash__(self) -> int:
        return hash((id(self.holder), self.key))

    @property
    def is_attribute(self) -> bool:
        return self.read in (getattr, _inner)


def attribute(holder: Any, name: str) -> Place:
    return Place(holder, name, getattr, setattr)


def item(holder: Any, key: Any) -> Place:
    return Place(holder, key, _item, _set_item)


def gradient(holder: Any) -> Place:
    """Return the place of the array of a tensor's gradient."""
    return Place(holder, "_grad.array", _inner, _set_inner)


def _inner(holder: Any, key: str) -> Any:
    return functools.reduce(getattr, key.split("."), holder)


def _set_inner(holder: Any, key: str, value: Any) -> None:
    outer, _, last = key.rpartition(".")
    setattr(_inner(holder, outer), last, value)


def _item(holder: Any, key: Any) -> Any:
    return holder[key]


def _set_item(holder: Any, key: Any, value: Any) -> None:
    holder[key] = value


class Constant:
    """An array that was there, or was made without a traced array taking part, and is never written to."""

    def __init__(self, array: Any) -> None:
        self.array = array

    def get(self) -> Any:
        return self.array
