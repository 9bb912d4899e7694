"""save and load: what goes in comes out, and nothing else is believed."""

import io
import json
import pickle
import struct
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.system.files import FormatError
from tinygrad_edu.tensors.serialization import FORMAT


def test_nested_values_come_back(tmp_path):
    state = {
        "weights": {"w": tg.randn(2, 3), "b": tg.zeros(3, dtype=tg.float64, requires_grad=True)},
        "epoch": 3,
        "lr": 0.1,
        "name": "net",
        "nothing": None,
        "flags": [True, (1, 2.5, "x")],
        7: np.arange(4),
        "scalar": tg.tensor(2.5),
        "empty": tg.zeros(0, 3),
    }
    path = tmp_path / "state.npz"
    tg.save(state, path)
    loaded = tg.load(path)
    assert list(loaded) == list(state)
    assert loaded["weights"]["w"].tolist() == state["weights"]["w"].tolist()
    assert loaded["weights"]["b"].requires_grad
    assert loaded["weights"]["b"].dtype == np.float64
    assert (loaded["epoch"], loaded["lr"], loaded["name"], loaded["nothing"]) == (3, 0.1, "net", None)
    assert loaded["flags"] == [True, (1, 2.5, "x")]
    np.testing.assert_array_equal(loaded[7], np.arange(4))
    assert loaded["scalar"].item() == 2.5
    assert loaded["empty"].shape == (0, 3)
    assert [p.name for p in tmp_path.iterdir()] == ["state.npz"]


def test_a_file_object():
    buffer = io.BytesIO()
    tg.save([1, tg.ones(2)], buffer)
    buffer.seek(0)
    assert tg.load(buffer)[1].tolist() == [1.0, 1.0]


def test_a_model_and_its_optimizer_go_on_where_they_were(tmp_path):
    def make():
        tg.manual_seed(0)
        model = tg.nn.Linear(3, 1)
        return model, tg.optim.Adam(model.parameters(), lr=0.1)

    def step(model, optimizer):
        optimizer.zero_grad()
        (model(tg.ones(2, 3)) ** 2).sum().backward()
        optimizer.step()

    model, optimizer = make()
    step(model, optimizer)
    tg.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, tmp_path / "run")
    step(model, optimizer)
    again, its_optimizer = make()
    saved = tg.load(tmp_path / "run")
    again.load_state_dict(saved["model"])
    its_optimizer.load_state_dict(saved["optimizer"])
    step(again, its_optimizer)
    assert again.weight.tolist() == model.weight.tolist()


def test_what_cannot_be_saved_is_named_and_leaves_the_old_file(tmp_path):
    path = tmp_path / "state"
    tg.save(1, path)
    with pytest.raises(TypeError, match=r"obj\['a'\]\[1\] is a function.*state_dict"):
        tg.save({"a": [1, lambda: 1]}, path)
    assert tg.load(path) == 1


def truncate(data):
    return data[: len(data) // 2]


def npy(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def zip_of(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def npz(**arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def compressed(**arrays):
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def document(structure, **arrays):
    text = json.dumps({"format": FORMAT, "structure": structure})
    return npz(structure=np.array(text), **arrays)


def directory(count):
    """Return an archive that lists so many members, all empty."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("structure.npy", b"")
    content = buffer.getvalue()
    start = content.index(b"PK\x01\x02")
    end = content.index(b"PK\x05\x06")
    entry = content[start:end]
    size = struct.pack("<I", len(entry) * count)
    return content[:start] + entry * count + content[end : end + 12] + size + content[end + 16 :]


DEEP = "[" * 100_000
TENSOR = {"tensor": "a", "requires_grad": False}
OTHERS = {
    "half of one": (lambda good: truncate(good), "no .npz file, or a truncated or damaged one"),
    "nothing": (lambda good: b"", "no .npz file"),
    "text": (lambda good: b"not an archive", "no .npz file"),
    "a pickle": (lambda good: pickle.dumps({"a": 1}), "it is a pickle, such as PyTorch's torch.save writes"),
    "PyTorch's archive": (
        lambda good: zip_of({"archive/data.pkl": b"\x80\x02}q."}),
        "it is a pickle, such as PyTorch's",
    ),
    "one array": (lambda good: npy(np.ones(3)), "it is a single array; read it with np.load"),
    "other arrays": (lambda good: npz(a=np.ones(2)), "no array named 'structure'"),
    "an empty member": (lambda good: zip_of({"structure.npy": b""}), "has no .npy header"),
    "a member that is no array": (lambda good: zip_of({"structure": b"{}"}), "no array named 'structure'"),
    "numbers as text": (lambda good: npz(structure=np.arange(3)), "is no text"),
    "broken text": (lambda good: npz(structure=np.array("{")), "Expecting"),
    "deep text": (lambda good: npz(structure=np.array(DEEP)), "recursion"),
    "a list": (lambda good: npz(structure=np.array("[]")), "does not say that its format is"),
    "another format": (lambda good: npz(structure=np.array('{"format": "other"}')), "does not say that its format is"),
    "an array that is not there": (lambda good: document(TENSOR), "does not hold what {'tensor': 'a'"),
    "an array used twice": (lambda good: document({"list": [TENSOR] * 2}, a=np.ones(2)), "does not hold what"),
    "a list as key": (lambda good: document({"dict": [[[], {"value": 1}]]}), "unhashable"),
    "no pairs": (lambda good: document({"dict": [1, 2]}), "cannot convert dictionary"),
    "a gradient of whole numbers": (
        lambda good: document({"tensor": "a", "requires_grad": True}, a=np.arange(3)),
        "only floating-point tensors",
    ),
    "objects": (lambda good: npz(structure=np.array([{}], object)), "holds pickled Python objects"),
    "a bomb": (lambda good: compressed(structure=np.zeros(50_000_000, np.uint8)), "it is compressed"),
    "a long directory": (lambda good: directory(100_000), "its list of arrays takes"),
}


@pytest.mark.parametrize("make, message", OTHERS.values(), ids=OTHERS)
def test_other_files_are_refused(tmp_path, make, message):
    buffer = io.BytesIO()
    tg.save({"w": tg.ones(100)}, buffer)
    content = make(buffer.getvalue())
    path = tmp_path / "file"
    path.write_bytes(content)
    tracemalloc.start()
    try:
        for source in (path, io.BytesIO(content)):
            with pytest.raises(FormatError, match="not a whole file written by save") as caught:
                tg.load(source)
            assert message in str(caught.value)
            assert "\n" not in str(caught.value)
        assert tracemalloc.get_traced_memory()[1] < 2 * len(content) + 4_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs a device without an end: /dev/zero")
def test_a_device_is_not_read_to_its_end():
    with pytest.raises(FormatError, match="it is a pipe or a device"):
        tg.load("/dev/zero")


def test_memory_is_what_the_file_holds(tmp_path):
    for name, state in {"arrays": np.ones(4_000_000), "text": [0.1 * i for i in range(20_000)]}.items():
        tg.save(state, tmp_path / name)
        tracemalloc.start()
        try:
            tg.load(tmp_path / name)
            assert tracemalloc.get_traced_memory()[1] < 2 * (tmp_path / name).stat().st_size + 2_000_000
        finally:
            tracemalloc.stop()


def test_what_is_nested_without_end_is_refused():
    endless = []
    endless.append(endless)
    with pytest.raises(ValueError, match="nested too deeply, or contains itself"):
        tg.save(endless, io.BytesIO())


def test_more_arrays_than_can_be_read_are_not_written(monkeypatch):
    monkeypatch.setattr("tinygrad_edu.tensors.serialization.MAX_ARRAYS", 3)
    tg.save([tg.ones(1)] * 2, io.BytesIO())
    with pytest.raises(ValueError, match="expected fewer than 3 arrays, got 3"):
        tg.save([tg.ones(1)] * 3, io.BytesIO())


def test_an_array_is_written_piece_by_piece(tmp_path):
    state = {"weights": tg.zeros(16_000_000)}
    with (tmp_path / "open.npz").open("wb") as file:
        for target in (tmp_path / "state.npz", file):
            tracemalloc.start()
            try:
                tg.save(state, target)
                assert tracemalloc.get_traced_memory()[1] < 20_000_000, "of 64"
            finally:
                tracemalloc.stop()
    assert (tmp_path / "open.npz").stat().st_size == (tmp_path / "state.npz").stat().st_size


def test_a_text_that_takes_many_times_its_length_is_bounded(tmp_path, monkeypatch):
    """A file of a million empty lists is 16 MB long, and the lists take 64."""
    for module in ("system.npy", "tensors.serialization"):
        monkeypatch.setattr(f"tinygrad_edu.{module}.MAX_TEXT", 10_000)
    content = document([[]] * 1_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(FormatError, match=r"its text is of 4,000,\d+ characters, more than the 10,000 allowed"):
            tg.load(io.BytesIO(content))
        assert tracemalloc.get_traced_memory()[1] < 1.25 * len(content)
    finally:
        tracemalloc.stop()
    with pytest.raises(ValueError, match=r"save: its numbers and texts take .* characters, .* at most 10,000; put num"):
        tg.save(list(range(1000)), tmp_path / "numbers.npz")
    assert not list(tmp_path.iterdir())
