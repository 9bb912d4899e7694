"""Where tensors live: the CPU, always; and what programs set about how it computes, which changes nothing."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

__all__ = [
    "are_deterministic_algorithms_enabled", "channels_last", "contiguous_format", "device",
    "get_default_device", "get_float32_matmul_precision", "memory_format", "preserve_format", "set_default_device",
    "set_float32_matmul_precision", "use_deterministic_algorithms",
]  # fmt: skip

F = TypeVar("F", bound=Callable[..., Any])


class device:  # noqa: N801 - PyTorch's name
    """The name of a place for tensors. There is one: `device("cpu")`.

    Attributes:
        type: "cpu".
        index: None.

    Raises:
        ValueError: any other device.
    """

    def __init__(self, type: str | device = "cpu", index: int | None = None) -> None:
        name = str(type)
        if name.partition(":")[0] != "cpu":
            raise ValueError(
                f"device: tensors live on the CPU here, expected 'cpu', got {name!r}; leave device out, or let "
                "cuda.is_available() choose"
            )
        self.type = "cpu"
        self.index = index

    def __repr__(self) -> str:
        return "device(type='cpu')"

    def __str__(self) -> str:
        return "cpu"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device)

    def __hash__(self) -> int:
        return hash("cpu")


def takes_device(function: F) -> F:
    """Let a function or a constructor that makes tensors be called with `device=`, which must be the CPU."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if "device" in kwargs:
            device(kwargs.pop("device") or "cpu")
        return function(*args, **kwargs)

    signature = inspect.signature(function)
    parameters = list(signature.parameters.values())
    place = next((i for i, p in enumerate(parameters) if p.name == "dtype"), len(parameters))
    parameters.insert(place, inspect.Parameter("device", inspect.Parameter.KEYWORD_ONLY, default=None))
    wrapper.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return wrapper  # type: ignore[return-value]  # the same signature and one word more


class memory_format:  # noqa: N801 - PyTorch's name
    """The name of an order of elements in memory: `channels_last`. It is understood, and changes nothing here."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return f"torch.{self._name}"


contiguous_format = memory_format("contiguous_format")
channels_last = memory_format("channels_last")
preserve_format = memory_format("preserve_format")


_deterministic = False


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Note that equal seeds are to give equal results. They always do here, so it changes nothing else."""
    global _deterministic
    _deterministic = bool(mode)


def are_deterministic_algorithms_enabled() -> bool:
    """Return what `use_deterministic_algorithms` noted."""
    return _deterministic


def set_default_device(device_or_name: Any) -> None:
    """Choose where new tensors are made: on the CPU; there is no other place."""
    device(device_or_name or "cpu")


def get_default_device() -> device:
    """Return the CPU."""
    return device("cpu")


def set_float32_matmul_precision(precision: str) -> None:
    """Say how precise matrix products must be at least. They always have full precision."""
    if precision not in ("highest", "high", "medium"):
        raise ValueError(f'set_float32_matmul_precision: expected "highest", "high" or "medium", got {precision!r:.40}')


def get_float32_matmul_precision() -> str:
    """Return "highest"."""
    return "highest"
