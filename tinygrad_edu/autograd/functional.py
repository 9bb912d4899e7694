"""`tinygrad_edu.autograd.functional`: PyTorch's older names for derivatives of plain functions of tensors.

Each calls the function and returns at once, where those of `tinygrad_edu.func` return a function. `inputs` is a tensor,
or a tuple of tensors that the function is called with; what belongs to the inputs comes back in that form. With
create_graph=True the results can be differentiated again. Gradients are zeros where a result does not depend on an
input; `strict=True`, which would make that an error, is not supported.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from tinygrad_edu.autograd import directional_derivatives, jacobians, reverse_mode
from tinygrad_edu.engine.grad_mode import is_grad_enabled, set_grad_enabled
from tinygrad_edu.tensors.creation import ones_like
from tinygrad_edu.tensors.tensor import Tensor

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]


def jacobian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """Compute every derivative of `func` at `inputs`: for an output of shape S and an input of shape T, one of S + T.

    It is a tuple for a tuple of inputs, and a tuple of these for a tuple of outputs. `vectorize` changes nothing, and
    `strategy` can only be "reverse-mode".
    """
    arguments = _arguments("jacobian", inputs, strict)
    if strategy != "reverse-mode":
        raise ValueError(
            f'jacobian: expected strategy "reverse-mode", got {strategy!r}; the engine has no forward mode'
        )
    with set_grad_enabled(create_graph and is_grad_enabled()):
        return jacobians.jacobian(func, _argnums(inputs))(*arguments)


def hessian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """Compute all second derivatives of `func`, which returns a single number: of shape T + T for an input of shape T.

    For a tuple of inputs it is a tuple of tuples: the one at i, j holds the derivatives by inputs i and j.
    """
    arguments = _arguments("hessian", inputs, strict)
    if outer_jacobian_strategy != "reverse-mode":
        raise ValueError(f'hessian: expected the strategy "reverse-mode", got {outer_jacobian_strategy!r}')
    with set_grad_enabled(create_graph and is_grad_enabled()):
        return jacobians.hessian(_single("hessian", func), _argnums(inputs))(*arguments)


def vjp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """Compute func(inputs) and vᵀ J: the gradient of the outputs, weighted by `v`, with respect to the inputs.

    `v` has the form of the outputs; it may be left out for a single number, where it is 1.
    """
    arguments = _arguments("vjp", inputs, strict)
    with set_grad_enabled(create_graph and is_grad_enabled()):
        outputs, back = reverse_mode.vjp(func, *arguments)
        return outputs, _like(inputs, back(_of_one("vjp", "output", outputs) if v is None else v))


def jvp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """Compute func(inputs) and J v: the derivative of the outputs as the inputs move in the direction `v`.

    `v` has the form of the inputs; it may be left out for a single number, where it is 1.
    """
    arguments = _arguments("jvp", inputs, strict)
    direction = _direction("jvp", inputs, v)
    with set_grad_enabled(create_graph and is_grad_enabled()):
        return directional_derivatives.jvp(func, arguments, direction)


def hvp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """Compute func(inputs), a single number, and H v, its second derivatives times `v`, which is as the inputs are."""
    arguments = _arguments("hvp", inputs, strict)
    direction = _direction("hvp", inputs, v)
    with set_grad_enabled(create_graph and is_grad_enabled()):
        value, product = directional_derivatives.hvp(_single("hvp", func), arguments, direction)
        return value, _like(inputs, product)


def vhp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """Compute func(inputs), a single number, and vᵀ H, which is `hvp`, since H is symmetric."""
    return hvp(func, inputs, v, create_graph, strict)


def _arguments(name: str, inputs: Any, strict: bool) -> tuple[Tensor, ...]:
    """Return the inputs as a tuple."""
    if strict:
        raise ValueError(f"{name}: strict=True is not supported; what an output does not depend on has a gradient of 0")
    arguments = inputs if isinstance(inputs, tuple) else (inputs,)
    for x in arguments:
        if not isinstance(x, Tensor):
            raise TypeError(f"{name}: expected inputs to be a tensor or a tuple of tensors, got {type(x).__name__}")
    return arguments


def _argnums(inputs: Any) -> int | tuple[int, ...]:
    return tuple(range(len(inputs))) if isinstance(inputs, tuple) else 0


def _like(inputs: Any, found: tuple[Any, ...]) -> Any:
    return found if isinstance(inputs, tuple) else found[0]


def _direction(name: str, inputs: Any, v: Any) -> tuple[Any, ...]:
    """Return the direction as a tuple; 1 for an input that is a single number."""
    direction = _of_one(name, "input", inputs) if v is None else v
    return direction if isinstance(direction, tuple) else (direction,)


def _of_one(name: str, role: str, x: Any) -> Tensor:
    """Return 1 in the shape of a single number; RuntimeError if `x` is more than that."""
    if not isinstance(x, Tensor) or x.numel() != 1:
        raise RuntimeError(f"{name}: v can be left out only where the {role} is a single tensor of one element")
    return ones_like(x)


def _single(name: str, func: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function return a tensor without dimensions; RuntimeError if it returns more than one number."""

    @functools.wraps(func)
    def number(*args: Any) -> Any:
        value = func(*args)
        if not isinstance(value, Tensor) or value.numel() != 1:
            raise RuntimeError(f"{name}: the function must return a tensor of one element; reduce it: .sum(), .mean()")
        return value.reshape(())

    return number
