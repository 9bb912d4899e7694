"""Memory for compute: a part of a network that forgets its inner values, and runs again in the backward pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinygrad_edu.autograd.gradients import grad
from tinygrad_edu.autograd.joint_pullbacks import together
from tinygrad_edu.engine.grad_mode import enable_grad, switch
from tinygrad_edu.engine.graph import GraphError, Node, toposort
from tinygrad_edu.engine.op import Op
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
    result = Tensor(trial.array)
    if not trial.requires_grad:
        return result
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

    def rule(*tensors: Tensor) -> Any:
        """Run on the Tensors themselves: for a backward pass that is recorded."""
        again = run_again(tensors)

        def backward_recorded(g: Tensor) -> list[Tensor]:
            found = grad(again, tensors, g, create_graph=True, allow_unused=True)
            return [Tensor(np.zeros_like(x.array)) if dx is None else dx for x, dx in zip(tensors, found, strict=True)]

        return again, together(backward_recorded, len(tensors))

    rule.__name__ = "checkpoint"
    name = getattr(function, "__name__", type(function).__name__)
    result.node = Node(Op(rule, formula=f"y = {name}(…), run again on the way back"), inputs, {},
                       together(backward, len(inputs)))  # fmt: skip
    result._requires_grad = True
    return result


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
    found: dict[Tensor, None] = {}
    if result.node is None and result.requires_grad:
        found[result] = None
    for node in toposort([result.node] if result.node is not None else []):
        if node.time < begin:
            raise GraphError(
                f"checkpoint: the function uses a recorded value from around it (made by {node.op.name}); pass it as "
                "an argument, so that its gradient finds the way: checkpoint(fn, value)"
            )
        for x, pullback in zip(node.sources(), node.pullbacks or (), strict=True):
            if pullback is not None and x.node is None and not any(x is standing for standing in stand_ins):
                found[x] = None
    return list(found)
