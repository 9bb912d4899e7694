"""Looking on while operations are recorded: anomaly mode is a watcher, and so is a trace for drawing.

Each is called with the node that was just recorded and with its output. While there is none, an operation
reads one empty list, and that is all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

watchers: list[Callable[[Any, Any], None]] = []


@contextmanager
def unwatched() -> Iterator[None]:
    """Let nobody look on: for operations that only help to look at others."""
    looking_on = watchers[:]
    watchers.clear()
    try:
        yield
    finally:
        watchers[:] = looking_on


def recorded_at(node: Any) -> str:
    """Return the user's line for a node as ` (file.py:12: ...)`; nothing if no watcher has noted it, in a hook."""
    lines = (getattr(hook, "line", None) for hook in node.hooks or ())
    return next((f" ({line})" for line in lines if line), "")
