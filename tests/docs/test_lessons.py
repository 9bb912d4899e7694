"""Every lesson is built like the others. (That its cells run, and what its page is like: `test_build.py`.)

How to write one. Begin with a copy of `docs/lessons/01-downhill.md`; the name is NN-name.md, and the index finds it.

- The first paragraph is the question, in one sentence that ends with a question mark. A link to the page as a notebook
  is put below it when the book is built.
- Then a small experiment: a few short cells (```{code-cell} python), each of which the reader can change and run again.
  Seeds are fixed. A warning is an error. Whatever the prose says is asserted in the cell beside it: each number of more
  than one digit or with a decimal point must stand in a cell, as an input or in an `assert` (`10^{39}` or 10³⁹ is
  `1e39` or `10**39`, 13,002 is 13_002, 80 % is 0.8). What varies from machine to machine is asserted as a range.
- Results are computed first and printed then, in lines of up to 40 letters: what a cell prints bit by bit falls apart.
- One figure at least, that answers the question: a `Picture` (name, title, alt, caption), made by a cell with the tag
  `hide-input`, whose last line shows it; or a lab's, `result.pictures()` or its `draw_...()`; or
  `tg.viz.explore(...)`, or `tg.viz.draw(...)`. Figures are made inside
  `with settings():`, of the width that `new_figure` gives, in the colours of `plots/style.py`, panels below each other:
  then they are legible at 390 pixels, in the light and in the dark.
- Code that stands in the package is named, not copied: `:source: tinygrad_edu.labs.twice_used.patient` brings a
  function of a lab into a cell (`docs/_extensions/lessons.py`), where the reader can change it.
- "## Exercise" has what is asked, and the solution, in a cell with the tag `hide-cell` that asserts what it says.
- "## The next question" ends the page, with a question and a link to the next lesson: `{doc}`words <02-neuron>``.
- 600 to 1,200 words of plain, short sentences, for somebody who can program a little and had mathematics at school.

To see one page: `sphinx-build -W -b html docs docs/_build/html`, which reads only what has changed. Look at it at
390 and 1280 pixels, in the light and in the dark.
"""

import re
from pkgutil import resolve_name

import pytest

from tests.docs.lesson import LESSONS, Lesson, numbers_in_code, numbers_in_prose

FIGURE = re.compile(r"(?<!def )\b(?:Picture|explore|draw(?:_\w+)?|pictures)\(")
LINK = re.compile(r"(?:\]\(|\{doc\}`[^`<]*<)([\w./-]+)")
SOURCE = re.compile(r"^:source: (.*)$", re.MULTILINE)
FEWEST, MOST = 600, 1200  # words

every_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


def read(path):
    return Lesson(path.read_text(encoding="utf-8"))


def test_lessons_are_numbered():
    assert [path.stem[:3] for path in LESSONS] == [f"{i:02}-" for i in range(1, len(LESSONS) + 1)]


@every_lesson
def test_the_question_comes_first(path):
    assert read(path).question.endswith("?")


@every_lesson
def test_it_is_short(path):
    assert FEWEST <= read(path).words <= MOST


@every_lesson
def test_there_is_a_figure(path):
    assert any(FIGURE.search(cell.source) for cell in read(path).cells)


@every_lesson
def test_there_is_one_exercise_whose_hidden_solution_is_asserted(path):
    lesson = read(path)
    (solution,) = [cell.source for cell in lesson.cells if "hide-cell" in cell.tags]
    assert solution in lesson.sections["Exercise"]
    assert re.search(r"^ *assert ", solution, re.MULTILINE)


@every_lesson
def test_it_ends_with_the_next_question(path):
    heading, last = list(read(path).sections.items())[-1]
    assert heading == "The next question"
    assert "?" in last
    (target,) = LINK.findall(last)
    following = LESSONS.index(path) + 1
    if following < len(LESSONS):
        assert target.removesuffix(".md") == LESSONS[following].stem
    else:
        assert (path.parent / target).with_suffix(".md").is_file()


@every_lesson
def test_no_number_is_only_claimed(path):
    assert read(path).unproved == []


@every_lesson
def test_code_from_the_package_is_there(path):
    for name in SOURCE.findall(path.read_text(encoding="utf-8")):
        assert callable(resolve_name(name))


def test_the_checks_can_fail():
    lesson = Lesson(
        "---\nfile_format: mystnb\n---\n\n# T\n\nHow?\n\n"
        "It is 0.25, 41,000, 80 %, $3 \\cdot 10^{-5}$ or 10³⁹; `x1` is 7.\n\n"
        "```{code-cell} python\n:tags: [hide-input]\n\n12\n```\n\n## A [link of 11](12.md)\n\n"
        "```{code-cell} python\n## 13\nassert x == 0.25 and s == '41,000'\n```\n"
    )
    assert lesson.question == "How?"
    assert [cell.tags for cell in lesson.cells] == [{"hide-input"}, set()]
    assert lesson.unproved == ["3 \\cdot 10^{-5}", "10³⁹", "80 %", "11"]
    assert list(lesson.sections) == ["A [link of 11](12.md)"]
    assert lesson.words == 11
    assert {0.8, 10.0**39, 3e-5, 2.5} <= set(numbers_in_code("0.8\n10 ** 39\n-3e-5\nassert s == 'a 2.5'\nt = '1.5'"))
    assert dict(numbers_in_prose("5 of 10⁻¹¹ in 1,200.5")) == {"10⁻¹¹": {1e-11}, "1,200.5": {1200.5}}
