"""`tinygrad-edu report`."""

import argparse
import shlex
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.training.small import dataset, start, train
from tinygrad_edu.cli import main
from tinygrad_edu.cli.begin import choose_recipe, given
from tinygrad_edu.cli.train import add_arguments
from tinygrad_edu.training import RECIPES, report, save_checkpoint, save_record
from tinygrad_edu.training.report import figures, findings
from tinygrad_edu.training.report.repeat import repeat_command


@pytest.fixture(scope="module")
def trained():
    return train(start(replace(RECIPES["classic"], limit=100, epochs=1)))


@pytest.fixture
def folder(trained, tmp_path, monkeypatch):
    """The folder of a run, with few images to look at, and only one figure to draw."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(findings, "MNIST", lambda train=True, transform=None: dataset(transform))
    monkeypatch.setattr(figures, "SECTIONS", {"How it learned": figures.SECTIONS["How it learned"][:1]})
    folder = Path("run")
    folder.mkdir()
    save_checkpoint(trained.checkpoint(), folder / "weights.npz")
    save_record(trained.record(), folder / "record.npz")
    return folder


def test_a_report_is_written_and_nothing_overwritten(folder, capsys):
    pytest.importorskip("matplotlib")
    assert main(["report", "run"]) == 0
    assert capsys.readouterr().out == "report          run/report.html\n"
    page = (folder / "report.html").read_bytes()
    assert page.startswith(b"<!DOCTYPE html>")
    (folder / "report.html").write_bytes(b"mine")
    assert main(["report", "run/weights.npz", "--figures", "figures", "--format", "png"]) == 0
    assert capsys.readouterr().out == "report          run/report-2.html\nfigures         1 in figures\n"
    assert (folder / "report-2.html").read_bytes() == page
    assert (folder / "report.html").read_bytes() == b"mine"
    assert [path.name for path in Path("figures").iterdir()] == ["loss.png"]
    assert main(["report", "run", "--out", "run/report.html"]) == 0
    assert (folder / "report.html").read_bytes() == page
    (folder / "weights.npz").rename("net.npz")
    assert main(["report", "net.npz"]) == 0
    assert b"No record of the training was kept" in Path("net-report.html").read_bytes()


def test_as_text_it_needs_nothing(folder, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert main(["report", "run", "--text"]) == 0
    assert "tinygrad-edu train --recipe classic --epochs 1 --limit 100\n" in capsys.readouterr().out
    assert main(["report", "run"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("tinygrad-edu report: error: figures are drawn by Matplotlib")
    assert "pip install 'tinygrad-edu[report]'" in error
    assert error.endswith("with --text\n")
    assert error.count("\n") == 1
    assert not (folder / "report.html").exists()


def test_the_losses_are_those_of_the_images_that_were_learned(folder, trained):
    found, same = report(folder).findings, report(trained).findings
    assert found.probe == same.probe == 100
    assert found.landscape.loss.tolist() == same.landscape.loss.tolist()


def test_a_damaged_record_gets_one_line(folder, capsys):
    (folder / "record.npz").write_bytes((folder / "record.npz").read_bytes()[:-50])
    assert main(["report", "run", "--text"]) == 2
    error = capsys.readouterr().err
    assert "run/record.npz is not a record of `tinygrad-edu train`" in error
    assert error.count("\n") == 1


def test_a_folder_that_is_not_there(folder, capsys):
    pytest.importorskip("matplotlib")
    assert main(["report", "run", "--out", "none/report.html"]) == 2
    assert "No such file or directory" in capsys.readouterr().err


REPEATED = [
    (RECIPES["mlp"], "train"),
    (RECIPES["classic"], "train --recipe classic"),
    (replace(RECIPES["mlp"], epochs=3, lr=0.1 + 0.2), "train --epochs 3 --lr 0.30000000000000004"),
    (replace(RECIPES["mlp"], hidden=(5, 4)), "train --hidden 5 4"),
    (replace(RECIPES["mlp"], hidden=(), limit=100), "train --limit 100 --hidden"),
    (replace(RECIPES["mlp"], optimizer="sgd"), "train --optimizer sgd --lr 0.002"),
    (replace(RECIPES["classic"], seed=3, batch_size=7, init="xavier", activation="tanh"),
     "train --recipe classic --activation tanh --init xavier --batch-size 7 --seed 3"),
    (replace(RECIPES["mlp"], std=2.0, layers=("conv 2 5", "relu")), "train --std 2.0 --layers 'conv 2 5' relu"),
    (replace(RECIPES["mlp"], classes=3), None),
    (replace(RECIPES["mlp"], image=(8, 8)), None),
    (replace(RECIPES["mlp"], name="mine"), None),
]  # fmt: skip


@pytest.mark.parametrize("recipe, command", REPEATED)
def test_the_command_that_repeats_a_run(recipe, command):
    assert repeat_command(recipe) == command
    if command is not None:
        parser = argparse.ArgumentParser()
        add_arguments(parser)
        assert choose_recipe(given(parser.parse_args(shlex.split(command)[1:]))) == recipe


def test_the_images_of_another_folder_are_repeated_too():
    recipe = replace(RECIPES["mlp"], mean=0.5, image=(8, 9), classes=3)
    assert repeat_command(recipe, "some where") == "train --data 'some where' --mean 0.5"
