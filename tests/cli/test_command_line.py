"""The command as a whole: help, wrong arguments, pipes, exit codes."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tinygrad_edu
from tinygrad_edu.cli import BROKEN_PIPE, FAILED, INTERRUPTED, WRONG_INPUT, main
from tinygrad_edu.cli.called import called, command
from tinygrad_edu.training import RECIPES, Checkpoint, build_model, save_checkpoint

COMMAND = [sys.executable, "-m", "tinygrad_edu"]
BUFFERED = {**os.environ, "PYTHONUNBUFFERED": ""}  # as it is at home; unbuffered, argparse itself ignores such errors


def test_the_module_is_the_command():
    result = subprocess.run([*COMMAND, "--version"], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (0, f"tinygrad-edu {tinygrad_edu.__version__}\n", "")


@pytest.mark.parametrize(
    "command", [[], ["train"], ["report"], ["predict"], ["evaluate"], ["summary"], ["export"], ["draw"], ["lab"]]
)
def test_help(command, capsys):
    assert main([*command, "--help"]) == 0
    output = capsys.readouterr()
    assert output.err == ""
    assert output.out.startswith("usage: tinygrad-edu")
    assert all(len(line) <= 120 for line in output.out.splitlines())


def test_help_teaches(capsys):
    main(["train", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    for words in (
        "against its gradient",
        "Too small is slow",
        "(default: 0.002 in mlp, 0.003 in cnn, 0.003 in best, 2.0 in classic)",
        "(default: 256 128 in mlp, 128 in cnn, 256 in best, 16 16 in classic)",
        "784-16-16-10",
        "why weights must not start equal",
    ):
        assert words in text


def test_the_exit_codes_are_documented_in_one_place(capsys):
    """What `--help` says of them is what the page says; the tests of each command assert them."""
    page = (Path(__file__).parents[2] / "docs/command-line.md").read_text(encoding="utf-8")
    documented = re.findall(r"^\| (\d+) \|", page, re.MULTILINE)
    assert documented == ["0", "1", "2", "129", "130", "143", "141"]
    main(["--help"])
    said = capsys.readouterr().out.partition("exit codes:")[2]
    assert sorted(re.findall(r"\b\d{1,3}\b", said), key=int) == sorted(documented, key=int)
    assert (FAILED, WRONG_INPUT, INTERRUPTED, BROKEN_PIPE) == (1, 2, 130, 141)


WRONG = [
    ([], "the following arguments are required: command"),
    (["fly"], "invalid choice: 'fly'"),
    (["train", "--optimizer", "magic"], "invalid choice: 'magic'"),
    (["train", "--epochs", "many"], "invalid int value: 'many'"),
    (["train", "--epochs", "0"], "expected epochs to be a whole number from 1 up, got 0"),
    (["train", "--lr", "-1"], "expected lr to be above 0, got -1.0"),
    (["train", "--lr", "nan"], "expected lr to be a number"),
    (["train", "--lr", "1e400"], "expected lr to be a number, got inf"),
    (["train", "--batch-size", "1" + "0" * 30], "expected batch_size to be a whole number from 1 up to 92"),
    (["train", "--batch-size", "1" + "0" * 5000], "invalid int value"),
    (["train", "--epochs", "1" + "0" * 30], "expected epochs to be a whole number from 1 up to 92"),
    (["train", "--hidden", "1" + "0" * 30], "whose weights fit into a memory"),
    (["train", "--hidden", *["1"] * 101], "at most 100 numbers"),
    (["train", "--hidden", "0"], "expected hidden to be positive whole numbers"),
    (["train", "--hidden", "1000000000000"], "not enough memory"),
    (["train", "--resume", "none.npz"], "No such file or directory: 'none.npz'"),
    (["train", "--resume", "none.npz", "--lr", "1", "--hidden"], "leave out --lr, --hidden"),
    (["predict", "none.npz", "mnist:0"], "No such file or directory: 'none.npz'"),
    (["report", "none.npz"], "No such file or directory: 'none.npz'"),
    (["report", __file__, "--text"], "is not a checkpoint of `tinygrad-edu train`"),
    (["report", "none", "--format", "gif"], "invalid choice: 'gif'"),
    (["evaluate", "."], "Is a directory: '.'"),
    (["evaluate", __file__], "is not a checkpoint of `tinygrad-edu train`"),
    (["draw", "--out", "graph.xyz"], "expected a file name that ends in one of .svg, .png, .pdf, .dot, .gv\n"),
    (["draw", "--batch-size", "0"], "--batch-size is a positive number"),
]


@pytest.mark.parametrize("arguments, message", WRONG)
def test_wrong_arguments_get_one_line_and_exit_code_2(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    output = capsys.readouterr()
    assert output.out == ""
    last = output.err.splitlines()[-1]  # argparse shows the usage first
    assert last.startswith("tinygrad-edu")
    assert "error: " in last
    assert message in last + "\n"
    assert output.err.count("error: ") == 1
    assert "Traceback" not in output.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--limit", "20", "--epochs", "3", "--no-report"]])
def test_a_broken_pipe_ends_quietly(arguments, tmp_path):
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=BUFFERED,
    )
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait() == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full: /dev/full")
def test_a_full_disk_gets_one_line():
    with open("/dev/full", "w") as full:  # noqa: PTH123
        result = subprocess.run(
            [*COMMAND, "--help"], stdout=full, stderr=subprocess.PIPE, text=True, check=False, env=BUFFERED
        )
    assert result.returncode == 2
    assert result.stderr == "tinygrad-edu: error: [Errno 28] No space left on device\n"


def without(*numbers):
    """Return what closes files by number in a new process."""
    return lambda: [os.close(number) for number in numbers]


@pytest.mark.skipif(sys.platform == "win32", reason="closes files as a Unix shell does")
@pytest.mark.parametrize("closed", [(1,), (2,), (1, 2), (0, 1, 2)])
@pytest.mark.parametrize("arguments, code", [(["--version"], 0), (["evaluate", "none"], 2), (["train", "--limit"], 2)])
def test_closed_streams(arguments, code, closed, tmp_path):
    result = subprocess.run(
        [*COMMAND, *arguments], preexec_fn=without(*closed), capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert result.returncode == code
    assert "Traceback" not in result.stderr
    assert bool(result.stderr) == (code != 0 and 2 not in closed)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_what_a_terminal_cannot_print_is_written_as_an_escape(encoding, tmp_path):
    name = "ü→" + ("" if sys.platform == "win32" else os.fsdecode(b"\xff"))
    np.save(tmp_path / f"{name}.npy", np.eye(28))
    save_checkpoint(Checkpoint(RECIPES["classic"], initial_weights()), tmp_path / "weights.npz")
    result = subprocess.run(
        [*COMMAND, "predict", ".", f"{name}.npy"],
        capture_output=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": encoding},
    )
    assert (result.returncode, result.stderr) == (0, b"")
    start = {"ascii": "\\xfc\\u2192", "latin-1": "ü\\u2192", "utf-8": "ü→"}[encoding]
    assert result.stdout.startswith(start.encode(encoding))


def initial_weights():
    return {name: tensor.array for name, tensor in build_model(RECIPES["classic"]).state_dict().items()}


CALLS = [
    (["tinygrad-edu"], None, "tinygrad-edu"),
    ([".venv/bin/tinygrad-edu"], None, ".venv/bin/tinygrad-edu"),
    (["my environment/bin/tinygrad-edu"], None, "'my environment/bin/tinygrad-edu'"),
    (["/here/bin/tinygrad-edu"], "/here/bin/tinygrad-edu", "tinygrad-edu"),
    (["/here/bin/tinygrad-edu"], "/elsewhere/bin/tinygrad-edu", "/here/bin/tinygrad-edu"),
    (["/here/tinygrad_edu/__main__.py"], None, "python9 -m tinygrad_edu"),
    (["/usr/bin/pytest"], None, "tinygrad-edu"),
    ([""], None, "tinygrad-edu"),
    ([], None, "tinygrad-edu"),
]


@pytest.mark.parametrize("argv, found, expected", CALLS)
def test_a_command_to_try_is_printed_as_it_was_called(argv, found, expected, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", argv)
    monkeypatch.setattr(sys, "orig_argv", ["python9", "-m", "tinygrad_edu"])
    monkeypatch.setattr("shutil.which", lambda name: found)
    assert called() == expected
    assert command("predict", "a b", "mnist:0") == f"{expected} predict 'a b' mnist:0"
    main(["--help"])
    assert f"\n  {expected} predict runs/mlp mnist:0" in capsys.readouterr().out


def test_ctrl_c_outside_of_training(monkeypatch, capsys):
    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("tinygrad_edu.cli.datasets.MNIST", interrupted)
    assert main(["train"]) == 130
    assert capsys.readouterr().err == "Interrupted.\n"
