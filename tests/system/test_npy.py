"""Arrays from files that may be anybody's."""

import contextlib
import io
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_edu.system.npy import NpyError, read_npy, read_npz


def npy(array, version=None) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, version)
    return stream.getvalue()


def promise(text: str) -> bytes:
    body = text.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(body)) + body


CONTENT = npy(np.arange(6.0).reshape(2, 3))


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0).reshape(2, 3),
        np.asfortranarray(np.eye(3, dtype=">i2")),
        np.array("text"),
        np.zeros((0, 5)),
        np.array(1.5),
    ],
    ids=["plain", "column by column", "text", "empty", "one number"],
)
@pytest.mark.parametrize("version", [(1, 0), (2, 0)])
def test_reads_what_numpy_writes(array, version):
    content = npy(array, version)
    read = read_npy(io.BytesIO(content), len(content))
    assert read.dtype == array.dtype
    assert read.shape == array.shape
    assert read.flags.writeable
    assert np.array_equal(read, array)


HUGE = "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000, 1000000)}"
WRONG = {
    "empty": (b"", "no .npy header"),
    "another kind": (b"GIF89a" * 10, "no .npy header"),
    "version": (b"\x93NUMPY\x07\x00" + CONTENT[8:], "no .npy header of version 1 or 2"),
    "header cut off": (CONTENT[:30], "no .npy header"),
    "header is no dictionary": (promise("[1, 2"), "no .npy header"),
    "header with a list as key": (promise("{[]: 1}"), "no .npy header"),
    "numbers cut off": (CONTENT[:-1], r"promises shape \(2, 3\) of float64, 48 bytes, but 47 follow"),
    "more numbers": (CONTENT + b"x", "48 bytes, but 49 follow"),
    "objects": (npy(np.array([{"a": 1}], object)), "holds pickled Python objects"),
    "huge": (promise(HUGE), "4,000,000,000,000 bytes, but 0 follow"),
    "negative": (
        promise("{'descr': '|u1', 'fortran_order': False, 'shape': (-1, -1)}") + b"x",
        "no array can have the shape",
    ),
}


@pytest.mark.parametrize("content, message", WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said(content, message):
    tracemalloc.start()
    try:
        with pytest.raises(NpyError, match=message):
            read_npy(io.BytesIO(content), len(content))
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()


@given(st.integers(0, len(CONTENT) - 1), st.integers(0, 255))
def test_damage_never_ends_in_anything_but_an_npy_error(position, byte):
    broken = CONTENT[:position] + bytes([byte]) + CONTENT[position + 1 :]
    with contextlib.suppress(NpyError):
        read_npy(io.BytesIO(broken), len(broken))


def test_npz(tmp_path):
    path = tmp_path / "arrays.npz"
    np.savez(path, a=np.arange(3), b=np.array("text"))
    arrays = read_npz(path, required="a")
    assert set(arrays) == {"a", "b"}
    assert np.array_equal(arrays["a"], [0, 1, 2])
    with pytest.raises(NpyError, match="holds no array named 'c'"):
        read_npz(path, required="c")


def test_npz_bomb(tmp_path):
    path = tmp_path / "bomb.npz"
    np.savez_compressed(path, a=np.zeros(50_000_000, np.uint8))
    assert path.stat().st_size < 100_000
    tracemalloc.start()
    try:
        with pytest.raises(NpyError, match="is compressed"):
            read_npz(path, required="a")
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()


def test_npz_that_promises_more_than_there_is(tmp_path):
    path = tmp_path / "liar.npz"
    np.savez(path, a=np.arange(1000))
    content = bytearray(path.read_bytes())
    entry = content.rindex(b"PK\x01\x02")
    content[entry + 20 : entry + 28] = struct.pack("<II", 10**9, 10**9)  # both sizes in the directory
    path.write_bytes(content)
    with pytest.raises(NpyError, match="promises more than the file is long"):
        read_npz(path, required="a")


@pytest.mark.parametrize("cut", [0, 1, 100, 300, -1, -30])
def test_npz_cut_off(tmp_path, cut):
    path = tmp_path / "cut.npz"
    np.savez(path, a=np.arange(30))
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(NpyError, match=r"it is no \.npz file, or a truncated or damaged one"):
        read_npz(path, required="a")


def test_npz_with_objects_is_not_unpickled(tmp_path):
    path = tmp_path / "objects.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.npy", npy(np.array([print], object)))
    with pytest.raises(NpyError, match="its array 'a' cannot be read: it holds pickled Python objects"):
        read_npz(path, required="a")
