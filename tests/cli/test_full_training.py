"""The recipes, by the commands that the README names; the long ones for fewer epochs, and with less to promise."""

import re

import pytest

from tinygrad_edu.cli import main

pytestmark = pytest.mark.slow

PROMISES = {
    "mlp": ([], 98.4),
    "classic": ([], 92.0),
    "cnn": (["--epochs", "3", "--average", "0.99"], 98.9),
    "best": (["--epochs", "2", "--limit", "20000", "--average", "0.99"], 97.5),
}
"""For each recipe, what is changed, and the least that it is to reach, in percent of the test images."""


@pytest.mark.parametrize("recipe", PROMISES)
def test_a_recipe_keeps_its_promise(recipe, tmp_path, capsys):
    changed, least = PROMISES[recipe]
    assert main(["train", "--recipe", recipe, "--no-report", "--out", str(tmp_path), *changed]) == 0
    output = capsys.readouterr().out
    assert float(re.search(r"^test accuracy   (\d+\.\d+)%$", output, re.M)[1]) >= least, output
    error = re.search(r"^gradient check  PASS .* largest relative error (\S+),", output, re.M)[1]
    assert float(error) < 1e-6
    assert len(re.findall(r"^epoch ", output, re.M)) <= 20
