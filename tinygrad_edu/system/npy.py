"""NumPy's own formats .npy and .npz: written as equal files for equal arrays, read from a file that may be anybody's.

`np.load` allocates what a header promises before it has seen the data, and decompresses what a small
file blows up to; with pickled objects it would run the file's own code. Here a header is compared
with the size of the file first, so that no more is allocated than the file is long, and objects are
refused.
"""

from __future__ import annotations

import ast
import io
import math
import os
import re
import struct
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from tinygrad_edu.system.files import FormatError, replacing

Array = np.ndarray[Any, np.dtype[Any]]

MAGIC = b"\x93NUMPY"
LENGTH = {(1, 0): "<H", (2, 0): "<I"}  # how the length of the header is stored, by version
MAX_HEADER = 10_000  # characters; NumPy's own limit
MAX_DIMENSIONS = 32
PLAIN_TYPE = re.compile(r"[<>|=]?([biufc][1-9]\d?|[SU][1-9]\d{0,9})")
CHUNK = 1 << 20  # bytes read at a time
MAX_ARRAYS = 50_000
END_RECORD = 1 << 17  # what stands at the end of an archive takes less
MAX_TEXT = 1 << 24  # characters of a JSON text; the lists and dictionaries in it may take some 25 bytes for each
MAX_READ = 80 * MAX_ARRAYS  # the directory of an archive takes about 60 bytes for each array, and some 700 in memory


class NpyError(FormatError):
    """The content is not a whole and harmless .npy array or .npz file."""


def write_npz(path: str | os.PathLike[str], arrays: Mapping[str, Array]) -> None:
    """Write an uncompressed .npz file as np.savez does, but equal arrays as equal bytes, and never half of them."""
    with replacing(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            # np.savez notes the time; a ZipInfo without a date makes equal contents equal files.
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


def read_npy(file: IO[bytes], size: int) -> Array:
    """Read the .npy array that takes exactly the next `size` bytes of `file`.

    Raises:
        NpyError: it is none, holds pickled objects, or promises more or less than `size` bytes.
    """
    dtype, fortran_order, shape, header = _read_header(file)
    promised = math.prod(shape) * dtype.itemsize
    if header + promised != size:
        raise NpyError(
            f"its header promises shape {shape} of {dtype}, {promised:,} bytes, but {size - header:,} follow; "
            "it is truncated or damaged"
        )
    content = np.empty(promised, np.uint8)
    done = 0
    while piece := file.read(min(CHUNK, promised - done)):
        content[done : done + len(piece)] = np.frombuffer(piece, np.uint8)
        done += len(piece)
    if done < promised:
        raise NpyError(f"it is truncated: {promised:,} bytes should follow the header, only {done:,} came")
    try:
        return np.ndarray(shape, dtype, content, order="F" if fortran_order else "C")
    except ValueError as error:  # some size is 0, and the others are beyond what an array can have
        raise _impossible(shape, error) from None


def _read_header(file: Any) -> tuple[np.dtype[Any], bool, tuple[int, ...], int]:
    """Return the type, the order and the shape of the array that follows, and how many bytes they took."""
    start = file.read(8)
    length_format = LENGTH.get(tuple(start[6:8])) if start[:6] == MAGIC else None
    if length_format is None:
        raise NpyError("it has no .npy header of version 1 or 2")
    stored = file.read(struct.calcsize(length_format))
    length = struct.unpack(length_format, stored)[0] if len(stored) == struct.calcsize(length_format) else MAX_HEADER
    text = file.read(min(length, MAX_HEADER))
    try:
        header = ast.literal_eval(text.decode("latin-1").strip())
        descr, fortran_order, shape = header["descr"], header["fortran_order"], header["shape"]
    except (ValueError, SyntaxError, TypeError, KeyError, RecursionError, MemoryError):
        raise NpyError("it has no .npy header of version 1 or 2: a type, an order and a shape") from None
    if "O" in str(descr):
        raise NpyError("it holds pickled Python objects, which could run any program; save plain numbers instead")
    if not (isinstance(descr, str) and PLAIN_TYPE.fullmatch(descr)):
        raise NpyError(f"its type {descr!r:.80} is not one of numbers or text")
    try:
        dtype = np.dtype(descr)
    except (TypeError, ValueError):
        raise NpyError(f"its type {descr!r:.80} is not one of numbers or text") from None
    if not isinstance(shape, tuple) or len(shape) > MAX_DIMENSIONS:
        raise _impossible(shape, f"expected at most {MAX_DIMENSIONS} sizes")
    if not all(type(size) is int and 0 <= size < 1 << 62 for size in shape):
        raise _impossible(shape, "expected sizes from 0 up")
    return dtype, bool(fortran_order), shape, len(start) + len(stored) + len(text)


def _impossible(shape: Any, reason: Any) -> NpyError:
    return NpyError(f"no array can have the shape {shape!r:.200} of its header ({reason})")


def read_npz(source: str | os.PathLike[str] | IO[bytes], required: str) -> dict[str, Array]:
    """Read all arrays of an uncompressed .npz file, by name.

    Parameters:
        source: a path, or a file open for reading bytes, in which one can go back.
        required: the name of an array that must be there; without it nothing is read.

    Raises:
        NpyError: the file is no .npz file, is damaged, lacks `required`, is compressed or holds objects.
        OSError: the file cannot be opened.
    """
    with open_archive(source, ".npz file") as archive:
        return _read_members(archive, required)


@contextmanager
def open_archive(source: str | os.PathLike[str] | IO[bytes], kind: str) -> Iterator[zipfile.ZipFile]:
    """Open a zip file that may be anybody's: uncompressed, and no longer than it says.

    `kind` is a word for what it should be.

    Raises:
        NpyError: it is none, is damaged or compressed, also where that shows only while it is read.
        OSError: the file cannot be opened.
    """
    if isinstance(source, str | os.PathLike):
        path = Path(source)
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise NpyError("it is a pipe or a device; copy what it gives into a file")
        with path.open("rb") as opened, open_archive(opened, kind) as archive:
            yield archive
        return
    try:
        with zipfile.ZipFile(_Bounded(source)) as archive:
            members = archive.infolist()
            if any(member.compress_type != zipfile.ZIP_STORED for member in members):
                raise NpyError("it is compressed, and could be of any size; save it uncompressed")
            if sum(member.file_size for member in members) > source.seek(0, io.SEEK_END):
                raise NpyError("it promises more than the file is long; it is damaged")
            yield archive
    except FormatError:
        raise
    except zipfile.BadZipFile as error:
        source.seek(0)
        known = _what_it_is(source.read(8))
        raise NpyError(known or f"it is no {kind}, or a truncated or damaged one ({error!s:.200})") from None
    except (OSError, EOFError, RuntimeError, ValueError, OverflowError, struct.error) as error:
        raise NpyError(f"it is a damaged {kind} ({error!s:.200})") from None


def _read_members(archive: zipfile.ZipFile, required: str) -> dict[str, Array]:
    if f"{required}.npy" not in archive.NameToInfo:
        raise NpyError(_what_it_is(b"", archive.NameToInfo) or f"it holds no array named {required!r}")
    arrays = {}
    for member in archive.infolist():
        name = member.filename.removesuffix(".npy")
        with archive.open(member) as file:
            try:
                arrays[name] = read_npy(file, member.file_size)
            except NpyError as error:
                raise NpyError(f"its array {name!r:.80} cannot be read: {error}") from None
    return arrays


def text_of(array: Array) -> str:
    """Return the text that an array holds. It may be JSON, which takes more memory when parsed: so much is enough.

    Raises:
        NpyError: it is no single text, or one of more than `MAX_TEXT` characters.
    """
    if array.shape != () or array.dtype.kind != "U":
        raise NpyError("it is no text")
    if array.dtype.itemsize > 4 * MAX_TEXT:
        raise NpyError(f"its text is of {array.dtype.itemsize // 4:,} characters, more than the {MAX_TEXT:,} allowed")
    return str(array)


def _what_it_is(start: bytes, names: Iterable[str] = ()) -> str | None:
    """Tell what a file is that is no .npz file, from its first bytes and its members, if it is known."""
    if start.startswith(b"\x80") or any(name.endswith("data.pkl") for name in names):
        return (
            "it is a pickle, such as PyTorch's torch.save writes, and reading it could run any program; "
            "interop.torch.load reads the tensors of such a file, and runs nothing"
        )
    return "it is a single array; read it with np.load" if start.startswith(MAGIC) else None


class _Bounded:
    """A file as `zipfile` needs it, which gives no more at once than an archive's directory may take."""

    def __init__(self, file: Any) -> None:
        self.file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, count: int = -1) -> bytes:
        if count > MAX_READ:
            raise NpyError(f"its list of arrays takes {count:,} bytes, more than the {MAX_READ:,} allowed")
        content: bytes = self.file.read(count if count >= 0 else END_RECORD)
        return content
