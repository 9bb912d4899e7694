"""Each example runs, in a short form, as a user would run it: as a program of its own, in an empty folder."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return a function that runs an example and returns what it prints."""
    monkeypatch.setenv("PYTHONPATH", str(EXAMPLES.parent))

    def run(name, *arguments):
        command = [sys.executable, "-W", "error", EXAMPLES / name, *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


WRONG = [
    ("mnist.py", "--limit", "0"),
    ("mnist.py", "--limit", "-1"),
    ("mnist.py", "--limit", "60001"),
    ("mnist.py", "--epochs", "0"),
    ("spirals.py", "--epochs", "0"),
    ("spirals.py", "--seed", "-1"),
    ("spirals.py", "--arms", "9"),
    ("draw_graph.py", "graph.xyz"),
    ("draw_graph.py", "nowhere/graph.dot"),
    ("explore.py", "--out", "page.xyz"),
    ("explore.py", "--out", "nowhere/page.html"),
    ("cnn.py", "--limit", "0"),
    ("cnn.py", "--epochs", "0"),
    ("language_model.py", "--steps", "0"),
    ("language_model.py", "--text", "nowhere.txt"),
    ("loss_landscape.py", "--grid", "1"),
    ("loss_landscape.py", "--out", "nowhere/landscape.svg"),
    ("loss_landscape.py", "--out", "landscape.xyz"),
    ("own_operation.py", "--steps", "0"),
]


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_a_wrong_argument_gets_one_line(arguments, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(EXAMPLES.parent))
    command = [sys.executable, EXAMPLES / arguments[0], *arguments[1:]]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode in (1, 2)
    assert done.stdout == ""
    assert done.stderr.splitlines()[-1].startswith(f"{arguments[0]}: ")
    assert "Traceback" not in done.stderr


def test_every_example_is_run():
    here = Path(__file__).read_text(encoding="utf-8")
    for example in EXAMPLES.glob("*.py"):
        assert f'run("{example.name}"' in here
        assert example.read_text(encoding="utf-8").startswith('"""')


def test_scalar_backprop(run):
    said = run("scalar_backprop.py")
    assert re.search(r"tanh\(t4\) +-0\.1974 +1\.0000", said)
    pairs = re.findall(r"^ +\w+ +(-?\d\.\d{9}) +(-?\d\.\d{9})$", said, re.MULTILINE)
    assert len(pairs) == 5
    assert all(abs(float(backward) - float(measured)) < 1e-8 for backward, measured in pairs)
    assert said.endswith("They agree.\n")


def test_draw_graph_as_text(run, tmp_path):
    assert "saved as graph.dot" in run("draw_graph.py", "graph.dot")
    text = (tmp_path / "graph.dot").read_text(encoding="utf-8")
    for name in ("0.weight", "2.bias", "target", "loss"):
        assert f" {name}" in text


def test_draw_graph_without_dot(run, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    said = run("draw_graph.py")
    assert "neither its program `dot` is installed" in said
    assert said.endswith("saved as graph.dot\n")


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz's program dot is not installed")
def test_draw_graph(run, tmp_path):
    assert run("draw_graph.py").endswith("saved as graph.svg\n")
    assert (tmp_path / "graph.svg").read_bytes().startswith(b"<?xml")


def test_spirals(run):
    said = run("spirals.py", "--arms", "2", "--epochs", "100")
    accuracies = [float(found) for found in re.findall(r"accuracy +([\d.]+)%", said)]
    assert accuracies[0] < 70
    assert accuracies[-1] > 90
    picture = said.splitlines()[-30:]
    assert {len(line) for line in picture} == {64}
    assert set("".join(picture)) == set(".oAB")


def test_mnist(run):
    said = run("mnist.py", "--epochs", "2", "--limit", "2000")
    accuracies = [float(found) for found in re.findall(r"test accuracy ([\d.]+)%", said)]
    assert len(accuracies) == 2
    assert accuracies[-1] > 80


def test_explore(run, tmp_path):
    said = run("explore.py", "--out", "page.html")
    assert said.startswith("<Explorer of 6 operations and 6 steps back")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    for name in ("0.weight", "2.bias", "target", "loss"):
        assert f'"{name}"' in page


def test_cnn(run):
    said = run("cnn.py", "--epochs", "1", "--limit", "3000")
    assert float(re.search(r"test accuracy ([\d.]+)%", said)[1]) > 80
    digits = re.search(r"is a (\d), and was read as a (\d):\n\n", said)
    assert digits[1] != digits[2]
    assert 10 < len(said[digits.end() :].splitlines()) <= 28


def test_language_model(run, tmp_path):
    (tmp_path / "text.txt").write_text("abc " * 100, encoding="utf-8")
    said = run("language_model.py", "--text", "text.txt", "--steps", "40")
    bits = [float(found) for found in re.findall(r"loss ([\d.]+) bits", said)]
    assert bits[0] > 1.5
    assert bits[-1] < 0.5
    assert said.endswith("abc " * 78 + "\n")


def test_language_model_on_the_manual(run):
    assert re.search(r"\d{3},\d{3} characters", run("language_model.py", "--steps", "2"))


def test_loss_landscape(run, tmp_path):
    pytest.importorskip("matplotlib", reason="Matplotlib is not installed: pip install 'tinygrad-edu[report]'")
    said = run("loss_landscape.py", "--steps", "100", "--grid", "5")
    losses = [float(found) for found in re.findall(r"network \d: loss ([\d.]+)", said)]
    assert len(losses) == 3
    assert float(re.search(r"half way .* the loss is ([\d.]+)", said)[1]) > 2 * max(losses)
    assert (tmp_path / "loss_landscape.svg").read_bytes().startswith(b"<?xml")


def test_own_operation(run):
    said = run("own_operation.py", "--steps", "50")
    assert "right: True" in said
    assert "derivatives: True" in said
    assert "is wrong at 12 of 12 elements" in said
    losses = [float(found) for found in re.findall(r"loss ([\d.]+)", said)]
    assert losses[-1] < losses[0] / 2
