"""The book, built once for all tests that look at its pages."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """Build the documentation with warnings as errors, unless that is done; return the folder of its pages."""
    if "TINYGRAD_EDU_DOCS" in os.environ:
        return Path(os.environ["TINYGRAD_EDU_DOCS"])
    folder = tmp_path_factory.mktemp("docs")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-j", "auto", "-b", "html"]
    command += ["-d", folder / "cache", DOCS, folder / "html"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "html"
