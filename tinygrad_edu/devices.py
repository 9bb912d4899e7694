"""Where tensors live: the CPU, always. The names that PyTorch programs ask are here, and answer for a CPU."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, TypeVar

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
            raise ValueError(f"device: tensors live on the CPU here, expected 'cpu', got {name!r}")
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
    """Let a function that makes tensors be called with `device=`, which must be the CPU."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if "device" in kwargs:
            device(kwargs.pop("device") or "cpu")
        return function(*args, **kwargs)

    return wrapper  # type: ignore[return-value]  # the same signature and one word more


def _no(*args: Any, **kwargs: Any) -> bool:
    return False


def _none(*args: Any, **kwargs: Any) -> None:
    """Do nothing: there is no device that could be waited for, emptied or seeded."""


cuda = SimpleNamespace(
    is_available=_no,
    device_count=lambda: 0,
    manual_seed=_none,
    manual_seed_all=_none,
    synchronize=_none,
    empty_cache=_none,
)
accelerator = SimpleNamespace(is_available=_no, current_accelerator=_none, device_count=lambda: 0, synchronize=_none)
backends = SimpleNamespace(
    mps=SimpleNamespace(is_available=_no, is_built=_no),
    cudnn=SimpleNamespace(is_available=_no, deterministic=True, benchmark=False),
)
