"""`tinygrad-edu lab`."""

import functools
import sys
from pathlib import Path

import pytest

from tinygrad_edu.cli import main
from tinygrad_edu.labs import LABS, gradient_descent


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_without_a_name_the_labs_are_listed(capsys):
    assert main(["lab"]) == 0
    output = capsys.readouterr().out
    for name, lab in LABS.items():
        assert f"{name} " in output
        assert lab.QUESTION in output
    assert "tinygrad-edu lab gradient-descent\n" in output.replace(";", "\n")


def test_an_unknown_name_lists_the_labs(capsys):
    assert main(["lab", "alchemy"]) == 2
    error = capsys.readouterr().err
    assert "invalid choice: 'alchemy'" in error
    assert all(f"'{name}'" in error for name in LABS)
    assert not list(Path().iterdir())


def test_a_run_saves_numbers_and_figures_and_says_where(capsys):
    pytest.importorskip("matplotlib", reason="Matplotlib is not installed: pip install 'tinygrad-edu[report]'")
    assert main(["lab", "gradient-descent", "--seeds", "1", "--step-sizes", "0.1", "0.2", "--out", "tried"]) == 0
    folder = Path("tried/gradient-descent-seeds_1-step_sizes_0.1_0.2")
    files = ["costs.png", "costs.svg", "descents.csv", "map.png", "map.svg"]
    assert sorted(path.name for path in folder.iterdir()) == files
    output = capsys.readouterr().out
    assert "step size" in output
    assert all(str(folder / name) in output for name in files if not name.endswith(".png"))
    assert (folder / "descents.csv").read_text().startswith("step size,seed,")
    assert (folder / "map.svg").read_text().startswith("<svg")


def test_nothing_is_written_over(monkeypatch, capsys):
    monkeypatch.setattr(gradient_descent, "draw", lambda paths: [])
    for _ in range(2):
        assert main(["lab", "gradient-descent", "--quick"]) == 0
    assert sorted(path.name for path in Path("labs").iterdir()) == [
        "gradient-descent-quick",
        "gradient-descent-quick-2",
    ]


def let_it(do, monkeypatch):
    """Put a function in place of a lab's run."""
    monkeypatch.setattr(gradient_descent, "run", functools.wraps(gradient_descent.run)(do))


def test_an_option_goes_before_quick(monkeypatch, capsys):
    asked = {}

    def run(**options):
        asked.update(options)
        raise ValueError("as the lab says")

    let_it(run, monkeypatch)
    monkeypatch.setattr(gradient_descent, "QUICK", {"seeds": 1, "steps": 3})
    assert main(["lab", "gradient-descent", "--quick", "--seeds", "2"]) == 2
    assert (asked["seeds"], asked["steps"], "step_sizes" in asked) == (2, 3, False)
    assert capsys.readouterr().err == "tinygrad-edu lab: error: as the lab says\n"
    assert not list(Path("labs").iterdir())  # no folder is left of a run that failed


def test_without_matplotlib_the_table_is_printed(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert main(["lab", "gradient-descent", "--quick"]) == 0
    output = capsys.readouterr()
    assert "step size  first cost" in output.out
    assert "pip install 'tinygrad-edu[report]'" in output.out
    assert [path.name for path in Path("labs/gradient-descent-quick").iterdir()] == ["descents.csv"]


def test_the_help_of_a_lab_tells_its_story_and_its_options(capsys):
    assert main(["lab", "valleys", "--help"]) == 0
    output = capsys.readouterr().out
    assert "Does momentum carry descent out of the wrong valley?" in output
    assert "how much of the last step the next one keeps (default: 0.0 0.5 0.8 0.9 0.95)" in " ".join(output.split())


def test_interrupted_it_leaves_no_folder(monkeypatch, capsys):
    def run(**options):
        raise KeyboardInterrupt

    let_it(run, monkeypatch)
    assert main(["lab", "gradient-descent"]) == 130
    assert capsys.readouterr().err == "Interrupted.\n"
    assert not list(Path("labs").iterdir())


@pytest.mark.parametrize(
    "options, message",
    [
        (["--seeds", "0"], "argument --seeds: expected a whole number from 1 up, got '0'"),
        (["--seeds", "many"], "argument --seeds: expected a whole number from 1 up, got 'many'"),
        (["--step-sizes", "short"], "argument --step-sizes: invalid float value: 'short'"),
        (["--step-sizes", "10", "--steps", "1000"], "a number has become too large; take shorter steps"),
    ],
)
def test_wrong_options_get_one_line(options, message, capsys):
    assert main(["lab", "gradient-descent", *options]) == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert message in last
    assert not list(Path().glob("labs/*"))


def test_training_that_diverges_is_told(capsys):
    assert main(["lab", "memorizing", "--quick", "--lrs", "1e30"]) == 1
    assert "training has diverged" in capsys.readouterr().err
    assert not list(Path().glob("labs/*"))
