"""The pages of the book, as they are built: everybody can read them, on any screen, and no link leads nowhere."""

from functools import cache
from itertools import pairwise
from urllib.parse import unquote, urldefrag, urlsplit

import pytest

from tests.browser import CUT_OFF, SMALLEST
from tests.docs.lesson import LESSONS

pytest.importorskip("sphinx", reason="Sphinx is not installed: pip install 'tinygrad-edu[docs]'")

from bs4 import BeautifulSoup  # the theme needs it, too

LOOKED_AT = [
    "index",
    "drawing",
    "exploring",
    "compared",
    "lessons/index",
    *(f"lessons/{path.stem}" for path in LESSONS),
]
# The tables that are wider than the page, and so can only be read by scrolling.
WIDE_TABLES = """() => [...document.querySelectorAll(".table-wrapper")]
    .filter((table) => table.scrollWidth > table.clientWidth).map((table) => table.textContent.slice(0, 80))"""
SCREENS = [(width, scheme) for width in (390, 1280) for scheme in ("light", "dark")]

pytestmark = pytest.mark.slow


@cache
def parsed(path):
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@cache
def names_in(path):
    return {element["id"] for element in parsed(path).find_all(id=True)}


@pytest.fixture(scope="module")
def pages(built):
    """Return the pages that somebody wrote. (Explorers and reports have tests of their own.)"""
    found = [path for path in built.rglob("*.html") if parsed(path).find("article") is not None]
    assert len(found) > 20
    return [path for path in found if path.stem not in ("search", "genindex")]


def test_every_picture_says_in_words_what_it_shows(pages):
    pictures = [(path, picture) for path in pages for picture in parsed(path).select("article img, article iframe")]
    assert [(path.name, str(p)[:80]) for path, p in pictures if not (p.get("alt") or p.get("title"))] == []
    figures = [(path, figure) for path in pages for figure in parsed(path).select("figure.plot-with-caption")]
    assert len(figures) >= 5
    assert [path.name for path, figure in figures if not (figure.svg.title and figure.svg.desc)] == []
    assert [path.name for path, figure in figures if not figure.figcaption.get_text().strip()] == []


def test_headings_are_in_order(pages):
    for path in pages:
        levels = [int(heading.name[1]) for heading in parsed(path).select("article :is(h1, h2, h3, h4, h5, h6)")]
        assert [step for step in pairwise(levels) if step[1] > step[0] + 1] == [], path.name
        assert levels[0] == 1, path.name
        assert levels.count(1) == 1, path.name


def test_links_lead_somewhere(built, pages):
    lost = set()
    count = 0
    for path in pages:
        for tag, attribute in (("a", "href"), ("img", "src"), ("iframe", "src"), ("script", "src"), ("link", "href")):
            for element in parsed(path).find_all(tag, {attribute: True}):
                address, fragment = urldefrag(element[attribute])
                if urlsplit(address).scheme:
                    continue
                count += 1
                target = (path.parent / unquote(urlsplit(address).path)).resolve() if address else path
                known = target.is_file() and target.is_relative_to(built)
                if known and fragment and target in pages:
                    known = unquote(fragment) in names_in(target)
                if not known:
                    lost.add((path.name, element[attribute]))
    assert lost == set()
    assert count > 1000


def test_every_lesson_can_be_had_as_a_notebook(built):
    for path in LESSONS:
        (link,) = parsed(built / "lessons" / f"{path.stem}.html").select("p.notebook a")
        notebook = (built / "lessons" / link["href"]).read_text(encoding="utf-8")
        assert '"cell_type": "code"' in notebook
        assert '"output_type"' in notebook


@pytest.mark.parametrize("name", LOOKED_AT)
def test_the_page_can_be_read(visit, built, name):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    for width, scheme in SCREENS:
        visited = visit(built / f"{name}.html", width=width, scheme=scheme)
        page = visited.page
        assert visited.complaints == [], (width, scheme)
        assert page.evaluate("document.documentElement.scrollWidth") == width, (width, scheme)
        assert page.evaluate(WIDE_TABLES) == [], (width, scheme)
        assert page.evaluate(CUT_OFF) == [], (width, scheme)
        assert page.evaluate(SMALLEST) >= 8, (width, scheme)
        found = [(found["id"], found["nodes"][0]["html"]) for found in axe.Axe().run(page).response["violations"]]
        assert found == [], (width, scheme)


def test_the_explorer_on_the_front_page_moves(visit, built):
    page = visit(built / "index.html", motion="no-preference").page
    moving = page.frame_locator("iframe")
    moving.locator("#play[aria-label=Pause]").wait_for()
    moving.locator("#back:enabled").wait_for()  # the first step is behind it
    still = visit(built / "index.html", motion="reduce").page.frame_locator("iframe")
    still.locator(".box").first.wait_for()
    assert still.locator("#play").get_attribute("aria-label") == "Play"
