"""Operations of your own with PyTorch's `autograd.Function`: a forward and a backward, and a context between them.

An operation written with `@op` (see `engine/op.py`) is shorter, and checks itself. This is for programs that
bring theirs along.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.autograd.packing import Shapes, pack, unpack
from tinygrad_edu.autograd.pytrees import convert, leaves
from tinygrad_edu.engine.grad_mode import GradMode, no_grad, switch
from tinygrad_edu.engine.op import Array, Op
from tinygrad_edu.engine.shared import shared
from tinygrad_edu.tensors.tensor import Tensor, wrap

TENSOR = Tensor  # the class stands among the arguments of a recorded call where a Tensor was


class Context:
    """What `forward` hands over to `backward`. Any attribute may be set on it as well: `ctx.scale = 2`.

    Attributes:
        needs_input_grad: for each argument, whether its gradient will be used; `backward` may return None for others.
    """

    def __init__(self, needs_input_grad: tuple[bool, ...]) -> None:
        self.needs_input_grad = needs_input_grad
        self._saved: tuple[Tensor | None, ...] = ()
        self._plain: tuple[Tensor, ...] = ()
        self._several = False  # whether forward returned a tuple

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keep Tensors (inputs, outputs, values in between) for `backward`, where they are `saved_tensors`."""
        for x in tensors:
            if x is not None and not isinstance(x, Tensor):
                raise TypeError(
                    f"save_for_backward: expected Tensors or None, got {type(x).__name__}; keep other things as "
                    "attributes: ctx.scale = scale"
                )
        self._saved = tensors

    @property
    def saved_tensors(self) -> tuple[Tensor | None, ...]:
        """What `save_for_backward` was given."""
        return self._saved

    def kept_arrays(self) -> Iterator[tuple[str, Array]]:
        """Yield what must not be changed in place before the backward pass; the engine asks."""
        yield from ((f"saved tensor {i}", x.array) for i, x in enumerate(self._saved) if x is not None)

    def mark_non_differentiable(self, *tensors: Tensor) -> None:
        """Declare that no gradient flows through these outputs (indices, say)."""
        self._plain = tensors

    def mark_dirty(self, *tensors: Tensor) -> None:
        raise NotImplementedError("mark_dirty: a Function cannot change its inputs in place; return a new tensor")


class Function:
    """A differentiable operation as a class with two static methods; call it as `Name.apply(...)`.

        class Cube(autograd.Function):
            @staticmethod
            def forward(ctx, x):
                ctx.save_for_backward(x)
                return x ** 3

            @staticmethod
            def backward(ctx, g):
                (x,) = ctx.saved_tensors
                return 3 * x ** 2 * g

    `forward` runs unrecorded. It takes Tensors and anything else, and returns a Tensor or a tuple of them.
    `backward` takes the gradient of each output (zeros where none arrives) and returns one for each argument
    of `forward`; None where there is none. If it is made of operations on Tensors, it can be differentiated in turn.
    """

    _op: Op

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)

        def rule(*inputs: Any, args: tuple[Any, ...], ran: tuple[Context, list[Tensor]]) -> Any:
            """Give the value that is known; or run on Tensors, for a backward pass that is recorded."""
            ctx, outputs = ran
            if isinstance(inputs[0], Tensor):
                rest = iter(inputs)
                args = tuple(next(rest) if x is TENSOR else x for x in args)
                ctx, outputs, detached = _forward(cls, args)
                _connect(cls, ctx, outputs, detached, args)
            packed = pack([outputs[i].array for i in _followed(ctx, outputs)])
            return packed, _way_back(cls, ctx, outputs, inputs, args)

        rule.__name__ = cls.__name__
        cls._op = Op(rule, formula=f"y = {cls.__name__}(…)")

    @staticmethod
    def forward(ctx: Context, *args: Any) -> Any:
        """Compute the value. A subclass writes it."""
        raise NotImplementedError("Function: write a static method forward(ctx, *args) that returns the value")

    @staticmethod
    def backward(ctx: Context, *grads: Any) -> Any:
        """Compute the gradient of each argument. A subclass writes it."""
        raise NotImplementedError(
            "Function: write a static method backward(ctx, *grads) that returns a gradient for each argument of forward"
        )

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """Compute the value, and record it if a Tensor among `args` requires a gradient."""
        ctx, outputs, _ = _forward(cls, args)
        followed = _followed(ctx, outputs)
        results = [wrap(y.array) for y in outputs]
        if switch.enabled and any(ctx.needs_input_grad) and followed:
            tensors = [x for x in args if isinstance(x, Tensor)]
            standing = tuple(TENSOR if isinstance(x, Tensor) else x for x in args)
            packed = cls._op(*tensors, args=standing, ran=(ctx, outputs))
            for i, y in zip(followed, unpack(packed, _shapes(outputs, followed)), strict=True):
                results[i] = y
        return tuple(results) if ctx._several else results[0]


def _forward(cls: type[Function], args: Sequence[Any]) -> tuple[Context, list[Tensor], list[Any]]:
    """Run forward unrecorded; return the context, the outputs, and what stood for the arguments."""
    ctx = Context(tuple(isinstance(x, Tensor) and x.requires_grad for x in args))
    inputs = [x.detach() if isinstance(x, Tensor) else x for x in args]
    with no_grad():
        returned = cls.forward(ctx, *inputs)
    ctx._several = isinstance(returned, tuple)
    outputs = list(returned) if ctx._several else [returned]
    for y in outputs:
        if not isinstance(y, Tensor):
            raise TypeError(
                f"{cls.__name__}: forward must return a Tensor or a tuple of Tensors, not {type(y).__name__}"
            )
    return ctx, outputs, inputs


def _way_back(
    cls: type[Function], ctx: Context, outputs: list[Tensor], inputs: Sequence[Any], args: Sequence[Any]
) -> list[Any]:
    """Return the pullback of each of `inputs`, the Tensors among `args`; None for one that needs no gradient."""
    places = [i for i, x in enumerate(args) if x is TENSOR or isinstance(x, Tensor)]
    kinds = [(x.shape, x.dtype) for x in inputs]
    followed = _followed(ctx, outputs)
    shapes, count, plain = _shapes(outputs, followed), len(args), _shapes(outputs, range(len(outputs)))

    def backward(g: Any) -> list[Any]:
        recorded = isinstance(g, Tensor)
        upstream = [None if i in followed else wrap(np.zeros(*plain[i])) for i in range(len(plain))]
        with GradMode(recorded):
            for i, part in zip(followed, unpack(g if recorded else wrap(g), shapes), strict=True):
                upstream[i] = part
            answer = cls.backward(ctx, *upstream)
            gradients = answer if isinstance(answer, tuple) else (answer,)
            if len(gradients) < count or any(dx is not None for dx in gradients[count:]):
                raise ValueError(
                    f"{cls.__name__}: backward must return one gradient for each of the {count} arguments of forward "
                    f"(None where there is none), not {len(gradients)}"
                )
            # Copies, since backward may return what it has saved: the receiver may write to its gradient.
            found = [ops.clone(_gradient(cls, i, gradients[i], *kinds[k])) for k, i in enumerate(places)]
        return found if recorded else [dx.array for dx in found]

    return [
        pullback if ctx.needs_input_grad[i] else None
        for i, pullback in zip(places, shared(backward, len(places)), strict=True)
    ]


def _gradient(cls: type[Function], i: int, dx: Any, shape: tuple[int, ...], dtype: Any) -> Tensor:
    """Return what backward gave for argument i as a Tensor; zeros for None."""
    if dx is None:
        return wrap(np.zeros(shape, dtype))
    if not isinstance(dx, Tensor):
        raise TypeError(f"{cls.__name__}: backward must return Tensors or None, not {type(dx).__name__} (argument {i})")
    return dx


def _connect(cls: type[Function], ctx: Context, outputs: list[Tensor], inputs: list[Any], args: Sequence[Any]) -> None:
    """Give what forward kept its place in the graph: inputs as they were given, outputs computed again.

    It may have kept them by `save_for_backward`, or as attributes of the context.
    """
    kept = {name: leaves(value) for name, value in vars(ctx).items() if name != "_plain"}
    pairs: list[tuple[Any, Any]] = list(zip(inputs, args, strict=True))
    if any(x is y for found in kept.values() for x in found for y in outputs):
        again = cls.apply(*args)
        pairs += zip(outputs, again if isinstance(again, tuple) else [again], strict=True)
    for name, found in kept.items():
        if any(x is old for x in found for old, _ in pairs if isinstance(old, Tensor)):
            new = convert(vars(ctx)[name], lambda x: next((new for old, new in pairs if old is x), x))
            setattr(ctx, name, new)


def _followed(ctx: Context, outputs: list[Tensor]) -> list[int]:
    """Return which outputs a gradient flows through."""
    return [i for i, y in enumerate(outputs) if y.dtype.kind == "f" and not any(y is x for x in ctx._plain)]


def _shapes(outputs: list[Tensor], which: Sequence[int]) -> Shapes:
    return [(outputs[i].shape, outputs[i].dtype) for i in which]
