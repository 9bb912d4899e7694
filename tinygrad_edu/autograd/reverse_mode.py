"""Derivatives by one backward pass: gradients of plain functions, and the vector-Jacobian product."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinygrad_edu.autograd.gradients import grad
from tinygrad_edu.autograd.pytrees import leaves_along, rebuild
from tinygrad_edu.autograd.recording import Argnums, Watched, output_tensors
from tinygrad_edu.engine.dtypes import array_of
from tinygrad_edu.tensors.tensor import Tensor, wrap


def gradient_of(f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """Return the function that computes the gradient of f, whose result is a single number (`func.grad`).

        f = lambda w: np.sum(w ** 2)
        func.grad(f)(np.array([1.0, 2.0]))    # array([2., 4.])

    f is written with Python's operators, `np.*` functions or Tensor methods. The gradient has the form and
    the dtype of the argument: an array for an array, a dict for a dict, a Tensor for a Tensor, a number for
    a number (Python's floats count as float64). It can be differentiated again: `func.grad(func.grad(f))`.
    What f does not depend on has a gradient of zeros.

    Parameters:
        f: a function of numbers, arrays, Tensors, or nested dicts, lists and tuples of them.
        argnums: which argument to differentiate by; a tuple of several gives a tuple of gradients.
        has_aux: f returns a pair, the number and something else that is passed on: (gradient, that).

    Raises:
        ValueError: f returns more than one number.
        TypeError: a chosen argument holds something other than floats (integers, text).
    """
    with_value = value_and_grad(f, argnums, has_aux)

    @functools.wraps(f)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        value, g = with_value(*args, **kwargs)
        return (g, value[1]) if has_aux else g

    return gradient


def value_and_grad(f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """Return the function that computes (value, gradient) of f in one go; see `grad`.

    With `has_aux` it returns ((value, auxiliary), gradient).
    """

    @functools.wraps(f)
    def both(*args: Any, **kwargs: Any) -> Any:
        run = Watched("grad", f, args, kwargs, argnums, has_aux)
        value = output_tensors("grad", run.output, run.inputs[0].dtype if run.inputs else float)
        if isinstance(run.output, dict | list | tuple) or value[0].array.size != 1:
            came = (
                f"shape {value[0].shape}" if isinstance(run.output, Tensor | np.ndarray) else type(run.output).__name__
            )
            raise ValueError(
                f"grad: the function must return a single number, not {came}; reduce it (np.sum, np.mean), or use "
                "jacobian or elementwise_grad; for (number, something else) pass has_aux=True"
            )
        gradients = rebuild_gradients(run, pull(run, value, None))
        result = run.leave(run.output)
        return ((result, run.leave(run.aux)) if has_aux else result), gradients

    return both


def elementwise_grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """Return the function that computes f′ at each element, for f that works on each element by itself.

        func.elementwise_grad(np.tanh)(np.linspace(-1, 1, 5))

    It is the gradient of the sum of f's outputs, so for an f that mixes elements it gives column sums of the Jacobian.
    """

    @functools.wraps(f)
    def slopes(*args: Any, **kwargs: Any) -> Any:
        run = Watched("elementwise_grad", f, args, kwargs, argnums, False)
        outputs = output_tensors("elementwise_grad", run.output, run.inputs[0].dtype if run.inputs else float)
        return rebuild_gradients(run, pull(run, outputs, [np.ones_like(y.array) for y in outputs]))

    return slopes


def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """Compute f(*primals), and return it with the function that carries a gradient back: v ↦ vᵀJ.

    That function takes what has the form of the output (the upstream gradient) and returns a tuple with one
    gradient for each of `primals`. It may be called as often as you like. With `has_aux`, f returns a pair,
    and the answer is (output, that function, auxiliary).
    """
    run = Watched("vjp", f, primals, {}, tuple(range(len(primals))), has_aux)
    outputs = output_tensors("vjp", run.output, run.inputs[0].dtype if run.inputs else float)

    def back(cotangents: Any) -> Any:
        return rebuild_gradients(run, pull(run, outputs, like("vjp", run.output, cotangents, outputs), keep=True))

    output = run.leave(run.output)
    return (output, back, run.leave(run.aux)) if has_aux else (output, back)


def pull(run: Watched, outputs: Sequence[Tensor], upstream: Any, keep: bool = False) -> list[Tensor | None]:
    """Carry `upstream` (one for each output; None for 1) back to the run's inputs; None where nothing arrives."""
    given = upstream or [None] * len(outputs)
    pairs = [(y, g) for y, g in zip(outputs, given, strict=True) if y.requires_grad]
    if not pairs:
        return [None] * len(run.inputs)
    # An upstream gradient that is followed from outside makes the result one that can be differentiated.
    follow = run.followed or any(isinstance(g, Tensor) and g.requires_grad for _, g in pairs)
    ys, gs = zip(*pairs, strict=True)
    return list(grad(ys, run.inputs, gs, retain_graph=keep or follow, create_graph=follow, allow_unused=True))


def rebuild_gradients(run: Watched, gradients: Sequence[Tensor | None]) -> Any:
    """Nest the gradients as the arguments were: one nest, or a tuple of them for several argnums."""
    rest = iter(run.like_inputs(gradients))
    nests = tuple(rebuild(tree, rest) for tree in run.trees)
    return nests[0] if run.single else nests


def like(name: str, tree: Any, given: Any, tensors: Sequence[Tensor]) -> list[Tensor]:
    """Return the numbers in `given` as Tensors; they must have the nest of `tree` and the shapes of `tensors`."""
    found = []
    for x, model in zip(leaves_along(tree, given, name), tensors, strict=True):
        tensor = x if isinstance(x, Tensor) else wrap(array_of(x).astype(model.dtype, copy=False))
        if tensor.shape != model.shape:
            raise ValueError(f"{name}: expected a gradient or direction of shape {model.shape}, got {tensor.shape}")
        found.append(tensor)
    return found
