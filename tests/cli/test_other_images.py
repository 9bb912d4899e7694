"""Other images than MNIST's, options from a file, and what is done with a run afterwards."""

import json
import math
import struct
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.cli import main
from tinygrad_edu.cli.config import read_config
from tinygrad_edu.training import RECIPES, build_model, load_checkpoint

NAMES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
CONV = ["--layers", "conv 4 3", "batchnorm", "relu", "maxpool 2", "--hidden", "8"]
QUICK = ["train", "--no-report", "--epochs", "2", "--batch-size", "10", *CONV]


def idx(array):
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def stripes(tmp_path):
    """A folder of images of 12 x 10 pixels: stripes across, stripes down, or neither."""
    rng, folder = np.random.default_rng(0), tmp_path / "stripes"
    folder.mkdir()
    for names, count in ((NAMES[:2], 60), (NAMES[2:], 30)):
        labels = np.arange(count, dtype=np.uint8) % 3
        images = rng.integers(0, 60, (count, 12, 10), np.uint8)
        images[labels == 0, ::2] += 180
        images[labels == 1, :, ::2] += 180
        for name, array in zip(names, (images, labels), strict=True):
            (folder / name).write_bytes(idx(array))
    return folder


@pytest.fixture
def trained(stripes, capsys):
    """The folder of a run on them."""
    assert main([*QUICK, "--data", "stripes", "--validation", "12", "--average", "0.5", "--augment", "shift"]) == 0
    capsys.readouterr()
    (run,) = Path("runs").iterdir()
    return run


def test_a_run_on_other_images(trained, stripes):
    assert trained.name.startswith("mlp-data_stripes-hidden_8-batch_size_10-epochs_2-layers_conv43_batchnorm")
    checkpoint = load_checkpoint(trained / "weights.npz")
    recipe = checkpoint.recipe
    assert (recipe.image, recipe.classes) == ((12, 10), 3)
    pixels = np.frombuffer((stripes / NAMES[0]).read_bytes()[16:], np.uint8) / 255
    assert (recipe.mean, recipe.std) == pytest.approx((pixels.mean(), pixels.std()), abs=1e-4)
    assert checkpoint.weights["4.weight" if "4.weight" in checkpoint.weights else "5.weight"].shape == (8, 4 * 5 * 4)
    assert list(checkpoint.history[0]) == [
        "loss", "accuracy", "test_loss", "test_accuracy", "validation_loss", "validation_accuracy"
    ]  # fmt: skip
    best = max(range(2), key=lambda i: checkpoint.history[i]["validation_accuracy"])
    kept = checkpoint.state["callbacks"]["KeepBest"]["weights"]
    assert all(np.array_equal(kept[name], array) for name, array in checkpoint.weights.items())
    later = {name.removeprefix("module."): array for name, array in checkpoint.state["average"].items()}
    assert (best == 1) == all(np.array_equal(later[name], array) for name, array in checkpoint.weights.items())


def test_a_file_of_options_repeats_a_run_to_the_same_file(trained, capsys):
    options = tomllib.loads((trained / "config.toml").read_text())
    assert options["layers"] == ["conv 4 3", "batchnorm", "relu", "maxpool 2"]
    assert options["data"] == str(Path("stripes").resolve())
    assert main(["train", "--config", str(trained / "config.toml"), "--no-report", "--out", "again"]) == 0
    (again,) = Path("again").iterdir()
    assert (again / "weights.npz").read_bytes() == (trained / "weights.npz").read_bytes()
    assert (again / "config.toml").read_text() == (trained / "config.toml").read_text()
    assert (
        main(["train", "--config", str(trained / "config.toml"), "--no-report", "--out", "other", "--seed", "5"]) == 0
    )
    (other,) = Path("other").iterdir()
    assert load_checkpoint(other / "weights.npz").recipe.seed == 5  # what is typed comes first


def test_a_run_on_other_images_is_resumed_on_them(trained, capsys):
    assert main(["train", "--resume", str(trained), "--epochs", "3", "--no-report"]) == 0
    (longer,) = set(Path("runs").iterdir()) - {trained}
    assert "epochs_3" in longer.name
    assert (longer / "config.toml").is_file()
    assert len((longer / "history.jsonl").read_text().splitlines()) == 3


def test_evaluate(trained, capsys):
    assert main(["evaluate", str(trained)]) == 0
    text = capsys.readouterr().out
    assert "of 30 images" in text and "precision" in text and "calibration error" in text
    assert main(["evaluate", str(trained), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    checkpoint = load_checkpoint(trained / "weights.npz")
    best = max(checkpoint.history, key=lambda entry: entry["validation_accuracy"])
    assert found["accuracy"] == best["test_accuracy"]
    assert np.sum(found["confusion"]) == found["images"] == 30
    assert np.trace(found["confusion"]) / 30 == pytest.approx(found["accuracy"])
    assert len(found["precision"]) == len(found["recall"]) == len(found["f1"]) == 3
    tg.manual_seed(0)
    assert main(["evaluate", str(trained), "--data", "none"]) == 2
    assert "was not found in none" in capsys.readouterr().err
    (trained / "config.toml").unlink()  # then they are MNIST's
    assert main(["evaluate", str(trained)]) == 2
    assert "28 x 28 pixels and 10 classes; this network reads 12 x 10 pixels, of 3" in capsys.readouterr().err


def test_predict(trained, stripes, capsys):
    images = str(stripes / NAMES[2])
    assert main(["predict", str(trained), images]) == 2
    assert "reads 12 x 10 pixels, and digits are brought to 28 x 28; add --as-is" in capsys.readouterr().err
    assert main(["predict", str(trained), images, "--as-is", "--json"]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(answers) == 30
    assert all(math.isclose(sum(answer["probabilities"]), 1, rel_tol=1e-5) for answer in answers)
    assert all(np.argmax(answer["probabilities"]) == answer["label"] for answer in answers)
    right = np.mean([answer["label"] == i % 3 for i, answer in enumerate(answers)])
    main(["evaluate", str(trained), "--json"])
    assert right == json.loads(capsys.readouterr().out)["accuracy"]
    assert main(["predict", str(trained), images, "--as-is", "--index", "4", "--top", "3", "--show"]) == 0
    first, *drawing = capsys.readouterr().out.splitlines()
    assert first.count("%") == 3
    assert len(drawing) == 6
    assert main(["predict", str(trained), images, "--as-is", "--top", "4"]) == 2
    assert "--top is a number of classes from 1 to 3, not 4" in capsys.readouterr().err
    assert main(["predict", str(trained), "mnist:0", "--as-is"]) == 2


def test_summary(trained, capsys):
    for name in (str(trained), *RECIPES):
        assert main(["summary", name]) == 0
        lines = capsys.readouterr().out.splitlines()
        recipe = RECIPES.get(name) or load_checkpoint(trained / "weights.npz").recipe
        parameters = sum(parameter.numel() for parameter in build_model(recipe).parameters())
        assert lines[-1].split() == ["all", f"{parameters:,}"]
        assert len(lines) == len(recipe.network) + 3
    assert main(["summary", "none"]) == 2


def test_export(trained, capsys, monkeypatch):
    weights = load_checkpoint(trained / "weights.npz").weights
    assert main(["export", str(trained), "--out", "w.npz"]) == 0
    with np.load("w.npz") as file:
        assert all(np.array_equal(file[name], array) for name, array in weights.items())
        assert len(file.files) == len(weights)
    assert main(["export", str(trained), "--out", "w.npz"]) == 2
    assert "is there already" in capsys.readouterr().err
    assert main(["export", str(trained), "--out", "w.onyx"]) == 2
    assert "ends in one of .npz, .safetensors, .onnx" in capsys.readouterr().err
    numpy = pytest.importorskip("safetensors.numpy")
    assert main(["export", str(trained), "--out", "w.safetensors"]) == 0
    loaded = numpy.load_file("w.safetensors")
    assert all(np.array_equal(loaded[name], array) for name, array in weights.items())
    capsys.readouterr()
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    assert main(["export", str(trained), "--out", "x.safetensors"]) == 2
    assert "pip install 'tinygrad-edu[safetensors]'" in capsys.readouterr().err


@pytest.mark.onnx
def test_export_to_onnx(trained, capsys):
    onnxruntime = pytest.importorskip("onnxruntime")
    assert main(["export", str(trained), "--out", "w.onnx"]) == 0
    images = str(Path("stripes") / NAMES[2])
    assert main(["predict", str(trained), images, "--as-is", "--json"]) == 0
    expected = [json.loads(line)["probabilities"] for line in capsys.readouterr().out.splitlines()[1:]]
    pixels = np.frombuffer(Path(images).read_bytes()[16:], np.uint8).reshape(30, 1, 12, 10) / np.float32(255)
    session = onnxruntime.InferenceSession("w.onnx", providers=["CPUExecutionProvider"])
    assert np.allclose(session.run(["probabilities"], {"images": pixels})[0], expected, atol=1e-5)


def test_time_budget(stripes, capsys):
    assert main([*QUICK, "--data", "stripes", "--epochs", "500000", "--time-budget", "0.3"]) == 0
    output = capsys.readouterr().out
    assert "Stopped after epoch" in output and "the time of 0.3 s is over." in output
    assert main([*QUICK, "--time-budget", "0"]) == 2
    assert "--time-budget is a number of seconds above 0, not 0" in capsys.readouterr().err


def test_patience(stripes, capsys):
    assert (
        main([*QUICK, "--data", "stripes", "--lr", "1e-9", "--patience", "2", "--validation", "9", "--epochs", "50"])
        == 0
    )
    assert (
        "Stopped after epoch 3: validation_accuracy has not been better than in epoch 1 for 2"
        in capsys.readouterr().out
    )


WRONG = [
    ("epochs = ", "is no TOML file"),
    ("epochs = 0", "expected epochs to be a whole number from 1 up, got 0"),
    ('epochs = "3"', "got '3'"),
    ("speed = 3", "'speed' is no option; expected some of recipe, epochs"),
    ('recipe = "mpl"', "expected recipe to be one of mlp, cnn, best, classic, got 'mpl'"),
    ("data = 5", "expected data to be a text in quotes, got 5"),
    ("no_report = 1", "expected no_report to be true or false"),
    ('out = "a\\u0000b"', "out has a character of code 0 in it"),
    ("save_every = -3", "--save-every is a number of seconds above 0, not -3"),
    ("save_every = 0", "--save-every is a number of seconds above 0, not 0"),
    ('time_budget = "long"', "expected time_budget to be a number of seconds"),
    ("hidden = 5", "expected a list as hidden, got 5"),
    ("layers = [3]", "layer 3: expected one of"),
    ("a = " + "[" * 5000, "is no TOML file"),
    ("#" * (1 << 20) + "\n", "is larger than"),
    ("validation = 60000", "expected validation to be less than the 60,000 images"),
]


def test_a_file_of_options_may_begin_with_a_byte_order_mark():
    Path("options.toml").write_text("\ufeffepochs = 3")
    assert read_config(Path("options.toml")) == {"epochs": 3}


@pytest.mark.parametrize("text, message", WRONG)
def test_a_wrong_file_of_options_gets_one_line(text, message, capsys):
    Path("options.toml").write_text(text)
    assert main(["train", "--config", "options.toml"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("tinygrad-edu train: error: ") and error.count("\n") == 1
    assert message in error
    assert not Path("runs").exists()


def test_images_that_cannot_be_learned_get_one_line(stripes, capsys):
    (stripes / NAMES[0]).write_bytes(idx(np.zeros((60, 0, 10), np.uint8)))
    assert main([*QUICK, "--data", "stripes"]) == 2
    assert "stripes has 60 training images of uint8; expected some of bytes" in capsys.readouterr().err
    (stripes / NAMES[0]).write_bytes(b"hello")
    assert main([*QUICK, "--data", "stripes"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
