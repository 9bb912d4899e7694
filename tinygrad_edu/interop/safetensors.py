"""Files of tensors by name in the format safetensors, which PyTorch programs and model hubs use.

The names are those of the state: what one library saves, the other loads. The package `safetensors` reads and writes
them; nothing in such a file can be run.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.interop.numbers import BRAIN, read_numbers
from tinygrad_edu.system.extras import require
from tinygrad_edu.system.files import FormatError, replacing
from tinygrad_edu.system.npy import MAX_TEXT
from tinygrad_edu.tensors.tensor import Tensor, wrap

__all__ = ["load_file", "save_file"]

RESERVED = "__metadata__"
PURPOSE = "these files are read and written by the package safetensors"


def save_file(
    tensors: Mapping[str, Any], filename: str | os.PathLike[str], metadata: Mapping[str, str] | None = None
) -> None:
    """Write tensors by name, such as `model.state_dict()`, to a safetensors file.

    It is written beside its place and then renamed, so a crash leaves the old one whole.

    Parameters:
        tensors: tensors or arrays of numbers, by name.
        filename: the path of the file.
        metadata: texts by name that go along.

    Raises:
        TypeError: something in it is no tensor of numbers; the error names it.
        ValueError: a tensor has the name `__metadata__`, which the format keeps for itself.
        MissingExtraError: the package is not installed.
    """
    package = require("safetensors.numpy", "safetensors", PURPOSE)
    arrays = {}
    if not isinstance(tensors, Mapping):
        raise TypeError(f"save_file: expected tensors by name, as state_dict() has them, got {type(tensors).__name__}")
    if RESERVED in tensors:
        raise ValueError(
            f"save_file: no tensor can have the name {RESERVED!r}, under which the file keeps its metadata"
        )
    for name, value in tensors.items():
        array = value.array if isinstance(value, Tensor) else np.asarray(value)
        if not isinstance(name, str) or array.dtype.kind not in "biuf" or array.itemsize > 8:
            raise TypeError(
                f"save_file: expected tensors of numbers by name, got {type(value).__name__} of {array.dtype} under "
                f"{name!r:.80}; tg.save takes nested values"
            )
        arrays[name] = np.ascontiguousarray(array).reshape(array.shape)  # a number would become a row of one
    content = package.save(arrays, metadata=dict(metadata) if metadata else None)
    with replacing(filename) as file:
        file.write(content)


def load_file(filename: str | os.PathLike[str]) -> dict[str, Tensor]:
    """Read the tensors of a safetensors file, by name; `load_state_dict` takes them.

    Raises:
        FormatError, a ValueError: it is no such file, is damaged, or holds a type of numbers that NumPy lacks;
            but bfloat16 becomes float32.
        OSError: the file cannot be opened or read.
        MissingExtraError: the package is not installed.
    """
    safetensors = require("safetensors", "safetensors", PURPOSE)
    path = Path(filename)
    try:
        with path.open("rb") as opened:
            length = int.from_bytes(opened.read(8), "little")
            if length > min(MAX_TEXT, path.stat().st_size):  # it takes much more memory when it is read
                raise FormatError(f"its list of tensors is said to take {length:,} bytes")
            with safetensors.safe_open(path, framework="numpy") as file:
                types = {name: file.get_slice(name).get_dtype() for name in file.keys()}  # noqa: SIM118 - no dictionary
                header = json.loads(opened.read(length)) if "BF16" in types.values() else {}
                return {
                    name: wrap(
                        _widened(opened, 8 + length, **header[name]) if dtype == "BF16" else file.get_tensor(name)
                    )
                    for name, dtype in types.items()
                }
    except (safetensors.SafetensorError, AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise FormatError(
            f"load_file: {path} is not a whole safetensors file of numbers that NumPy has: {reason:.200}"
        ) from None


def _widened(file: IO[bytes], start: int, dtype: str, shape: list[int], data_offsets: list[int]) -> Array:
    """Read numbers of type bfloat16, of which the package makes arrays only where others bring that type to NumPy."""
    file.seek(start + data_offsets[0])
    return read_numbers(file, math.prod(shape), BRAIN).reshape(shape)
