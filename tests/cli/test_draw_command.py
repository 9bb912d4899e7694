"""`tinygrad-edu draw`."""

import shutil
import sys

import pytest

from tinygrad_edu.cli import main


@pytest.mark.parametrize("recipe", ["mlp", "classic"])
def test_the_graph_of_a_step_as_text(recipe, tmp_path, capsys):
    path = tmp_path / "graph.dot"
    assert main(["draw", "--recipe", recipe, "--out", str(path)]) == 0
    assert capsys.readouterr().out == f"{recipe}, 4 images: the graph of one step is in {path}\n"
    text = path.read_text(encoding="utf-8")
    assert text.startswith("digraph")
    for name in ("images", "loss", "1.weight", "5.bias", "(4, 784)"):
        assert name in text


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz's program `dot` is not installed")
def test_as_a_picture(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["draw", "--batch-size", "2"]) == 0
    assert "<svg" in (tmp_path / "graph.svg").read_text(encoding="utf-8")


def test_without_graphviz_it_says_what_works(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    assert main(["draw", "--out", str(tmp_path / "graph.svg")]) == 2
    error = capsys.readouterr().err
    assert error.startswith("tinygrad-edu draw: error: ")
    assert "needs Graphviz" in error
    assert "graph.dot" in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there(tmp_path, capsys):
    assert main(["draw", "--out", str(tmp_path / "none" / "graph.dot")]) == 2
    assert "does not exist" in capsys.readouterr().err


SCRIPT = """
import tinygrad_edu as tg

w = tg.tensor([1.0, 2.0], requires_grad=True)
width = (w * 3).sum()

def squared():
    return (w * w).sum()

def stepped():
    middle = w.exp()
    middle.sum().backward()
    raise SystemExit("not reached")

def plain():
    return 3

if __name__ == "__main__":
    loss = width * 2
    loss.backward()
"""


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    return path


@pytest.mark.parametrize(
    "function, words", [("", ["width", "loss = width · 2"]), (":squared", ["w · w"]), (":stepped", ["middle = exp(w)"])]
)
def test_the_graph_of_a_script_and_of_a_function(script, function, words, tmp_path, capsys):
    out = tmp_path / "graph.dot"
    assert main(["draw", f"{script}{function}", "--out", str(out)]) == 0
    assert "operations is in" in capsys.readouterr().out
    text = out.read_text(encoding="utf-8")
    assert all(word in text for word in words)
    assert "—" not in text  # the gradients are there


def test_nothing_is_overwritten_unasked(tmp_path, capsys):
    out = tmp_path / "graph.dot"
    out.write_text("mine")
    assert main(["draw", "--out", str(out)]) == 2
    assert "is there already; name another file with --out, or write over it with --force" in capsys.readouterr().err
    assert out.read_text() == "mine"
    assert main(["draw", "--out", str(out), "--force"]) == 0
    assert out.read_text(encoding="utf-8").startswith("digraph")


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["missing.py"], "there is no file 'missing.py'"),
        (["{script}:missing"], "has no function 'missing'"),
        (["{script}:plain"], "calls no backward(), and plain returned no tensor with a graph"),
        (["{script}", "--recipe", "mlp"], "leave them out with a script"),
        (["{script}", "--batch-size", "2"], "leave them out with a script"),
        (["--max-nodes", "2"], "--max-nodes is a number of boxes from 5 up, not 2"),
    ],
)
def test_what_is_wrong_is_refused_in_a_line(script, arguments, words, tmp_path, capsys):
    given = [argument.format(script=script) for argument in arguments]
    assert main(["draw", *given, "--out", str(tmp_path / "graph.dot")]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
    assert not (tmp_path / "graph.dot").exists()


@pytest.mark.parametrize(
    "folded, boxes", [(["0"], "Sequential · 5 operations"), (["1"], "Linear · 1 operation"), (["ReLU"], "ReLU · 1")]
)
def test_modules_can_be_folded(folded, boxes, tmp_path):
    out = tmp_path / "graph.dot"
    assert main(["draw", "--collapse", *folded, "--out", str(out)]) == 0
    assert boxes in out.read_text(encoding="utf-8")
