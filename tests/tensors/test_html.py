"""How tensors and modules look in a notebook."""

import xml.etree.ElementTree as ET
from html import unescape

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn
from tinygrad_edu.tensors.html import thumbnail


def cells(shown):
    """Return the texts of a table, row by row. What is not well-formed fails here."""
    root = ET.fromstring(shown._repr_html_().replace("&emsp;", " "))
    return [["".join(cell.itertext()) for cell in row if cell.tag == "td"] for row in root.iter("tr")]


def head(tensor):
    return "".join(ET.fromstring(tensor._repr_html_())[0].itertext())


def test_a_small_tensor_shows_its_numbers():
    x = tg.tensor([[1.0, -0.99999], [0.0, float("nan")]], requires_grad=True)
    x.name = "<b>&"
    assert cells(x) == [["1", "-0.99999"], ["0", "nan"]]
    assert head(x) == "<b>& · Tensor (2, 2) · float32 · requires_grad"
    colours = [cell.get("style").rpartition("background: ")[2] for cell in ET.fromstring(x._repr_html_()).iter("td")]
    assert colours[:2] == ["rgba(230, 126, 20, 0.60)", "rgba(60, 120, 210, 0.60)"]
    assert colours[2:] == ["rgba(60, 120, 210, 0.00)", "rgb(163, 18, 58); color: white"]


@pytest.mark.parametrize(
    "tensor, words, rows",
    [
        (tg.tensor(3), "Tensor () · int64", [["3"]]),
        (tg.tensor([True, False]), "Tensor (2,) · bool", [["True", "False"]]),
        (tg.ones(2, requires_grad=True) * 2, "Tensor (2,) · float32 · made by mul", [["2", "2"]]),
        (nn.Parameter(tg.ones(1)), "Parameter (1,) · float32 · requires_grad", [["1"]]),
        (tg.zeros(0, 3), "Tensor (0, 3) · float32 · no elements", []),
        (tg.ones(2, 2, 2), "Tensor (2, 2, 2) · float32 · all 1", [["", ""], ["", ""]]),
        (tg.arange(1000).reshape(20, 50), "Tensor (20, 50) · int64 · 0 … 999 · mean 499.5", [[""] * 32] * 16),
    ],
)
def test_other_tensors(tensor, words, rows):
    assert head(tensor) == words.replace(" · no elements", "")
    assert cells(tensor) == rows


def test_a_thumbnail_keeps_what_is_farthest_from_zero():
    array = np.zeros((2, 100, 100))
    array[0, 3, 99], array[0, 50, 0] = -2.0, 1.0
    small = thumbnail(array, 10, 16)
    assert small.shape == (10, 16)
    assert (small[0, -1], small[5, 0]) == (-2, 1)


def test_a_module_is_a_table_of_those_inside():
    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Sequential(nn.LazyLinear(5)))
    shown = model._repr_html_()
    assert "<b>Sequential</b>: — parameters" in shown
    assert cells(model)[1:] == [
        ["0", "Linear", "in_features=2, out_features=3, bias=True", "9"],
        ["1", "ReLU", "", ""],
        ["2", "Sequential", "", ""],
        [" 0", "LazyLinear", "5", "—"],
    ]
    model(tg.ones(1, 2))
    assert "<b>Sequential</b>: 29 parameters" in model._repr_html_()
    assert cells(nn.Linear(3, 4))[1:] == [["", "Linear", "in_features=3, out_features=4, bias=True", "16"]]


def test_names_and_settings_do_no_harm():
    class Odd(nn.Module):
        def extra_repr(self):
            return "</table><script>"

    model = nn.ModuleDict({"<script>": Odd()})
    assert "<script>" not in model._repr_html_()
    assert cells(model)[1:] == [["<script>", "Odd", "</table><script>", ""]]
    assert unescape(model._repr_html_()).count("<script>") == 2


def test_a_long_module_is_cut():
    assert cells(nn.Sequential(*(nn.ReLU() for _ in range(300))))[-1] == ["… 100 more"]
