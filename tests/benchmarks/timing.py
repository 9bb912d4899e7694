"""Timing contestants against each other."""

from __future__ import annotations

import gc
import os
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Step = Callable[[], object]

THREADS = int(os.environ.get("OMP_NUM_THREADS", "0"))
"""How many threads the command asked for; 0 if this is not run by the command."""

clock = time.process_time if THREADS == 1 else time.perf_counter
"""With one thread, the time that this process was computing: what else goes on on the machine is not counted."""


@dataclass(frozen=True)
class Row:
    """One line of the result: how long one contestant took in one case, and how that compares.

    Attributes:
        case: what was measured, for example "SGD, batch 128".
        contestant: who.
        unit: of `value`, for example "ms".
        value, low, high: the median, and the quartiles on its two sides.
        ratio, ratio_low, ratio_high: to the contestant `against` in the same turn; likewise.
        note: why there are no figures: what is not installed, for example.
    """

    case: str
    contestant: str
    unit: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    against: str = ""
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    note: str = ""


UNITS = {"s": 1.0, "ms": 1e3, "µs": 1e6}


def compare(
    case: str,
    contestants: Mapping[str, Step],
    against: str,
    *,
    turns: int,
    seconds_per_turn: float,
    unit: str = "ms",
    per_call: int = 1,
) -> list[Row]:
    """Let the contestants take turns, each calling its step for about `seconds_per_turn`.

    Parameters:
        contestants: their steps, by name; one of them is `against`, to which the others are compared.
        per_call: how many things one call does; the figures are for one of them.
    """
    calls = {name: _calls_in(step, seconds_per_turn) for name, step in contestants.items()}
    times: dict[str, list[float]] = {name: [] for name in contestants}
    names = list(contestants)
    for turn in range(turns):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            times[name].append(_seconds(contestants[name], calls[name]) / per_call)
    rows = []
    for name in names:
        low, value, high = quartiles([t * UNITS[unit] for t in times[name]])
        row = Row(case, name, unit, value, low, high)
        if name != against:
            ratios = [mine / theirs for mine, theirs in zip(times[name], times[against], strict=True)]
            ratio_low, ratio, ratio_high = quartiles(ratios)
            row = Row(case, name, unit, value, low, high, against, ratio, ratio_low, ratio_high)
        rows.append(row)
    return rows


def quartiles(values: list[float]) -> tuple[float, float, float]:
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
