"""Hooks on gradients: functions that see, or replace, the gradient of a tensor when a backward pass has it."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np


class GradKeeper:
    """The hook behind `retain_grad`."""

    def __init__(self, tensor: Any) -> None:
        self.tensor = weakref.ref(tensor)  # the graph must not keep its own results alive

    def __call__(self, g: Any) -> Any:
        tensor = self.tensor()
        if tensor is not None:
            tensor._accumulate(np.copy(g))
        return g


def keepers_of(tensor: Any) -> list[GradKeeper]:
    """Return what keeps the gradient of this tensor, among the hooks of its place in the graph."""
    hooks = getattr(tensor.source, "hooks", None) or ()
    return [hook for hook in hooks if isinstance(hook, GradKeeper) and hook.tensor() is tensor]


class RemovableHandle:
    """What `register_hook` returns: `remove()` takes the hook away again."""

    def __init__(self, holder: Any, hook: Callable[..., Any], where: str = "hooks") -> None:
        self._holder, self._hook, self._where = holder, hook, where

    def remove(self) -> None:
        """Take the hook away."""
        hooks = getattr(self._holder, self._where) or ()
        setattr(self._holder, self._where, [hook for hook in hooks if hook is not self._hook])


def add_hook(holder: Any, hook: Callable[[Any], Any]) -> RemovableHandle:
    """Add a hook to a node or a leaf, before those that keep the gradient, which see what all others made of it."""
    hooks = holder.hooks or []
    keepers = [other for other in hooks if isinstance(other, GradKeeper)]
    holder.hooks = [*(other for other in hooks if not isinstance(other, GradKeeper)), hook, *keepers]
    return RemovableHandle(holder, hook)
