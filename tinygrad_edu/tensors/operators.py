"""Python's operators and conversions on a Tensor: `a + b`, `t[i]`, `len(t)`, `float(t)`, `t.item()`."""

from __future__ import annotations

import builtins
import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine import dtypes
from tinygrad_edu.engine.grad_mode import switch
from tinygrad_edu.engine.op import Op
from tinygrad_edu.engine.value import record
from tinygrad_edu.functions import indexing
from tinygrad_edu.system import devices
from tinygrad_edu.tensors import in_place

if TYPE_CHECKING:
    from tinygrad_edu.tensors.tensor import Tensor


def _operator(op: Op) -> tuple[Callable[[Any, Any], Tensor], Callable[[Any, Any], Tensor]]:
    """Make the two methods of an operator: for `tensor ∘ other` and for `other ∘ tensor`."""

    def method(self: Any, other: Any) -> Tensor:
        return record(op, (self, other), {})

    def reflected(self: Any, other: Any) -> Tensor:
        return record(op, (other, self), {})

    return method, reflected


def _unless_incomparable(method: Callable[[Any, Any], Tensor]) -> Callable[[Any, Any], Tensor]:
    """Leave the comparison with None and with text to Python, to which they differ from any tensor."""

    def compare(self: Any, other: Any) -> Any:
        return NotImplemented if other is None or isinstance(other, str) else method(self, other)

    return compare


class Operators:
    """What Python's own syntax and functions do with a Tensor."""

    __slots__ = ()

    if TYPE_CHECKING:
        array: np.ndarray[Any, Any]
        requires_grad: bool

    # Operators

    __add__, __radd__ = _operator(ops.add)
    __sub__, __rsub__ = _operator(ops.sub)
    __mul__, __rmul__ = _operator(ops.mul)
    __truediv__, __rtruediv__ = _operator(ops.div)
    __mod__, __rmod__ = _operator(ops.remainder)
    __floordiv__, __rfloordiv__ = _operator(ops.floor_divide)
    __pow__, __rpow__ = _operator(ops.pow)
    __matmul__, __rmatmul__ = _operator(ops.matmul)
    __and__, __rand__ = _operator(ops.bitwise_and)
    __or__, __ror__ = _operator(ops.bitwise_or)
    __xor__, __rxor__ = _operator(ops.bitwise_xor)
    # In place of Python's answers of True or False, as in NumPy.
    __eq__ = _unless_incomparable(_operator(ops.eq)[0])  # type: ignore[assignment]
    __ne__ = _unless_incomparable(_operator(ops.ne)[0])  # type: ignore[assignment]
    __lt__, __gt__ = _operator(ops.lt)[0], _operator(ops.gt)[0]
    __le__, __ge__ = _operator(ops.le)[0], _operator(ops.ge)[0]
    __hash__ = object.__hash__  # by identity, since == compares element by element

    def __pos__(self) -> Tensor:
        return self  # type: ignore[return-value]

    def __neg__(self) -> Tensor:
        return ops.neg(self)

    def __abs__(self) -> Tensor:
        return ops.abs(self)

    def __invert__(self) -> Tensor:
        return ops.bitwise_not(self)

    def __getitem__(self, index: Any) -> Tensor:
        return indexing.getitem(self, index)

    def __setitem__(self, index: Any, value: Any) -> None:
        in_place.set_item(self, index, value)

    __iadd__ = in_place.add_
    __isub__ = in_place.sub_
    __imul__ = in_place.mul_
    __itruediv__ = in_place.div_
    __ipow__ = in_place.pow_

    @property
    def T(self) -> Tensor:  # noqa: N802 - NumPy's and PyTorch's name
        """The tensor with its dimensions in reverse order."""
        return ops.transpose(self)

    @property
    def mT(self) -> Tensor:  # noqa: N802
        """The tensor with its last two dimensions swapped."""
        return ops.swapaxes(self, axis1=-1, axis2=-2)

    def size(self, dim: builtins.int | None = None) -> Any:
        """Return the shape, or the size of one dimension."""
        return self.array.shape if dim is None else self.array.shape[dim]

    def dim(self) -> builtins.int:
        """Return the number of dimensions."""
        return self.array.ndim

    def numel(self) -> builtins.int:
        """Return the number of elements."""
        return self.array.size

    # Other types

    def astype(self, dtype: Any) -> Tensor:
        """Return the numbers as another type; the gradient comes back in this tensor's own."""
        return ops.astype(self, dtype=np.dtype(dtype))

    def to(
        self,
        *args: Any,
        dtype: Any = None,
        device: Any = None,
        non_blocking: builtins.bool = False,
        copy: builtins.bool = False,
        memory_format: Any = None,
    ) -> Tensor:
        """Return the tensor as a dtype, itself if it is that already: `t.to(dtype)`, `t.to("cpu")`, `t.to(other)`.

        After these may follow non_blocking and copy: with `copy`, it is always a new tensor. The other words
        are PyTorch's and change nothing here.
        """
        switches = [arg for arg in args if isinstance(arg, builtins.bool)]
        for arg in args[: len(args) - len(switches)]:
            if isinstance(arg, str | devices.device):
                device = arg
            elif arg is not None:
                dtype = getattr(arg, "dtype", arg)
        if device is not None:
            devices.device(device)  # raises for all but the CPU
        if dtype is not None and np.dtype(dtype) != self.array.dtype:
            return self.astype(dtype)
        return ops.clone(self) if copy or switches[1:] == [True] else self  # type: ignore[return-value]

    def cpu(self) -> Tensor:
        """Return the tensor, which is on the CPU."""
        return self  # type: ignore[return-value]

    @property
    def device(self) -> devices.device:
        """Where the tensor is: on the CPU."""
        return devices.device("cpu")

    def half(self) -> Tensor:
        """Return the tensor as float16."""
        return self.to(dtypes.float16)

    def int(self) -> Tensor:
        """Return the tensor as int32."""
        return self.to(dtypes.int32)

    def contiguous(self, memory_format: Any = None) -> Tensor:
        """Return the tensor with its elements next to each other in memory; itself if they are.

        `memory_format` is PyTorch's and changes nothing: the last dimension always varies fastest.
        """
        return self if self.array.flags.c_contiguous else ops.clone(self, order="C")  # type: ignore[return-value]

    def float(self) -> Tensor:
        """Return the tensor as float32."""
        return self.to(dtypes.float32)

    def double(self) -> Tensor:
        """Return the tensor as float64."""
        return self.to(dtypes.float64)

    def long(self) -> Tensor:
        """Return the tensor as int64."""
        return self.to(dtypes.int64)

    def bool(self) -> Tensor:
        """Return the tensor as bool: whether each element differs from 0."""
        return self.to(dtypes.bool)

    def item(self) -> builtins.int | builtins.float:
        """Return the only element as a Python number."""
        if self.array.size != 1:
            raise ValueError(f"item: expected one element, got shape {self.array.shape}; use tolist() or an index")
        return self.array.item()

    def tolist(self) -> Any:
        """Return the elements as nested lists of Python numbers."""
        return self.array.tolist()

    def __len__(self) -> builtins.int:
        if not self.array.ndim:
            raise TypeError("len: a tensor of a single number has no length; use t.numel()")
        return len(self.array)

    def __iter__(self) -> Iterator[Tensor]:
        if not self.array.ndim:
            raise TypeError("iter: a tensor of a single number has no elements to go through; use t.item()")
        return (self[i] for i in range(len(self.array)))

    def __contains__(self, value: Any) -> builtins.bool:
        return bool((self.array == getattr(value, "array", value)).any())

    def __bool__(self) -> builtins.bool:
        if self.array.size != 1:
            raise ValueError(
                f"bool: shape {self.array.shape} has no single truth value; use t.any(), t.all() or t.numel() > 0"
            )
        return bool(self.array.item())

    def __float__(self) -> builtins.float:
        return float(self._number("float"))

    def __int__(self) -> builtins.int:
        return int(self._number("int"))

    def _number(self, name: str) -> Any:
        """Return the only element, with a warning where its gradient is lost unasked (math.sin(t), array[0] = t)."""
        if self.requires_grad and switch.enabled:
            warnings.warn(
                f"{name}: this tensor requires a gradient, which a number or an array element cannot carry; write "
                "np.sin for math.sin, and np.stack([...]) or a tensor for an array that is filled by index. If the "
                f"number alone is wanted, t.item() or {name}(t.detach())",
                stacklevel=3,
            )
        return self.item()

    def __index__(self) -> builtins.int:
        if self.array.dtype.kind not in "biu":
            raise TypeError(f"index: only integer tensors can be an index, not {self.array.dtype}; use t.long()")
        return int(self.item())
