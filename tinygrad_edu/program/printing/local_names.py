"""What the reader, and the library, call the arrays of a traced function: its arguments and local variables."""

from __future__ import annotations

import inspect
import os.path
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import numpy as np

from tinygrad_edu.nn.module import Module
from tinygrad_edu.program.instructions import Program, Variable, is_array
from tinygrad_edu.program.tracing.arrays import TracedArray, TracedNumber
from tinygrad_edu.system.user_line import PACKAGE
from tinygrad_edu.tensors.tensor import Tensor

GENERAL = {
    "a", "b", "y", "x", "g", "c", "d", "e", "r", "result", "input", "output", "outputs", "out", "array", "value",
    "self", "now", "before", "other", "one", "first", "second", "given", "work", "tensor", "data", "ys", "xs",
    "found", "param", "grad", "grads",
}  # fmt: skip
"""Names inside the library that say nothing outside of their own few lines."""


class Locals:
    """The names of local variables that hold traced arrays, seen while the function runs.

    Python says when a function is called and when it returns. At each such moment the variables of the function that
    calls, or returns, are looked through. The reader's own name for an array goes before one in the library.

    Attributes:
        readers, library, rules: the names, by variable: the reader's, those in layers and losses, those in the rules.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.code = getattr(
            inspect.unwrap(function), "__code__", None
        )  # what is traced is the reader's, wherever it stands
        self.readers: dict[Variable, str] = {}
        self.library: dict[Variable, str] = {}
        self.rules: dict[Variable, str] = {}
        self.inside = [(os.path.join(PACKAGE, x), self.library) for x in ("nn", "optim")]  # noqa: PTH118
        self.inside += [(os.path.join(PACKAGE, "ops"), self.rules)]  # noqa: PTH118

    @contextmanager
    def watched(self) -> Iterator[None]:
        before = sys.getprofile()
        sys.setprofile(self._event)
        try:
            yield
        finally:
            sys.setprofile(before)

    def _event(self, frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_back is not None:
            self._look(frame.f_back)
        elif event == "return":
            self._look(frame)

    def _look(self, frame: FrameType) -> None:
        code = frame.f_code
        file = frame.f_globals.get("__file__") or code.co_filename  # what a dataclass writes for itself is in no file
        own = code is self.code or not file.startswith(PACKAGE)
        if file.startswith(NOBODYS):
            return
        arguments = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        names = self.readers if own else next((x for start, x in self.inside if file.startswith(start)), {})
        for name, x in frame.f_locals.items():
            array = getattr(x, "array", None) if isinstance(x, Tensor) else x  # one that is being made has none yet
            traced = isinstance(array, TracedArray | TracedNumber) and array.variable is not None
            if traced and (own or (name not in arguments and name not in GENERAL)):
                names.setdefault(array.variable, name)  # type: ignore[union-attr]


NOBODYS = (os.path.join(PACKAGE, "program"), os.path.dirname(np.__file__), os.path.dirname(os.__file__))  # noqa: PTH118, PTH120
"""Where functions have variables whose names are neither the reader's nor a rule's."""


def argument_names(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], program: Program
) -> dict[Variable, str]:
    """Return what the arguments are called in the function's own signature."""
    called = function.forward if isinstance(function, Module) else function
    try:
        bound = inspect.signature(called).bind(*args, **kwargs).arguments
    except (TypeError, ValueError):
        bound = {**{f"x{i}": x for i, x in enumerate(args)}, **kwargs}
    found: list[str] = []

    def walk(x: Any, name: str) -> None:
        if isinstance(x, Tensor) or is_array(x):
            found.append(name)
        elif isinstance(x, dict):
            for key, part in x.items():
                walk(part, f"{name}_{key}")
        elif isinstance(x, tuple | list):
            for i, part in enumerate(x):
                walk(part, f"{name}{i + 1}")

    for name, x in bound.items():
        walk(x, name)
    return dict(zip(program.inputs, found, strict=True))
