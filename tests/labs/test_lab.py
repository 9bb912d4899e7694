"""Tables sum up over the seeds, and each lab is a file with a question, options that it describes, and a quick run."""

import csv
import io
import sys

import pytest

from tests.page import Page
from tinygrad_edu.cli.lab import described, options_of
from tinygrad_edu.labs import LABS, Result, Table

ROWS = [
    {"way": "a", "seed": 0, "value": 1, "fits": True},
    {"way": "a", "seed": 1, "value": 4, "fits": True},
    {"way": "b", "seed": 0, "value": 1234.5, "fits": False},
    {"way": "b", "seed": 1, "value": 1234.5, "fits": False},
]
TABLE = Table("file", "Two ways", ("way",), ROWS)


def test_the_effect_is_the_mean_the_least_and_the_most_over_the_seeds():
    assert TABLE.effect() == [
        {"way": "a", "value": (2.5, 1, 4), "fits": True},
        {"way": "b", "value": (1234.5, 1234.5, 1234.5), "fits": False},
    ]


def test_seeds_that_disagree_are_not_hidden():
    rows = [{"way": "a", "seed": seed, "fits": seed == 0} for seed in range(4)]
    assert Table("file", "One way", ("way",), rows).effect() == [{"way": "a", "fits": (0.25, 0, 1)}]


def test_as_text_the_spread_is_shown_where_there_is_one():
    assert str(TABLE).splitlines() == [
        "Two ways",
        "",
        "way  value         fits",
        "---  ------------  ----",
        "a    2.5 (1 to 4)  yes",
        "b    1,234         no",
    ]


def test_csv_keeps_every_row():
    rows = list(csv.DictReader(io.StringIO(TABLE.csv())))
    assert [row["value"] for row in rows] == ["1", "4", "1234.5", "1234.5"]
    assert list(rows[0]) == ["way", "seed", "value", "fits"]


def test_a_table_needs_rows():
    with pytest.raises(ValueError, match="Two ways: nothing was tried"):
        Table("file", "Two ways", ("way",), [])


def test_a_notebook_shows_tables_and_pictures(monkeypatch):
    table = Table("file", "a < b", ("way",), ROWS)
    page = Page(Result([table], list)._repr_html_())
    assert page.texts["caption"] == ["a < b"]
    assert page.texts["th"] == ["way", "value", "fits"]
    assert page.texts["td"] == ["a", "2.5 (1 to 4)", "yes", "b", "1,234", "no"]
    result = LABS["gradient-descent"].run(seeds=1)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert result._repr_html_().endswith("</table>")


def test_a_notebook_shows_a_lab():
    pytest.importorskip("matplotlib", reason="Matplotlib is not installed: pip install 'tinygrad-edu[report]'")
    page = Page(LABS["gradient-descent"].run(seeds=1)._repr_html_())
    assert len(page.all("table")) == 1
    assert len(page.all("svg")) == 2


@pytest.mark.parametrize("name", LABS)
def test_a_lab_describes_itself(name):
    lab = LABS[name]
    options = {option.name: option for option in options_of(lab)}
    assert lab.QUESTION and len(f"  {name:20}{lab.QUESTION}") <= 120
    assert described(lab).keys() == {*options, "progress"}
    assert set(lab.QUICK) <= set(options)
    assert options["seeds"].default >= 1


@pytest.mark.parametrize("name", LABS)
def test_a_quick_run_gives_tables_and_pictures(name):
    pytest.importorskip("matplotlib", reason="Matplotlib is not installed: pip install 'tinygrad-edu[report]'")
    result = LABS[name].run(**{**LABS[name].QUICK, "seeds": 1})
    for table in (*result.tables, *result.curves):
        assert table.rows
        assert {tuple(row) for row in table.rows} == {tuple(table.rows[0])}  # the same columns
        assert set(table.settings) <= set(table.rows[0])
    names = [picture.name for picture in result.pictures()]
    assert names
    assert len(set(names)) == len(names)
    for picture in result.pictures():
        assert picture.title and picture.alt.endswith(".") and picture.caption.endswith(".")
        assert picture.svg().startswith("<svg")


@pytest.mark.slow
@pytest.mark.parametrize("name", LABS)
def test_as_it_is_with_one_seed(name):
    result = LABS[name].run(seeds=1)
    for table in (*result.tables, *result.curves):
        assert not [row for row in table.rows if any(value != value for value in row.values())]  # NaN
