"""Tensors over memory that something else holds: bytes read from a file, say."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.tensors.tensor import Tensor, wrap

__all__ = ["frombuffer"]


def frombuffer(buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False) -> Tensor:
    """Make a tensor (count) that shares the memory of `buffer`: bytes, a bytearray, a memoryview, an array.

    What is read-only, such as bytes, stays so: writing into the tensor is an error.

    Parameters:
        dtype: the type of the numbers that lie there.
        count: how many; all up to the end if it is -1.
        offset: how many bytes to pass over first.

    Raises:
        ValueError: the buffer is empty or too short, or its length is no multiple of the size of a number.
    """
    length = memoryview(buffer).nbytes
    if not length or not count:
        raise ValueError(f"frombuffer: expected a buffer and a count that are not 0, got {length} bytes and {count}")
    if not 0 <= offset < length:
        raise ValueError(f"frombuffer: expected an offset from 0 to {length - 1}, the last byte, got {offset}")
    size = np.dtype(dtype).itemsize
    if count < 0 and (length - offset) % size:
        raise ValueError(
            f"frombuffer: expected a multiple of {size} bytes, the size of {np.dtype(dtype)}, got {length - offset}; "
            "pass count= to leave the rest"
        )
    if count * size > length - offset:
        raise ValueError(f"frombuffer: {count} numbers take {count * size} bytes, but there are {length - offset}")
    return wrap(np.frombuffer(buffer, dtype, count, offset), requires_grad)
