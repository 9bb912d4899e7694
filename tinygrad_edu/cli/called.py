"""How the command was called, so that a command to try next can be copied as it is printed."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

NAME = "tinygrad-edu"


def called() -> str:
    """Return the command as it was called: `tinygrad-edu`, `.venv/bin/tinygrad-edu`, `python3 -m tinygrad_edu`."""
    typed = sys.argv[0] if sys.argv else ""
    program = Path(typed)
    if program.name == "__main__.py" and program.parent.name == "tinygrad_edu":
        return shlex.join([sys.orig_argv[0], "-m", "tinygrad_edu"])
    if program.stem != NAME or shutil.which(NAME) == typed:  # called by a program, or found on the path
        return NAME
    return shlex.quote(typed)


def command(*arguments: object) -> str:
    """Write a command with arguments as one would type it."""
    return f"{called()} {shlex.join(map(str, arguments))}"
