"""The pages can be read as text as well, as they stand in `docs`."""

import re
from pathlib import Path

import pytest

from tests.docs.lesson import FENCE

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(path for kind in ("*.md", "*.rst") for path in DOCS.rglob(kind))
LONGEST = 120  # letters, as in the source


def too_long(text):
    """Return the numbers of lines that are too long; a row of a table cannot be broken, and code has its own check."""
    prose = FENCE.sub(lambda match: re.sub(r"[^\n]", "", match[0]), text)
    lines = enumerate(prose.split("\n"), 1)
    return [number for number, line in lines if len(line) > LONGEST and not line.startswith("|")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_lines_are_short(page):
    assert too_long(page.read_text(encoding="utf-8")) == []


def test_a_long_line_is_found():
    assert too_long(f"a\n```python\n{'x' * 130}\n```\n|{'y' * 130}|\n{'z' * 121}\n") == [6]
