"""`tinygrad_edu.nn.modules`: where some PyTorch programs look for the layers, which are in `tinygrad_edu.nn`."""

from __future__ import annotations

from typing import Any

from tinygrad_edu import nn


def __getattr__(name: str) -> Any:  # __all__ as well, for `from tinygrad_edu.nn.modules import *`
    if name == "__path__":  # a file, not a folder
        raise AttributeError(name)
    return getattr(nn, name)


def __dir__() -> list[str]:
    return nn.__all__
