"""NumPy's own formats .npy and .npz, read from a file that may be anybody's.

`np.load` allocates what a header promises before it has seen the data, and decompresses what a small
file blows up to; with pickled objects it would run the file's own code. Here a header is compared
with the size of the file first, so that no more is allocated than the file is long, and objects are
refused.
"""

from __future__ import annotations

import math
import os
import struct
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from tinygrad_edu.engine.op import Array

MAGIC = b"\x93NUMPY"
READ_HEADER = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


class NpyError(ValueError):
    """The content is not a whole and harmless .npy array or .npz file."""


def read_npy(file: BinaryIO | Any, size: int) -> Array:
    """Read the .npy array that takes exactly the first `size` bytes of `file`.

    Raises:
        NpyError: it is none, holds pickled objects, or promises more or less than `size` bytes.
    """
    try:
        version = np.lib.format.read_magic(file)
        shape, fortran_order, dtype = READ_HEADER[version](file)
    except Exception as error:  # what NumPy's parser raises on foreign bytes is of many kinds
        raise NpyError(f"it has no .npy header of version 1 or 2 ({type(error).__name__}: {error})") from None
    if dtype.hasobject:
        raise NpyError("it holds pickled Python objects, which could run any program; save plain numbers instead")
    header, promised = file.tell(), math.prod(shape) * dtype.itemsize
    if header + promised != size:
        raise NpyError(
            f"its header promises shape {shape} of {dtype}, {promised:,} bytes, but {size - header:,} follow; "
            "it is truncated or damaged"
        )
    content = file.read(promised)
    if len(content) != promised:
        raise NpyError(f"it is truncated: {promised:,} bytes should follow the header, only {len(content):,} came")
    try:
        return np.ndarray(shape, dtype, bytearray(content), order="F" if fortran_order else "C")
    except ValueError as error:
        raise NpyError(f"no array can have the shape {shape} of its header ({error})") from None


def read_npz(path: str | os.PathLike[str], required: str) -> dict[str, Array]:
    """Read all arrays of an uncompressed .npz file, by name.

    Parameters:
        required: the name of an array that must be there; without it nothing is read.

    Raises:
        NpyError: the file is no .npz file, is damaged, lacks `required`, is compressed or holds objects.
        OSError: the file cannot be opened.
    """
    with Path(path).open("rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                return _read_members(archive, required, os.fstat(file.fileno()).st_size)
        except NpyError:
            raise
        except zipfile.BadZipFile as error:
            raise NpyError(f"it is no .npz file, or a truncated or damaged one ({error})") from None
        except (OSError, EOFError, RuntimeError, ValueError, OverflowError, struct.error) as error:
            raise NpyError(f"it is a damaged .npz file ({error})") from None


def _read_members(archive: zipfile.ZipFile, required: str, file_size: int) -> dict[str, Array]:
    members = archive.infolist()
    if f"{required}.npy" not in archive.namelist():
        raise NpyError(f"it holds no array named {required!r}")
    if any(member.compress_type != zipfile.ZIP_STORED for member in members):
        raise NpyError("it is compressed, and could be of any size; save it with np.savez")
    if sum(member.file_size for member in members) > file_size:
        raise NpyError("it promises more than the file is long; it is damaged")
    arrays = {}
    for member in members:
        name = member.filename.removesuffix(".npy")
        with archive.open(member) as file:
            try:
                arrays[name] = read_npy(file, member.file_size)
            except NpyError as error:
                raise NpyError(f"its array {name!r:.80} cannot be read: {error}") from None
    return arrays
