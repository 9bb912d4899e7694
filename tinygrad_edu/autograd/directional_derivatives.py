"""Derivatives in a direction: the Jacobian-vector and the Hessian-vector product.

The engine knows the way back only. A product with J in the forward direction is had from two backward
passes: u ↦ uᵀJ is linear in u, and the gradient of (uᵀJ) v with respect to u is J v, whatever u is.
This costs some three evaluations of f, where a forward mode would cost two and no memory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinygrad_edu.autograd.gradients import grad
from tinygrad_edu.autograd.pytrees import rebuild
from tinygrad_edu.autograd.recording import Watched, output_tensors
from tinygrad_edu.autograd.reverse_mode import like
from tinygrad_edu.engine.grad_mode import enable_grad
from tinygrad_edu.tensors.tensor import Tensor, wrap


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False) -> Any:
    """Compute f(*primals) and its derivative in the direction `tangents`: (output, J v).

    By two backward passes, the double-backward trick: see the top of this file. `tangents` has the form of
    `primals`. With `has_aux`, f returns a pair, and the answer is (output, J v, auxiliary).
    """
    run, directions = _run("jvp", f, primals, tangents, has_aux)
    outputs = output_tensors("jvp", run.output, run.inputs[0].dtype if run.inputs else float)
    upstream = [wrap(np.zeros_like(y.array), y.requires_grad) for y in outputs]
    with enable_grad():
        back = _tracked_grad(outputs, run.inputs, upstream)
        along = _tracked_grad([g for g in back if g is not None], [u for u in upstream if u.requires_grad],
                              [v for v, g in zip(directions, back, strict=True) if g is not None],
                              create_graph=_followed(run, directions))  # fmt: skip
    found = iter(along)
    slopes = [
        g if u.requires_grad and (g := next(found)) is not None else wrap(np.zeros_like(y.array))
        for y, u in zip(outputs, upstream, strict=True)
    ]
    run.followed = _followed(run, directions)
    answer = run.leave(run.output), run.leave(rebuild(run.output, iter(slopes)))
    return (*answer, run.leave(run.aux)) if has_aux else answer


def hvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """Compute f(*primals), a single number, and its Hessian times the direction `tangents`: (value, H v).

    H v is the gradient of (∇f)ᵀ v: two backward passes, and H itself is never formed. It is a tuple
    like `primals`.
    """
    run, directions = _run("hvp", f, primals, tangents, has_aux=False)
    value = output_tensors("hvp", run.output, run.inputs[0].dtype if run.inputs else float)
    if len(value) != 1 or value[0].array.size != 1:
        raise ValueError("hvp: the function must return a single number; reduce it (np.sum, np.mean)")
    followed = _followed(run, directions)
    with enable_grad():
        gradients = _tracked_grad(value, run.inputs, [wrap(np.ones_like(value[0].array))])
        pairs = [(g, v) for g, v in zip(gradients, directions, strict=True) if g is not None]
        product = _tracked_grad([g for g, _ in pairs], run.inputs, [v for _, v in pairs], create_graph=followed)
    run.followed = followed
    rest = iter(run.like_inputs(product))
    return run.leave(run.output), tuple(rebuild(tree, rest) for tree in run.trees)


def _run(
    name: str, f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool
) -> tuple[Watched, list[Tensor]]:
    for what, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, tuple | list):
            raise TypeError(
                f"{name}: {what} is a {type(given).__name__}; write a tuple with one entry an argument: (x,)"
            )
    run = Watched(name, f, primals, {}, tuple(range(len(primals))), has_aux)
    return run, like(name, tuple(primals), tuple(tangents), run.inputs)


def _followed(run: Watched, directions: Sequence[Tensor]) -> bool:
    return run.followed or any(v.requires_grad for v in directions)


def _tracked_grad(
    outputs: Sequence[Tensor], inputs: Sequence[Tensor], upstream: Sequence[Tensor], create_graph: bool = True
) -> list[Tensor | None]:
    """Do what `grad` does with whatever part of it leads anywhere; None where nothing arrives."""
    pairs = [(y, g) for y, g in zip(outputs, upstream, strict=True) if y.requires_grad]
    if not pairs or not inputs:
        return [None] * len(inputs)
    ys, gs = zip(*pairs, strict=True)
    return list(grad(ys, inputs, gs, retain_graph=True, create_graph=create_graph, allow_unused=True))
