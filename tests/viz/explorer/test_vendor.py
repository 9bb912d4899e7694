"""What others wrote is carried along unchanged, with its licence."""

import hashlib
import tomllib
from pathlib import Path

import pytest

import tinygrad_edu

FOLDER = Path(tinygrad_edu.__file__).parent / "viz" / "explorer" / "vendor"
ENTRIES = tomllib.loads((FOLDER / "vendor.toml").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.mark.parametrize("name", ENTRIES)
def test_a_vendored_file_is_the_published_one(name):
    entry = ENTRIES[name]
    assert hashlib.sha256((FOLDER / entry["file"]).read_bytes()).hexdigest() == entry["sha256"]


@pytest.mark.parametrize("name", ENTRIES)
def test_its_licence_comes_with_it(name):
    entry = ENTRIES[name]
    assert entry["license"] == "MIT"
    assert "Permission is hereby granted, free of charge" in (FOLDER / entry["license_file"]).read_text("utf-8")
    assert f"tinygrad_edu/viz/explorer/vendor/{entry['license_file']}" in PROJECT["license-files"]


def test_every_file_is_described():
    known = {"vendor.toml"} | {e[key] for e in ENTRIES.values() for key in ("file", "license_file")}
    assert {path.name for path in FOLDER.iterdir()} == known
