"""What a function can reach: the tensors, arrays, generators and modules behind its variables.

A training step reads weights, and changes them, without their being arguments. While it is traced, each array that it
can reach is exchanged for a traced one, and put back afterwards.
"""

from __future__ import annotations

import functools
import sys
from collections import deque
from collections.abc import Iterator
from types import BuiltinFunctionType, FunctionType, MemberDescriptorType, MethodType, ModuleType
from typing import Any

import numpy as np

from tinygrad_edu.engine.op import Op
from tinygrad_edu.nn.module import Module
from tinygrad_edu.optim.optimizer import Optimizer
from tinygrad_edu.program.instructions import is_array
from tinygrad_edu.program.tracing.arrays import TracedArray, TracedNumber
from tinygrad_edu.program.tracing.places import Place, attribute, item
from tinygrad_edu.system.generator import Generator, default_generator
from tinygrad_edu.tensors.tensor import Tensor

PLAIN = (
    str,
    bytes,
    int,
    float,
    bool,
    complex,
    type(None),
    type,
    ModuleType,
    BuiltinFunctionType,
    np.generic,
    np.dtype,
    Op,
)


class Reach:
    """Everything that a function can reach, found at once.

    Attributes:
        tensors: each tensor, with the name of where it was found first.
        arrays: the places of plain arrays, with names.
        traced: the places of traced arrays and numbers, with these, if the function has just been traced.
        modules, optimizers, generators: these, each once.
        held: every place that was looked at, with what stood there.
        sizes: every list, dictionary and set, with its length.
        things: everything that was looked behind, by its identity.
    """

    def __init__(self, *roots: Any) -> None:
        self.tensors: dict[Tensor, str] = {}
        self.arrays: list[tuple[Place, str]] = []
        self.traced: list[tuple[Place, Any]] = []
        self.modules: list[Module] = []
        self.optimizers: list[Optimizer] = []
        self.generators: list[Generator] = [default_generator]
        self.held: list[tuple[Place, Any]] = []
        self.sizes: list[tuple[Any, int]] = []
        self.things: dict[int, Any] = {}
        stack = [(root, "") for root in reversed(roots)]
        while stack:
            thing, name = stack.pop()
            if id(thing) in self.things or (isinstance(thing, PLAIN) and not _is_users_class(thing)):
                continue
            self.things[id(thing)] = thing
            found = list(self._look(thing, name))
            stack += reversed(found)
        self._name_parameters()

    def _look(self, thing: Any, name: str) -> Iterator[tuple[Any, str]]:
        """Note one thing; yield what is behind it."""
        if isinstance(thing, dict | list | set | deque):
            self.sizes.append((thing, len(thing)))
        if hasattr(type(thing), "traced_as"):  # what was made of a function, and does the same
            yield thing.traced_as, name
            return
        if isinstance(thing, Tensor):
            self.tensors[thing] = name
            if thing.grad is not None:
                yield thing.grad, f"{name}_grad"
            return
        if isinstance(thing, Generator):
            if thing is not default_generator:
                self.generators.append(thing)
            return
        if isinstance(thing, FunctionType):
            yield from self._behind_function(thing)
            return
        if isinstance(thing, type):
            yield from self._behind_class(thing)
        elif isinstance(thing, property):
            yield thing.fget, name
        elif isinstance(thing, staticmethod | classmethod):
            yield thing.__func__, name
        elif isinstance(thing, MethodType):
            yield thing.__func__, name
            yield thing.__self__, name
        elif isinstance(thing, functools.partial):
            yield thing.func, name
            yield from self._inside(((i, x, item(list(thing.args), i)) for i, x in enumerate(thing.args)), name)
            yield from self._inside(((key, x, item(thing.keywords, key)) for key, x in thing.keywords.items()), name)
        elif isinstance(thing, dict):
            yield from self._inside(((key, x, item(thing, key)) for key, x in thing.items()), name)
        elif isinstance(thing, list | deque):
            yield from self._inside(((i, x, item(thing, i)) for i, x in enumerate(thing)), name)
        elif isinstance(thing, tuple | set | frozenset):
            yield from ((x, name) for x in thing)
        elif hasattr(thing, "__dict__") and not isinstance(thing, np.ndarray):
            if isinstance(thing, Module):
                self.modules.append(thing)
            elif isinstance(thing, Optimizer):
                self.optimizers.append(thing)
            self.sizes.append((vars(thing), len(vars(thing))))
            places = [(key, x, item(vars(thing), key)) for key, x in vars(thing).items() if key != "_scratch"]
            yield from self._inside(places, "")
            yield from ((kind, "") for kind in type(thing).__mro__)
        elif _is_users_class(type(thing)):  # with __slots__
            keys = [key for key in dir(type(thing)) if isinstance(getattr(type(thing), key), MemberDescriptorType)]
            places = [(key, getattr(thing, key), attribute(thing, key)) for key in keys if hasattr(thing, key)]
            yield from self._inside(places, "")
            yield from ((kind, "") for kind in type(thing).__mro__)

    def _behind_class(self, kind: type) -> Iterator[tuple[Any, str]]:
        """Yield a class's methods, and what else stands in it."""
        inside = {key: x for key, x in vars(kind).items() if not key.startswith(("__", "_abc_")) or _is_method(key, x)}
        methods = {key: x for key, x in inside.items() if hasattr(type(x), "__get__")}
        yield from ((x, "") for x in methods.values() if not isinstance(x, MemberDescriptorType))
        places = [(key, x, attribute(kind, key)) for key, x in inside.items() if key not in methods]
        yield from self._inside(places, "")

    def _behind_function(self, function: FunctionType) -> Iterator[tuple[Any, str]]:
        cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
        places = []
        for name, holder in cells:
            try:
                places.append((name, holder.cell_contents, attribute(holder, "cell_contents")))
            except ValueError:  # a variable that has no value yet
                continue
        if not (function.__module__ or "").startswith("tinygrad_edu."):
            world = function.__globals__
            names = _names(function.__code__)
            places += [(name, world[name], item(world, name)) for name in names if name in world]
            for module in [x for _, x, _ in places if isinstance(x, ModuleType) and _is_users(x)]:
                inside = vars(module)
                places += [(name, inside[name], item(inside, name)) for name in names if name in inside]
        yield from self._inside(places, "")
        yield from ((x, "") for x in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()))

    def _inside(self, places: Any, name: str) -> Iterator[tuple[Any, str]]:
        for key, x, place in places:
            self.held.append((place, x))
            known = key if isinstance(key, str) else f"{name}_{key}" if isinstance(key, int) else name
            if isinstance(x, TracedArray | TracedNumber):
                self.traced.append((place, x))
            elif x.__class__ is np.ndarray and is_array(x):
                self.arrays.append((place, known))
            else:
                yield x, known

    def _name_parameters(self) -> None:
        """Call parameters and buffers by their dotted names, and what an optimizer keeps by those of its parameters."""
        inner = {id(part) for module in self.modules for part in module.modules() if part is not module}
        for module in self.modules:
            if id(module) not in inner:
                self.tensors.update({x: n for n, x in (*module.named_parameters(), *module.named_buffers())})
        for optimizer in self.optimizers:
            for tensor, state in optimizer.state.items():
                for key, x in state.items():
                    if isinstance(x, Tensor):
                        self.tensors[x] = f"{self.tensors.get(tensor, 'parameter')}.{key}"


def _is_users(module: ModuleType | None) -> bool:
    """Tell whether a module is the user's own: no package that was installed, none of Python's, and not this one."""
    name, file = getattr(module, "__name__", ""), getattr(module, "__file__", None) or ""
    if name.partition(".")[0] == "tinygrad_edu":
        return False
    return name == "__main__" or (bool(file) and not any(part in file for part in ("site-packages", "lib/python")))


def _is_method(name: str, x: Any) -> bool:
    return isinstance(x, FunctionType) and name != "__init__"


def _is_users_class(thing: Any) -> bool:
    return isinstance(thing, type) and _is_users(sys.modules.get(thing.__module__))


def _names(code: Any) -> dict[str, None]:
    """Return the names that a function's code, and that of the functions written inside it, refers to, in order."""
    names = dict.fromkeys(code.co_names)
    for constant in code.co_consts:
        if hasattr(constant, "co_names"):
            names |= _names(constant)
    return names
