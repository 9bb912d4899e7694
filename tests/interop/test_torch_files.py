"""Files of `torch.save`, whole and hostile, read without PyTorch."""

import io
import pickle
import random
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.mutated.mutate import mutate
from tests.mutated.torch_files import (
    call,
    dictionary,
    name,
    number,
    pickled,
    several,
    storage,
    tensor,
    text,
    whole_parts,
    zipped,
)  # fmt: skip
from tinygrad_edu.interop.torch import load
from tinygrad_edu.system.files import FormatError


def of(value, **more):
    """Return a file that describes a value."""
    return zipped({**whole_parts(), "archive/data.pkl": pickled(value), **more})


def test_a_whole_file():
    state = load(io.BytesIO(zipped(whole_parts())))
    assert state["weight"].tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]
    assert isinstance(state["bias"], tg.nn.Parameter) and state["bias"].tolist() == [1.0, 4.0]
    assert state["brain"].tolist() == [1.5, -2.0] and state["brain"].dtype == tg.float32
    assert (state["lr"], state["steps"]) == (0.5, [7, None, True])
    with tg.no_grad():
        state["weight"][0, 1] = 9.0
    assert state["bias"].tolist() == [9.0, 4.0]  # they share memory, as they did


def test_the_other_order_of_bytes():
    parts = {**whole_parts(), "archive/byteorder": b"big", "archive/data/0": np.arange(6, dtype=">f4").tobytes()}
    parts["archive/data/1"] = b"\x3f\xc0\xc0\x00"
    state = load(io.BytesIO(zipped(parts)))
    assert state["weight"].tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]
    assert state["brain"].tolist() == [1.5, -2.0]


FLOATS = storage("0", 6)
LOUD = call(name("os", "system"), text("touch it_ran"))
HOSTILE = {
    "a function": (of(LOUD), "it holds os.system, and reading that could run any program"),
    "builtins": (of(call(name("builtins", "eval"), text("1"))), "it holds builtins.eval, and"),
    "an inner name": (of(text("torch") + text("_utils.os.system") + b"\x93"), "it holds torch._utils.os.system, and"),
    "a class": (of(name("collections", "OrderedDict")), "it holds collections.OrderedDict where no tensor is"),
    "a storage alone": (of(FLOATS), "it holds ndarray where no tensor is"),
    "a new object": (of(name("collections", "OrderedDict") + b")\x81"), "instruction NEWOBJ, which"),
    "an extension": (of(b"\x82\x01"), "instruction EXT1, which"),
    "attributes": (of(dictionary() + dictionary(__class__=number(1)) + b"b"), "it sets attributes of objects"),
    "a call of a tensor": (of(call(tensor(FLOATS, 0, (2,), (1,)))), "it calls what is no function"),
    "an argument": (of(call(name("collections", "OrderedDict"), b"]")), "its pickle is damaged"),
    "text for digits": (of(b"I1_000\n"), "instruction INT, which"),
    "no end": (zipped({**whole_parts(), "archive/data.pkl": b"\x80\x02}"}), "its pickle is damaged"),
    "nothing": (of(b""), "its pickle is damaged"),
    "two results": (of(b"NN"), "its pickle is damaged"),
    "below the mark": (of(b"N(" + b"\x85"), "its pickle is damaged .it takes more values"),
    "a list as a key": (of(b"}(" + b"]N" + b"u"), "its pickle is damaged .it uses what"),
    "a tuple as a key": (of(b"})Ns"), "its pickle is damaged .it uses what"),
    "a circle": (of(b"]q\x00h\x00a"), "nested more than 50 deep, or contain themselves"),
    "a circle of two": (of(b"]q\x00]q\x01h\x00ah\x01a"), "its pickle is damaged|contain themselves"),
    "depth": (of(b"]" * 60 + b"a" * 59), "nested more than 50 deep"),
    "depth of tuples": (of(b")" + b"\x85" * 100_000), "nested more than 50 deep"),
    "a large memo": (of(b"]r\xff\xff\xff\xffj\xfe\xff\xff\xff"), "its pickle is damaged"),
    "a long text": (of(b"\x8d" + struct.pack("<Q", 1 << 60)), "its pickle is damaged"),
    "a frame": (of(b"\x95" + struct.pack("<Q", 1 << 60) + LOUD), "it holds os.system"),
    "many instructions": (of(b"N" * 1_000_001), "more than 1,000,000 instructions"),
    "a long pickle": (of(b"N" * (1 << 24)), "its pickle takes more than"),
    "beyond the storage": (of(tensor(FLOATS, 1, (2, 3), (3, 1))), "larger than its storage of 6 numbers"),
    "an offset beyond": (of(tensor(FLOATS, 7, (0,), (1,))), "larger than its storage"),
    "a stride beyond": (of(tensor(FLOATS, 0, (2,), (6,))), "larger than its storage"),
    "a negative stride": (of(tensor(FLOATS, 5, (2,), (-1,))), "no whole number from 0 up"),
    "a negative offset": (of(tensor(FLOATS, -1, (2,), (1,))), "no whole number from 0 up"),
    "a repeated number": (of(tensor(FLOATS, 0, (1 << 30,), (0,))), "larger than its storage"),
    "a size of truth": (of(tensor(FLOATS, 0, (2,), (1,)).replace(number(2), b"\x88")), "no whole number from 0 up"),
    "many axes": (of(tensor(FLOATS, 0, (1,) * 40, (1,) * 40)), "not described as torch.save does"),
    "sizes without strides": (of(tensor(FLOATS, 0, (1, 1), (1,))), "not described as torch.save does"),
    "an impossible shape": (of(tensor(FLOATS, 0, (0,) + (1 << 30,) * 3, (1,) * 4)), "no tensor can have the shape"),
    "no storage": (of(tensor(text("0"), 0, (1,), (1,))), "not described as torch.save does"),
    "complex": (of(storage("0", 3, "ComplexFloat")), "it holds torch.ComplexFloatStorage, and"),
    "two types": (of(several(FLOATS, storage("0", 6, "Int"))), "said to be of two types or lengths"),
    "a lying length": (of(storage("0", 7)), "should hold 7 numbers of float32, and takes 24 bytes"),
    "a negative length": (of(storage("0", -6)), "should hold -6 numbers"),
    "a missing storage": (of(storage("7", 6)), "its storage 7 is missing"),
    "a path": (of(storage("../../../etc/passwd", 6)), r"its storage \.\./.* is missing"),
    "another path": (of(storage("../version", 6)), r"its storage \.\./version is missing"),
    "a different identifier": (of(several(text("module"), text("x")) + b"Q"), "no storage of numbers"),
    "a strange order": (of(b"N", **{"archive/byteorder": b"middle"}), "neither little nor big"),
    "a long order": (of(b"N", **{"archive/byteorder": b"little" * 9}), "neither little nor big"),
    "two pickles": (of(b"N", **{"other/data.pkl": b""}), "expected one member data.pkl"),
    "a program": (of(b"N", **{"archive/constants.pkl": b""}), "it is a program of TorchScript"),
    "compressed": (zipped(whole_parts(), zipfile.ZIP_DEFLATED), "it is compressed"),
    "cut off": (zipped(whole_parts())[:-30], "truncated or damaged"),
    "a wrong sum": (zipped(whole_parts()).replace(b"\xc0\x3f\x00\xc0", b"\xc1\x3f\x00\xc0", 1), "Bad CRC-32"),
    "a pickle": (pickle.dumps({"a": 1}, 2), "it is a pickle alone, as PyTorch before 1.6 wrote"),
    "not a file": (b"hello", "it is no file of torch.save"),
    "an npz": (zipped({"a.npy": b""}), "expected one member data.pkl"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_is_refused_in_one_line_and_runs_nothing(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    content, message = HOSTILE[case]
    path = tmp_path / "file.pt"
    path.write_bytes(content)
    with pytest.raises(FormatError, match=message) as raised:
        load(path)
    assert str(raised.value).startswith(f"load: {path} cannot be read: ")
    assert "\n" not in str(raised.value) and len(str(raised.value)) < 400 + len(str(path))
    assert [file.name for file in tmp_path.iterdir()] == ["file.pt"]


def test_a_name_may_not_come_twice():
    stream = io.BytesIO(zipped(whole_parts()))
    with zipfile.ZipFile(stream, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("archive/data/0", b"")
    with pytest.raises(FormatError, match="no name twice"):
        load(stream)


@pytest.mark.parametrize("kind, itemsize", [("Float", 4), ("BFloat16", 2), ("Bool", 1)])
def test_no_more_memory_than_twice_the_file(kind, itemsize, tmp_path):
    count = 4_000_000
    views = [tensor(storage("0", count, kind), 0, (count,), (1,)) for _ in range(20)]
    path = tmp_path / "file.pt"
    path.write_bytes(of(b"(" + b"".join(views) + b"t", **{"archive/data/0": bytes(count * itemsize)}))
    tracemalloc.start()
    try:
        tensors = load(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(tensors) == 20 and tensors[0].shape == (count,)
    assert peak < 2 * path.stat().st_size + 4_000_000


def test_an_instruction_takes_little_memory(tmp_path):
    count = 50_000  # of the 1,000,000 that are allowed
    path = tmp_path / "file.pt"
    path.write_bytes(of(b"](" + b"}q\x00" * count + b"e"))
    tracemalloc.start()
    try:
        load(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 200 * count


@pytest.mark.parametrize("count", [3_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_damaged_files_are_answered_or_refused(count):
    rng = random.Random(0)
    parts = whole_parts()
    whole = zipped(parts)
    answered = 0
    for i in range(count):
        if i % 4:  # inside the archive, whose sums are right then
            part = rng.choice(list(parts)[:4])
            content = zipped({**parts, part: mutate(parts[part], rng, list(parts.values()))})
        else:
            content = mutate(whole, rng, [whole])
        try:
            load(io.BytesIO(content))
            answered += 1
        except FormatError as error:
            assert "\n" not in str(error) and " at 0x" not in str(error)
    assert count // 50 < answered < count // 2


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "none.pt")
