"""What the package says about itself: licences, links, and what it needs."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT, TOOLS = PYPROJECT["project"], PYPROJECT["tool"]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_licence_of_the_images_is_named_beside_that_of_the_code():
    assert PROJECT["license"] == "MIT AND CC-BY-SA-3.0"
    texts = [(ROOT / path).read_text(encoding="utf-8") for path in PROJECT["license-files"]]
    assert any("MIT License" in text for text in texts)
    assert any("Attribution-Share Alike 3.0" in text for text in texts)


def test_links_in_the_readme_work_from_a_package_index():
    text = README
    for change in TOOLS["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]["substitutions"]:
        text = re.sub(change["pattern"], change["replacement"], text)
    assert "Run it" in text
    assert "![" not in text
    assert [link for link in re.findall(r"\]\(([^)]+)\)", text) if not link.startswith(("https://", "#"))] == []


def test_pictures_in_the_readme_are_small_and_described():
    found = re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", README)
    assert [path for _, path in found] == [".pictures/graph.svg", ".pictures/explorer.png"]
    assert all(len(alt) > 100 for alt, _ in found)
    assert all((ROOT / path).stat().st_size < 60_000 for _, path in found)


@pytest.mark.parametrize("name", ["numpy", "tqdm"])
def test_what_it_needs_has_a_lowest_version(name):
    (found,) = (line for line in PROJECT["dependencies"] if line.startswith(name))
    assert re.fullmatch(rf"{name}>=\d+\.\d+", found)
