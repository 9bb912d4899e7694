"""Stopping a run from outside: Ctrl-C, SIGTERM and SIGHUP all let it save what it has."""

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
    """Whether a signal has come. `check` raises again what was raised where Python swallows it, as in a callback."""

    signal: int | None = None

    def check(self) -> None:
        """Raise Stop if a signal has come."""
        if self.signal is not None:
            raise Stop(self.signal)


@contextmanager
def stoppable() -> Iterator[Stopped]:
    """Raise Stop inside the `with` block when a signal comes; what was done on it before is done again afterwards."""
    stopped = Stopped()

    def stop(number: int, frame: Any) -> None:
        stopped.signal = number
        raise Stop(number)

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
