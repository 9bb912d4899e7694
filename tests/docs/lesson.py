"""A lesson of the book, taken apart: its question, its prose, its cells, and the numbers in both."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LESSONS = sorted((Path(__file__).parents[2] / "docs" / "lessons").glob("[0-9]*.md"))
FENCE = re.compile(r"^(```+|:::+)\{?([\w-]*)\}?[^\n]*\n(.*?)^\1$\n?", re.MULTILINE | re.DOTALL)
OPTION = re.compile(r"\A(?::tags: \[(.*)\]\n)?(?::[\w-]+:[^\n]*\n)*")
TARGET = re.compile(r"\{[\w-]+\}`([^`<]*)(?:<[^>]*>)?`|\[([^\]]*)\]\([^)]*\)")  # a role, a link: their words are kept
POWER = re.compile(
    r"(?:(\d+(?:\.\d+)?)\s*(?:\\cdot|·|×)\s*)?\b10(?:\^\{?([-−]?\d+)\}?|([⁻⁰¹²³⁴-⁹]+))"  # 6 · 10⁻¹¹, $10^{39}$
)
NUMBER = re.compile(r"(?<![\w.])(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(e[+-]?\d+)?(\s?%)?")
SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")


@dataclass(frozen=True)
class Cell:
    """A cell of code, with its tags."""

    source: str
    tags: frozenset[str]


class Lesson:
    """A page of the book.

    Attributes:
        question: its first paragraph.
        cells: in the order of the page.
        sections: what stands below each heading of the second level, cells and all, by heading.
        prose: the words that are read: without cells and other blocks, and without the targets of links.
    """

    def __init__(self, text: str) -> None:
        assert text.startswith("---\nfile_format: mystnb\n"), "the first lines make it a notebook"
        body = text.split("---\n", 2)[2]
        self.cells = list(cells_in(body))
        bare = FENCE.sub("", body)
        title, self.question, *_ = [part.strip() for part in bare.strip().split("\n\n")]
        assert title.startswith("# ")
        self.title = title[2:]
        self.sections = dict(sections_in(body))
        self.prose = TARGET.sub(lambda match: match[1] or match[2] or "", bare)

    @property
    def words(self) -> int:
        return sum(any(map(str.isalpha, word)) for word in self.prose.split())

    @property
    def unproved(self) -> list[str]:
        """The numbers of more than one digit in the prose that are in no cell: each must be an input or be asserted."""
        known = {
            value for cell in self.cells if "hide-input" not in cell.tags for value in numbers_in_code(cell.source)
        }
        return [text for text, values in numbers_in_prose(self.prose) if not values & known]


def cells_in(body: str) -> Iterator[Cell]:
    for match in FENCE.finditer(body):
        if match[2] == "code-cell":
            options = OPTION.match(match[3])
            tags = re.findall(r"[\w-]+", options[1] or "") if options else []
            yield Cell(match[3][options.end() :] if options else match[3], frozenset(tags))


def sections_in(body: str) -> Iterator[tuple[str, str]]:
    """Yield the headings of the second level with what stands below them; a line in a cell is no heading."""
    hidden = FENCE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), body)
    heads = [*re.finditer(r"^## (.*)$", hidden, re.MULTILINE)]
    for head, end in zip(heads, [*(head.start() for head in heads[1:]), len(body)], strict=True):
        yield head[1], body[head.end() : end]


def numbers_in_prose(prose: str) -> Iterator[tuple[str, set[float]]]:
    """Yield the numbers of more than one digit or with a decimal point, each with the values that it may have."""
    for match in POWER.finditer(prose):
        exponent = (match[2] or match[3]).translate(SUPERSCRIPTS)
        yield match[0], {float(f"{match[1] or 1}e{exponent}")}
    for match in NUMBER.finditer(POWER.sub(" ", prose)):
        whole, fraction, exponent, percent = match.groups()
        if len(whole) > 1 or fraction or exponent:
            value = float(whole.replace(",", "") + (fraction or "") + (exponent or ""))
            yield match[0], {value, float(f"{value / 100:.12g}")} if percent else {value}


def numbers_in_code(source: str) -> Iterator[float]:
    """Yield the numbers that are written in a program, and those in texts that it asserts."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=int() | float() as value):
                yield float(value)
            case ast.BinOp(ast.Constant(base), ast.Pow(), ast.Constant(int() as exponent)) if exponent < 300:
                yield float(base) ** exponent
            case ast.Assert():
                texts = [node.value for node in ast.walk(node) if isinstance(node, ast.Constant)]
                for text in texts:
                    if isinstance(text, str):
                        yield from (value for _, values in numbers_in_prose(text) for value in values)
