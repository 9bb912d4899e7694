"""Borders as modules. See `functional.pad`."""

from __future__ import annotations

from typing import Any, ClassVar

from tinygrad_edu.nn import functional as F
from tinygrad_edu.nn.functional.sizes import Sizes, each
from tinygrad_edu.nn.module import Module
from tinygrad_edu.tensors.tensor import Tensor


class _Padding(Module):
    """What the paddings share: the widths of the borders, last dimension first."""

    mode: ClassVar[str]
    dims: ClassVar[int]

    def __init_subclass__(cls, mode: str = "", dims: int = 0, **others: Any) -> None:
        super().__init_subclass__(**others)
        if mode:
            cls.mode, cls.dims = mode, dims

    def __init__(self, padding: Sizes) -> None:
        super().__init__()
        self.padding = each(type(self).__name__, "padding", padding, 2 * self.dims, least=-(2**31))

    def forward(self, input: Any) -> Tensor:
        if self.mode != "constant" and input.ndim not in (self.dims + 1, self.dims + 2):
            raise ValueError(
                f"{type(self).__name__}: expected an input of {self.dims + 1} or {self.dims + 2} dimensions, got shape "
                f"{tuple(input.shape)}"
            )
        return F.pad(input, self.padding, self.mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _ConstantPadding(_Padding):
    def __init__(self, padding: Sizes, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Any) -> Tensor:
        return F.pad(input, self.padding, self.mode, self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class ConstantPad1d(_ConstantPadding, mode="constant", dims=1):
    """Surround rows with a number: (left, right), or one width."""


class ConstantPad2d(_ConstantPadding, mode="constant", dims=2):
    """Surround images with a number: (left, right, top, bottom), or one width."""


class ConstantPad3d(_ConstantPadding, mode="constant", dims=3):
    """Surround volumes with a number: (left, right, top, bottom, front, back), or one width."""


class ZeroPad1d(_Padding, mode="constant", dims=1):
    """Surround rows with zeros: (left, right), or one number."""


class ReflectionPad1d(_Padding, mode="reflect", dims=1):
    """Surround rows with the inside mirrored at the outermost element: (left, right), or one number."""


class ReplicationPad1d(_Padding, mode="replicate", dims=1):
    """Surround rows with the outermost element: (left, right), or one number."""


class CircularPad1d(_Padding, mode="circular", dims=1):
    """Surround rows with what is at the other end: (left, right), or one number."""


class ZeroPad2d(_Padding, mode="constant", dims=2):
    """Surround images with zeros: (left, right, top, bottom), or one number."""


class ReflectionPad2d(_Padding, mode="reflect", dims=2):
    """Surround images with the inside mirrored at the outermost element: (left, right, top, bottom), or one number."""


class ReplicationPad2d(_Padding, mode="replicate", dims=2):
    """Surround images with the outermost element: (left, right, top, bottom), or one number."""


class CircularPad2d(_Padding, mode="circular", dims=2):
    """Surround images with what is at the other end: (left, right, top, bottom), or one number."""


class ZeroPad3d(_Padding, mode="constant", dims=3):
    """Surround volumes with zeros: six widths as for ConstantPad3d, or one."""


class ReflectionPad3d(_Padding, mode="reflect", dims=3):
    """Surround volumes with the inside mirrored at the outermost element: six widths as for ConstantPad3d, or one."""


class ReplicationPad3d(_Padding, mode="replicate", dims=3):
    """Surround volumes with the outermost element: six widths as for ConstantPad3d, or one."""


class CircularPad3d(_Padding, mode="circular", dims=3):
    """Surround volumes with what is at the other end: six widths as for ConstantPad3d, or one."""
