"""How a module knows its parameters, buffers and inner modules: three dictionaries, in the order of assignment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

KINDS = {"_parameters": "parameter", "_buffers": "buffer", "_modules": "module"}
"""The registries of a module, each a dictionary from name to value."""


def register(module: Any, registry: str, name: str, value: Any) -> None:
    """Add a value under a name that is not taken by anything of another kind."""
    where = f"{type(module).__name__}: a {KINDS[registry]}"
    own = module.__dict__
    if registry not in own:
        raise AttributeError(not_initialized(module))
    if not isinstance(name, str):
        raise TypeError(f"{where} must have a string as its name, got {type(name).__name__} {name!r}")
    if not name or "." in name:
        raise ValueError(f"{where} cannot be named {name!r}; dots separate the names of nested modules")
    if hasattr(type(module), name):
        raise ValueError(f"{where} cannot be named {name!r}, which the class has for something else")
    if name not in own[registry]:
        for other in (own, *(own[other] for other in KINDS)):
            other.pop(name, None)
    own["_non_persistent"].discard(name)
    own[registry][name] = value


def not_initialized(module: Any) -> str:
    """Say that a module was used before `Module.__init__` made its registries."""
    name = type(module).__name__
    return f"{name}: Module.__init__ was not called; make super().__init__() the first line of {name}.__init__"


def walk(module: Any, prefix: str, once: bool) -> Iterator[tuple[str, Any]]:
    """Go through a module and all modules inside it, outer before inner, with their dotted names."""
    seen: set[Any] = set()
    stack = [(prefix, module)]
    while stack:
        name, module = stack.pop()
        if once and module in seen:
            continue
        seen.add(module)
        yield name, module
        inner = [(join(name, key), child) for key, child in module._modules.items() if child is not None]
        stack.extend(reversed(inner))


def members(module: Any, registry: str, prefix: str, recurse: bool, once: bool) -> Iterator[tuple[str, Any]]:
    """Go through what is in one registry of a module and, with `recurse`, of all modules inside it."""
    seen = set()
    for outer, inner in walk(module, prefix, once) if recurse else [(prefix, module)]:
        for name, value in getattr(inner, registry).items():
            if value is not None and not (once and value in seen):
                seen.add(value)
                yield join(outer, name), value


def find(module: Any, registry: str, target: str) -> Any:
    """Return what has a dotted name; AttributeError if nothing of this kind has it."""
    *path, name = target.split(".")
    here = module
    for step in path:
        here = here._modules.get(step)
        if here is None:
            raise AttributeError(f"{type(module).__name__}: there is no module {step!r} on the way to {target!r}")
    value = getattr(here, registry).get(name)
    if value is None:
        raise AttributeError(f"{type(module).__name__}: there is no {KINDS[registry]} named {target!r}")
    return value


def join(prefix: str, name: str) -> str:
    """Return a dotted name."""
    return f"{prefix}.{name}" if prefix else name
