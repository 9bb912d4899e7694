"""save and load: what goes in comes out, and nothing else is believed."""

import io
import pickle

import numpy as np
import pytest

import tinygrad_edu as tg


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


def npz(**arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "make",
    [
        lambda good: truncate(good),
        lambda good: b"",
        lambda good: b"not an archive",
        lambda good: pickle.dumps({"a": 1}),
        lambda good: npz(a=np.ones(2)),
        lambda good: npz(structure=np.array("{")),
        lambda good: npz(structure=np.array('{"format": "other"}')),
    ],
)
def test_other_files_are_refused(tmp_path, make):
    buffer = io.BytesIO()
    tg.save({"w": tg.ones(100)}, buffer)
    path = tmp_path / "file"
    path.write_bytes(make(buffer.getvalue()))
    with pytest.raises(ValueError, match="not a whole file written by save"):
        tg.load(path)
