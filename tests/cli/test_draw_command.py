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
    for name in ("pixels", "loss", "1.weight", "5.bias", "(4, 784)"):
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
