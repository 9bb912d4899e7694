"""Mixed precision, as PyTorch programs ask for it: understood, and without effect.

A GPU computes faster in float16; NumPy does not. So everything is computed in the type it has, and gradients
need no scaling that keeps small ones from vanishing.
"""

from __future__ import annotations

from contextlib import ContextDecorator
from typing import Any, Self

__all__ = ["GradScaler", "autocast"]


class autocast(ContextDecorator):  # noqa: N801 - PyTorch's name
    """Do nothing, around a `with` block or as the decorator of a function: types stay as they are."""

    def __init__(
        self, device_type: str = "cpu", dtype: Any = None, enabled: bool = True, cache_enabled: bool | None = None
    ) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        pass


class GradScaler:
    """Pass losses and steps on as they are: what PyTorch's does with enabled=False."""

    def __init__(self, device: str = "cpu", *options: Any, enabled: bool = True, **more: Any) -> None:
        pass

    def scale(self, outputs: Any) -> Any:
        """Return the loss as it is."""
        return outputs

    def unscale_(self, optimizer: Any) -> None:
        """Do nothing: gradients are not scaled."""

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """Call the optimizer's own `step`."""
        return optimizer.step(*args, **kwargs)

    def update(self, new_scale: Any = None) -> None:
        """Do nothing: there is no scale."""

    def get_scale(self) -> float:
        """Return 1."""
        return 1.0

    def is_enabled(self) -> bool:
        """Return False."""
        return False

    def state_dict(self) -> dict[str, Any]:
        """Return an empty dictionary."""
        return {}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Do nothing."""
