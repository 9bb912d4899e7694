"""Arrays as data of a page: every number exact, each array once; of a large one statistics and a coarse heatmap."""

from __future__ import annotations

import base64
import functools
import hashlib
import math
from typing import Any

import numpy as np

from tinygrad_edu.engine.op import Array

LARGEST = 20_000  # elements of an array that is given whole
ALTOGETHER = 2_000_000  # elements of all arrays; of those that come later only the small ones are given whole
SMALL = 64
COARSE = 24  # rows and columns of the means that stand for a large array; one of a single axis has twice as many

STORED = {"float16": "float32", "bool": "uint8"}
"""The types that a page reads in another one, which holds the same numbers."""


class Arrays:
    """The arrays of a page, numbered.

    `records` has one entry for each array, which holds `shape`, `dtype`, and either

    - `data`: all its numbers as base64, little-endian, in the type `stored`; or
    - `fill`: one number, as base64, which all elements are; or
    - `statistics`, where it is large, and `at`, a list of flat positions, with `data`, the numbers there; `coarse`, a
      record of the means of its blocks, and `plane`, the rows and columns that it was cut into blocks as.
    """

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []
        self._numbers: dict[Any, int] = {}
        self._given = 0

    def add(self, array: Array, shown: int | None = None) -> int:
        """Return the number of an array; the same one for arrays that hold the same.

        Parameters:
            shown: the flat position of the element that is given also of a large array.
        """
        array = np.asarray(array)
        stored = array.astype(stored_type(array.dtype), order="C")
        content = stored.tobytes()
        key = (array.dtype.char, array.shape, content if array.size <= LARGEST else hashlib.sha256(content).digest())
        number = self._numbers.get(key, self._numbers.get((*key, shown)))
        if number is None:
            whole = array.size <= SMALL or (array.size <= LARGEST and self._given + array.size <= ALTOGETHER)
            number = self._numbers[key if whole else (*key, shown)] = len(self.records)
            self.records.append(describe(array, stored, whole, shown))
            self._given += array.size if whole else 0
        return number

    def has_whole(self, number: int) -> bool:
        """Tell whether an array of the page is given whole."""
        return "statistics" not in self.records[number]


@functools.cache
def stored_type(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the type in which a page reads the numbers of an array, from the low byte to the high one."""
    return np.dtype(STORED.get(dtype.name, dtype)).newbyteorder("<")


def describe(array: Array, stored: Array, whole: bool, shown: int | None) -> dict[str, Any]:
    """Return the record of one array."""
    record: dict[str, Any] = {"shape": list(array.shape), "dtype": array.dtype.name, "stored": stored.dtype.name}
    flat = stored.reshape(-1)
    if not whole:
        at = [] if shown is None else [shown]
        rows = math.prod(array.shape[: (array.ndim + 1) // 2]) if array.ndim > 1 else 1
        plane = stored.reshape(rows, -1)
        means = block_means(plane, (COARSE, COARSE) if rows > 1 else (1, 2 * COARSE))
        return {
            **record,
            "statistics": statistics(array),
            "at": at,
            "data": encode(flat[at]),
            "coarse": describe(means, means, True, None),
            "plane": list(plane.shape),
        }
    if flat.size > 1 and flat.tobytes() == flat[:1].tobytes() * flat.size:
        return {**record, "fill": encode(flat[:1])}
    return {**record, "data": encode(flat)}


def encode(array: Array) -> str:
    return base64.b64encode(array.tobytes()).decode()


def block_means(plane: Array, most: tuple[int, int]) -> Array:
    """Return the means of the blocks of a matrix, at most so many rows and columns: float32.

    A block with a number that is not finite shows it: its mean is NaN or infinite.
    """
    sums, counts = plane.astype(np.float64), np.ones((1, 1))
    for axis in (0, 1):
        starts = np.linspace(0, plane.shape[axis], min(most[axis], plane.shape[axis]), endpoint=False).astype(int)
        sums = np.add.reduceat(sums, starts, axis)
        sizes = np.diff([*starts, plane.shape[axis]])
        counts = counts * (sizes[:, None] if axis == 0 else sizes)
    return np.asarray(sums / counts, "<f4")


def statistics(array: Array) -> dict[str, Any]:
    """Return what is said about an array that is too large to be given whole."""
    numbers = array.astype(np.float64).ravel()
    finite = numbers[np.isfinite(numbers)]
    found = {"nan": int(np.isnan(numbers).sum()), "infinite": int(np.isinf(numbers).sum())}
    if not finite.size:
        return found
    return {
        **found,
        "smallest": spelt(finite.min()),
        "largest": spelt(finite.max()),
        "mean": spelt(finite.mean()),
        "norm": spelt(np.sqrt(np.sum(finite * finite))),
    }


def spelt(number: Any) -> float | str:
    """Return a number as JSON can hold it: NaN and the infinities as words."""
    number = float(number)
    if math.isnan(number):
        return "NaN"
    return number if math.isfinite(number) else ("infinity" if number > 0 else "-infinity")
