"""What the import statement costs in a fresh process, beside `import numpy`: processor time, with bytecode at hand."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import TemporaryDirectory

from tests.benchmarks.contestants import PEERS
from tests.benchmarks.processes import Program, compare_processes
from tests.benchmarks.timing import OURS, Row


def measure(quick: bool = False) -> Iterator[Row]:
    """Yield the rows: milliseconds for one import."""
    programs = {OURS: program(OURS), "NumPy": program("numpy"), "PyTorch": program(PEERS["PyTorch"])}
    with TemporaryDirectory() as folder:
        # An installed package is compiled. A checkout may not be: it may be read-only, or Python told to leave it so.
        bytecode = {"PYTHONPYCACHEPREFIX": folder, "PYTHONDONTWRITEBYTECODE": ""}
        turns = 7 if quick else 15
        yield from compare_processes("import, processor time", programs, turns=turns, unit="ms", environment=bytecode)


def program(module: str) -> Program:
    """Return a program that prints how many seconds the processor is busy with importing a module."""
    return "-c", f"import time; start = time.process_time(); import {module}; print(time.process_time() - start)"
