"""Numbers as other programs' files store them, read piece by piece into the array where they stay."""

from __future__ import annotations

from typing import IO, Literal

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.system.files import FormatError
from tinygrad_edu.system.npy import CHUNK

BRAIN = "bfloat16"  # the upper half of a float32. NumPy has no such type: these numbers become float32


def stored_type(dtype: str) -> np.dtype[np.generic]:
    """Return NumPy's type for what is stored as a type; that of the same bits where there is none."""
    return np.dtype({BRAIN: "uint16", "bool": "uint8"}.get(dtype, dtype))


def read_numbers(file: IO[bytes], count: int, dtype: str, order: Literal["<", ">"] = "<") -> Array:
    """Read so many numbers of a type, or bfloat16, that are stored in an order of bytes: < is little, > big.

    Raises:
        FormatError: the file ends before.
    """
    stored = stored_type(dtype).newbyteorder(order)
    numbers = np.empty(count, "uint32" if dtype == BRAIN else dtype)
    done, rest = 0, count * stored.itemsize
    while piece := file.read(min(CHUNK, rest)):
        values = np.frombuffer(piece, stored)
        numbers[done : done + len(values)] = values
        done, rest = done + len(values), rest - len(piece)
    if rest:
        raise FormatError(f"it is cut off: {count:,} numbers of {dtype} should come, only {done:,} did")
    if dtype == BRAIN:
        numbers <<= 16
        return numbers.view("float32")
    return numbers
