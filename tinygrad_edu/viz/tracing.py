"""Looking on while a computation is recorded: `with trace() as t:`.

Of each operation a trace notes what the graph alone does not know or soon forgets: its value, the user's line, the
modules it was called in, and the names of its inputs and its output. The names are read off the program: `h` in
`h = (x @ w).relu()` is the name of what relu made, if the variable h did hold that afterwards.

While no trace is on, an operation reads one empty list, and that is all.
"""

from __future__ import annotations

import ast
import functools
import linecache
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any, Self

import numpy as np

from tinygrad_edu.engine.op import Array, Pullback
from tinygrad_edu.engine.value import Node
from tinygrad_edu.engine.watchers import watchers
from tinygrad_edu.nn.module import Module
from tinygrad_edu.system.user_line import user_frame
from tinygrad_edu.tensors.tensor import Tensor
from tinygrad_edu.viz.walking import key_of, keys_and_names

UNNAMED_AT_MOST = 32  # operations of one line that wait to be given the name of a variable


@dataclass(slots=True)
class Note:
    """What a trace knows about one recorded operation.

    Attributes:
        value: a copy of what it computed.
        file, line, text: the user's line that called it.
        modules: the modules it was called in, the outermost first: pairs of the name that each has in the outermost
            one ("" for that one itself), and the name of its class.
        sources, arrays, pullbacks: what the node had when it was recorded. A backward pass frees the node, and a
            trace can lend them to it again.
    """

    value: Array
    file: str
    line: int
    text: str
    modules: tuple[tuple[str, str], ...]
    sources: Sequence[Any]
    arrays: Sequence[Any]
    pullbacks: Sequence[Pullback | None] | None


class Trace:
    """What was noted of the operations recorded inside `with trace() as t:`.

    Attributes:
        notes: a `Note` for each node.
        names: of nodes, leaves and constants, by `walking.key_of`, the name that the program has for them. Names may
            come more than once; `naming.names_of` gives each thing a name for itself.
    """

    def __init__(self) -> None:
        self.notes: dict[Node, Note] = {}
        self.names: dict[Any, str] = {}
        self._unnamed: list[Node] = []  # recorded by the line that ran last, which may yet assign them
        self._frame: FrameType | None = None  # the frame of that line
        self._line = 0
        self._roots: dict[Module, dict[int, str]] = {}  # of outermost modules, the names of those inside

    def __enter__(self) -> Self:
        watchers.append(self._watch)
        return self

    def __exit__(self, *error: object) -> None:
        watchers.remove(self._watch)
        self._name_assigned()
        self._frame = None

    def __len__(self) -> int:
        return len(self.notes)

    def __repr__(self) -> str:
        return f"<Trace of {len(self)} operations>"

    def _watch(self, node: Node, result: Tensor) -> None:
        """Note an operation that was just recorded."""
        self._name_assigned()
        frame = user_frame()
        if frame is not self._frame or frame.f_lineno != self._line:
            self._frame, self._line = frame, frame.f_lineno
            self._unnamed = []
        self._unnamed.append(node)
        del self._unnamed[:-UNNAMED_AT_MOST]
        path = frame.f_code.co_filename
        text = linecache.getline(path, self._line, frame.f_globals).strip()
        modules = self._modules()
        sources, arrays = node.sources, node.arrays
        self.notes[node] = Note(result.array.copy(), path, self._line, text, modules, sources, arrays, node.pullbacks)
        self._name_inputs(frame, sources)

    def _modules(self) -> tuple[tuple[str, str], ...]:
        """Return the modules whose calls are under way, the outermost first."""
        calls = [frame.f_locals["self"] for frame in _frames() if frame.f_code is CALL]
        if not calls:
            return ()
        root = calls[-1]
        names = self._roots.get(root)
        if names is None:
            names = self._roots[root] = {id(module): name for name, module in root.named_modules()}
            for name, parameter in root.named_parameters():
                self.names.update(keys_and_names(name, parameter))
        return tuple((names.get(id(module), type(module).__name__), type(module).__name__) for module in calls[::-1])

    def _name_inputs(self, frame: FrameType, sources: Sequence[Any]) -> None:
        """Give leaves, and Tensors whose bare array was used, the names that they have on the user's line."""
        wanted = {key_of(x) for x in sources if isinstance(x, Tensor | np.ndarray)}.difference(self.names)
        if wanted:
            for name, value in _variables(frame, self._line, ast.Load):
                if isinstance(value, Tensor | np.ndarray):
                    for key, known_as in keys_and_names(name, value):
                        if key in wanted:
                            self.names.setdefault(key, known_as)

    def _name_assigned(self) -> None:
        """Give the nodes of the line that ran last the names of the variables it has assigned them to, if it has."""
        if self._frame is None or not self._unnamed:
            return
        made = {id(node): node for node in self._unnamed}
        for name, value in _variables(self._frame, self._line, ast.Store):
            node = made.get(id(value.source)) if isinstance(value, Tensor) else None
            if node is not None:
                self.names.setdefault(node, name)
                self._unnamed = []  # the line has come to its end


def trace() -> Trace:
    """Note everything about the operations recorded in a `with` block, for pictures and explanations.

        with tg.viz.trace() as t:
            loss = loss_fn(model(x), y)
        loss.backward()
        tg.viz.draw(loss, trace=t)

    It copies every value, and looks at the stack of calls for every operation: many times slower than the computation
    alone, in time and memory linear in the number of operations. With the trace, a graph can be drawn and explained
    also after a backward pass has freed it.
    """
    return Trace()


CALL = vars(Module)["__call__"].__code__


def _frames() -> Iterator[FrameType]:
    """Yield the frames of the calls that are under way, the innermost first."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        yield frame
        frame = frame.f_back


def _variables(frame: FrameType, line: int, use: type[ast.expr_context]) -> list[tuple[str, Any]]:
    """Return the variables that the statement at a line of a frame reads or assigns, with their values."""
    names = _names_by_line(frame.f_code.co_filename).get(line, {}).get(use, ())
    if not names:
        return []
    here: Mapping[str, Any] = frame.f_locals
    return [(name, here.get(name, frame.f_globals.get(name))) for name in names]


@functools.lru_cache(maxsize=64)
def _names_by_line(path: str) -> dict[int, dict[type[ast.expr_context], list[str]]]:
    """Return, for each line of a source file, the variables that the innermost statement there reads and assigns."""
    try:
        program = ast.parse("".join(linecache.getlines(path)))
    except (SyntaxError, ValueError, RecursionError):
        return {}
    found: dict[int, dict[type[ast.expr_context], list[str]]] = {}
    for statement in ast.walk(program):  # from the outside to the inside
        if isinstance(statement, ast.stmt):
            names: dict[type[ast.expr_context], list[str]] = {ast.Load: [], ast.Store: []}
            for part in ast.walk(statement):
                if isinstance(part, ast.Name):
                    names.setdefault(type(part.ctx), []).append(part.id)
            for line in range(statement.lineno, (statement.end_lineno or statement.lineno) + 1):
                found[line] = names
    return found
