"""Stopping a run from outside: Ctrl-C, SIGTERM and SIGHUP all let it finish a step and save what it has."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class Stop(KeyboardInterrupt):
    """The run is to stop. `number` is the signal that asked for it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Stopped:
    """Whether a signal has come."""

    signal: int | None = None

    def check(self) -> None:
        """Raise Stop if a signal has come."""
        if self.signal is not None:
            raise Stop(self.signal)


@contextmanager
def stoppable() -> Iterator[Stopped]:
    """Note a signal inside the `with` block, where it is asked for by `check`; raise Stop at once when a second comes.

    What was done on signals before is done again afterwards.
    """
    stopped = Stopped()

    def stop(number: int, frame: Any) -> None:
        if stopped.signal is not None:
            raise Stop(number)
        stopped.signal = number

    if threading.current_thread() is not threading.main_thread():  # signals come to the main thread only
        yield stopped
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    mine = [number for number, handler in before.items() if handler in (signal.SIG_DFL, signal.default_int_handler)]
    for number in mine:
        signal.signal(number, stop)
    try:
        yield stopped
    finally:
        for number in mine:
            signal.signal(number, before[number])
