"""Which program turns the text into a picture, and what is said where none can."""

import sys
import types

import pytest

from tinygrad_edu.viz.pictures import rendering
from tinygrad_edu.viz.pictures.rendering import RenderError, render_dot, renderer


@pytest.fixture
def without_dot(monkeypatch):
    monkeypatch.setenv("PATH", "")


def test_pygraphviz_takes_the_place_of_a_missing_program(without_dot, monkeypatch):
    monkeypatch.setattr(rendering, "has_pygraphviz", lambda: True)
    assert renderer("svg") == [sys.executable, "-c", rendering.BY_PYGRAPHVIZ, "svg"]
    monkeypatch.setattr(rendering, "has_pygraphviz", lambda: False)
    assert renderer("svg") is None


def test_pygraphviz_is_asked_in_a_process_of_its_own(tmp_path, monkeypatch):
    package = "class AGraph:\n    def __init__(self, string): self.s = string\n"
    package += "    def draw(self, format, prog): return f'{format} {prog} {self.s}'.encode()\n"
    (tmp_path / "pygraphviz.py").write_text(package)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(rendering.shutil, "which", lambda name: None)
    monkeypatch.setattr(rendering, "has_pygraphviz", lambda: True)
    assert render_dot("digraph {é}", "svg") == "svg dot digraph {é}".encode()


def test_a_stand_in_for_the_package_is_not_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    assert not rendering.has_pygraphviz()
    monkeypatch.setitem(sys.modules, "pygraphviz", types.ModuleType("pygraphviz"))
    assert not rendering.has_pygraphviz()


def test_without_either_the_error_names_both_and_what_works(without_dot, monkeypatch):
    monkeypatch.setattr(rendering, "has_pygraphviz", lambda: False)
    with pytest.raises(RenderError, match=r"`dot`.*pygraphviz.*tinygrad-edu\[viz\].*graph.dot.*explore"):
        render_dot("digraph {}", "svg")


def test_a_layout_that_takes_too_long_is_stopped(monkeypatch):
    monkeypatch.setattr(rendering, "renderer", lambda format: [sys.executable, "-c", "import time; time.sleep(60)"])
    with pytest.raises(RenderError, match=r"took longer than 0.2 s and was stopped.*collapse=1.*max_nodes=50"):
        render_dot("digraph {}", "svg", seconds=0.2)


def test_a_program_that_says_nothing_failed(monkeypatch):
    monkeypatch.setattr(rendering, "renderer", lambda format: [sys.executable, "-c", "raise SystemExit(3)"])
    with pytest.raises(RenderError, match="Graphviz failed: exit code 3"):
        render_dot("digraph {}", "svg")
