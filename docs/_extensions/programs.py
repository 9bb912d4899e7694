"""Examples of the reference that are small programs: of optimizers, data sets, pictures, and all else that takes more
than a tensor or two.

They stand in `docs/reference/examples`, each below a comment with the names that it is an example of. Each is run by
itself, line by line as Python's prompt does it, in an empty folder, and its page shows what came out.
"""

from __future__ import annotations

import ast
import contextlib
import io
import linecache
import re
import tempfile
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import tinygrad_edu as tg

FOLDER = Path(__file__).parents[1] / "reference" / "examples"
FILE = "<example>"
HEADING = re.compile(r"^# ([\w.]+(?:, [\w.]+)*)$", re.MULTILINE)


class ExampleError(RuntimeError):
    """An example does not run."""


def read_programs() -> dict[str, str]:
    """Return each program by the name it is an example of, without `tinygrad_edu.`"""
    programs: dict[str, str] = {}
    for path in sorted(FOLDER.glob("*.py")):
        _, *parts = HEADING.split(path.read_text(encoding="utf-8"))
        for names, program in zip(parts[::2], parts[1::2], strict=True):
            programs |= dict.fromkeys(names.split(", "), program.strip())
    return programs


PROGRAMS = read_programs()


def session(program: str) -> list[str]:
    """Run a program; return it as the lines of a session at the prompt, with what Python answers."""
    tg.manual_seed(0)
    state = repr(tg.get_rng_state())
    names: dict[str, Any] = {"tg": tg, "np": np}
    lines: list[str] = []
    linecache.cache[FILE] = (len(program), None, program.splitlines(keepends=True), FILE)  # what is shown as its source
    with in_an_empty_folder(), warnings.catch_warnings():
        warnings.simplefilter("error")
        for statement in ast.parse(program).body:
            first, *others = program.splitlines()[start_of(statement) - 1 : statement.end_lineno]
            lines += [f">>> {first}", *(f"... {line}".rstrip() for line in others)]
            lines += answer(statement, names).splitlines()
    if repr(tg.get_rng_state()) != state:
        lines.insert(0, ">>> _ = tg.manual_seed(0)")
    return lines


def start_of(statement: ast.stmt) -> int:
    """Return the first line of a statement, decorators and all."""
    return min([statement.lineno, *(each.lineno for each in getattr(statement, "decorator_list", ()))])


def answer(statement: ast.stmt, names: dict[str, Any]) -> str:
    """Run a statement; return what the prompt shows."""
    shown = io.StringIO()
    try:
        with contextlib.redirect_stdout(shown):
            exec(compile(ast.Interactive([statement]), FILE, "single"), names)
    except Exception as error:
        raise ExampleError(f"{ast.unparse(statement)}: {traceback.format_exception_only(error)[-1]}") from error
    finally:
        names.pop("_", None)
    return shown.getvalue()


@contextlib.contextmanager
def in_an_empty_folder() -> Iterator[None]:
    """Work in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        yield
