"""The rules that a program calls whole, as functions that stand above it: their own source, and all that it needs.

What only serves the engine is taken off: decorators, annotations, and the branches for Tensors.
"""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any

from tinygrad_edu.engine.op import Op

Edit = tuple[int, int, str]  # of a text: from, to, and what stands there instead


class Helpers:
    """The sources of what a program calls whole, and of what these need.

    Attributes:
        imports: lines.
        texts: by name, each after what it needs.
    """

    def __init__(self, ops: Iterable[Op]) -> None:
        self.imports: set[str] = set()
        self.texts: dict[str, str] = {}
        self._waiting: set[str] = set()
        for op in ops:
            self.add(op.name, op)

    def definitions(self) -> list[str]:
        """Return functions and classes, and the constants between them, those that follow one another together."""
        parts: list[str] = []
        for text in self.texts.values():
            constants = [not part.startswith(("def ", "class ")) for part in (*parts[-1:], text)]
            if len(constants) > 1 and all(constants):
                parts[-1] += f"\n{text}"
            else:
                parts.append(text)
        return parts

    def add(self, name: str, thing: Any, holder: ModuleType | None = None) -> None:
        """Add something that is called `name`, and all that it needs.

        Parameters:
            holder: the module that it was found in; a constant's source is there, or where that module has it from.
        """
        if isinstance(thing, ModuleType):
            known = thing.__name__
            self.imports.add(f"import {known}" if known == name else f"import {known} as {name}")
            return
        origin = getattr(thing, "__module__", None) or ""
        if origin.partition(".")[0] in sys.stdlib_module_names - {"typing", "collections", "__main__"}:
            self.imports.add(f"from {origin} import {name}")
            return
        if isinstance(thing, Op):
            name, thing = f"{thing.name}_rule", inspect.unwrap(thing.rule)
        if name in self._waiting or getattr(thing, "__module__", "") in ("typing", "collections.abc"):
            return
        self._waiting.add(name)
        if inspect.isfunction(thing) or inspect.isclass(thing):
            module = sys.modules[thing.__module__]
            text = textwrap.dedent(inspect.getsource(thing))
        elif holder is not None:
            module, text = constant(name, thing, holder)
        else:
            return
        text, needed = without_engine(text, vars(module), name)
        for other in needed:
            self.add(other, vars(module)[other], module)
        if text.rstrip() not in self.texts.values():  # constants that are made in one line
            self.texts[name] = text.rstrip()


def constant(name: str, value: Any, module: ModuleType) -> tuple[ModuleType, str]:
    """Return the module in which a constant is made, and the lines that make it."""
    modules = [module, *(m for key, m in sys.modules.items() if key.startswith("tinygrad_edu.") and m is not module)]
    for maker in modules:
        if vars(maker).get(name) is value and getattr(maker, "__file__", None):
            source = inspect.getsource(maker)
            for node in ast.parse(source).body:
                targets = getattr(node, "targets", [getattr(node, "target", None)])
                names = {x.id for target in targets if target for x in ast.walk(target) if isinstance(x, ast.Name)}
                if isinstance(node, ast.Assign | ast.AnnAssign) and name in names:
                    return maker, ast.get_source_segment(source, node) or ""
    raise OSError(f"source: where {name} is made cannot be found")


def without_engine(text: str, world: dict[str, Any], name: str) -> tuple[str, list[str]]:
    """Return a definition for NumPy alone, under a name; and the names of the module that it needs."""
    tree = ast.parse(text)
    starts = [0]
    for line in text.encode().splitlines(keepends=True):
        starts.append(starts[-1] + len(line))

    def at(line: int | None, column: int | None) -> int:
        return starts[min(line or 1, len(starts)) - 1] + (column or 0)

    def whole(node: Any) -> tuple[int, int]:
        return at(node.lineno, 0), at((node.end_lineno or 0) + 1, 0)

    edits: list[Edit] = []
    needed: list[str] = []
    gone: set[int] = set()
    for node in ast.walk(tree):
        if id(node) in gone:
            gone.update(map(id, ast.iter_child_nodes(node)))
            continue
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.decorator_list:
            edits.append((at(node.decorator_list[0].lineno, 0), at(node.lineno, 0), ""))
            gone.update(map(id, node.decorator_list))
        if isinstance(node, ast.FunctionDef):
            if node.returns is not None:
                end = at(node.returns.end_lineno, node.returns.end_col_offset)
                arrow = text.encode().rindex(b" ->", 0, at(node.returns.lineno, node.returns.col_offset))
                edits.append((arrow, end, ""))
                gone.add(id(node.returns))
            for part, before in _annotations(node):
                end = at(part.end_lineno, part.end_col_offset)
                default = text.encode()[end : end + 3] == b" = "
                edits.append((at(*before), end + 3 * default, "=" * default))
                gone.add(id(part))
        if isinstance(node, ast.AnnAssign) and node.value is not None:
            edits.append(
                (
                    at(node.target.end_lineno, node.target.end_col_offset),
                    at(node.annotation.end_lineno, node.annotation.end_col_offset),
                    "",
                )
            )
            gone.add(id(node.annotation))
        if isinstance(node, ast.If) and (always := _of_arrays(node.test)) is not None:
            lines = text.encode()
            start, end = whole(node)
            kept = node.body if always else node.orelse
            inner = lines[at(kept[0].lineno, 0) : at((kept[-1].end_lineno or 0) + 1, 0)].decode() if kept else ""
            depth = " " * node.col_offset
            inner, more = block_without_engine(textwrap.indent(textwrap.dedent(inner), depth), world)
            edits.append((start, end, inner))
            needed += more
            gone.update(map(id, ast.walk(node)))
            continue
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and isinstance(world.get(node.func.id), Op):
            edits.append((at(node.func.end_lineno, node.func.end_col_offset),) * 2 + ("_rule",))
            edits.append((at(node.end_lineno, node.end_col_offset),) * 2 + ("[0]",))
        if isinstance(node, ast.Name) and node.id in world and isinstance(node.ctx, ast.Load):
            needed.append(node.id)
    first = tree.body[0] if tree.body else None
    if isinstance(first, ast.FunctionDef) and first.name != name:
        start = at(first.lineno, len("def "))
        edits.append((start, start + len(first.name), name))
    data = text.encode()
    for start, end, new in sorted(edits, reverse=True):
        data = data[:start] + new.encode() + data[end:]
    return data.decode(), [x for x in dict.fromkeys(needed) if x != name]


def block_without_engine(text: str, world: dict[str, Any]) -> tuple[str, list[str]]:
    """Return statements for NumPy alone, as they are indented, and the names that they need."""
    depth = len(text) - len(text.lstrip(" "))
    inner, needed = without_engine(textwrap.dedent(text), world, "")
    return textwrap.indent(inner, " " * depth), needed


def _annotations(function: ast.FunctionDef) -> Iterator[tuple[Any, tuple[int, int]]]:
    """Yield the annotations of a function, and where what is to be taken off begins."""
    args = function.args
    for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg):
        if arg is not None and arg.annotation is not None:
            yield arg.annotation, (arg.lineno, arg.col_offset + len(arg.arg.encode()))


def _of_arrays(test: ast.expr) -> bool | None:
    """Tell whether a condition always holds without Tensors, or never; None if it is about something else."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = _of_arrays(test.operand)
        return None if inner is None else not inner
    called = isinstance(test, ast.Call) and isinstance(test.func, ast.Name) and test.func.id == "are_arrays"
    return True if called else None
