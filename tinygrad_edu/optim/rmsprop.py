"""RMSprop: steps scaled by the recent size of the gradient."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Unpack

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.optim.optimizer import Group, Optimizer, average
from tinygrad_edu.optim.options import Execution
from tinygrad_edu.tensors.tensor import Tensor


class RMSprop(Optimizer):
    """Divide the gradient by the root of the running mean of its square: p ← p - lr g / (√v + eps).

    v ← α v + (1 - α) g² starts at 0; with `centered`, v - m² stands in its place, with m the running mean of g. With
    momentum μ, b ← μ b + g / (√v + eps) and p ← p - lr b. From Tieleman and Hinton: lecture 6.5 of Neural networks for
    machine learning, 2012; `centered` from Graves: Generating sequences with recurrent neural networks, 2013.

    Parameters:
        params: tensors, or groups of them.
        lr: multiplies the step.
        alpha: α in [0, 1), how much of the past the running means keep.
        eps: keeps the division finite.
        weight_decay: adds weight_decay · p to the gradient.
        momentum: μ.
        centered: whether to divide by the deviation rather than the size.
        maximize: go up instead of down.
        execution: PyTorch's foreach, fused, capturable: they change nothing; see `Optimizer`.

    State of a parameter: step, how many there were; square_avg, v; grad_avg, m; momentum_buffer, b.
    """

    execution: ClassVar[Execution] = {"foreach": None, "differentiable": False, "capturable": False}

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[Group],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        *,
        maximize: bool = False,
        **execution: Unpack[Execution],
    ) -> None:
        options = {"lr": lr, "alpha": alpha, "eps": eps, "weight_decay": weight_decay, "momentum": momentum}
        super().__init__(params, {**options, "centered": centered, "maximize": maximize}, execution)

    def check(self, group: Group) -> None:
        super().check(group)
        if not 0 <= group["alpha"] < 1:
            raise ValueError(f"RMSprop: expected alpha in [0, 1), got {group['alpha']}")

    def update(self, param: Array, grad: Array, state: dict[str, Any], group: Group) -> None:
        self.count(state)
        alpha = group["alpha"]
        grad = self.descent(param, grad, group)
        size, work = self.scratch("size", param), self.scratch("step", param)

        v = self.running(state, "square_avg", param)
        average(v, np.multiply(grad, grad, out=work), alpha, work)
        np.copyto(size, v)
        if group["centered"]:
            m = self.running(state, "grad_avg", param)
            average(m, grad, alpha, work)
            size -= np.multiply(m, m, out=work)
        np.sqrt(size, out=size)
        size += group["eps"]

        step = np.divide(grad, size, out=work)
        if group["momentum"]:
            b = self.running(state, "momentum_buffer", param)
            b *= group["momentum"]
            b += step
            np.copyto(step, b)
        step *= group["lr"]
        param -= step
