"""All derivatives at once: the Jacobian, one backward pass for each output, and the Hessian."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.autograd.pytrees import rebuild
from tinygrad_edu.autograd.recording import Argnums, Watched, output_tensors
from tinygrad_edu.autograd.reverse_mode import pull
from tinygrad_edu.tensors.tensor import Tensor, wrap


def jacobian(f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """Return the function that computes every derivative of f: Jᵢⱼ = ∂yᵢ / ∂xⱼ (`jacrev`).

    For an output of shape S and an argument of shape T it has shape S + T. Where f returns a nest (a dict, a
    list, a tuple), the answer is that nest with a Jacobian at each leaf; where the argument is a nest, each
    Jacobian is a nest in turn. It costs one backward pass for each element of the output.

    Parameters: as of `grad`; f may return any number of numbers.
    """

    @functools.wraps(f)
    def matrix(*args: Any, **kwargs: Any) -> Any:
        run = Watched("jacobian", f, args, kwargs, argnums, has_aux)
        outputs = output_tensors("jacobian", run.output, run.inputs[0].dtype if run.inputs else float)
        blocks = []
        for y in outputs:
            rest = iter(run.like_inputs(_rows(run, y)))
            nests = tuple(rebuild(tree, rest) for tree in run.trees)
            blocks.append(nests[0] if run.single else nests)
        answer = rebuild(run.output, iter(blocks))
        return (answer, run.leave(run.aux)) if has_aux else answer

    return matrix


def hessian(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """Return the function that computes all second derivatives of f: the Jacobian of the Jacobian.

    For an output of shape S and an argument of shape T it has shape S + T + T, that is (D, D) for a number
    that depends on D of them. To multiply with it, `hvp` is far cheaper.
    """
    return jacobian(jacobian(f, argnums), argnums)


def _rows(run: Watched, y: Tensor) -> list[Tensor]:
    """Return the Jacobian of one output with respect to each input."""
    rows: list[list[Tensor]] = [[] for _ in run.inputs]
    for i in range(y.array.size):
        upstream = np.zeros(y.shape, y.dtype)
        upstream.flat[i] = 1
        gradients = pull(run, [y], [Tensor(upstream)], keep=True)
        for row, x, g in zip(rows, run.inputs, gradients, strict=True):
            row.append(Tensor(np.zeros_like(x.array)) if g is None else g)
    shapes = [y.shape + x.shape for x in run.inputs]
    return [
        ops.reshape(ops.stack(*row, axis=0), shape=shape) if row else wrap(np.zeros(shape, y.dtype))
        for row, shape in zip(rows, shapes, strict=True)
    ]
