"""The DOT text of some pictures, whole; and how wide and how quick larger ones are.

After a change that was meant, write the texts anew, and read the difference: `python -m tests.viz.pictures.test_dot`.
"""

import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn, viz
from tinygrad_edu.nn import functional as F

GOLDEN = Path(__file__).parent / "golden"
WIDEST = 1600 * 3 / 4  # points; a pixel of a browser is 3/4 of one
needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz's program dot is not installed")


def expression():
    a, b = tg.tensor(2.0, requires_grad=True), tg.tensor(-3.0, requires_grad=True)
    c = tg.tensor([1.0, -2.0], requires_grad=True)
    y = ((a * b + c) ** 2).sum()
    y.backward(retain_graph=True)
    return viz.draw(y, names={"a": a, "b": b, "c": c, "y": y}, legend=True)


def modules():
    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Sequential(nn.Linear(2, 2), nn.ReLU()))
    for i, parameter in enumerate(model.parameters()):
        parameter.data.fill_(i - 1)
    x = tg.arange(20.0).reshape(10, 2)
    with viz.trace() as t:
        loss = model(x).sum()
    loss.backward()
    idle = nn.ModuleDict({"used": model, "idle": nn.Linear(1, 1)})
    return viz.draw(loss, trace=t, model=idle, names={"x": x}, collapse="2", rankdir="LR", theme="dark")


def flaws():
    x, w = tg.tensor([1.0, 0.0], requires_grad=True), tg.tensor(0.0, requires_grad=True)
    with np.errstate(all="ignore"):
        y = (x / w * w).sum()
        return viz.draw([y, x * 0 + 1], names={"x": x, "w": w}, hide_constants=True, grads=False)


def backward():
    w, h = tg.tensor(0.5, requires_grad=True), tg.tensor(4.0)
    for _ in range(20):
        h = w * h
    return viz.draw(h, names={"w": w}, max_nodes=8, edges="backward", rankdir="BT")


PICTURES = [expression, modules, flaws, backward]


def text_of(picture):
    """Return the text of a picture without the places of lines, which any change in this file moves."""
    return re.sub(r"test_dot\.py:\d+:", "test_dot.py:", picture().source)


@pytest.mark.parametrize("picture", PICTURES)
def test_the_text_is_what_it_was(picture):
    assert text_of(picture) == (GOLDEN / f"{picture.__name__}.dot").read_text(encoding="utf-8")


@needs_dot
@pytest.mark.parametrize("picture", PICTURES)
def test_dot_understands_it_without_a_word(picture):
    assert picture().render("svg")


class Network(nn.Module):
    """A small convolutional network with batch normalization."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
        )  # fmt: skip
        self.classifier = nn.Sequential(nn.Flatten(), nn.Linear(16 * 49, 32), nn.ReLU(), nn.Linear(32, 10))

    def forward(self, x):
        return self.classifier(self.features(x))


def convolutional():
    model, images, labels = Network(), tg.randn(4, 1, 28, 28), tg.tensor([1, 2, 3, 4])
    with viz.trace() as t:
        loss = F.cross_entropy(model(images), labels)
    return model, loss, t


def transformer():
    model, x = nn.TransformerEncoderLayer(32, 4, 64, batch_first=True), tg.randn(2, 5, 32)
    with viz.trace() as t:
        loss = (model(x) * tg.linspace(-1, 1, 32)).exp().mean()
    return model, loss, t


@needs_dot
@pytest.mark.parametrize("traced", [True, False], ids=["traced", "not traced"])
@pytest.mark.parametrize("build", [convolutional, transformer])
def test_a_picture_of_a_network_is_narrow(build, traced):
    tg.manual_seed(0)
    model, loss, t = build()
    loss.backward(retain_graph=True)
    svg = viz.draw(loss, trace=t if traced else None, model=model).render("svg").decode()
    assert float(re.search(r'width="([\d.]+)pt"', svg)[1]) <= WIDEST


@needs_dot
def test_a_loop_of_200_uses_is_drawn_in_two_seconds_and_is_narrow():
    w, h = tg.randn(3, 3).requires_grad_(), tg.ones(3)
    with viz.trace() as t:
        for _ in range(200):
            h = (w @ h).tanh()
        loss = h.sum()
    loss.backward()
    start = sum(os.times()[:4])  # of this process and of the `dot` it calls: whatever else the machine does
    svg = viz.draw(loss, trace=t).render("svg").decode()
    assert sum(os.times()[:4]) - start < 2
    assert float(re.search(r'width="([\d.]+)pt"', svg)[1]) <= 600


if __name__ == "__main__":
    for picture in PICTURES:
        (GOLDEN / f"{picture.__name__}.dot").write_text(text_of(picture), encoding="utf-8")
