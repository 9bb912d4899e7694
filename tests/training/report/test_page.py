"""The page of a report: one file that loads nothing, with its policy, and every figure in words as well."""

import base64
import hashlib
import re
import sys
from dataclasses import replace

import numpy as np
import pytest

from tests.page import Page
from tests.training.small import start, train
from tinygrad_edu.training import RECIPES, MissingExtraError, Report, report
from tinygrad_edu.training.report.figures import SECTIONS, draw_figures
from tinygrad_edu.training.report.page import make_page

FEW = ("loss", "confusion", "landscape")
EVERY = [draw.__name__.removeprefix("draw_") for draws in SECTIONS.values() for draw in draws]


def check(source, figures):
    """Look at the structure of a page with so many figures."""
    page = Page(source)
    assert source.startswith("<!DOCTYPE html>")
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "link", "iframe", "object", "embed", "form", "base"}
    (policy,) = (meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    (style,) = page.texts["style"]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.split("; ")[:3] == ["default-src 'none'", f"style-src 'sha256-{digest}'", "img-src data:"]
    names = set()
    for tag, attributes in page.elements:
        assert "style" not in attributes, tag
        assert not any(name.startswith("on") for name in attributes)
        if "id" in attributes:
            assert attributes["id"] not in names, "an identifier stands there twice"
            names.add(attributes["id"])
        for name in ("href", "src", "xlink:href"):
            assert attributes.get(name, "#").startswith(("#", "data:image/png;base64,")), attributes[name]
    referred = re.findall(r'(?:href="#|url\(#)([^")]+)', source)
    assert set(referred) <= names
    assert "url(" not in style
    assert "@import" not in style
    outer = [svg for svg in page.all("svg") if "role" in svg]
    assert len(outer) == len(page.all("svg")) == len(page.all("figure")) == len(page.all("figcaption")) == figures
    for svg in outer:
        assert svg["role"] == "img"
        assert set(svg["aria-labelledby"].split()) <= names
        assert svg["viewbox"]
        assert "width" not in svg
    assert len(page.texts["desc"]) == figures
    assert all(len(text) > 30 for text in page.texts["desc"])
    assert page.all("html") == [{"lang": "en"}]
    assert "prefers-color-scheme:dark" in style
    return page


@pytest.fixture(scope="module")
def figures(findings):
    pytest.importorskip("matplotlib")
    return draw_figures(findings, FEW)


def test_a_page_with_a_few_figures(findings, figures):
    page = check(make_page(findings, figures), len(FEW))
    assert page.texts["code"] == ["tinygrad-edu train --epochs 2 --batch-size 20 --limit 600 --hidden 12 8"]
    assert f"mlp: {findings.accuracy:.2%} of 400 test images read right" in page.texts["h1"]
    assert page.texts["td"][0] == f"{findings.history[0]['loss']:.4f}"
    assert [picture.name for pictures in figures.values() for picture in pictures] == ["loss", "landscape", "confusion"]
    counts = [int(text) for text in page.texts["text"] if text.isdigit()]
    assert sum(counts) >= 400  # those of the confusion matrix, among others


@pytest.mark.slow
@pytest.mark.parametrize("recipe", RECIPES)
def test_a_page_with_all_figures(recipe, tmp_path):
    pytest.importorskip("matplotlib")
    run = train(start(replace(RECIPES[recipe], limit=1000, epochs=2)))
    found = report(run)
    check(found.save(tmp_path / "report.html").read_text(encoding="utf-8"), len(EVERY))
    assert found.html() == report(run).html()  # the same again, byte for byte
    for ending, start_of_file in ((".svg", b"<svg "), (".png", b"\x89PNG")):
        paths = found.save_figures(tmp_path / "figures", ending)
        assert [path.name for path in paths] == [f"{name}{ending}" for name in EVERY]
        assert all(path.read_bytes().startswith(start_of_file) for path in paths)
    with pytest.raises(ValueError, match=r"expected ending to be one of \.svg, \.png, got '\.gif'"):
        found.save_figures(tmp_path, ".gif")


def test_text_of_the_user_does_no_harm(findings):
    recipe = replace(findings.recipe, name="x" * 3, mean=0.5)
    note = '</p><script>alert("1")</script>'
    source = make_page(replace(findings, recipe=recipe, missing=[note]), {})
    page = Page(source)
    assert "script" not in {tag for tag, _ in page.elements}
    assert note in "".join(page.texts["p"])
    assert "In a program:" in "".join(page.texts["p"])
    assert "run = Run(Recipe(name='xxx'" in page.texts["code"][0]


def test_what_is_missing_is_said(findings):
    source = make_page(replace(findings, history=[], missing=["Something is left out."]), {})
    page = Page(source)
    assert "Something is left out." in page.texts["p"]
    assert "0 of 2" in page.texts["dd"]


def test_figures_without_a_record(findings):
    pytest.importorskip("matplotlib")
    bare = replace(findings, record=None, landscape=None, filters=None, mistakes=[], history=[])
    drawn = [picture.name for pictures in draw_figures(bare, EVERY[:-2]).values() for picture in pictures]
    assert drawn == ["confusion"]


@pytest.mark.slow
def test_figures_of_odd_runs(findings):
    """Draw all from a record with infinite losses, dead layers, many layers; and from results without any variety."""
    pytest.importorskip("matplotlib")
    record, land = findings.record, findings.landscape
    steps, layers = len(record.steps), 40
    odd = replace(
        record,
        loss=np.where(np.arange(steps) % 2, np.inf, record.loss),
        gradient=np.zeros((steps, layers), np.float32),
        update=np.full((steps, layers), 1e9, np.float32),
        flat=np.ones((steps, layers), np.float32),
        dead=np.ones((steps, layers), np.float32),
    )
    holes = land.surface.copy()
    holes[0] = np.nan, *[np.inf] * (len(holes) - 1)
    one = np.zeros((10, 10), np.int64)
    one[3, 3] = 400
    strange = replace(
        findings,
        record=odd,
        landscape=replace(land, surface=holes, loss=np.where(np.arange(len(land.loss)) == 1, np.nan, land.loss)),
        confusion=one,
        mistakes=findings.mistakes[:1],
        filters=np.zeros((3, 28, 28), np.float32),
        history=[{"loss": 1.0, "accuracy": 1.0, "test_accuracy": 1.0}],
    )
    drawn = [picture for pictures in draw_figures(strange).values() for picture in pictures]
    assert [picture.name for picture in drawn] == EVERY
    for picture in drawn:
        assert picture.svg()
    update = next(picture for picture in drawn if picture.name == "updates")
    assert f"{steps * layers} of the values lie beyond it" in update.caption
    assert "layer 40" in update.alt


def test_without_matplotlib_the_error_names_the_extra(findings, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'tinygrad-edu\[report\]'"):
        Report(findings).html()
    assert "test accuracy" in Report(findings).text()


def test_the_text_of_a_report(findings):
    text = Report(findings).text()
    lines = text.splitlines()
    assert lines[0] == f"{findings.recipe}, seed 0"
    assert lines[1] == "to repeat it     tinygrad-edu train --epochs 2 --batch-size 20 --limit 600 --hidden 12 8"
    assert f"test accuracy    {findings.accuracy:.2%} of 400 images" in lines
    assert f"calibration      expected calibration error {findings.calibration.error:.2%}" in lines
    for i in range(3):
        assert any(line.startswith(f"{i + 1:5}{findings.record.gradient[-1, i]:10.1e}") for line in lines)
    first, second = findings.landscape.explained
    assert f"two directions hold {first + second:.0%} of it" in text
    long = replace(findings, history=findings.history * 50, record=None, landscape=None, missing=["No record."])
    lines = Report(long).text().splitlines()
    assert sum(re.match(r" +\d+ +0\.\d{4}|  +\d+ +[12]\.\d{4}", line) is not None for line in lines) == 12
    assert any(line.startswith("  100") for line in lines)
    assert lines[-1] == "No record."
    assert "No epoch of training is over yet." in Report(replace(findings, history=[])).text()
