"""Following the calls under way, while operations are recorded: the reader's functions, and modules."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

from tinygrad_edu.nn.module import Module
from tinygrad_edu.system.user_line import PACKAGE
from tinygrad_edu.viz.tracing.source import Source, Statement, source_of_frame

CALL = vars(Module)["__call__"].__code__
RESUMED = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR

Modules = tuple[Module, ...]


@dataclass(slots=True, eq=False)
class Call:
    """A call under way.

    Attributes:
        frame: where its variables are.
        modules: the modules it is inside of, the outermost first.
        source: its program; None for the call of a module, which is ours.
        statement: what it is doing.
        since: the time of the first node that this statement has recorded.
    """

    frame: FrameType
    modules: Modules
    source: Source | None
    statement: Statement | None = None
    since: int = 0


class Calls:
    """The calls under way, the outermost first, as far out as `outermost`.

    A call that is under way has the same callers as long as it lasts, so only the new ones are looked at.
    """

    def __init__(self, outermost: FrameType) -> None:
        self.stack: list[Call] = []
        self._outermost = outermost
        self._places: dict[FrameType, int] = {}
        self._sources: dict[str, Source] = {}

    def follow(self, time: int, settle: Callable[[Call], None]) -> None:
        """Look who is calling, when the node of this time is recorded.

        Those that may have assigned something since the last time, because they went on or came to their end, are
        given to `settle`, the innermost first.
        """
        new: list[FrameType] = []
        frame: FrameType | None = sys._getframe(2)
        while frame is not None and (frame not in self._places or frame.f_code.co_flags & RESUMED):
            if frame.f_code is CALL or not frame.f_code.co_filename.startswith(PACKAGE):
                new.append(frame)
            frame = None if frame is self._outermost else frame.f_back
        common = 0 if frame is None else self._places[frame] + 1
        for call in reversed(self.stack[max(common - 1, 0) :]):
            settle(call)
        for call in self.stack[common:]:
            del self._places[call.frame]
        del self.stack[common:]
        for frame in reversed(new):
            self._places[frame] = len(self.stack)
            self.stack.append(self._call(frame))
        for place in range(max(common - 1, 0), len(self.stack)):
            self._look(self.stack[place], self.stack[place - 1], time, settle)

    def line(self) -> tuple[str, int, str]:
        """Return the file, the number and the text of the reader's line that is running."""
        for call in reversed(self.stack):
            if call.source is not None:
                line = call.frame.f_lineno
                text = call.source.lines[line - 1] if line <= len(call.source.lines) else ""
                return call.frame.f_code.co_filename, line, text
        return "", 0, ""

    def modules(self) -> Modules:
        """Return the modules whose calls are under way, the outermost first."""
        return self.stack[-1].modules if self.stack else ()

    def end(self, settle: Callable[[Call], None]) -> None:
        """Forget all calls, since nothing more is recorded."""
        for call in reversed(self.stack):
            settle(call)
        self.stack.clear()
        self._places.clear()

    def _call(self, frame: FrameType) -> Call:
        modules = self.modules()
        if frame.f_code is CALL:
            return Call(frame, (*modules, frame.f_locals["self"]), None)
        path = frame.f_code.co_filename
        if path not in self._sources:
            self._sources[path] = source_of_frame(frame)
        return Call(frame, modules, self._sources[path])

    def _look(self, call: Call, caller: Call, time: int, settle: Callable[[Call], None]) -> None:
        """Note which statement a call has come to."""
        statement = call.source.statements.get(call.frame.f_lineno) if call.source is not None else None
        if statement is call.statement:
            return
        call.statement, call.since = statement, time
        if statement is caller.statement and call is not caller:  # of a comprehension or a lambda: the same line
            call.since = caller.since
            settle(call)
