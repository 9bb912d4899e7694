"""What a tensor tells of its numbers and its memory, and new tensors of the same kind: `t.new_zeros(2, 3)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_edu.engine import dtypes
from tinygrad_edu.functions.arguments import as_sizes
from tinygrad_edu.system import devices
from tinygrad_edu.tensors.operators import Operators

if TYPE_CHECKING:
    from tinygrad_edu.tensors.tensor import Tensor

TYPE_NAMES = {
    "Bool": dtypes.bool,
    "Byte": dtypes.uint8,
    "Char": dtypes.int8,
    "Double": dtypes.float64,
    "Float": dtypes.float32,
    "Half": dtypes.float16,
    "Int": dtypes.int32,
    "Long": dtypes.int64,
    "Short": dtypes.int16,
}
"""What PyTorch calls the types of tensors: "torch.FloatTensor" holds float32."""


class StorageMethods(Operators):
    """What a tensor says about itself, and new tensors that are like it in dtype."""

    __slots__ = ()

    def nelement(self) -> int:
        """Return the number of elements; another name of `numel`."""
        return self.array.size

    def element_size(self) -> int:
        """Return how many bytes an element takes."""
        return self.array.itemsize

    @property
    def itemsize(self) -> int:
        """How many bytes an element takes."""
        return self.array.itemsize

    @property
    def nbytes(self) -> int:
        """How many bytes all elements take."""
        return self.array.nbytes

    def data_ptr(self) -> int:
        """Return the address of the first element: two tensors that share their memory have the same."""
        return self.array.ctypes.data

    def stride(self, dim: int | None = None) -> Any:
        """Return, for each dimension or for one, how many elements further on in memory its next element is."""
        strides = tuple(step // self.array.itemsize for step in self.array.strides)
        return strides if dim is None else strides[dim]

    def is_contiguous(self) -> bool:
        """Tell whether the elements are next to each other in memory, in order."""
        return self.array.flags.c_contiguous

    @property
    def is_cuda(self) -> bool:
        """Whether the tensor is on a GPU: never."""
        return False

    def is_floating_point(self) -> bool:
        """Tell whether the elements are floating-point numbers, the kind that can have a gradient."""
        return dtypes.is_float(self.array.dtype)

    def type(self, dtype: Any = None) -> Any:
        """Return the tensor as another type; without one, the name of its own: "torch.FloatTensor"."""
        if dtype is None:
            return f"torch.{_type_name(self.array.dtype)}Tensor"
        if isinstance(dtype, str):
            dtype = TYPE_NAMES.get(dtype.removeprefix("torch.").removesuffix("Tensor"), dtype)
        return self.to(np.dtype(dtype))

    def type_as(self, other: Any) -> Tensor:
        """Return the tensor as the type of `other`."""
        return self.to(other.dtype)

    def new_zeros(self, *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
        """Make a tensor of zeros, of this tensor's type: `t.new_zeros(2, 3)`."""
        return self._new(np.zeros(as_sizes(size), dtype or self.array.dtype), device, requires_grad)

    def new_ones(self, *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
        """Make a tensor of ones, of this tensor's type: `t.new_ones(2, 3)`."""
        return self._new(np.ones(as_sizes(size), dtype or self.array.dtype), device, requires_grad)

    def new_empty(self, *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
        """Make a tensor of this tensor's type whose elements are whatever the memory held."""
        return self._new(np.empty(as_sizes(size), dtype or self.array.dtype), device, requires_grad)

    def new_full(
        self, size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
    ) -> Tensor:
        """Make a tensor of `size` and this tensor's type with every element `fill_value`."""
        value = getattr(fill_value, "array", fill_value)
        return self._new(np.full(as_sizes((size,)), value, dtype or self.array.dtype), device, requires_grad)

    def new_tensor(self, data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
        """Make a tensor that holds a copy of `data`, of this tensor's type."""
        data = getattr(data, "array", data)
        return self._new(dtypes.as_array(data, dtype or self.array.dtype).copy(), device, requires_grad)

    def _new(self, array: np.ndarray[Any, Any], device: Any, requires_grad: bool) -> Tensor:
        if device is not None:
            devices.device(device)  # raises for all but the CPU
        made = self.detach()  # type: ignore[attr-defined]  # a Tensor, whatever this is; Tensor itself is made of this
        made.data = array
        return made.requires_grad_(requires_grad)


def _type_name(dtype: np.dtype[Any]) -> str:
    return next(name for name, known in TYPE_NAMES.items() if known == dtype)
