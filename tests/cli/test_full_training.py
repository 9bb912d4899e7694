"""The two recipes in full, by the command that the README names."""

import re

import pytest

from tinygrad_edu.cli import main

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("recipe, least", [("mlp", 98.0), ("classic", 92.0)])
def test_a_recipe_keeps_its_promise(recipe, least, tmp_path, capsys):
    assert main(["train", "--recipe", recipe, "--out", str(tmp_path)]) == 0
    output = capsys.readouterr().out
    reached = float(re.search(r"^test accuracy   (\d+\.\d+)%$", output, re.M)[1])
    assert reached >= 98.0 if recipe == "mlp" else reached > 92.0, output
    assert least <= reached
    error = re.search(r"^gradient check  PASS .* largest relative error (\S+),", output, re.M)[1]
    assert float(error) < 1e-6
    assert len(re.findall(r"^epoch ", output, re.M)) <= 20
