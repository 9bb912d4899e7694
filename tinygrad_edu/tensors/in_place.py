"""Operations in place: those whose name ends in an underscore, and `+=`, `t[i] = v`.

They write the result of the ordinary operation into the tensor's own memory, and give the tensor the result's
place in the graph. Where the tensor is a view, the write is recorded on its base; see `engine/views.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.grad_mode import switch
from tinygrad_edu.engine.graph import GraphError, pullbacks_of
from tinygrad_edu.engine.value import Node, Value
from tinygrad_edu.engine.versions import clock, kept_arrays, mark_changed, needs_inputs, owner
from tinygrad_edu.functions import pointwise
from tinygrad_edu.functions.arguments import numbers_first, plain_index

if TYPE_CHECKING:
    from tinygrad_edu.tensors.tensor import Tensor


def in_place(name: str, function: Callable[..., Any]) -> Callable[..., Tensor]:
    """Make the in-place form, called `name`, of a function that returns a new tensor."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Tensor:
        check_writable(name, self)
        if switch.enabled and self.origin is not None and self.origin.base.tracked and not self.requires_grad:
            self.origin.renew(self)  # a view that was taken while nothing was recorded
        begin = next(clock)  # what this call records is younger
        before = handle(self)
        result = function(before, *args, **kwargs)
        if result.array.shape != self.array.shape:
            raise ValueError(
                f"{name}: the result has shape {result.array.shape}, which does not fit in place into "
                f"{self.array.shape}; use the operation that returns a new tensor"
            )
        check_dtype(name, result.array.dtype, self)
        if result.tracked and not _spare(result.source, begin, self.array):
            before.array = self.array.copy()  # the old values are about to go, and the way back needs them
            result = function(before, *args, **kwargs)
        if self.origin is None and result.tracked:
            self.array[...] = result.array
            mark_changed(self.array, name)
            self.move_to(result)
            self.writes += 1
        else:
            write(self, ..., result, name)
        return self

    method.__name__, method.__wrapped__ = name, function  # type: ignore[attr-defined]  # its arguments, for help()
    method.__doc__ = f"Do what `{name.strip('_')}` does, in the tensor's own memory."
    return method


def set_item(self: Any, index: Any, value: Any) -> None:
    """Do `self[index] = value`."""
    check_writable("setitem", self)
    numbers, index = numbers_first(plain_index(index))
    self = self if numbers is None else self[numbers]
    if isinstance(value, Value) and is_own_view(self, index, value):
        return  # the second half of `t[i] += v`, which Python carries out as `v2 = t[i]; v2 += v; t[i] = v2`
    if isinstance(value, Value) and value.array.ndim and value.array.size == 1:
        value = ops.reshape(value, shape=())  # it fits everywhere, into a single element too
    write(self, index, value, "setitem")


def write(target: Any, index: Any, value: Any, name: str) -> None:
    """Write `value` into the memory of `target` at `index`, and record it, on the base if `target` is a view."""
    base = target if target.origin is None else target.origin.base
    if switch.enabled and (base.tracked or getattr(value, "tracked", False)):
        places = index if target is base else target.origin.places(index)
        base.move_to(ops.setitem(handle(base), value, index=places, overwrite=True))
        base.writes += 1
    else:
        ops.setitem(target.array, getattr(value, "array", value), index=index, overwrite=True)
    mark_changed(target.array, name)


def handle(tensor: Any) -> Any:
    """Return a second tensor for the same memory, at the same place in the graph."""
    twin = tensor.plain.at(tensor.array, tensor.source, tensor.tracked)
    if tensor.tracked and tensor.source is None:
        twin.source = tensor  # a leaf
    twin.origin = tensor.origin
    return twin


def check_writable(name: str, tensor: Any) -> None:
    """Raise GraphError if a tensor cannot be changed in place, or not without losing a gradient."""
    if tensor.origin is not None and owner(tensor.origin.base.array) is not owner(tensor.array):
        tensor.origin = None  # its base was given other memory
    base = tensor if tensor.origin is None else tensor.origin.base
    if switch.enabled and base.tracked and base.is_leaf:
        what = "a leaf" if base is tensor else "a view of a leaf"
        raise GraphError(
            f"{name}: {what} that requires a gradient cannot be changed in place while operations are recorded. "
            "To update a weight, write `with no_grad():` around it; otherwise use the operation that returns a "
            "new tensor"
        )
    if not tensor.array.flags.writeable:
        expanded = 0 in tensor.array.strides or base.array.flags.writeable  # then a step of the view has expanded it
        what = "of several elements at one place" if expanded else "that is read-only"
        raise GraphError(f"{name}: this tensor has memory {what} and cannot be changed in place; change a clone()")


def check_dtype(name: str, dtype: np.dtype[Any], tensor: Any) -> None:
    """Raise TypeError if numbers of `dtype` do not fit into the memory of `tensor`."""
    if not np.can_cast(dtype, tensor.array.dtype, "same_kind"):
        raise TypeError(
            f"{name}: the result is {dtype}, which does not fit in place into {tensor.array.dtype}; "
            "convert the tensor first, or use the operation that returns a new tensor"
        )


def is_own_view(tensor: Any, index: Any, value: Any) -> bool:
    """Tell whether `value` is a view, in the graph too, of the very place tensor[index]."""
    base = tensor if tensor.origin is None else tensor.origin.base
    if value.origin is None or value.origin.base is not base:
        return False
    place = np.asarray(tensor.array[index])
    return (
        place.shape == value.array.shape
        and place.strides == value.array.strides
        and place.ctypes.data == value.array.ctypes.data
    )


def _spare(node: Any, begin: int, array: Any) -> bool:
    """Do without what `array` holds now in all that was recorded after `begin`; tell whether that is possible.

    It is not where a pullback keeps it. A rule that may run again, for second derivatives, gets a copy.
    """
    memory, copy = owner(array), None
    stack = [node]
    while stack:
        node = stack.pop()
        if node.__class__ is not Node or node.time <= begin:
            continue
        stack += node.sources
        kept = [x for pullback in pullbacks_of(node) if pullback is not None for _, x in kept_arrays(pullback)]
        again = needs_inputs(node)
        if again:
            kept += [x for x in node.arrays if isinstance(x, np.ndarray) and x is not array]
        if any(owner(x) is memory for x in kept):
            return False
        if again:
            copy = array.copy() if copy is None else copy
            node.arrays = [copy if x is array else x for x in node.arrays]
    return True


add_ = in_place("add_", pointwise.add)
sub_ = in_place("sub_", pointwise.sub)
mul_ = in_place("mul_", ops.mul)
div_ = in_place("div_", pointwise.div)
pow_ = in_place("pow_", ops.pow)
