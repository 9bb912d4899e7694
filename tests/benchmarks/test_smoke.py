"""The benchmark runs, in its short form, and nothing is far off its target. What is near it is not judged here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.__main__ import WORKLOADS
from tests.benchmarks.targets import TARGETS, judge

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


def run(*arguments):
    command = [sys.executable, "-m", "tests.benchmarks", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    file = tmp_path_factory.mktemp("benchmarks") / "results.json"
    done = run("--quick", "--json", str(file))
    assert done.returncode == 0, done.stderr
    assert "NumPy by hand" in done.stdout and "tinygrad_edu" in done.stdout
    return json.loads(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: f"{target.workload} beside {target.against}")
def test_no_ratio_is_far_off(results, target):
    verdict = judge(target, results)
    if verdict is None:
        rows = results[target.workload]["rows"]
        assert [row["note"] for row in rows if row["contestant"] == target.against] == [
            f"{target.against} is not installed" for _ in {row["case"] for row in rows}
        ]
        pytest.skip(f"{target.against} is not installed: pip install -e '.[bench]'")
    assert verdict.measured <= target.limit, f"{verdict}; the limit is {target.limit}"


@pytest.mark.parametrize("name", WORKLOADS)
def test_every_row_has_figures_or_says_why_not(results, name):
    assert results[name]["machine"]["numpy"]
    assert results[name]["rows"]
    for row in results[name]["rows"]:
        assert (row["value"] is not None and row["low"] <= row["value"] <= row["high"]) or row["note"]


def test_an_unknown_workload_is_named():
    done = run("mpl")
    assert done.returncode == 2 and "unknown: mpl; choose from" in done.stderr
