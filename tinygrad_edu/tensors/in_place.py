"""Operations in place: those whose name ends in an underscore, and `+=`, `t[i] = v`.

They write the result of the ordinary operation into the tensor's own memory and give the tensor the
result's place in the graph. What it was before lives on in its `past`, for nodes that used it.
"""

from __future__ import annotations

import dis
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.grad_mode import switch
from tinygrad_edu.engine.graph import GraphError
from tinygrad_edu.engine.versions import kept_arrays, mark_changed, mark_recorded, owner
from tinygrad_edu.functions.arguments import plain_index


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
        if result.requires_grad and _needs(result.node, self.array):
            before.array = self.array.copy()  # the old values are about to go, and the way back needs them
            result = function(before, *args, **kwargs)
        if result.requires_grad and _is_shared_view(self.array):
            if sys.getrefcount(self) <= OF_A_TEMPORARY and _stores_by_index(sys._getframe(1)):
                return result  # the t[i] of `t[i] += v`: Python now calls t.__setitem__(i, result), which is recorded
            raise GraphError(
                f"{name}: this tensor is a view of another one, which would not learn of the change; write to that "
                "one by index (base[i] += v), or change a clone()"
            )
        self.array[...] = result.array
        mark_changed(self.array, name)
        if result.requires_grad:
            mark_recorded(self.array, result.node.time)
            if self.past is None:
                self.past = []
            self.past.append(before)
            self.node, self._requires_grad = result.node, True
        return self

    method.__name__ = name
    method.__doc__ = f"Do what `{name.strip('_')}` does, in the tensor's own memory."
    return method


def _needs(node: Any, array: Any) -> bool:
    """Tell whether the way back through a node keeps the memory of `array`."""
    pullbacks = [pullback for pullback in node.pullbacks if pullback is not None]
    return any(owner(kept) is owner(array) for pullback in pullbacks for _, kept in kept_arrays(pullback))


def _is_shared_view(array: Any) -> bool:
    """Tell whether an array looks into memory that something else refers to as well."""
    # Three references are this function's own: the view's .base, the call of owner and that of getrefcount.
    return array.base is not None and sys.getrefcount(owner(array)) > 2


def _stores_by_index(frame: Any) -> bool:
    """Tell whether a frame is at the `+=` of a statement `t[i] += v`, which writes the result back to t[i]."""
    code = iter(dis.get_instructions(frame.f_code))
    at = next((step for step in code if step.offset == frame.f_lasti), None)
    if at is None or at.opname != "BINARY_OP" or not at.argrepr.endswith("="):
        return False
    after = next((step.opname for step in code if step.opname not in ("SWAP", "CACHE", "NOP")), "")
    return after.startswith("STORE_SUBSCR")


class _Probe:
    """Measures how many references a method sees to an object that only the statement `t[i] += v` holds."""

    seen = 0

    def __getitem__(self, index: Any) -> Any:
        return type(self)()

    def __setitem__(self, index: Any, value: Any) -> None:
        pass

    def __iadd__(self, *args: Any, **kwargs: Any) -> Any:
        _Probe.seen = sys.getrefcount(self)
        return self


def _references_of_a_temporary() -> int:
    probe = _Probe()
    probe[0] += 1
    return _Probe.seen


OF_A_TEMPORARY = _references_of_a_temporary()


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
