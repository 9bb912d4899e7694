"""The IDX format, which MNIST and its relatives are stored in.

A file is a header and then the numbers, all big-endian:

    byte 0, 1    zero
    byte 2       the type of the numbers: 0x08 uint8, 0x09 int8, 0x0B int16, 0x0C int32, 0x0D float32, 0x0E float64
    byte 3       the number of dimensions
    4 bytes each the sizes of the dimensions
    the rest     the numbers, last dimension fastest

Described at the end of http://yann.lecun.com/exdb/mnist/.
"""

from __future__ import annotations

import hashlib
import io
import math
import os
import zlib
from typing import Any, BinaryIO, NoReturn

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.system.files import FormatError

TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
GZIP_MAGIC = b"\x1f\x8b"
CHUNK = 1 << 20  # bytes read at a time, so that a short file costs little whatever its header promises
ZIPPED_CHUNK = 1 << 14
MANY, TINY = 1000, 100  # gzip members
MAX_DIMENSIONS = 64  # as many as NumPy has


class IdxError(FormatError):
    """A file is not a whole and correct IDX file. The message says what is wrong with it and where."""


def read_idx(
    source: str | os.PathLike[str] | bytes | BinaryIO,
    *,
    dtype: Any = None,
    ndim: int | None = None,
    sha256: str | None = None,
    max_bytes: int = 1 << 30,
) -> Array:
    """Read an IDX file, gzipped or not, and return its numbers as an array in the machine's byte order.

    No more is read than the header promises, and one byte to see that the file ends there. Memory
    grows with what has been read, never with what is promised alone.

    Parameters:
        source: a path, the bytes themselves, or a file open for reading bytes (which is left open).
        dtype, ndim: the type and number of dimensions that the file must have; anything goes if not given.
        sha256: the SHA-256 of the decompressed file, in hexadecimal, if that is to be verified.
        max_bytes: the most that the numbers may take; more is refused before it is read.

    Raises:
        IdxError: the file is no IDX file, another one than expected, damaged, too short or too long.
        OSError: it cannot be opened or read.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        return _Reader(io.BytesIO(source), f"{len(source)} bytes").read(dtype, ndim, sha256, max_bytes)
    if hasattr(source, "read"):
        return _Reader(source, str(getattr(source, "name", "a file object"))).read(dtype, ndim, sha256, max_bytes)
    if not isinstance(source, str | os.PathLike):
        raise TypeError(f"read_idx: expected a path, bytes or an open binary file, got {type(source).__name__}")
    with open(source, "rb") as file:  # noqa: PTH123 - a path of any kind
        return _Reader(file, os.fspath(source)).read(dtype, ndim, sha256, max_bytes)


class _Reader:
    """Reads one file, and knows its name and how far it has come, for the error messages."""

    def __init__(self, file: Any, name: str) -> None:
        self.name = name
        start = file.read(1) + file.read(1)  # one by one: a pipe may give fewer bytes than it is asked for
        if not isinstance(start, bytes):
            raise TypeError(f"read_idx: {name} gives text; open it in binary mode: open(path, 'rb')")
        self.file: Any = _Rewound(start, file)
        self.zipped = start == GZIP_MAGIC
        if self.zipped:
            self.file = _Unzipped(self.file)
        self.offset = 0
        self.digest = hashlib.sha256()

    def read(self, dtype: Any, ndim: int | None, sha256: str | None, max_bytes: int) -> Array:
        stored, shape = self._header(dtype, ndim)
        promised = math.prod(shape) * stored.itemsize
        what = f"{' × '.join(map(str, shape)) or '1'} numbers of type {stored.name}, {promised:,} bytes"
        if promised > max_bytes:
            self._fail(4, f"the header promises {what}, more than the {max_bytes:,} allowed here (max_bytes=)")
        start = self.offset
        content = bytearray()
        while len(content) < promised:
            chunk = self._next(min(CHUNK, promised - len(content)))
            if not chunk:
                self._fail(
                    self.offset,
                    f"the file is truncated: its header promises {what} after the first {start}, but only "
                    f"{len(content):,} came",
                )
            content += chunk
        if self._next(1):
            self._fail(
                self.offset - 1, f"the file goes on after its end: its header promises {what} after the first {start}"
            )
        if sha256 is not None and self.digest.hexdigest() != sha256:
            self._fail(
                0, f"the content is not the expected one: its SHA-256 is {self.digest.hexdigest()}, not {sha256}"
            )
        try:
            array = np.frombuffer(content, stored).reshape(shape)
        except ValueError as error:  # some size is 0, and the others are beyond what an array can have
            self._fail(4, f"no array can have the sizes {shape} of the header ({error})")
        return array if stored.isnative else array.byteswap(inplace=True).view(stored.newbyteorder("="))

    def _header(self, dtype: Any, ndim: int | None) -> tuple[np.dtype[Any], tuple[int, ...]]:
        magic = self._exactly(4, "the four bytes that an IDX file starts with")
        if magic[:2] != b"\0\0":
            self._fail(0, f"an IDX file starts with two zero bytes, this one with {_hex(magic[:2])}")
        if magic[2] not in TYPES:
            known = ", ".join(f"{code:02x} {np.dtype(name).name}" for code, name in TYPES.items())
            self._fail(2, f"the type code is {magic[2]:02x}, expected one of: {known}")
        stored = np.dtype(TYPES[magic[2]])
        if dtype is not None and stored.newbyteorder("=") != np.dtype(dtype):
            self._fail(2, f"the numbers are {stored.name}, expected {np.dtype(dtype).name}; is this the right file?")
        if magic[3] > MAX_DIMENSIONS or (ndim is not None and magic[3] != ndim):
            expected = f"at most {MAX_DIMENSIONS}" if ndim is None else ndim
            self._fail(3, f"the header announces {magic[3]} dimensions, expected {expected}; is this the right file?")
        sizes = self._exactly(4 * magic[3], f"the sizes of {magic[3]} dimensions")
        return stored, tuple(int(size) for size in np.frombuffer(sizes, ">u4"))

    def _exactly(self, count: int, what: str) -> bytes:
        """Read `count` bytes of the header."""
        start, content = self.offset, b""
        while len(content) < count:
            piece = self._next(count - len(content))
            if not piece:
                self._fail(
                    start, f"the file is truncated: expected {what} ({count} bytes), but only {len(content)} came"
                )
            content += piece
        return content

    def _next(self, count: int) -> bytes:
        """Read up to `count` bytes; none at the end of the file."""
        try:
            piece: bytes = self.file.read(count)
        except EOFError:
            self._fail(self.offset, "the gzip data is truncated: it ends before its end marker")
        except zlib.error as error:
            self._fail(self.offset, f"the gzip data is damaged ({error})")
        self.offset += len(piece)
        self.digest.update(piece)
        return piece

    def _fail(self, offset: int, what: str) -> NoReturn:
        place = f"byte {offset:,}{' of the decompressed data' if self.zipped else ''}"
        raise IdxError(f"{self.name}: at {place}: {what}") from None


class _Rewound:
    """A file whose first bytes were read already, to see what they are, and are still to be given out."""

    def __init__(self, start: bytes, file: Any) -> None:
        self.start, self.file = start, file

    def read(self, count: int) -> Any:
        if not self.start:
            return self.file.read(count)
        piece, self.start = self.start[:count], self.start[count:]
        return piece


class _Unzipped:
    """The content of a gzip file, which may consist of several members, one after the other.

    Many small ones would take long and give little: of members smaller than TINY bytes there may be MANY.
    """

    def __init__(self, file: Any) -> None:
        self.file, self.rest, self.taken = file, b"", 0
        self.member: Any = None
        self.members = 0

    def read(self, count: int) -> bytes:
        while True:
            if not self.rest:
                self.rest = self.file.read(ZIPPED_CHUNK)
                self.taken += len(self.rest)
            ended = not self.rest
            if self.member is None:
                if self.members:
                    self.rest = self.rest.lstrip(b"\0")  # what fills up the last block of a tape
                if not self.rest:
                    if ended:
                        return b""
                    continue
                self.member = zlib.decompressobj(zlib.MAX_WBITS | 16)
                self.members += 1
                if self.members > MANY + self.taken // TINY:
                    raise zlib.error(f"it consists of more than {MANY} members of less than {TINY} bytes")
            piece: bytes = self.member.decompress(self.rest, count)
            self.rest = self.member.unused_data if self.member.eof else self.member.unconsumed_tail
            if self.member.eof:
                self.member = None
            elif ended and not piece:
                raise EOFError
            if piece:
                return piece


def _hex(content: bytes) -> str:
    return content.hex(" ") or "nothing"
