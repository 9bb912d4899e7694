"""The structure of an SVG picture, as a screen reader and a browser have it."""

import re
import shutil
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn, viz
from tinygrad_edu.tensors.html import thumbnail
from tinygrad_edu.viz.pictures import style
from tinygrad_edu.viz.pictures.heatmap import COLUMNS, ROWS, shades, write_heatmap
from tinygrad_edu.viz.pictures.svg import finish

pytestmark = pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz's program dot is not installed")

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def traced():
    a, b = tg.tensor(2.0, requires_grad=True), tg.tensor(-3.0, requires_grad=True)
    with viz.trace() as t:
        y = (a * b + 1) ** 2
    y.backward()
    return y, t


def draw(traced, **options):
    y, t = traced
    return ET.fromstring(viz.draw(y, trace=t, **options).render("svg"))


def titles(root):
    return [element.text for element in root.iter(f"{SVG}title")]


def test_everything_is_said_in_words(traced):
    root = draw(traced)
    labels = root.get("aria-labelledby").split()
    title, description = (root.find(f"*[@id='{label}']") for label in labels)
    assert (title.tag, title.text) == (f"{SVG}title", "Computation graph of y")
    assert description.tag == f"{SVG}desc"
    assert description.text == (
        "3 operations, drawn as 7 boxes. mul₁ is mul of a, b. add₁ is add of mul₁, 1. y is pow of add₁, 2."
    )
    said = titles(root)
    assert "parameter (gets a gradient): a" in said
    assert "from a to mul, which makes mul₁" in said
    assert any(text.startswith("mul: mul₁ = a · b\nshare of a = dL/d(mul₁) · b\n") for text in said)
    assert any(text.endswith(": y = (a * b + 1) ** 2") for text in said)
    assert not any(re.search("%3|->|:i0|:n", text) for text in said)


def test_parts_have_no_ids_that_another_picture_on_the_page_has(traced):
    one, other = draw(traced), draw(traced, legend=True)
    ids = [{e.get("id") for e in root.iter() if e.get("id")} for root in (one, other)]
    assert len(ids[0]) == len(ids[1]) == 2
    assert ids[0].isdisjoint(ids[1])


def test_the_colours_follow_the_reader_s_screen(traced):
    root = draw(traced, theme="auto")
    (sheet,) = root.iter(f"{SVG}style")
    rules = dict(re.findall(r"\.(\w+) \{ (?:fill|stroke): (#\w+) \}", sheet.text))
    assert sheet.text.startswith("@media (prefers-color-scheme: dark) {")
    for element in root.iter():
        for attribute in ("fill", "stroke"):
            colour = element.get(attribute)
            if colour not in (None, "none", "transparent"):
                assert rules[f"{attribute[0]}{colour[1:]}"] == style.DARK[colour]
                assert f"{attribute[0]}{colour[1:]}" in element.get("class").split()


@pytest.mark.parametrize("theme, ground", [("light", style.GROUND), ("dark", style.DARK[style.GROUND])])
def test_a_picture_for_one_ground(traced, theme, ground):
    root = draw(traced, theme=theme)
    assert not list(root.iter(f"{SVG}style"))
    assert next(root.iter(f"{SVG}polygon")).get("fill") == ground


def test_modules_are_frames_with_titles():
    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    with viz.trace() as t:
        y = model(tg.ones(1, 2)).sum()
    root = draw((y, t))
    frames = [e for e in root.iter(f"{SVG}g") if e.get("class") == "cluster"]
    assert [frame.find(f"{SVG}title").text for frame in frames] == ["module Sequential", "module 0 (Linear)"]


def test_edges_back_have_their_shares_or_the_norms_of_them(traced):
    source = viz.draw(traced[0], trace=traced[1], edges="backward").source
    assert len(re.findall(r"^b\d+ -> b\d+ \[dir=back color=.*style=dashed", source, re.MULTILINE)) == 4
    assert 'tooltip="share of the gradient of a: 30"' in source
    assert 'label="  -10"' in source
    x = tg.tensor([3.0, -4.0], requires_grad=True)
    source = viz.draw((x * x).sum() / 2, names={"x": x}, edges="backward", legend=True).source
    assert source.count('tooltip="share of the gradient of x: norm 2.5"') == 2
    assert "gradient on its way back" in source
    assert "way back" not in viz.draw(x.sum(), legend=True).source


def test_a_title_may_hold_anything():
    svg = finish('<svg xmlns="http://www.w3.org/2000/svg"><g><title>G</title></g></svg>', "</svg>\x00", "&", True)
    assert titles(ET.fromstring(svg)) == ["</svg>\ufffd"]


def test_a_heatmap_shows_what_is_farthest_from_zero():
    matrix = np.zeros((100, 100))
    matrix[3, 99], matrix[50, 0] = -2.0, 1.0
    small = thumbnail(matrix, ROWS, COLUMNS)
    assert small.shape == (10, 16)
    assert small.min() == small[0, -1] == -2
    assert small.max() == small[5, 0] == 1
    assert shades(matrix)[0][-1] == style.HEAT[0]
    assert shades(matrix)[5][0] == style.HEAT[6]
    assert shades(np.array([0.0, np.nan]))[0] == [style.HEAT[4], style.NOT_FINITE]


def test_a_heatmap_is_of_the_first_image_of_a_batch():
    images = np.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5)
    assert thumbnail(images, ROWS, COLUMNS).tolist() == images[0, 0].tolist()
    assert thumbnail(np.ones((8, 1, 1)), ROWS, COLUMNS).shape == (1, 8)
    assert write_heatmap(np.arange(20)).count("<TD") == 16
    assert write_heatmap(np.ones(20)) == write_heatmap(np.ones((0, 3))) == write_heatmap(np.arange(9) * 1j) == ""
