"""Operations in place: those whose name ends in an underscore, and `+=`, `t[i] = v`.

They write the result of the ordinary operation into the tensor's own memory and give the tensor the
result's place in the graph. What it was before lives on as its `past`, for nodes that used it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.grad_mode import switch
from tinygrad_edu.engine.graph import GraphError
from tinygrad_edu.engine.versions import mark_changed, owner
from tinygrad_edu.functions.shape import plain_index


def in_place(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Make the in-place form, called `name`, of a function that returns a new tensor."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        if switch.enabled and self.requires_grad and self.node is None:
            raise GraphError(
                f"{name}: a leaf that requires a gradient cannot be changed in place while operations are recorded. "
                "To update a weight, write `with no_grad():` around it; otherwise use the operation that returns a "
                "new tensor"
            )
        before = self._alias()
        result = function(before, *args, **kwargs)
        if result.array.shape != self.array.shape:
            raise ValueError(
                f"{name}: the result has shape {result.array.shape}, which does not fit in place into "
                f"{self.array.shape}; use the operation that returns a new tensor"
            )
        if not np.can_cast(result.array.dtype, self.array.dtype, "same_kind"):
            raise TypeError(
                f"{name}: the result is {result.array.dtype}, which does not fit in place into {self.array.dtype}; "
                "convert the tensor first, or use the operation that returns a new tensor"
            )
        if result.requires_grad and _is_shared_view(self.array):
            raise GraphError(
                f"{name}: this tensor is a view of another one, which would not learn of the change; write to that "
                "one by index (base[i] = base[i] + v), or change a clone()"
            )
        self.array[...] = result.array
        mark_changed(self.array, name)
        if result.requires_grad:
            self.past, self.node, self._requires_grad = before, result.node, True
        return self

    method.__name__ = name
    method.__doc__ = f"Do what `{name.strip('_')}` does, in the tensor's own memory."
    return method


def _is_shared_view(array: Any) -> bool:
    """Tell whether an array looks into memory that something else refers to as well."""
    # Three references are this function's own: the view's .base, the call of owner and that of getrefcount.
    return array.base is not None and sys.getrefcount(owner(array)) > 2


def _set(tensor: Any, index: Any, value: Any) -> Any:
    return ops.setitem(tensor, value, index=plain_index(index))


def _fill(tensor: Any, value: Any) -> Any:
    return ops.setitem(tensor, value, index=...)


add_ = in_place("add_", lambda t, other, alpha=1: ops.add(t, other if alpha == 1 else other * alpha))
sub_ = in_place("sub_", lambda t, other, alpha=1: ops.sub(t, other if alpha == 1 else other * alpha))
mul_ = in_place("mul_", ops.mul)
div_ = in_place("div_", ops.div)
pow_ = in_place("pow_", ops.pow)
neg_ = in_place("neg_", ops.neg)
exp_ = in_place("exp_", ops.exp)
sqrt_ = in_place("sqrt_", ops.sqrt)
relu_ = in_place("relu_", ops.relu)
sigmoid_ = in_place("sigmoid_", ops.sigmoid)
tanh_ = in_place("tanh_", ops.tanh)
clamp_ = in_place("clamp_", lambda t, min=None, max=None: ops.clip(t, min=min, max=max))
fill_ = in_place("fill_", _fill)
copy_ = in_place("copy_", _fill)
zero_ = in_place("zero_", lambda t: _fill(t, 0))
set_item = in_place("setitem", _set)
