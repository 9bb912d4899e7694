"""Tensors of one type by PyTorch's old names: `LongTensor([1, 2])`, `FloatTensor(2, 3)`."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.engine.dtypes import float16, float32, float64, int16, int32, int64, uint8
from tinygrad_edu.functions.arguments import numbers_or_room
from tinygrad_edu.tensors.tensor import Tensor, wrap

__all__ = [
    "BoolTensor", "ByteTensor", "DoubleTensor", "FloatTensor", "HalfTensor", "IntTensor", "LongTensor", "ShortTensor",
]  # fmt: skip


class _TypedTensor(type):
    """What PyTorch's old names for tensors of one type are: called, they make one; `isinstance` looks at the type."""

    dtype: np.dtype[Any]

    def __call__(cls, *data: Any) -> Tensor:
        return wrap(numbers_or_room(data, cls.dtype).copy())

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor) and instance.dtype == cls.dtype


def _typed_tensor(name: str, dtype: Any) -> _TypedTensor:
    doc = f"Make a tensor of {np.dtype(dtype)}: `{name}([1, 2])` of data, `{name}(2, 3)` of sizes, to be filled."
    return _TypedTensor(name, (), {"__doc__": doc, "__module__": __name__, "dtype": np.dtype(dtype)})


BoolTensor = _typed_tensor("BoolTensor", np.bool_)
ByteTensor = _typed_tensor("ByteTensor", uint8)
DoubleTensor = _typed_tensor("DoubleTensor", float64)
FloatTensor = _typed_tensor("FloatTensor", float32)
HalfTensor = _typed_tensor("HalfTensor", float16)
IntTensor = _typed_tensor("IntTensor", int32)
LongTensor = _typed_tensor("LongTensor", int64)
ShortTensor = _typed_tensor("ShortTensor", int16)


class _AnyTensor(type):
    def __call__(cls, data: Tensor, requires_grad: bool = False) -> Tensor:
        return wrap(data.array, requires_grad or data.requires_grad)

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor)


class Variable(metaclass=_AnyTensor):
    """What old programs wrap a tensor in to have gradients: `Variable(t, requires_grad=True)` is a Tensor."""
