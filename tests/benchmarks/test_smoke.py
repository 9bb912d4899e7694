"""The benchmarks run, and our step has not become slow. The bound is far above the usual figure: machines differ."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BOUND = 1.9

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    file = tmp_path_factory.mktemp("benchmarks") / "results.json"
    command = [sys.executable, "-m", "tests.benchmarks", "mlp", "overhead", "--quick", "--json", str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "NumPy by hand" in done.stdout and "tinygrad_edu" in done.stdout
    return json.loads(file.read_text())


def test_a_training_step_takes_at_most_so_many_times_what_numpy_takes(results):
    (ratio,) = [row["ratio"] for row in results["mlp"]["rows"] if row["contestant"] == "tinygrad_edu"]
    assert ratio < BOUND


def test_every_row_has_figures_or_says_why_not(results):
    for name in ("mlp", "overhead"):
        assert results[name]["machine"]["numpy"]
        for row in results[name]["rows"]:
            assert (row["value"] is not None and row["low"] <= row["value"] <= row["high"]) or row["note"]


def test_an_unknown_workload_is_named():
    command = [sys.executable, "-m", "tests.benchmarks", "mpl"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "unknown: mpl; choose from" in done.stderr
