"""Figures fit into pages with a strict policy, are legible on light and dark ones, and say what they show."""

import numpy as np
import pytest

from tests.page import Page
from tinygrad_edu.plots.axes import new_figure, panel
from tinygrad_edu.plots.picture import Picture, settings
from tinygrad_edu.plots.style import COLOURS, LIGHT, dark_rules
from tinygrad_edu.plots.svg import tidy


def test_svg_is_tidied():
    source = """<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
        width="9pt" height="9pt" viewBox="0 0 9 9"><metadata>x</metadata><defs><style>*{}</style>
        <path id="m" style="stroke: #123456"/><clipPath id="c"/></defs>
        <g id="unused" clip-path="url(#c)"><use xlink:href="#m" style="fill: #123456; stroke: none"/>
        <text style="font: bold 9px 'A'; text-anchor: middle">a &lt; b</text>
        <text style="font-size: 8px; font-family: 'A'">c</text></g></svg>"""
    page = Page(tidy(source, "f", "A <title>", 'words "and" &'))
    assert page.all("use") == [{"href": "#f-m", "fill": "#123456", "stroke": "none"}]
    assert page.all("g") == [{"clip-path": "url(#f-c)"}]
    assert page.all("text") == [
        {"font-size": "9", "font-weight": "bold", "text-anchor": "middle"},
        {"font-size": "8"},
    ]
    assert page.all("path") == [{"id": "f-m"}]
    assert page.texts["text"] == ["a < b", "c"]
    assert page.texts["title"] == ["A <title>"]
    assert page.texts["desc"] == ['words "and" &']
    assert not page.all("metadata") + page.all("style")


def luminance(colour):
    parts = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("name", [name for name in COLOURS if name not in ("paper", "grid")])
def test_letters_and_lines_stand_out(name, scheme):
    """The contrast that the Web Content Accessibility Guidelines ask of text: 4.5 to 1."""
    ground, drawn = (luminance(COLOURS[key][scheme]) + 0.05 for key in ("paper", name))
    assert max(ground, drawn) / min(ground, drawn) >= 4.5


def test_every_colour_has_another_in_the_dark():
    rules = dark_rules()
    for light, dark in COLOURS.values():
        assert f'[fill="{light}"]{{fill:{dark}}}' in rules
        assert f'[stroke="{light}"]{{stroke:{dark}}}' in rules
    assert len(set(LIGHT.values())) == len(COLOURS)


def test_a_notebook_shows_the_figure_with_its_words():
    pytest.importorskip("matplotlib", reason="Matplotlib is not installed: pip install 'tinygrad-edu[report]'")
    with settings():
        figure = new_figure(2)
        panel(figure, 0.5, 0.5, 0.1, 0.1).plot([1, 2])
    page = Page(Picture("rising", "A line", "A line that rises", "It rises & rises", figure)._repr_html_())
    (svg,) = page.all("svg")
    assert svg["class"] == "plot"
    assert svg["aria-labelledby"] == "rising-title rising-text"
    assert page.texts["desc"] == ["A line that rises"]
    assert page.texts["figcaption"] == ["It rises & rises"]
    assert page.texts["style"] == [dark_rules()]
