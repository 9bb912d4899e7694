"""What the reader's program says on a line: which variables it reads there, and which it assigns.

A name is believed only if it proves true: the caller looks whether the variable does hold what was computed.
"""

from __future__ import annotations

import ast
import functools
import linecache
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

Path = tuple[str, ...]  # a variable, and attributes of it: ("self", "h")

LONGEST = 32  # elements of a list in which a Tensor is looked for


@dataclass(slots=True, eq=False)
class Statement:
    """The variables that one statement reads and assigns; of a loop or an `if`, what stands before the colon."""

    reads: list[Path] = field(default_factory=list)
    assigns: list[Path] = field(default_factory=list)


@dataclass(slots=True)
class Source:
    """A file, or a cell of a notebook: its lines, and the statement that each of them belongs to."""

    lines: Sequence[str]
    statements: Mapping[int, Statement]


def source_of_frame(frame: FrameType) -> Source:
    """Return the source that a frame runs; an empty one where Python does not know it (`python -c`)."""
    return read("".join(linecache.getlines(frame.f_code.co_filename, frame.f_globals)))


@functools.lru_cache(maxsize=64)
def read(text: str) -> Source:
    """Return the lines of a text and its statements; no statements if it is no Python."""
    lines = [line.strip() for line in text.splitlines()]
    try:
        program = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return Source(lines, {})
    statements: dict[int, Statement] = {}
    for node in ast.walk(program):
        if isinstance(node, ast.stmt):
            statement, last = _statement(node)
            for line in range(node.lineno, last + 1):
                known = statements.setdefault(line, statement)
                if known is not statement:  # a; b
                    known.reads += statement.reads
                    known.assigns += statement.assigns
    return Source(lines, statements)


def _statement(node: ast.stmt) -> tuple[Statement, int]:
    """Return what a statement reads and assigns, without the statements inside it, and the last line of that."""
    statement, last = Statement(), node.lineno
    waiting: list[ast.AST] = [node]
    while waiting:
        part = waiting.pop()
        last = max(last, getattr(part, "end_lineno", None) or 0) if part is not node else last
        if isinstance(part, ast.Name | ast.Attribute):
            path = _path(part)
            if path:
                (statement.reads if isinstance(part.ctx, ast.Load) else statement.assigns).append(path)
        parts = [child for child in ast.iter_child_nodes(part) if not isinstance(child, ast.stmt)]
        waiting += reversed(parts)
    return statement, last


def _path(node: ast.expr) -> Path:
    """Return a variable or an attribute of one as a path; an empty one for anything else."""
    found: list[str] = []
    while isinstance(node, ast.Attribute):
        found.append(node.attr)
        node = node.value
    return (node.id, *reversed(found)) if isinstance(node, ast.Name) else ()


def values(frame: FrameType, paths: Sequence[Path]) -> Iterator[tuple[str, Any]]:
    """Yield, of the variables that a frame has at these paths, the name and the value; of lists, those of elements."""
    if not paths:
        return
    here: Mapping[str, Any] = frame.f_locals
    for variable, *attributes in paths:
        value = here.get(variable, frame.f_globals.get(variable))
        for attribute in attributes:
            value = _attribute(value, attribute)
        name = ".".join((variable, *attributes))
        yield name, value
        if isinstance(value, list | tuple) and len(value) <= LONGEST:
            yield from ((f"{name}[{i}]", element) for i, element in enumerate(value))


def _attribute(x: Any, name: str) -> Any:
    """Return what an object keeps under a name. No code of its own runs, as that of a property would."""
    try:
        return object.__getattribute__(x, "__dict__").get(name)
    except AttributeError:
        return None
