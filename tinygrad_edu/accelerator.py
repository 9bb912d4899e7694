"""`torch.accelerator` as programs ask it on a machine that has a CPU alone."""

from __future__ import annotations

from typing import Any

__all__ = ["current_accelerator", "device_count", "is_available", "synchronize"]


def is_available() -> bool:
    """Return False."""
    return False


def current_accelerator(check_available: bool = False) -> None:
    """Return None."""


def device_count() -> int:
    """Return 0."""
    return 0


def synchronize(device: Any = None) -> None:
    """Do nothing."""
