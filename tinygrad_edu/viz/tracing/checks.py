"""What `draw`, `explain` and `explore` expect: a result that operations were recorded for, and a trace."""

from __future__ import annotations

from typing import Any

from tinygrad_edu.engine.graph import GraphError
from tinygrad_edu.tensors.tensor import Tensor
from tinygrad_edu.viz.tracing.trace import Trace


def check_result(x: Any, who: str, which: str = "") -> None:
    """Raise unless `x` is a Tensor with a gradient.

    Parameters:
        who: the function that was called.
        which: which of several results it is: "result 2 of 3".
    """
    if not isinstance(x, Tensor):
        several = isinstance(x, list | tuple)
        advice = "; give it one after the other, or their sum" if several else ""
        raise TypeError(f"{who}: expected a Tensor{which and f' as {which}'}, got {type(x).__name__}{advice}")
    if not x.requires_grad:
        raise GraphError(
            f"{who}: no operation was recorded for {which or 'this tensor'}, of shape {x.shape} and dtype {x.dtype}: "
            "there is no graph. Set requires_grad=True on a tensor it is computed from, outside no_grad() and without "
            "detach()"
        )


def check_trace(trace: Any, who: str) -> None:
    """Raise unless there is no trace or it is one."""
    if trace is not None and not isinstance(trace, Trace):
        raise TypeError(
            f"{who}: expected trace= to be the t of `with viz.trace() as t:`, got {type(trace).__name__}; compute the "
            "result inside of that block and pass trace=t"
        )
