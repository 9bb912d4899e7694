"""Hooks of a module: functions that see, and may replace, what goes in and out of it, forward and backward."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from tinygrad_edu import ops
from tinygrad_edu.tensors.hooks import RemovableHandle
from tinygrad_edu.tensors.tensor import Tensor

Hook = Callable[..., Any]


class HookList:
    """The hooks of one kind of one module."""

    def __init__(self) -> None:
        self.hooks: list[Hook] = []


class Hooked:
    """What a Module knows about hooks. Each `register_…` returns a handle whose `remove()` takes the hook away."""

    _hooks: dict[str, HookList]

    def register_forward_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Call `hook(module, args)` before forward; what it returns, unless None, replaces the arguments."""
        return self._register_hook("before", hook)

    def register_forward_hook(self, hook: Hook) -> RemovableHandle:
        """Call `hook(module, args, output)` after forward; what it returns, unless None, replaces the output."""
        return self._register_hook("after", hook)

    def register_full_backward_hook(self, hook: Hook) -> RemovableHandle:
        """Call `hook(module, grad_input, grad_output)` in the backward pass, with tuples of gradients.

        `grad_output` holds the gradient of the output, `grad_input` those of the arguments (None for one
        without a gradient). What the hook returns, unless None, replaces `grad_input`.

        Raises:
            TypeError: when the module is called and its output is not one Tensor.
        """
        return self._register_hook("backward", hook)

    def _register_hook(self, kind: str, hook: Hook) -> RemovableHandle:
        holder = self._hooks.setdefault(kind, HookList())
        holder.hooks = [*holder.hooks, hook]
        return RemovableHandle(holder, hook)

    def _call_with_hooks(self, forward: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        for hook in self._hooks_of("before"):
            answer = hook(self, args)
            if answer is not None:
                args = answer if isinstance(answer, tuple) else (answer,)
        watch = _BackwardWatch(self, self._hooks_of("backward"))
        output = forward(*watch.inputs(args), **kwargs)
        for hook in self._hooks_of("after"):
            answer = hook(self, args, output)
            output = output if answer is None else answer
        return watch.output(output)  # after the forward hooks, as in PyTorch

    def _hooks_of(self, kind: str) -> list[Hook]:
        return self._hooks[kind].hooks if kind in self._hooks else []


class _BackwardWatch:
    """One call of a module with backward hooks.

    The arguments and the output pass through copies whose gradients are those at the module's border,
    whatever else uses the same tensors. The hooks run when the last of the arguments has its gradient.
    """

    def __init__(self, module: Any, hooks: list[Hook]) -> None:
        self.module, self.hooks = module, hooks
        self.grad_input: list[Any] = []
        self.grad_output: Any = None
        self.missing = 0

    def inputs(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        if not self.hooks:
            return args
        copies: list[Any] = []
        for i, x in enumerate(args):
            if isinstance(x, Tensor) and x.requires_grad:
                x = ops.clone(x)
                self.missing += 1
                x.register_hook(partial(self.input_known, i))
            copies.append(x)
        self.grad_input = [None] * len(args)
        return tuple(copies)

    def output(self, output: Any) -> Any:
        if not self.hooks:
            return output
        if not isinstance(output, Tensor):
            raise TypeError(
                f"register_full_backward_hook: {type(self.module).__name__} returns a {type(output).__name__}; "
                "expected one Tensor. Use register_hook on the tensors themselves"
            )
        if output.requires_grad:
            output = ops.clone(output)
            output.register_hook(self.output_known)
        return output

    def output_known(self, g: Tensor) -> None:
        self.grad_output = (g,)
        if not self.missing:  # no argument has a gradient that could be waited for
            self.call()

    def input_known(self, i: int, g: Tensor) -> Tensor | None:
        self.grad_input[i] = g
        self.missing -= 1
        if self.missing:
            return None
        self.call()
        return self.grad_input[i]

    def call(self) -> None:
        for hook in self.hooks:
            before = tuple(self.grad_input)
            answer = hook(self.module, before, self.grad_output)
            if answer is None:
                continue
            replaced = list(answer) if isinstance(answer, tuple) else [answer]
            if sum(g is not None for g in before) > 1:
                raise ValueError(
                    "register_full_backward_hook: only the gradient of a single argument can be replaced, and "
                    f"{type(self.module).__name__} was called on several; use register_hook on the tensors themselves"
                )
            self.grad_input = replaced
