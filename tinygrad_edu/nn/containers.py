"""Modules that hold modules or parameters: in a row, in a list, by name."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, ClassVar, Self, overload

from tinygrad_edu.nn.module import Module
from tinygrad_edu.nn.parameter import Parameter
from tinygrad_edu.nn.registry import register
from tinygrad_edu.tensors.tensor import Tensor


class _Container(Module):
    """What all containers share: things of one kind by name, in the order in which they came."""

    _registry: ClassVar[str] = "_modules"

    @property
    def _held(self) -> dict[str, Any]:
        return self.__dict__[self._registry]

    def _put(self, name: str, value: Any) -> None:
        register(self, self._registry, name, _checked(self, value))

    def __len__(self) -> int:
        return len(self._held)

    def clear(self) -> None:
        """Take everything out."""
        self._held.clear()

    def extra_repr(self) -> str:
        return "\n".join(f"({name}): {_describe(value)}" for name, value in self._parameters.items())


class _Numbered(_Container):
    """What lists share: what is held has the names "0", "1", and so on."""

    def append(self, module: Any) -> Self:
        """Add a module at the end; return the container."""
        number = len(self)
        while str(number) in self._held:  # among names of your own
            number += 1
        self._put(str(number), module)
        return self

    def extend(self, modules: Iterable[Any]) -> Self:
        """Add several modules at the end; return the container."""
        for module in modules:
            self.append(module)
        return self

    def insert(self, index: int, module: Any) -> Self:
        """Put a module before position `index`; those behind it move up. Return the container."""
        held = list(self)
        held.insert(index, _checked(self, module))
        self.clear()
        return self.extend(held)

    def pop(self, index: int) -> Any:
        """Take a module out and return it; those behind it move down."""
        module = self[index]
        del self[index]
        return module

    def __iter__(self) -> Iterator[Any]:
        return iter(self._held.values())

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> Any:
        """Return one module or, for a slice, a container of the same kind that shares its modules."""
        return self._held[self._name(index)] if not isinstance(index, slice) else self._slice(index)

    def __setitem__(self, index: int, module: Any) -> None:
        self._put(self._name(index), module)

    def __delitem__(self, index: int | slice) -> None:
        held = list(self)
        names = list(self._held)
        del held[index], names[index]
        # As in PyTorch, numbers close up; names of your own stay.
        numbered = all(name.isdigit() for name in self._held)
        self.clear()
        for i, (name, module) in enumerate(zip(names, held, strict=True)):
            self._put(str(i) if numbered else name, module)

    def __add__(self, other: Iterable[Any]) -> Self:
        return self[:].extend(other)

    __iadd__ = extend

    def _slice(self, index: slice) -> Self:
        return type(self)(list(self)[index])  # type: ignore[call-arg]

    def _name(self, index: int) -> str:
        try:
            return list(self._held)[index]
        except IndexError:
            raise IndexError(f"{type(self).__name__}: index {index} is out of range for {len(self)} modules") from None


class Sequential(_Numbered):
    """Modules applied one after the other, each to what the one before returned.

        Sequential(Linear(784, 128), ReLU(), Linear(128, 10))
        Sequential(OrderedDict(hidden=Linear(784, 128), act=ReLU(), output=Linear(128, 10)))

    Parameters:
        modules: the modules, or one dictionary of them by name.
    """

    def __init__(self, *modules: Any) -> None:
        super().__init__()
        if len(modules) == 1 and isinstance(modules[0], Mapping):
            for name, module in modules[0].items():
                self._put(name, module)
        else:
            self.extend(modules)

    def forward(self, input: Any) -> Tensor:
        for module in self._modules.values():
            input = module(input)
        return input

    def _slice(self, index: slice) -> Self:
        return type(self)(dict(list(self._modules.items())[index]))  # names stay, as in PyTorch


class ModuleList(_Numbered):
    """A list of modules; its `forward` is up to you.

    Parameters:
        modules: the modules to start with.
    """

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        self.extend(modules or ())

    def __repr__(self) -> str:
        lines, first = [], 0
        for text, group in groupby(map(repr, self)):  # as in PyTorch: equal neighbours are counted
            count = len(list(group))
            lines.append(f"({first}): {text}" if count == 1 else f"({first}-{first + count - 1}): {count} x {text}")
            first += count
        inside = textwrap.indent("\n".join(lines), "  ")
        return f"{type(self).__name__}(\n{inside}\n)" if lines else f"{type(self).__name__}()"


class ParameterList(_Numbered):
    """A list of parameters; its `forward` is up to you.

    Parameters:
        values: the parameters to start with; tensors become parameters.
    """

    _registry = "_parameters"

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        super().__init__()
        self.extend(values or ())


class _Named(_Container):
    """What dictionaries share."""

    def update(self, values: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> None:
        """Add all of `values`, replacing those of the same name."""
        for name, value in dict(values).items():
            self[name] = value

    def __getitem__(self, name: str) -> Any:
        if name not in self._held:
            kind = "module" if self._registry == "_modules" else "parameter"
            known = ", ".join(self._held) or "none"
            raise KeyError(f"{type(self).__name__}: no {kind} is named {name!r}; there are {known}")
        return self._held[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._put(name, value)

    def __delitem__(self, name: str) -> None:
        del self._held[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __contains__(self, name: object) -> bool:
        return name in self._held

    def keys(self) -> Iterable[str]:
        """Return the names."""
        return self._held.keys()

    def values(self) -> Iterable[Any]:
        """Return what is held."""
        return self._held.values()

    def items(self) -> Iterable[tuple[str, Any]]:
        """Return the pairs of name and value."""
        return self._held.items()

    def pop(self, name: str) -> Any:
        """Take one out and return it."""
        value = self[name]
        del self[name]
        return value


class ModuleDict(_Named):
    """A dictionary of modules by name; its `forward` is up to you.

    Parameters:
        modules: a dictionary, or pairs of name and module, to start with.
    """

    def __init__(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]] | None = None) -> None:
        super().__init__()
        self.update(modules or {})


class ParameterDict(_Named):
    """A dictionary of parameters by name; its `forward` is up to you.

    Parameters:
        parameters: a dictionary, or pairs of name and parameter, to start with; tensors become parameters.
    """

    _registry = "_parameters"

    def __init__(self, parameters: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None) -> None:
        super().__init__()
        self.update(parameters or {})


def _checked(container: _Container, value: Any) -> Any:
    """Return what is to be held; TypeError if it is of the wrong kind."""
    name = type(container).__name__
    if container._registry == "_parameters":
        if not isinstance(value, Tensor):
            raise TypeError(f"{name}: expected a Parameter, got {type(value).__name__}; wrap it: Parameter(value)")
        return value if isinstance(value, Parameter) else Parameter(value)
    if not isinstance(value, Module):
        if isinstance(value, type) and issubclass(value, Module):
            hint = "write ReLU() rather than ReLU"
        elif isinstance(value, list | tuple):
            hint = f"give the modules one by one, {name}(*layers)"
        else:
            hint = "a plain function has no parameters: call it in a forward of your own"
        raise TypeError(f"{name}: expected a Module, got {value!r:.60}; {hint}")
    return value


def _describe(parameter: Parameter) -> str:
    size = "x".join(str(n) for n in parameter.shape)
    return f"Parameter containing: [torch.{parameter.dtype.name} of size {size}]"
