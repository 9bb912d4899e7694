"""The IDX reader: every type, every way in, and every way in which a file can be wrong."""

import gzip
import io
import math
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_edu.data import IdxError, read_idx

CODES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}


def header(code: int, *sizes: int) -> bytes:
    return bytes([0, 0, code, len(sizes)]) + struct.pack(f">{len(sizes)}I", *sizes)


def write_idx(array: np.ndarray) -> bytes:
    return header(CODES[array.dtype.str[1:]], *array.shape) + array.astype(array.dtype.newbyteorder(">")).tobytes()


IMAGES = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
CONTENT = write_idx(IMAGES)
ZIPPED = gzip.compress(CONTENT, mtime=0)


@pytest.mark.parametrize("dtype", CODES)
@pytest.mark.parametrize("shape", [(5,), (2, 3, 4), (0, 28, 28), (), (1, 1, 1, 1, 2)])
def test_every_type_and_shape(dtype, shape):
    array = (np.arange(math.prod(shape)) * 3 - 7).astype(dtype).reshape(shape)
    read = read_idx(write_idx(array))
    assert read.dtype == np.dtype(dtype)
    assert read.dtype.isnative
    assert read.flags.writeable
    assert read.shape == shape
    assert np.array_equal(read, array)


MEMBERS = gzip.compress(CONTENT[:9]) + gzip.compress(b"") + gzip.compress(CONTENT[9:]) + bytes(1000)


@pytest.mark.parametrize("content", [CONTENT, ZIPPED, MEMBERS])
def test_every_way_in(content, tmp_path):
    path = tmp_path / "images"
    path.write_bytes(content)
    with path.open("rb") as file:
        sources = [
            content,
            bytearray(content),
            memoryview(content),
            path,
            str(path),
            file,
            io.BytesIO(content),
            Drop(content),
        ]
        for source in sources:
            assert np.array_equal(read_idx(source), IMAGES)
        assert not file.closed


class Drop(io.RawIOBase):
    """A stream that gives one byte at a time and cannot go back, like a slow pipe."""

    def __init__(self, content):
        self.content = io.BytesIO(content)

    def read(self, count=-1):
        return self.content.read(min(count, 1))


def damaged(content: bytes, position: int, byte: int) -> bytes:
    return content[:position] + bytes([byte]) + content[position + 1 :]


WRONG = {
    "empty": (b"", {}, r"byte 0: the file is truncated: expected the four bytes .* \(4 bytes\), but only 0 came"),
    "one byte": (b"\0", {}, r"byte 0: the file is truncated: .* only 1 came"),
    "another kind": (b"\x89PNG\r\n\x1a\n", {}, r"byte 0: an IDX file starts with two zero bytes, this one with 89 50"),
    "unknown type": (damaged(CONTENT, 2, 0x0A), {}, r"byte 2: the type code is 0a, expected one of: 08 uint8, 09 int8"),
    "too many dimensions": (
        damaged(CONTENT, 3, 200),
        {},
        r"byte 3: the header announces 200 dimensions, expected at most 64",
    ),
    "sizes cut off": (
        CONTENT[:10],
        {},
        r"byte 4: the file is truncated: expected the sizes of 3 dimensions .* only 6 came",
    ),
    "numbers cut off": (
        CONTENT[:-5],
        {},
        r"byte 35: the file is truncated: its header promises 2 × 3 × 4 .* uint8, 24 bytes .* only 19 came",
    ),
    "no numbers": (CONTENT[:16], {}, r"byte 16: the file is truncated: .* but only 0 came"),
    "trailing byte": (
        CONTENT + b"\0",
        {},
        r"byte 40: the file goes on after its end: its header promises 2 × 3 × 4 numbers",
    ),
    "trailing in gzip": (
        gzip.compress(CONTENT + b"more"),
        {},
        r"byte 40 of the decompressed data: the file goes on after its end",
    ),
    "gzip cut off": (ZIPPED[:-9], {}, r"of the decompressed data: the gzip data is truncated"),
    "gzip cut off in its header": (ZIPPED[:7], {}, r"the gzip data is truncated"),
    "gzip checksum": (
        damaged(ZIPPED, len(ZIPPED) - 6, ZIPPED[-6] ^ 1),
        {},
        r"the gzip data is damaged \(Error -3 while decompressing data: incorrect data check",
    ),
    "gzip data": (ZIPPED[:10] + b"\xff" * 20, {}, r"the gzip data is damaged \(Error -3"),
    "something after gzip": (
        ZIPPED + b"more",
        {},
        r"the gzip data is damaged \(Error -3 .* incorrect header check",
    ),
    "gzip in too many members": (
        ZIPPED + gzip.compress(b"") * 20_000,
        {},
        r"the gzip data is damaged \(it consists of more than 1000 members of less than 100 bytes",
    ),
    "gzip with another one cut off": (ZIPPED + ZIPPED[:3], {}, r"the gzip data is truncated"),
    "labels for images": (
        write_idx(np.zeros(5, np.uint8)),
        {"ndim": 3},
        r"byte 3: the header announces 1 dimensions, expected 3",
    ),
    "wrong type": (
        write_idx(np.zeros(5, np.float32)),
        {"dtype": np.uint8},
        r"byte 2: the numbers are float32, expected uint8",
    ),
    "other content": (
        CONTENT,
        {"sha256": "0" * 64},
        r"byte 0: .* not the expected one: its SHA-256 is [0-9a-f]{64}, not 0000",
    ),
    "impossible sizes": (header(8, 0, 2**32 - 1, 2**32 - 1, 2**32 - 1), {}, r"byte 4: no array can have the sizes"),
    "too much": (
        header(8, 2**20, 2**20),
        {},
        r"byte 4: .* promises 1048576 × 1048576 .* 1,099,511,627,776 bytes, more than the 1,073",
    ),
}


@pytest.mark.parametrize("content, options, message", WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_with_its_place(content, options, message, tmp_path):
    path = tmp_path / "some-file"
    path.write_bytes(content)
    with pytest.raises(IdxError, match=message) as caught:
        read_idx(path, **options)
    assert str(caught.value).startswith(f"{path}: at byte ")
    assert "\n" not in str(caught.value)
    with pytest.raises(IdxError, match=f"^{len(content)} bytes: at byte"):
        read_idx(content, **options)


HUGE = 1 << 29
BOMB = gzip.compress(header(8, 10) + bytes(50_000_000))


@pytest.mark.parametrize(
    "content",
    [header(8, HUGE) + b"short", gzip.compress(header(8, HUGE) + b"short"), BOMB, header(8, 2**31, 2**31)],
    ids=["short", "short in gzip", "gzip bomb", "beyond all bounds"],
)
def test_memory_is_not_taken_for_a_promise(content):
    tracemalloc.start()
    try:
        with pytest.raises(IdxError):
            read_idx(content)
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


def test_no_more_is_read_than_promised():
    stream = io.BytesIO(CONTENT + bytes(10_000_000))
    with pytest.raises(IdxError, match="goes on after its end"):
        read_idx(stream)
    assert stream.tell() == len(CONTENT) + 1


def test_a_kind_of_source_that_is_none():
    with pytest.raises(TypeError, match="expected a path, bytes or an open binary file, got int"):
        read_idx(5)
    with pytest.raises(TypeError, match="open it in binary mode"):
        read_idx(io.StringIO("text"))
    with pytest.raises(FileNotFoundError):
        read_idx("no/such/file")


@given(st.integers(0, len(ZIPPED) - 1), st.integers(0, 255), st.booleans(), st.integers(0, len(CONTENT)))
def test_damage_never_ends_in_anything_but_an_idx_error(position, byte, zipped, cut):
    content = ZIPPED if zipped else CONTENT
    for broken in (damaged(content, position % len(content), byte), content[:cut]):
        try:
            read = read_idx(broken)
        except IdxError:
            continue
        assert read.size == 24  # a changed number, a changed shape of one size: nobody can tell
