"""The page of a report in a real browser: nothing is asked for, nothing is cut off, everybody can read it."""

from dataclasses import replace

import pytest

from tests.browser import CUT_OFF, SMALLEST
from tests.training.small import start, train
from tinygrad_edu.training import RECIPES, report

pytestmark = pytest.mark.slow

GROUND = """() => getComputedStyle(document.querySelector("figure svg [fill='#ffffff']")).fill"""


@pytest.fixture(scope="module")
def page_of_a_run():
    pytest.importorskip("matplotlib")
    return report(train(start(replace(RECIPES["classic"], limit=1000, epochs=2)))).html()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_can_be_read(visit, page_of_a_run, width, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    visited = visit(page_of_a_run, width=width, scheme=scheme)
    page = visited.page
    page.get_by_text("Epoch by epoch").click()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate(CUT_OFF) == []
    assert page.evaluate(SMALLEST) >= 8
    assert page.evaluate(GROUND) == ("rgb(255, 255, 255)" if scheme == "light" else "rgb(20, 23, 28)")
    assert [found["id"] for found in axe.Axe().run(page).response["violations"]] == []
    assert visited.complaints == []
    assert {url for url in visited.requests if not url.startswith("data:")} == {visited.url}
