"""A real browser for pages: Debian's Chromium, driven by Playwright. Without them these tests are skipped by name."""

from __future__ import annotations

import shutil

import pytest

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--no-sandbox",  # as root, in a container
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# What of a figure's letters is outside of it.
CUT_OFF = """() => [...document.querySelectorAll("figure svg")].flatMap((svg) => {
    const whole = svg.getBoundingClientRect();
    return [...svg.querySelectorAll("text")].filter((text) => {
        const part = text.getBoundingClientRect();
        return part.left < whole.left - 1 || part.right > whole.right + 1
            || part.top < whole.top - 1 || part.bottom > whole.bottom + 1;
    }).map((text) => `${svg.querySelector("title").textContent}: ${text.textContent}`);
})"""
# The size of the smallest letters in figures, in pixels; none are infinitely large.
SMALLEST = """() => Math.min(...[...document.querySelectorAll("figure svg text")].map(
    (text) => text.getAttribute("font-size") * text.getScreenCTM().a || Infinity))"""


@pytest.fixture(scope="session")
def browser():
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="Playwright is not installed: pip install 'tinygrad-edu[browser]'"
    )
    if PROGRAM is None:
        pytest.skip("there is no Chromium here: apt install chromium")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=PROGRAM, args=FLAGS)
        yield browser
        browser.close()


class Visit:
    """An open page, with what went wrong on it, and the requests that it made."""

    def __init__(self, page):
        self.page = page
        self.complaints = []
        self.requests = []
        page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("dialog", lambda dialog: (self.complaints.append(dialog.message), dialog.dismiss()))


@pytest.fixture
def visit(browser, tmp_path):
    """Return a function that opens a page: a file, or HTML that it writes into one."""
    contexts = []

    def open_page(html, *, width=1280, height=800, scheme="light", address="", motion="reduce"):
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion=motion
        )
        contexts.append(context)
        context.set_default_timeout(10_000)
        file = html
        if isinstance(html, str):
            file = tmp_path / f"page{len(contexts)}.html"
            file.write_text(html, encoding="utf-8")
        visit = Visit(context.new_page())
        visit.url = file.as_uri()
        visit.page.goto(visit.url + address)
        return visit

    yield open_page
    for context in contexts:
        context.close()
