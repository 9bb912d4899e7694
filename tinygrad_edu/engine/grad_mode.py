"""Whether operations are recorded. Each thread has a switch of its own, on at first."""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


class _Switch(threading.local):
    enabled = True


switch = _Switch()


def is_grad_enabled() -> bool:
    """Tell whether operations of this thread are recorded."""
    return switch.enabled


class GradMode:
    """Set the switch inside a `with` block or a decorated function, and set it back after."""

    def __init__(self, mode: bool) -> None:
        self._mode = mode
        self._before: list[bool] = []  # a stack: one object may be entered again inside itself

    def __enter__(self) -> None:
        self._before.append(switch.enabled)
        switch.enabled = self._mode

    def __exit__(self, *error: object) -> None:
        switch.enabled = self._before.pop()

    def __call__(self, function: F) -> F:
        if inspect.isgeneratorfunction(function):
            raise TypeError(
                f"{type(self).__name__}: {function.__name__} is a generator, which runs after the decorator "
                f"has ended; write `with {type(self).__name__}():` inside it instead"
            )
        mode = self._mode

        @functools.wraps(function)
        def decorated(*args: Any, **kwargs: Any) -> Any:
            with GradMode(mode):  # a fresh one for each call, so that threads do not share a stack
                return function(*args, **kwargs)

        return decorated  # type: ignore[return-value]  # the same signature, by functools.wraps


class no_grad(GradMode):  # noqa: N801 - PyTorch's name
    """Record nothing: `with no_grad():`, `@no_grad()` or `@no_grad`. Saves memory and time."""

    def __new__(cls, function: F | None = None) -> Any:
        mode = super().__new__(cls)
        if function is None:
            return mode
        mode.__init__()  # type: ignore[misc]  # `@no_grad` without parentheses
        return mode(function)

    def __init__(self) -> None:
        super().__init__(False)


class enable_grad(no_grad):  # noqa: N801 - PyTorch's name
    """Record again, inside a `no_grad` block: `with enable_grad():`, `@enable_grad()`."""

    def __init__(self) -> None:
        GradMode.__init__(self, True)


class set_grad_enabled(GradMode):  # noqa: N801 - PyTorch's name
    """Turn recording on or off, from the call on; in a `with` block, only until its end.

        set_grad_enabled(False)            # off from here on
        with set_grad_enabled(training):   # on or off inside the block
            ...

    As a decorator it governs the function alone.
    """

    def __init__(self, mode: bool) -> None:
        super().__init__(mode)
        self._at_call = switch.enabled
        switch.enabled = mode

    def __exit__(self, *error: object) -> None:
        self._before.pop()
        switch.enabled = self._at_call

    def __call__(self, function: F) -> F:
        switch.enabled = self._at_call  # as a decorator it governs the function, not what follows
        return super().__call__(function)
