"""Modules that are nothing but a function of `nn.functional` with its options."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from tinygrad_edu.nn.module import Module
from tinygrad_edu.tensors.tensor import Tensor


class Wrapper(Module):
    """Call `function`, named in the head of the class, with the options that the module was made with.

    The options are attributes, and may be changed.
    """

    function: ClassVar[Callable[..., Any]]
    hidden: ClassVar[tuple[str, ...]] = ()
    """Options that are not printed."""

    def __init_subclass__(cls, function: Callable[..., Any] | None = None, **others: Any) -> None:
        super().__init_subclass__(**others)
        if function is not None:
            cls.function = staticmethod(function)

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self._options = tuple(options)
        for name, value in options.items():
            setattr(self, name, value)

    def forward(self, *inputs: Any) -> Tensor:
        return type(self).function(*inputs, **{name: getattr(self, name) for name in self._options})

    def extra_repr(self) -> str:
        shown = {name: getattr(self, name) for name in self._options if name not in self.hidden}
        if not shown.get("inplace", True):
            del shown["inplace"]  # as PyTorch: worth a word only if so
        return ", ".join(f"{name}={value!r}" for name, value in shown.items())
