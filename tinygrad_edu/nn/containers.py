"""Modules that hold modules: in a row, in a list, by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self, overload

from tinygrad_edu.nn.module import Module


class _Numbered(Module):
    """What Sequential and ModuleList share: modules under the names "0", "1", and so on, used like a list."""

    def append(self, module: Module) -> Self:
        """Add a module at the end; return the container."""
        number = len(self)
        while str(number) in self._modules:  # after a deletion, or among names of your own
            number += 1
        self.register_module(str(number), _checked(self, module))
        return self

    def extend(self, modules: Iterable[Module]) -> Self:
        """Add several modules at the end; return the container."""
        for module in modules:
            self.append(module)
        return self

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._modules.values())

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> Any:
        """Return one module or, for a slice, a container of the same kind that shares its modules."""
        return self._modules[self._name(index)] if not isinstance(index, slice) else self._slice(index)

    def __setitem__(self, index: int, module: Module) -> None:
        self.register_module(self._name(index), _checked(self, module))

    def _slice(self, index: slice) -> Self:
        return type(self)(list(self)[index])  # type: ignore[call-arg]

    def _name(self, index: int) -> str:
        try:
            return list(self._modules)[index]
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
                self.register_module(name, _checked(self, module))
        else:
            self.extend(modules)

    def forward(self, input: Any) -> Any:
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

    __iadd__ = _Numbered.extend

    def insert(self, index: int, module: Module) -> None:
        """Put a module before position `index`; those behind it move up."""
        modules = list(self)
        modules.insert(index, _checked(self, module))
        self._modules.clear()
        self.extend(modules)


class ModuleDict(Module):
    """A dictionary of modules by name; its `forward` is up to you.

    Parameters:
        modules: a dictionary, or pairs of name and module, to start with.
    """

    def __init__(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]] | None = None) -> None:
        super().__init__()
        self.update(modules or {})

    def update(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]]) -> None:
        """Add all of `modules`, replacing those of the same name."""
        for name, module in dict(modules).items():
            self[name] = module

    def __getitem__(self, name: str) -> Any:
        if name not in self._modules:
            raise KeyError(f"ModuleDict: no module is named {name!r}; there are {', '.join(self._modules) or 'none'}")
        return self._modules[name]

    def __setitem__(self, name: str, module: Module) -> None:
        self.register_module(name, _checked(self, module))

    def __delitem__(self, name: str) -> None:
        del self._modules[name]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, name: object) -> bool:
        return name in self._modules

    def keys(self) -> Iterable[str]:
        """Return the names."""
        return self._modules.keys()

    def values(self) -> Iterable[Any]:
        """Return the modules."""
        return self._modules.values()

    def items(self) -> Iterable[tuple[str, Any]]:
        """Return the pairs of name and module."""
        return self._modules.items()

    def pop(self, name: str) -> Any:
        """Take a module out and return it."""
        module = self[name]
        del self[name]
        return module

    def clear(self) -> None:
        """Take all modules out."""
        self._modules.clear()


def _checked(container: Module, module: Any) -> Module:
    if not isinstance(module, Module):
        hint = (
            "write ReLU() rather than ReLU"
            if isinstance(module, type) and issubclass(module, Module)
            else ("a plain function has no parameters: call it in a forward of your own")
        )
        raise TypeError(f"{type(container).__name__}: expected a Module, got {module!r:.60}; {hint}")
    return module
