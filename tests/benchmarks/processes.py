"""Measuring what only a fresh process shows: each contestant's program prints one number."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec

from tests.benchmarks.contestants import PEERS
from tests.benchmarks.timing import OURS, Row, summarize

Program = Sequence[str]
"""What follows `python` on the command line."""


def compare_processes(
    case: str, programs: Mapping[str, Program], *, turns: int, unit: str, environment: Mapping[str, str] | None = None
) -> list[Row]:
    """Let the contestants' programs run in turn, `turns` times after once for nothing.

    Parameters:
        programs: by contestant, ours (`OURS`) among them; each prints a number, in seconds or bytes. The first
            run lets Python write its bytecode, and the system read the files.
        unit: what the rows say it in; see `timing.UNITS`.
        environment: what is set for the programs besides what this process has.
    """
    names = [name for name in programs if name not in PEERS or find_spec(PEERS[name])]
    values: dict[str, list[float]] = {name: [] for name in names}
    surroundings = {**os.environ, **(environment or {})}
    for turn in range(turns + 1):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            values[name].append(number_from(programs[name], surroundings))
    values = {name: numbers[1:] for name, numbers in values.items()}
    return [summarize(case, name, values.get(name), values[OURS], unit) for name in programs]


def number_from(program: Program, environment: Mapping[str, str]) -> float:
    """Run a program and return the number that it prints; RuntimeError, with what it says, if it fails."""
    command = [sys.executable, *program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr}")
    return float(done.stdout)
