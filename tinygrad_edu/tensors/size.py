"""Size: PyTorch's name for the sizes of a tensor."""

from __future__ import annotations

import math
from typing import Any


class _AnyTuple(type):
    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, tuple)


class Size(tuple[int, ...], metaclass=_AnyTuple):
    """Sizes of the dimensions of a tensor: `Size([2, 3])` is (2, 3), and knows the number of elements.

    The shape of a tensor is an ordinary tuple here, which is faster; `isinstance(t.shape, Size)` holds all the same.
    """

    __slots__ = ()

    def numel(self) -> int:
        """Return the number of elements of a tensor of these sizes."""
        return math.prod(self)

    def __repr__(self) -> str:
        return f"Size({list(self)})"
