"""Running a random program on both libraries, comparing everything it leaves, and making a failing one small."""

from __future__ import annotations

import re
import signal
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.properties.draft import LEAVES, Program, run
from tests.properties.programs import generate

# Where PyTorch answers and we refuse: what the message says, the most among 250 programs, why we do not answer.
REFUSALS = {
    "overwritten": (
        r"needs '.*', of shape .*, as it was in the forward pass, but .* has changed it in place since",
        5,
        "a rule of ours keeps a value that PyTorch's formula does not need",
    ),
    "expanded": (
        r"memory of several elements at one place",
        5,
        "PyTorch lets fill_ and zero_ through, and one part of a tensor that was expanded",
    ),
}
SECONDS = 2  # for a program of milliseconds
PRINTED = 10


@dataclass(frozen=True)
class Verdict:
    """What came of a program: WRONG, or equal, refused there, the name of a listed refusal, or another's message."""

    kind: str
    detail: str = ""

    @property
    def fails(self) -> bool:
        return self.kind not in ("equal", "refused there", *REFUSALS)


@dataclass
class Report:
    """How many programs of each kind there were, and as code those that are wrong or refused without being listed."""

    counts: Counter[str] = field(default_factory=Counter)
    failing: list[str] = field(default_factory=list)


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise TimeoutError after that time, where the system can."""

    def stop(*_: Any) -> None:
        raise TimeoutError(f"no answer after {seconds} s")

    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def left_by(program: Sequence[str], T: Any) -> dict[str, Any]:
    """Run a program and return what can be compared: values, and the gradients of leaves and where they are kept."""
    found: dict[str, Any] = {}
    for name, t in run(program, T).items():
        if isinstance(t, np.ndarray):
            found[name] = t.copy()
        elif isinstance(t, T.Tensor):
            found[name] = t.detach().numpy().copy()
            if name in LEAVES or t.retains_grad:
                found[f"{name}.grad"] = None if t.grad is None else t.grad.detach().numpy().copy()
    return found


def difference(ours: dict[str, Any], theirs: dict[str, Any]) -> str:
    """Say where the results of a program differ; an empty string if nowhere."""
    for name in dict.fromkeys([*theirs, *ours]):
        a, b = ours.get(name), theirs.get(name)
        if a is None or b is None:  # a gradient that is known to be zero may be left out
            same = name.endswith(".grad") and not np.any(a if b is None else b)
        else:
            same = a.dtype == b.dtype and a.shape == b.shape and np.allclose(a, b, rtol=1e-9, atol=1e-9, equal_nan=True)
        if not same:
            return f"{name} is {a}, and in PyTorch {b}"
    return ""


def judge(program: Sequence[str], torch: Any, tg: Any) -> Verdict:
    """Run a program on both libraries; say whether ours is right, refuses, or is wrong."""
    try:
        theirs = left_by(program, torch)
    except RuntimeError:
        theirs = None
    try:
        with limited(SECONDS):
            ours = left_by(program, tg)
    except TimeoutError as error:
        return Verdict("WRONG", str(error))
    except RuntimeError as error:
        return Verdict("refused there" if theirs is None else refusal(str(error)), str(error))
    except Exception as error:
        return Verdict("WRONG", f"{type(error).__name__}: {error}")
    if theirs is None:
        return Verdict("refused there")
    wrong = difference(ours, theirs)
    return Verdict("WRONG", wrong) if wrong else Verdict("equal")


def refusal(message: str) -> str:
    """Return the kind of a refusal: its name in the table, or else the message without what varies."""
    for name, (pattern, _, _) in REFUSALS.items():
        if re.search(pattern, message):
            return name
    return re.sub(r"'\w+'|\(\d[\d, ]*\)|\d+", "…", message)[:90]


def shrink(program: Program, kind: str, torch: Any, tg: Any) -> Program:
    """Take lines away, the last first, as long as the same comes of the program."""

    def fails_alike(shorter: Program) -> bool:
        try:
            return judge(shorter, torch, tg).kind == kind
        except Exception:  # PyTorch misses a name that a line made
            return False

    for size in (4, 2, 1, 1):
        for i in range(len(program) - size, -1, -1):
            shorter = program[:i] + program[i + size :]
            if fails_alike(shorter):
                program = shorter
    return program


def report(seeds: Iterable[int], torch: Any, tg: Any) -> Report:
    """Judge the programs of some seeds; of the first few that fail, write the smallest form as code."""
    result = Report()
    for seed in seeds:
        program = generate(seed, torch)
        verdict = judge(program, torch, tg)
        result.counts[verdict.kind] += 1
        if verdict.fails and len(result.failing) < PRINTED:
            small = shrink(program, verdict.kind, torch, tg)
            result.failing.append("\n".join([f"# seed {seed}: {judge(small, torch, tg).detail}", *small]))
    return result
