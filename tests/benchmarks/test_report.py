"""Results are judged by the targets, and written into the page."""

import json
import sys

import pytest

from tests.benchmarks import report
from tests.benchmarks.targets import TARGETS, Target, judge
from tests.benchmarks.timing import OURS


def row(case, contestant, value, ratio=None):
    spread = {"low": value, "high": value} | {"ratio": ratio, "ratio_low": ratio, "ratio_high": ratio}
    return {"case": case, "contestant": contestant, "unit": "ms", "value": value, "note": "", **spread}


def a_run(threads=1, ratio=0.5, quick=False):
    pairs = (("MLP, batch 32", ratio), ("MLP, batch 512", 0.25), ("compiled: MLP, batch 32", 0.7))
    rows = [one for case, of in pairs for one in (row(case, OURS, 1.0), row(case, "PyTorch", 2.0, of))]
    about = {"about": "A step.", "machine": {"python": "3", "processor": "one", "cores": 2}}
    growth = [row("growth with chain of operations", OURS, 1.2), row("growth with depth", OURS, 1.9)]
    return {"threads": threads, "quick": quick, "mlp": {**about, "rows": rows}, "growth": {**about, "rows": growth}}


def test_the_worst_case_counts():
    target = Target("MLP", "mlp", "PyTorch", 0.8, case="MLP")
    verdict = judge(target, a_run())
    assert (verdict.case, verdict.measured, verdict.met) == ("MLP, batch 32", 0.5, True)
    assert not judge(target, a_run(ratio=0.81)).met


def test_an_exponent_counts_by_itself_and_other_cases_not_at_all():
    verdict = judge(Target("nodes", "growth", OURS, 1.05, case="growth with chain"), a_run())
    assert (verdict.measured, verdict.met) == (1.2, False)
    assert judge(Target("MLP", "mlp", "PyTorch", 0.8, case=".* batch 512$"), a_run()).measured == 0.25


def test_nothing_is_said_of_what_was_not_run():
    assert judge(Target("MLP", "mlp", "MyGrad", 0.7), a_run()) is None
    assert judge(Target("CNN", "cnn", "PyTorch", 0.7), a_run()) is None


def test_far_off_is_half_as_much_again_as_the_target_or_as_what_is_known():
    assert Target("", "mlp", "PyTorch", 0.8).limit == pytest.approx(1.2)
    assert Target("", "mlp", "PyTorch", 0.8, known=2.0, why="as it is").limit == pytest.approx(3.0)


def test_what_is_missed_openly_says_why():
    for target in TARGETS:
        assert (target.known is None) == (not target.why)
        assert target.known is None or target.known > target.at_most


def test_the_tables_stand_between_the_marks(tmp_path, monkeypatch):
    files = [tmp_path / "two.json", tmp_path / "one.json"]
    for file, run in zip(files, (a_run(threads=2, ratio=0.9), a_run()), strict=True):
        file.write_text(json.dumps(run))
    page = tmp_path / "page.md"
    page.write_text(f"Before.\n{report.BEGIN}\nold\n{report.END}\nAfter.\n")
    command = ["report", *map(str, files), "--page", str(page)]
    monkeypatch.setattr(sys, "argv", command)
    report.main()
    text = page.read_text(encoding="utf-8")
    assert text.startswith("Before.\n") and text.endswith("\nAfter.\n") and "old" not in text
    assert "| MLP, every batch size | PyTorch | 0.80 | 0.50 (0.50 to 0.50) | 0.90 (0.90 to 0.90) | met |" in text
    assert "| growth with operations | itself: the exponent | 1.10 | 1.20 (1.20 to 1.20) |" in text
    assert "| CNN | PyTorch | 0.85 | – | – | – |  |" in text
    assert "*growth with operations, beside itself: the exponent*: Python's" in text and "*import," not in text
    report.main()
    assert page.read_text(encoding="utf-8") == text


def test_a_page_without_marks_and_a_short_run_are_refused(tmp_path, monkeypatch, capsys):
    with pytest.raises(ValueError, match="must have the lines"):
        report.replaced("a page", "figures")
    file = tmp_path / "quick.json"
    file.write_text(json.dumps(a_run(quick=True)))
    monkeypatch.setattr(sys, "argv", ["report", str(file)])
    with pytest.raises(SystemExit):
        report.main()
    assert "too short" in capsys.readouterr().err
