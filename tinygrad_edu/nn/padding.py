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
    mode = "constant"

    def __init__(self, padding: Sizes, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Any) -> Tensor:
        return F.pad(input, self.padding, self.mode, self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class ConstantPad1d(_ConstantPadding):
    """Surround rows with a number: (left, right), or one width."""

    dims = 1


class ConstantPad2d(_ConstantPadding):
    """Surround images with a number: (left, right, top, bottom), or one width."""

    dims = 2


class ZeroPad1d(_Padding):
    """Surround rows with zeros: (left, right), or one number."""

    mode, dims = "constant", 1


class ReflectionPad1d(_Padding):
    """Surround rows with the inside mirrored at the outermost element: (left, right), or one number."""

    mode, dims = "reflect", 1


class ReplicationPad1d(_Padding):
    """Surround rows with the outermost element: (left, right), or one number."""

    mode, dims = "replicate", 1


class CircularPad1d(_Padding):
    """Surround rows with what is at the other end: (left, right), or one number."""

    mode, dims = "circular", 1


class ZeroPad2d(_Padding):
    """Surround images with zeros: (left, right, top, bottom), or one number."""

    mode, dims = "constant", 2


class ReflectionPad2d(_Padding):
    """Surround images with the inside mirrored at the outermost element: (left, right, top, bottom), or one number."""

    mode, dims = "reflect", 2


class ReplicationPad2d(_Padding):
    """Surround images with the outermost element: (left, right, top, bottom), or one number."""

    mode, dims = "replicate", 2


class CircularPad2d(_Padding):
    """Surround images with what is at the other end: (left, right, top, bottom), or one number."""

    mode, dims = "circular", 2
