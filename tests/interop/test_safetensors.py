"""Files of safetensors: written and read under the same names, whole or refused."""

import json
import struct
import tracemalloc

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn
from tinygrad_edu.interop import safetensors
from tinygrad_edu.system.files import FormatError

pytest.importorskip("safetensors", reason="safetensors is not installed: pip install 'tinygrad-edu[safetensors]'")


def file_of(header, numbers=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + numbers


def test_a_state_is_read_as_it_was_written(tmp_path):
    model = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2)).double()
    path = tmp_path / "model.safetensors"
    safetensors.save_file(model.state_dict(), path)
    state = safetensors.load_file(path)
    assert set(state) == set(model.state_dict())
    for key, value in model.state_dict().items():
        assert state[key].dtype == value.dtype and state[key].shape == value.shape
        np.testing.assert_array_equal(state[key].numpy(), value.numpy())
    other = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2)).double()
    assert str(other.load_state_dict(state)) == "<All keys matched successfully>"


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0).reshape(2, 3).T,
        np.arange(6)[::-2],
        np.array(3.5, np.float16),
        np.zeros((0, 3), np.int8),
        np.array([1, 2], ">i4"),
        np.array([True, False]),
        np.asfortranarray(np.arange(6, dtype=np.uint8).reshape(2, 3)),
    ],
)
def test_arrays_of_any_kind(array, tmp_path):
    safetensors.save_file({"x": array}, tmp_path / "x")
    x = safetensors.load_file(tmp_path / "x")["x"].numpy()
    assert x.shape == array.shape and x.dtype == array.dtype.newbyteorder("=")
    np.testing.assert_array_equal(x, array)
    x[...] = 0  # it belongs to whoever reads it


@pytest.mark.torch
def test_pytorch_reads_what_we_write_and_the_other_way_round(tmp_path):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
    from safetensors.torch import load_file, save_file

    theirs, ours = torch.nn.LSTM(3, 4), nn.LSTM(3, 4)
    safetensors.save_file(ours.state_dict(), tmp_path / "ours", {"format": "pt"})
    assert str(theirs.load_state_dict(load_file(tmp_path / "ours"))) == "<All keys matched successfully>"
    for key, value in ours.state_dict().items():
        np.testing.assert_array_equal(theirs.state_dict()[key].numpy(), value.numpy())
    theirs.reset_parameters()
    save_file({**theirs.state_dict(), "brain": torch.tensor([1.5]).bfloat16()}, tmp_path / "theirs")
    state = safetensors.load_file(tmp_path / "theirs")
    assert state.pop("brain").tolist() == [1.5]
    ours.load_state_dict(state)
    for key, value in ours.state_dict().items():
        np.testing.assert_array_equal(theirs.state_dict()[key].numpy(), value.numpy())


TWO = {"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}
HOSTILE = {
    "nothing": b"",
    "text": b"hello, this is no such file",
    "no json": file_of(b"[" * 100_000),
    "cut off": file_of(TWO, b"1234567"),
    "too long": file_of(TWO, b"123456789"),
    "a long list": struct.pack("<Q", 1 << 60) + b"{}",
    "a lying shape": file_of({"w": {"dtype": "F32", "shape": [1 << 40], "data_offsets": [0, 8]}}, b"12345678"),
    "offsets outside": file_of({"w": {"dtype": "F32", "shape": [2], "data_offsets": [8, 16]}}, b"12345678"),
    "overlap": file_of({**TWO, "v": TWO["w"]}, b"12345678"),
    "an unknown type": file_of({"w": {"dtype": "X9", "shape": [2], "data_offsets": [0, 8]}}, b"12345678"),
    "eight bits": file_of({"w": {"dtype": "F8_E5M2", "shape": [8], "data_offsets": [0, 8]}}, b"12345678"),
    "complex": file_of({"w": {"dtype": "C64", "shape": [1], "data_offsets": [0, 8]}}, b"12345678"),
    "many axes": file_of({"w": {"dtype": "U8", "shape": [1] * 100, "data_offsets": [0, 1]}}, b"1"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_damaged_file_is_refused_in_one_line(case, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(HOSTILE[case])
    with pytest.raises(FormatError, match=r"load_file: .* is not a whole safetensors file") as raised:
        safetensors.load_file(path)
    assert "\n" not in str(raised.value)


def test_no_more_memory_than_twice_the_file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(
        file_of({"w": {"dtype": "BF16", "shape": [4_000_000], "data_offsets": [0, 8_000_000]}}, bytes(8_000_000))
    )
    tracemalloc.start()
    try:
        assert safetensors.load_file(path)["w"].shape == (4_000_000,)
        assert tracemalloc.get_traced_memory()[1] < 2 * path.stat().st_size + 4_000_000
    finally:
        tracemalloc.stop()


def test_what_cannot_be_written_is_named_and_leaves_the_old_file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(TypeError, match="save_file: expected tensors of numbers by name, got str of <U4 under 'a'"):
        safetensors.save_file({"a": "text"}, path)
    with pytest.raises(TypeError, match=r"got .* under 1"):
        safetensors.save_file({1: tg.ones(2)}, path)
    with pytest.raises(TypeError, match=r"got ndarray of .* under 'a'"):
        safetensors.save_file({"a": np.ones(2, np.longdouble)}, path)
    with pytest.raises(TypeError, match=r"expected tensors by name, as state_dict\(\) has them, got list"):
        safetensors.save_file([tg.ones(2)], path)
    with pytest.raises(ValueError, match="no tensor can have the name '__metadata__'"):
        safetensors.save_file({"__metadata__": tg.ones(2)}, path)  # nobody could read it again
    assert path.read_bytes() == b"old"
    with pytest.raises(FileNotFoundError):
        safetensors.load_file(tmp_path / "none")
