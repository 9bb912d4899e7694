"""Timing contestants against each other."""

from __future__ import annotations

import gc
import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Step = Callable[[], Any]

THREADS = int(os.environ.get("OMP_NUM_THREADS", "0"))
"""How many threads the command asked for; 0 if this is not run by the command."""

clock = time.process_time if THREADS == 1 else time.perf_counter
"""With one thread, the time that this process was computing: what else goes on on the machine is not counted."""

OURS = "tinygrad_edu"
COMPILED = "tinygrad_edu.compile"


@dataclass(frozen=True)
class Row:
    """One line of the result: how long one contestant took in one case, and how long we take beside it.

    Attributes:
        case: what was measured, for example "SGD, batch 128".
        contestant: who.
        unit: of `value`, for example "ms".
        value, low, high: the median, and the quartiles on its two sides.
        ratio, ratio_low, ratio_high: ours to this contestant's, both of the same turn; likewise. Below 1 we are
            faster. None in our own row.
        note: why there are no figures: what is not installed, for example.
    """

    case: str
    contestant: str
    unit: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    note: str = ""


UNITS = {"s": 1.0, "ms": 1e3, "µs": 1e6, "MB": 1e-6}
"""How many of each are a second, or a byte."""


def compare(
    case: str,
    contestants: Mapping[str, Step | None],
    *,
    turns: int,
    seconds_per_turn: float,
    unit: str = "ms",
    per_call: int = 1,
) -> list[Row]:
    """Let the contestants take turns, each calling its step for about `seconds_per_turn`, or once if that is longer.

    Parameters:
        contestants: their steps, by name, ours (`OURS`) among them; None for one that is not installed. Ours may
            take part twice: with a compiled step (`COMPILED`), which is compared with all others in rows of its own.
        per_call: how many things one call does; the figures are for one of them.
    """
    steps = {name: step for name, step in contestants.items() if step}
    gc.collect()
    gc.freeze()  # what everybody has imported is not gone through each time
    calls = {name: _calls_in(step, seconds_per_turn) for name, step in steps.items()}
    times: dict[str, list[float]] = {name: [] for name in steps}
    names = list(steps)
    for turn in range(turns):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            times[name].append(_seconds(steps[name], calls[name]) / per_call)
    rows = [summarize(case, name, times.get(name), times[OURS], unit) for name in contestants if name != COMPILED]
    if COMPILED in times:
        times[OURS] = times.pop(COMPILED)
        names = [name for name in contestants if name != COMPILED]
        rows += [summarize(f"compiled: {case}", name, times.get(name), times[OURS], unit) for name in names]
    return rows


def summarize(case: str, name: str, values: Sequence[float] | None, ours: Sequence[float], unit: str) -> Row:
    """Make a contestant's row from what it took in each turn, and what we took, in seconds or bytes.

    Without values, it is not installed.
    """
    if values is None:
        return Row(case, name, note=f"{name} is not installed")
    low, value, high = quartiles([v * UNITS[unit] for v in values])
    if name == OURS:
        return Row(case, name, unit, value, low, high)
    ratio_low, ratio, ratio_high = quartiles([mine / theirs for mine, theirs in zip(ours, values, strict=True)])
    return Row(case, name, unit, value, low, high, ratio, ratio_low, ratio_high)


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the lower quartile, the median and the upper quartile."""
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, middle, high


def _calls_in(step: Step, seconds: float) -> int:
    """Find out how many calls take about so long. This is the warm-up too."""
    calls = 1
    while (taken := _seconds(step, calls) * calls) < seconds / 4:
        calls *= 2
    return max(1, round(calls * seconds / taken))


def _seconds(step: Step, calls: int) -> float:
    gc.collect()  # so that nobody cleans up after somebody else
    start = clock()
    for _ in range(calls):
        step()
    return (clock() - start) / calls
