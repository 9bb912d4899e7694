"""The command that makes the pictures of the README runs, and makes what stands there."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.browser import PROGRAM

Image = pytest.importorskip("PIL.Image", reason="Pillow is not installed: pip install 'tinygrad-edu[report]'")
pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pip install 'tinygrad-edu[browser]'")
if PROGRAM is None:
    pytest.skip("there is no Chromium here: apt install chromium", allow_module_level=True)

PICTURES = Path(__file__).parents[2] / ".pictures"
MOST = 250_000  # bytes

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    subprocess.run([sys.executable, PICTURES / "make.py", folder], cwd=PICTURES.parent, check=True)
    return folder


def words_in(path):
    """Return all that is written in a drawing, but for numbers of lines. (Where it stands depends on Graphviz.)"""
    return re.findall(r">([^<>\s][^<>]*)<", re.sub(r"make\.py:\d+", "make.py", path.read_text(encoding="utf-8")))


def test_the_graph_says_what_the_one_in_the_readme_says(made):
    words = words_in(made / "graph.svg")
    assert len(words) > 20
    assert words == words_in(PICTURES / "graph.svg")


def test_the_explorer_looks_like_the_one_in_the_readme(made):
    new, old = (Image.open(folder / "explorer.png").convert("L") for folder in (made, PICTURES))
    assert new.size == old.size
    assert (made / "explorer.png").stat().st_size < MOST
    small = [np.asarray(image.resize((30, 18)), float) for image in (new, old)]
    assert np.ptp(small[0]) > 50  # not a blank page
    assert abs(small[0] - small[1]).mean() < 8
