"""The format safetensors, by the package of that name: written as equal files for equal arrays, read with care.

The package checks a header against the size of the file before anything is allocated. What is added here: the file is
written whole or not at all, and whatever is wrong with one is a `FormatError` of one line.
"""

from __future__ import annotations

import importlib
import os
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tinygrad_edu.system.files import FormatError, replacing
from tinygrad_edu.system.npy import MAX_TEXT

Array = np.ndarray[Any, np.dtype[Any]]


class SafetensorsError(FormatError):
    """The content is not a whole and harmless safetensors file, or the package that reads them is not installed."""


def write_safetensors(
    path: str | os.PathLike[str], arrays: Mapping[str, Array], metadata: Mapping[str, str] | None = None
) -> None:
    """Write arrays by name, and one text by name beside them; with several texts their order is not always the same.

    Raises:
        SafetensorsError: the package safetensors is not installed; or a type of numbers is not one of the format's.
    """
    library = _library("safetensors.numpy")
    plain = {name: np.ascontiguousarray(array).reshape(array.shape) for name, array in arrays.items()}
    try:
        content = library.save(plain, dict(metadata or {}))
    except (KeyError, TypeError, ValueError) as error:
        raise SafetensorsError(f"{path} cannot be written: {_line(error)}") from None
    with replacing(path) as file:
        file.write(content)


def read_safetensors(path: str | os.PathLike[str]) -> tuple[dict[str, str], dict[str, Array]]:
    """Read the texts and the arrays of a file, by name.

    Raises:
        SafetensorsError: the file is none, or is damaged; or the package safetensors is not installed.
        OSError: the file cannot be opened.
    """
    library = _library("safetensors")
    with Path(path).open("rb") as file:
        if not Path(path).is_file():
            raise SafetensorsError("it is a pipe or a device; copy what it gives into a file")
        start = file.read(8)
    if len(start) < 8 or struct.unpack("<Q", start)[0] > MAX_TEXT:
        raise SafetensorsError("it has no safetensors header, or one that is too long")
    try:
        with library.safe_open(path, framework="numpy") as opened:
            metadata = opened.metadata() or {}
            return metadata, {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118 - no dictionary
    except (library.SafetensorError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise SafetensorsError(f"it is no safetensors file, or a truncated or damaged one ({_line(error)})") from None


def _library(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise SafetensorsError(
            "for .safetensors the package safetensors is needed, which is not installed: "
            "pip install 'tinygrad-edu[safetensors]', or name a file that ends in .npz"
        ) from None


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
