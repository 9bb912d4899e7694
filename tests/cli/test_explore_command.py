"""`tinygrad-edu explore`."""

import json
import re
import sys
import textwrap

import pytest

from tinygrad_edu.cli import main

TRAINING = """
import sys
import tinygrad_edu as tg

weight = tg.tensor([1.0, 2.0], requires_grad=True)
for step in range(3):
    error = ((weight - 3.0) ** 2).sum()
    error.backward()
    with tg.no_grad():
        weight -= 0.1 * weight.grad
    weight.grad = None
    print("step", step, *sys.argv[1:])

def one_step():
    loss = (weight * 2).exp().sum()
    return loss

def gradient():
    return tg.autograd.grad(weight.prod(), [weight])

def nothing():
    return 3
"""


@pytest.fixture
def explored(tmp_path, monkeypatch, capsys):
    """Return a function that runs the command on a script and returns what the page is told, and what was printed."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments, script=TRAINING, code=0):
        (tmp_path / "script.py").write_text(textwrap.dedent(script))
        assert main(["explore", "--force", *arguments]) == code
        printed = capsys.readouterr()
        page = (tmp_path / "backprop.html").read_text() if code == 0 else ""
        (data,) = re.findall(r'id="data">(.*?)</script>', page) or ["null"]
        return json.loads(data), printed

    return run


def operations(data):
    return [operation["op"] for operation in data["operations"]]


def test_a_script_is_run_until_its_first_backward_pass(explored):
    data, printed = explored("script.py")
    assert operations(data) == ["sub", "pow", "sum"]
    assert data["operations"][0]["place"] == ["script.py", 7, "error = ((weight - 3.0) ** 2).sum()"]
    assert {"weight", "error"} <= {tensor["name"] for tensor in data["tensors"]}
    assert printed.out == "3 operations and the way back: open backprop.html in a browser\n"


def test_another_pass_and_arguments_for_the_script(explored):
    first, _ = explored("script.py")
    data, printed = explored("--pass", "3", "script.py", "fast")
    assert printed.out.startswith("step 0 fast\nstep 1 fast\n3 operations")
    assert data["arrays"] != first["arrays"]


@pytest.mark.parametrize("function, expected", [("one_step", ["mul", "exp", "sum"]), ("gradient", ["prod"])])
def test_a_function_of_a_script(explored, function, expected):
    script = TRAINING.replace("range(3)", "range(0)")
    data, _ = explored(f"script.py:{function}", script=script)
    assert operations(data) == expected


def test_a_script_without_a_backward_pass_has_a_loss(explored):
    script = "import tinygrad_edu as tg\nloss = tg.ones(2, requires_grad=True).sum()\nraise SystemExit"
    explored("script.py", script=script, code=2)
    data, _ = explored("script.py", script=script.replace("raise SystemExit", ""))
    assert operations(data) == ["sum"]


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["missing.py"], "there is no file 'missing.py'"),
        (["script.py:missing"], "has no function 'missing'"),
        (["script.py:nothing"], "nothing returned no tensor"),
        (["script.py", "--pass", "0"], "counts from 1"),
        (["script.py", "--pass", "9"], "has 3 backward passes, not 9"),
        (["script.py", "--out", "page.svg"], "ends in .html"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(explored, arguments, message):
    script = TRAINING.replace("range(3)", "range(0)") if ":" in arguments[0] else TRAINING
    _, printed = explored(*arguments, script=script, code=2)
    assert message in printed.err
    assert printed.err.count("\n") == 1


def test_nothing_of_the_run_stays_behind(explored):
    before = sys.argv, sys.path, sys.getprofile()
    explored("script.py")
    assert before == (sys.argv, sys.path, sys.getprofile())


def test_nothing_is_overwritten_unasked(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "script.py").write_text(textwrap.dedent(TRAINING))
    (tmp_path / "backprop.html").write_text("mine")
    assert main(["explore", "script.py"]) == 2
    assert "is there already; name another file with --out, or write over it with --force" in capsys.readouterr().err
    assert (tmp_path / "backprop.html").read_text() == "mine"
    assert main(["explore", "--force", "script.py"]) == 0
    assert (tmp_path / "backprop.html").read_text().startswith("<!doctype html>")
