"""The type of a call: `layer(x)` takes and returns what `layer.forward` does. It is there for type checkers alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
R = TypeVar("R", covariant=True)


class HasForward(Protocol[P, R]):
    """A module, and what its `forward` takes and returns."""

    def forward(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Compute the output."""


class Call:
    """What a type checker takes `__call__` for; nothing makes one."""

    def __get__(self, module: HasForward[P, R], owner: type) -> Callable[P, R]:
        raise NotImplementedError


def like_forward(call: Any) -> Call:
    """Return the decorated `__call__` itself, with the type of the `forward` of the module it is called on."""
    return call
