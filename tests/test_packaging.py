"""What the package says about itself: licences, links, and what it needs."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_licence_of_the_images_is_named_beside_that_of_the_code():
    assert PROJECT["license"] == "MIT AND CC-BY-SA-3.0"
    texts = [(ROOT / path).read_text(encoding="utf-8") for path in PROJECT["license-files"]]
    assert any("MIT License" in text for text in texts)
    assert any("Attribution-Share Alike 3.0" in text for text in texts)


def test_links_in_the_readme_work_from_a_package_index():
    links = re.findall(r"\]\(([^)]+)\)", (ROOT / PROJECT["readme"]).read_text(encoding="utf-8"))
    assert [link for link in links if not link.startswith(("https://", "#"))] == []


@pytest.mark.parametrize("name", ["numpy", "tqdm"])
def test_what_it_needs_has_a_lowest_version(name):
    (found,) = (line for line in PROJECT["dependencies"] if line.startswith(name))
    assert re.fullmatch(rf"{name}>=\d+\.\d+", found)
