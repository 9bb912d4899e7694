"""Make the two pictures of the README, beside this file: `python .pictures/make.py`. (Or in a folder that is named.)

It needs Graphviz, and playwright with a Chromium: `pip install -e '.[browser]'`, `apt install graphviz chromium`.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

import tinygrad_edu as tg

HERE = Path(__file__).parent
STEP = 9  # where two shares of one gradient meet
SIZE = {"width": 1200, "height": 720}
COLORS = 64


def draw_graph(path):
    """Draw a neuron and its loss."""
    x = tg.tensor([2.0, -1.0])
    weight = tg.tensor([0.5, 1.5], requires_grad=True)
    bias = tg.tensor(0.25, requires_grad=True)
    target = tg.tensor(1.0)
    with tg.viz.trace() as trace:
        output = (x @ weight + bias).tanh()
        loss = (output - target) ** 2
    loss.backward()
    tg.viz.draw(loss, trace=trace, rankdir="LR").save(path)


def explore(path):
    """Take a picture of the explorer in the middle of a backward pass."""
    x = tg.tensor([1.0, 2.0, 4.0, 9.0], requires_grad=True)
    weights = tg.tensor([1.0, 0.5, -1.0, 2.0])
    with tg.viz.trace() as trace:
        y = x - x.mean()
        loss = (y * weights).sum()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page_path = tg.viz.explore(loss, trace=trace).save(Path(folder) / "page.html")
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE)
        page.goto(f"{page_path.as_uri()}#step={STEP}")
        page.wait_for_timeout(1000)  # until what moves has come to rest
        page.screenshot(path=path)
        browser.close()
    Image.open(path).convert("RGB").quantize(COLORS).save(path, optimize=True)


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    draw_graph(folder / "graph.svg")
    explore(folder / "explorer.png")
    for name in ("graph.svg", "explorer.png"):
        print(f"{name}: {(folder / name).stat().st_size // 1000} kB")
