"""What a type checker sees of a program that uses the library: Tensors, not Any."""

import subprocess
import sys
from pathlib import Path

import pytest

import tinygrad_edu as tg

ROOT = Path(__file__).parents[2]

PROGRAM = """
from typing import assert_type

import numpy as np
import tinygrad_edu as tg
import tinygrad_edu.nn.functional as F
from tinygrad_edu import Tensor, nn, optim


class Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(width, width), nn.ReLU())
        self.outer = nn.Linear(width, width)

    def forward(self, x: Tensor, scale: float = 1.0) -> Tensor:
        h = F.relu(self.inner(x))
        return self.outer(h) * scale + x


def accuracy(scores: Tensor, target: Tensor) -> float:
    return (scores.argmax(1) == target).float().mean().item()


def train(model: Residual, x: Tensor, target: Tensor) -> float:
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    loss = F.cross_entropy(model(x, scale=2.0), target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def operators(t: Tensor) -> Tensor:
    t = 1 - (t + 1) * 2 / t**2 @ t.T
    t += 1
    t[0] = 0.0
    if t > 0:
        return -t[1:, None]
    return abs(t)


t = tg.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
a = np.ones(3)
assert_type(tg.exp(t), Tensor)
assert_type(tg.sin(t), Tensor)
assert_type(tg.add(t, 1, alpha=2), Tensor)
assert_type(tg.mul(2.0, t), Tensor)
assert_type(tg.matmul(t, t), Tensor)
assert_type(t.exp(), Tensor)
assert_type(t.sum(dim=0).relu_(), Tensor)
assert_type(t.max(), Tensor)
assert_type(t.max(dim=1).values, Tensor)
assert_type(t[0], Tensor)
assert_type(1 + t, Tensor)
assert_type(t == 1, Tensor)
assert_type(t.sum().item(), int | float)
assert_type(t.grad, Tensor | None)
assert_type(tg.cat([t, t]), Tensor)
assert_type(tg.where(t > 0, t, 0.0), Tensor)
assert_type(t.median(), Tensor)
assert_type(tg.linalg.norm(t), Tensor)
assert_type(tg.compile(nn.Linear(2, 2)), nn.Linear)
assert_type(t.reshape(-1).split(2), tuple[Tensor, ...])
assert_type(nn.CrossEntropyLoss()(t, t), Tensor)
assert_type(nn.Linear(2, 2)(t), Tensor)
assert_type(Residual(2)(t), Tensor)
numbers: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = tg.exp(a)
output, weights = nn.MultiheadAttention(2, 1)(t, t, t)
assert_type(output, Tensor)
train(Residual(2), t, tg.tensor([0, 1]))
"""

MISTAKES = {
    "tg.exp(np.ones(3)).backward()": 'has no attribute "backward"',
    "x: int = tg.exp(tg.ones(3))": "Incompatible types in assignment",
    "tg.ones(3).exp().missing": '"Tensor" has no attribute "missing"',
    'Small()("x")': 'incompatible type "str"; expected "Tensor"',
    "Small()(tg.ones(3), 2)": "Too many arguments",
}
SMALL = """
import numpy as np
import tinygrad_edu as tg


class Small(tg.nn.Module):
    def forward(self, x: tg.Tensor) -> tg.Tensor:
        return x.exp()


"""


@pytest.mark.slow
def test_a_program_passes_the_strictest_type_check_and_mistakes_do_not(tmp_path):
    pytest.importorskip("mypy")
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "mistakes.py").write_text(SMALL + "\n".join(MISTAKES))
    # Quiet about the library itself: it is checked with its own settings.
    options = ["--strict", "--follow-imports=silent", "--config-file=", f"--cache-dir={tmp_path / 'cache'}"]
    result = subprocess.run(
        [sys.executable, "-m", "mypy", *options, "program.py", "mistakes.py"],
        cwd=tmp_path,
        env={"MYPYPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
    )
    assert "error: " in result.stdout, result.stdout + result.stderr
    lines = [line for line in result.stdout.splitlines() if "error: " in line]
    assert [line for line in lines if not line.startswith("mistakes.py")] == []
    first = SMALL.count("\n") + 1
    assert len(lines) == len(MISTAKES)
    for number, (line, message) in enumerate(zip(lines, MISTAKES.values(), strict=True), first):
        assert line.startswith(f"mistakes.py:{number}: ") and message in line


@pytest.mark.slow
def test_a_type_checker_knows_every_public_function_and_method(tmp_path):
    """Those made by a factory too: a function that makes them without saying what it returns makes `Any` of them."""
    pytest.importorskip("mypy")
    places = {"tg": tg, "F": tg.nn.functional, "tg.linalg": tg.linalg, "tg.special": tg.special, "t": tg.zeros(3, 3)}
    names = [f"{place}.{name}" for place, x in places.items() for name in dir(x) if not name.startswith("_")]
    lines = [f"reveal_type({name})" for name in names if callable(eval(name, {**places}))]
    assert len(lines) > 700
    head = "import tinygrad_edu as tg\nimport tinygrad_edu.nn.functional as F\nt = tg.zeros(3, 3)\n"
    (tmp_path / "names.py").write_text(head + "\n".join(lines))
    options = ["--follow-imports=silent", "--config-file=", f"--cache-dir={tmp_path / 'cache'}"]
    result = subprocess.run(
        [sys.executable, "-m", "mypy", *options, "names.py"],
        cwd=tmp_path,
        env={"MYPYPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
    )
    told = [line for line in result.stdout.splitlines() if "Revealed type" in line]
    assert len(told) == len(lines), result.stdout[-2000:]
    unknown = [lines[int(line.split(":")[1]) - head.count("\n") - 1] for line in told if line.endswith(' "Any"')]
    assert unknown == []
