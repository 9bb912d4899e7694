"""Saving and loading: what comes back, what is refused, and that a file is never half written."""

import io
import pickle
import tracemalloc
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tinygrad_edu as tg
from tests.training.archives import rewrite
from tinygrad_edu.training import RECIPES, Checkpoint, CheckpointError, build_model, load_checkpoint, save_checkpoint
from tinygrad_edu.training.archive import CHECKSUM, checksum
from tinygrad_edu.training.checkpoint import KEY
from tinygrad_edu.training.recipes import state_shapes

RECIPE = replace(RECIPES["classic"], hidden=(3,), epochs=2)
HISTORY = [{"loss": 0.1 + 0.2, "accuracy": 0.5, "test_accuracy": 0.25}]


@pytest.fixture
def checkpoint():
    tg.manual_seed(0)
    weights = {name: tensor.array for name, tensor in build_model(RECIPE).state_dict().items()}
    state = {
        "optimizer": {0: {"step": 3, "exp_avg": tg.ones(3)}},
        "random": tg.Generator().manual_seed(5).get_state(),
        "weights": dict(weights),
    }
    return Checkpoint(RECIPE, weights, HISTORY, state)


def contents(path):
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


def change(path, **changes):
    """Rewrite a file with other values in its text; a function is given the old value."""
    new = {name: value if callable(value) else lambda old, value=value: value for name, value in changes.items()}
    rewrite(path, KEY, lambda text: text | {name: value(text[name]) for name, value in new.items()})


def test_round_trip(checkpoint, tmp_path):
    path = tmp_path / "run.npz"
    save_checkpoint(checkpoint, path)
    loaded = load_checkpoint(str(path))
    assert loaded.recipe == RECIPE
    assert loaded.history == HISTORY
    assert loaded.epoch == 1
    assert list(loaded.weights) == list(checkpoint.weights)
    for name, array in checkpoint.weights.items():
        assert np.array_equal(loaded.weights[name], array)
        assert loaded.weights[name].dtype == np.float32
    assert loaded.state["random"] == checkpoint.state["random"]  # whole numbers of 128 bits
    assert loaded.state["optimizer"]["0"]["step"] == 3
    assert loaded.state["optimizer"]["0"]["exp_avg"].tolist() == [1, 1, 1]
    model = loaded.build_model()
    assert np.array_equal(model[1].weight.array, checkpoint.weights["1.weight"])


def test_equal_checkpoints_are_equal_files_without_pickles(checkpoint, tmp_path):
    for name in "ab":
        save_checkpoint(checkpoint, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    arrays = contents(tmp_path / "a")  # raises if anything in it is pickled
    assert all(not array.dtype.hasobject for array in arrays.values())
    assert sum("1.weight" in name for name in arrays) == 1  # the same array twice is stored once


def test_a_failure_leaves_the_old_file_and_nothing_else(checkpoint, tmp_path, monkeypatch):
    path = tmp_path / "run.npz"
    save_checkpoint(checkpoint, path)
    before = path.read_bytes()

    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(np.lib.format, "write_array", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save_checkpoint(checkpoint, path)
    assert [p.name for p in tmp_path.iterdir()] == ["run.npz"]
    assert path.read_bytes() == before


def foreign(name):
    """Write a file that is something else."""

    def write(path):
        stream = io.BytesIO()
        if name == "empty":
            pass
        elif name == "text":
            stream.write(b"hello")
        elif name == "pickle":
            pickle.dump({"weights": [1, 2]}, stream)
        elif name == "npy":
            np.save(stream, np.arange(5))
        elif name == "npz of others":
            np.savez(stream, weight=np.arange(5))
        elif name == "zip of others":
            with zipfile.ZipFile(stream, "w") as archive:
                archive.writestr("archive/data.pkl", b"\x80\x02}q\x00.")
        elif name == "pickled objects":
            np.savez(stream, **{KEY: np.array({"format": 1}, object)})
        elif name == "no text":
            np.savez(stream, **{KEY: np.arange(3)})
        elif name == "no JSON":
            np.savez(stream, **{KEY: np.array("{")})
        elif name == "deep JSON":
            np.savez(stream, **{KEY: np.array("[" * 100_000)})
        path.write_bytes(stream.getvalue())

    return write


FOREIGN = [
    "empty",
    "text",
    "pickle",
    "npy",
    "npz of others",
    "zip of others",
    "pickled objects",
    "no text",
    "no JSON",
    "deep JSON",
]


@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_files(name, tmp_path):
    path = tmp_path / "some.npz"
    foreign(name)(path)
    with pytest.raises(CheckpointError, match=r"some\.npz is") as caught:
        load_checkpoint(path)
    assert "\n" not in str(caught.value)


CHANGES = {
    "another format": ({"format": 7}, "its format is 7, and this version reads format 2"),
    "no recipe": ({"recipe": None}, "a dictionary with exactly the fields of a recipe"),
    "impossible recipe": ({"recipe": lambda r: {**r, "epochs": -1}}, "expected epochs to be a whole number"),
    "larger network": (
        {"recipe": lambda r: {**r, "hidden": [10**9]}},
        "has 795,000,000,010 weights, and it holds 2,395",
    ),
    "other shapes": ({"recipe": lambda r: {**r, "hidden": []}}, "has 7,850 weights, and it holds 2,395"),
    "no weights": ({"weights": {}}, "it holds 0"),
    "weights of another kind": ({"weights": [1]}, "has no attribute"),
    "missing array": ({"weights": {"1.weight": {"array": "none"}}}, "'none'"),
    "other names": ({"weights": lambda w: {f"x{name}": array for name, array in w.items()}}, "x1.weight"),
    "sixty thousand layers": ({"recipe": lambda r: {**r, "hidden": [1] * 60_000}}, "at most 100 numbers"),
    "one array for several weights": (
        {
            "recipe": lambda r: {**r, "hidden": [10, 10]},
            "weights": lambda w: {**w, "3.weight": w["1.weight"], "5.weight": w["1.weight"]},
        },
        "it gives one array for several weights",
    ),
    "a number beyond numbers": ({"recipe": lambda r: {**r, "lr": 10**400}}, "expected lr to be a number"),
    "a loss that is none": ({"history": [{**HISTORY[0], "loss": float("nan")}]}, "its history is not a list of losses"),
    "history": ({"history": [{"loss": "low"}]}, "its history is not a list of losses"),
}


@pytest.mark.parametrize("changes, message", CHANGES.values(), ids=CHANGES)
def test_content_that_does_not_fit_together(checkpoint, tmp_path, changes, message):
    path = tmp_path / "run.npz"
    save_checkpoint(checkpoint, path)
    change(path, **changes)
    with pytest.raises(CheckpointError, match=f"whose content does not fit together: .*{message}"):
        load_checkpoint(path)


def test_the_checksum_is_that_of_the_text_and_of_every_array(checkpoint, tmp_path):
    """The file itself is whole, as one that was changed and written anew."""
    path = tmp_path / "run.npz"
    for name in ("weights/1.bias", KEY):
        save_checkpoint(checkpoint, path)
        arrays = contents(path)
        if name == KEY:
            arrays[KEY] = np.array(arrays[KEY].item().replace('"step": 3', '"step": 4'))
        else:
            arrays[name] = arrays[name] + np.float32(1)
        np.savez(path, **arrays)
        with pytest.raises(CheckpointError, match="its checksum is not that of its content; it is damaged"):
            load_checkpoint(path)
    del arrays[CHECKSUM]
    np.savez(path, **arrays)
    with pytest.raises(CheckpointError, match="it has no checksum"):
        load_checkpoint(path)
    arrays = {"a": np.arange(6.0).reshape(2, 3), "b": np.zeros((0, 2), np.int8)}
    known = {
        checksum("x", changed).tobytes()
        for changed in (
            arrays,
            {**arrays, "a": arrays["a"].reshape(3, 2)},
            {**arrays, "a": arrays["a"].view(np.int64)},
            {"c": arrays["a"], "b": arrays["b"]},
            {**arrays, "b": np.zeros((0, 3), np.int8)},
        )
    }
    assert len(known) == 5
    assert checksum("x", arrays).tobytes() == checksum("x", {**arrays, "a": np.asfortranarray(arrays["a"])}).tobytes()
    assert checksum("y", arrays).tobytes() not in known


def test_weights_of_another_type(checkpoint, tmp_path):
    path = tmp_path / "run.npz"
    doubles = {name: array.astype(np.float64) for name, array in checkpoint.weights.items()}
    save_checkpoint(Checkpoint(RECIPE, doubles), path)
    with pytest.raises(CheckpointError, match="its weights are not float32"):
        load_checkpoint(path)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_no_numbers(checkpoint, tmp_path, value):
    path = tmp_path / "run.npz"
    checkpoint.weights["1.bias"][0] = value
    save_checkpoint(checkpoint, path)
    with pytest.raises(CheckpointError, match="some of its weights are infinite or not a number"):
        load_checkpoint(path)


def test_a_compressed_bomb_is_not_unpacked(checkpoint, tmp_path):
    path = tmp_path / "run.npz"
    save_checkpoint(checkpoint, path)
    np.savez_compressed(path, **{**contents(path), "bomb": np.zeros(100_000_000, np.uint8)})
    tracemalloc.start()
    try:
        with pytest.raises(CheckpointError, match="is compressed"):
            load_checkpoint(path)
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()


def test_memory_is_what_the_file_holds(tmp_path):
    recipe = replace(RECIPES["classic"], hidden=(2000,))
    path = tmp_path / "run.npz"
    weights = {name: np.ones(shape, np.float32) for name, shape in state_shapes(recipe).items()}
    save_checkpoint(Checkpoint(recipe, weights), path)
    del weights
    tracemalloc.start()
    try:
        load_checkpoint(path)
        assert tracemalloc.get_traced_memory()[1] < 1.5 * path.stat().st_size + 2_000_000
    finally:
        tracemalloc.stop()


def test_a_missing_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_checkpoint(tmp_path / "none.npz")
    with pytest.raises(IsADirectoryError):
        load_checkpoint(tmp_path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(position=st.floats(0, 1, exclude_max=True), byte=st.integers(1, 255), cut=st.booleans())
def test_damage_never_ends_in_anything_but_a_checkpoint_error(checkpoint, tmp_path, position, byte, cut):
    path = tmp_path / "run.npz"
    save_checkpoint(checkpoint, path)
    content = bytearray(path.read_bytes())
    place = int(position * len(content))
    content[place] ^= byte
    path.write_bytes(content[:place] if cut else content)
    try:
        load_checkpoint(path)
    except CheckpointError as error:
        assert "\n" not in str(error)
        return
    assert not cut
