"""Layers that take their number of inputs from the first input, and are ordinary layers from then on."""

from __future__ import annotations

import inspect
from typing import Any, ClassVar

import numpy as np

from tinygrad_edu.nn.batch_normalization import (
    BatchNorm1d,
    BatchNorm2d,
    BatchNorm3d,
    InstanceNorm1d,
    InstanceNorm2d,
    InstanceNorm3d,
)
from tinygrad_edu.nn.convolution import Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from tinygrad_edu.nn.linear import Linear
from tinygrad_edu.nn.module import Module
from tinygrad_edu.tensors.tensor import Tensor

REGISTRIES = ("_parameters", "_buffers")
TRACKING = {"affine": True, "track_running_stats": True}
"""What PyTorch's lazy instance normalizations are made with, unlike the others."""


class _Lazy(Module):
    """A layer to be: `kind`, made without its first argument, which is the first input's size in dimension `dim`.

    Its parameters are there from the start, so that an optimizer can be made, but they are empty until that input.
    Further keywords in the head of a class are defaults of its own.
    """

    kind: ClassVar[Any]
    dim: ClassVar[int]
    defaults: ClassVar[dict[str, Any]]

    def __init_subclass__(cls, kind: Any = None, dim: int = 1, **defaults: Any) -> None:
        if kind is not None:
            cls.kind, cls.dim, cls.defaults = kind, dim, defaults
        _, *parameters = inspect.signature(cls.kind).parameters.values()
        cls.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [p.replace(default=cls.defaults.get(p.name, p.default)) for p in parameters]
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        named = [*inspect.signature(type(self)).parameters][: len(args)]
        kwargs = {name: value for name, value in self.defaults.items() if name not in named} | kwargs
        self._arguments = args, kwargs
        layer = self.kind(0, *args, **kwargs)
        for name in REGISTRIES:
            self.__dict__[name] = layer.__dict__[name]
            for tensor in self.__dict__[name].values():
                if tensor is not None and tensor.ndim:
                    tensor.array = np.empty(0, tensor.dtype)

    def forward(self, input: Any) -> Tensor:
        args, kwargs = self._arguments
        layer = self.kind(input.shape[self.dim], *args, **kwargs)
        for name in REGISTRIES:
            for key, tensor in self.__dict__[name].items():
                if tensor is not None:
                    tensor.array = layer.__dict__[name][key].array.astype(tensor.dtype)
        del self._arguments
        own = self.__dict__.copy()
        self.__dict__.update(layer.__dict__)
        self.__dict__.update(own)  # the registries, the hooks and `training` stay
        self.__class__ = self.kind
        return self.forward(input)

    def extra_repr(self) -> str:
        args, kwargs = self._arguments
        return ", ".join([*map(repr, args), *(f"{name}={value!r}" for name, value in kwargs.items())])


class LazyLinear(_Lazy, kind=Linear, dim=-1):
    """A Linear layer whose in_features are the size of the first input's last dimension: LazyLinear(out_features)."""


class LazyConv1d(_Lazy, kind=Conv1d, dim=-2):
    """A Conv1d whose in_channels are those of the first input: LazyConv1d(out_channels, kernel_size, …)."""


class LazyConv2d(_Lazy, kind=Conv2d, dim=-3):
    """A Conv2d whose in_channels are those of the first input: LazyConv2d(out_channels, kernel_size, …)."""


class LazyConv3d(_Lazy, kind=Conv3d, dim=-4):
    """A Conv3d whose in_channels are those of the first input: LazyConv3d(out_channels, kernel_size, …)."""


class LazyConvTranspose1d(_Lazy, kind=ConvTranspose1d, dim=-2):
    """A ConvTranspose1d whose in_channels are those of the first input."""


class LazyConvTranspose2d(_Lazy, kind=ConvTranspose2d, dim=-3):
    """A ConvTranspose2d whose in_channels are those of the first input."""


class LazyConvTranspose3d(_Lazy, kind=ConvTranspose3d, dim=-4):
    """A ConvTranspose3d whose in_channels are those of the first input."""


class LazyBatchNorm1d(_Lazy, kind=BatchNorm1d):
    """A BatchNorm1d whose num_features are the channels of the first input."""


class LazyBatchNorm2d(_Lazy, kind=BatchNorm2d):
    """A BatchNorm2d whose num_features are the channels of the first input."""


class LazyBatchNorm3d(_Lazy, kind=BatchNorm3d):
    """A BatchNorm3d whose num_features are the channels of the first input."""


class LazyInstanceNorm1d(_Lazy, kind=InstanceNorm1d, dim=-2, **TRACKING):
    """An InstanceNorm1d whose num_features are the channels of the first input."""


class LazyInstanceNorm2d(_Lazy, kind=InstanceNorm2d, dim=-3, **TRACKING):
    """An InstanceNorm2d whose num_features are the channels of the first input."""


class LazyInstanceNorm3d(_Lazy, kind=InstanceNorm3d, dim=-4, **TRACKING):
    """An InstanceNorm3d whose num_features are the channels of the first input."""
