"""Memory for compute: a part of a network that forgets its inner values, and runs again in the backward pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinygrad_edu.autograd.gradients import grad
from tinygrad_edu.engine.grad_mode import enable_grad, switch
from tinygrad_edu.engine.graph import GraphError, leaves_behind, source_of, toposort
from tinygrad_edu.engine.op import Op
from tinygrad_edu.engine.shared import shared
from tinygrad_edu.engine.versions import clock
from tinygrad_edu.system.generator import default_generator
from tinygrad_edu.tensors.tensor import Tensor


def checkpoint(function: Callable[..., Any], *args: Any, preserve_rng_state: bool = True, **kwargs: Any) -> Any:
    """Compute `function(*args, **kwargs)`, a Tensor, and keep nothing of what happens inside.

    The backward pass runs the function once more to have the inner values again. Its gradients reach the
    Tensors among `args` and the weights (leaves) that the function uses from around it.

    Parameters:
        preserve_rng_state: draw the same random numbers the second time, from the default generator.

    Raises:
        TypeError: the function returns something other than one Tensor.
        GraphError: it uses a recorded value from around it; pass that one as an argument.
    """
    if not switch.enabled:
        return function(*args, **kwargs)
    state = default_generator.get_state()
    begin = next(clock)
    places = [i for i, x in enumerate(args) if isinstance(x, Tensor) and x.requires_grad]
    trial = function(*_replaced(args, places, stand_ins := _stand_ins(args, places)), **kwargs)
    if not isinstance(trial, Tensor):
        raise TypeError(
            f"checkpoint: the function must return one Tensor, not {type(trial).__name__}; stack several into one"
        )
    weights = _leaves_used(trial, begin, stand_ins)
    if not trial.requires_grad:
        return trial.detach()
    inputs = [*(args[i] for i in places), *weights]

    def run_again(tensors: Sequence[Tensor]) -> Tensor:
        now = default_generator.get_state()
        if preserve_rng_state:
            default_generator.set_state(state)
        try:
            with enable_grad():
                answer: Tensor = function(*_replaced(args, places, tensors[: len(places)]), **kwargs)
                return answer
        finally:
            if preserve_rng_state:
                default_generator.set_state(now)

    saved = [x.array for x in inputs]

    def backward(g: Any) -> list[Any]:
        tensors = [*_stand_ins(args, places), *weights]
        found = grad(run_again(tensors), tensors, Tensor(g), allow_unused=True)
        return [np.zeros_like(old) if new is None else new.array for old, new in zip(saved, found, strict=True)]

    def rule(*tensors: Any) -> Any:
        """Give the value that is known; or run on Tensors, for a backward pass that is recorded."""
        if not isinstance(tensors[0], Tensor):
            return trial.array, shared(backward, len(tensors))
        again = run_again(tensors)

        def backward_recorded(g: Tensor) -> list[Tensor]:
            found = grad(again, tensors, g, create_graph=True, allow_unused=True)
            return [Tensor(np.zeros_like(x.array)) if dx is None else dx for x, dx in zip(tensors, found, strict=True)]

        return again, shared(backward_recorded, len(tensors))

    rule.__name__ = "checkpoint"
    name = getattr(function, "__name__", type(function).__name__)
    return Op(rule, formula=f"y = {name}(…), run again on the way back")(*inputs)


def _stand_ins(args: Sequence[Any], places: Sequence[int]) -> list[Tensor]:
    """Return leaves with the memory of some arguments, so that the graph begins anew there."""
    return [Tensor(args[i].array, requires_grad=True) for i in places]


def _replaced(args: Sequence[Any], places: Sequence[int], tensors: Sequence[Tensor]) -> list[Any]:
    new = list(args)
    for i, tensor in zip(places, tensors, strict=True):
        new[i] = tensor
    return new


def _leaves_used(result: Tensor, begin: int, stand_ins: Sequence[Tensor]) -> list[Tensor]:
    """Return the leaves that a result depends on, apart from the arguments, in the order of their use."""
    if not result.requires_grad:
        return []
    for node in toposort([result.node] if result.node is not None else []):
        if node.time < begin:
            raise GraphError(
                f"checkpoint: the function uses a recorded value from around it (made by {node.op.name}); pass it as "
                "an argument, so that its gradient finds the way: checkpoint(fn, value)"
            )
    return [leaf for leaf in leaves_behind([source_of(result)]) if not any(leaf is x for x in stand_ins)]
