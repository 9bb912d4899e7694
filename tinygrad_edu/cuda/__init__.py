"""`torch.cuda` as programs ask it on a machine without a GPU: there is none, and nothing to wait for or to seed."""

from __future__ import annotations

from typing import Any

from tinygrad_edu.cuda import amp

__all__ = [
    "amp", "device_count", "empty_cache", "is_available", "is_bf16_supported", "manual_seed", "manual_seed_all",
    "max_memory_allocated", "memory_allocated", "reset_peak_memory_stats", "synchronize",
]  # fmt: skip


def is_available() -> bool:
    """Return False."""
    return False


def is_bf16_supported() -> bool:
    """Return False."""
    return False


def device_count() -> int:
    """Return 0."""
    return 0


def memory_allocated(device: Any = None) -> int:
    """Return 0."""
    return 0


def max_memory_allocated(device: Any = None) -> int:
    """Return 0."""
    return 0


def reset_peak_memory_stats(device: Any = None) -> None:
    """Do nothing."""


def manual_seed(seed: int) -> None:
    """Do nothing; `tinygrad_edu.manual_seed` seeds the CPU."""


def manual_seed_all(seed: int) -> None:
    """Do nothing; `tinygrad_edu.manual_seed` seeds the CPU."""


def synchronize(device: Any = None) -> None:
    """Do nothing."""


def empty_cache() -> None:
    """Do nothing."""
