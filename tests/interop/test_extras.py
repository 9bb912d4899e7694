"""What is said where a package is not installed: its extra, and the command that installs it."""

import importlib
import re
import tomllib
from pathlib import Path

import pytest

from tinygrad_edu import interop, nn
from tinygrad_edu.system.extras import MissingExtraError, require

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
USES = {
    "torch": lambda: interop.torch.from_torch(nn.Linear(1, 1)),
    "safetensors": lambda: interop.safetensors.load_file("x"),
    "onnx": lambda: interop.onnx.load("x"),
}


@pytest.mark.parametrize("name", USES)
def test_an_absent_package_is_an_error_that_names_its_extra(name, monkeypatch):
    def absent(module):
        raise ModuleNotFoundError(f"No module named {module!r}")

    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(
        MissingExtraError, match=re.escape(f"not installed: pip install 'tinygrad-edu[{name}]'")
    ) as raised:
        USES[name]()
    assert "\n" not in str(raised.value)
    assert any(re.match(rf"{name}\b", package) for package in PROJECT["project"]["optional-dependencies"][name])


def test_the_files_of_torch_need_no_package(monkeypatch, tmp_path):
    monkeypatch.setattr(importlib, "import_module", None)
    with pytest.raises(FileNotFoundError):
        interop.torch.load(tmp_path / "none.pt")


def test_what_is_there_is_imported():
    assert require("json", "none", "it is always there").dumps([1]) == "[1]"
    with pytest.raises(MissingExtraError, match=r"pip install 'tinygrad-edu\[none\]'; do without$"):
        require("no_such_module", "none", "nothing is done by it", "do without")
