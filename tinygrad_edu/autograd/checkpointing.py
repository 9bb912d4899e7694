"""Memory for compute: a part of a network that forgets its inner values, and runs again in the backward pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinygrad_edu.autograd.gradients import grad
from tinygrad_edu.autograd.packing import pack, unpack
from tinygrad_edu.autograd.pytrees import convert, leaves, rebuild
from tinygrad_edu.autograd.recording import leaves_behind
from tinygrad_edu.engine.grad_mode import enable_grad, switch
from tinygrad_edu.engine.graph import GraphError, source_of, toposort
from tinygrad_edu.engine.op import Op
from tinygrad_edu.engine.shared import shared
from tinygrad_edu.engine.versions import clock
from tinygrad_edu.system.generator import default_generator
from tinygrad_edu.tensors.tensor import Tensor, wrap


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    preserve_rng_state: bool = True,
    **kwargs: Any,
) -> Any:
    """Compute `function(*args, **kwargs)`, and keep nothing of what happens inside.

    The backward pass runs the function once more to have the inner values again. Its gradients reach the
    Tensors among the arguments, in nested dicts, lists and tuples too, and the weights (leaves) that the function
    uses from around it. It returns Tensors, or such a nest of them.

    Parameters:
        use_reentrant: PyTorch's; there is one way here, whatever it says.
        preserve_rng_state: draw the same random numbers the second time, from the default generator.

    Raises:
        TypeError: the function returns no Tensor.
        GraphError: it uses a recorded value from around it; pass that one as an argument. In the backward pass: an
            argument was changed in place since.
    """
    if not switch.enabled:
        return function(*args, **kwargs)
    state = default_generator.get_state()
    begin = next(clock)
    given = leaves((args, kwargs))
    tracked = [x for x in given if isinstance(x, Tensor) and x.requires_grad]

    def run(tensors: Sequence[Tensor]) -> Any:
        """Run the function with these Tensors in place of those that are tracked."""
        rest = iter(tensors)
        standing = [next(rest) if any(x is y for y in tracked) else x for x in given]
        new_args, new_kwargs = rebuild((args, kwargs), iter(standing))
        return function(*new_args, **new_kwargs)

    ends = stand_ins(tracked)
    trial = run(ends)
    results = leaves(trial)
    if not any(isinstance(y, Tensor) for y in results):
        raise TypeError(f"checkpoint: the function must return a Tensor, or several, not {type(trial).__name__}")
    followed = [i for i, y in enumerate(results) if isinstance(y, Tensor) and y.requires_grad]
    found = convert(trial, lambda y: y.detach() if isinstance(y, Tensor) else y)
    if not followed:
        return found
    values = [results[i].array for i in followed]
    shapes = [(y.shape, y.dtype) for y in values]
    weights = leaves_around([results[i] for i in followed], begin, ends)
    saved = [x.array for x in (*given, *weights) if isinstance(x, Tensor)]

    def run_again(tensors: Sequence[Tensor]) -> list[Tensor]:
        now = default_generator.get_state()
        if preserve_rng_state:
            default_generator.set_state(state)
        try:
            with enable_grad():
                again = leaves(run(tensors[: len(tracked)]))
            return [again[i] for i in followed]
        finally:
            if preserve_rng_state:
                default_generator.set_state(now)

    def gradients(outputs: list[Tensor], tensors: Sequence[Tensor], g: Tensor, create_graph: bool) -> list[Tensor]:
        answers = grad(outputs, tensors, unpack(g, shapes), create_graph=create_graph, allow_unused=True)
        return [wrap(np.zeros_like(x.array)) if dx is None else dx for x, dx in zip(tensors, answers, strict=True)]

    def backward(g: Any) -> list[Any]:
        _ = saved  # in the closure, where the engine finds what must not have changed
        tensors = [*stand_ins(tracked), *weights]
        return [dx.array for dx in gradients(run_again(tensors), tensors, wrap(g), False)]

    def rule(*inputs: Any) -> Any:
        """Give the value that is known; or run on Tensors, for a backward pass that is recorded."""
        if not isinstance(inputs[0], Tensor):
            return pack(values), shared(backward, len(inputs))
        outputs = run_again(inputs)
        return None, shared(lambda g: gradients(outputs, inputs, g, True), len(inputs))

    rule.__name__ = "checkpoint"
    name = getattr(function, "__name__", type(function).__name__)
    packed = Op(rule, formula=f"y = {name}(…), run again on the way back")(*tracked, *weights)
    results = leaves(found)
    for i, y in zip(followed, unpack(packed, shapes), strict=True):
        results[i] = y
    return rebuild(trial, iter(results))


def stand_ins(tensors: Sequence[Tensor]) -> list[Tensor]:
    """Return leaves with the memory of some tensors, so that the graph begins anew there."""
    return [wrap(x.array, requires_grad=True) for x in tensors]


def leaves_around(results: Sequence[Tensor], begin: int, ends: Sequence[Tensor]) -> list[Tensor]:
    """Return the leaves that results depend on, apart from `ends`, which stand for the arguments."""
    for node in toposort(y.node for y in results if y.node is not None):
        if node.time < begin:
            raise GraphError(
                f"checkpoint: the function uses a recorded value from around it (made by {node.op.name}); pass it as "
                "an argument, so that its gradient finds the way: checkpoint(fn, value)"
            )
    return [leaf for leaf in leaves_behind(map(source_of, results)) if not any(leaf is x for x in ends)]
