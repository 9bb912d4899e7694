"""Adamax: Adam with the largest gradient in place of the mean square."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Unpack

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.optim.optimizer import Group, Optimizer, average
from tinygrad_edu.optim.options import Execution
from tinygrad_edu.tensors.tensor import Tensor


class Adamax(Optimizer):
    """Divide the running mean of the gradient by its largest size of late, which fades: p ← p - lr m̂ / u.

    m ← β₁ m + (1 - β₁) g and u ← max(β₂ u, |g| + eps) start at 0, and m̂ = m / (1 - β₁ᵗ) at step t. From Kingma and
    Ba: Adam: a method for stochastic optimization, ICLR 2015, section 7.1.

    Parameters:
        params: tensors, or groups of them.
        lr: the learning rate: about how far each element moves in a step.
        betas: β₁ and β₂, each in [0, 1).
        eps: keeps the division finite.
        weight_decay: adds weight_decay · p to the gradient.
        maximize: go up instead of down.
        execution: PyTorch's foreach, fused, capturable: they change nothing; see `Optimizer`.

    State of a parameter: step, t; exp_avg, m; exp_inf, u.
    """

    execution: ClassVar[Execution] = {"foreach": None, "capturable": False, "differentiable": False}

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[Group],
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        *,
        maximize: bool = False,
        **execution: Unpack[Execution],
    ) -> None:
        options = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize}
        super().__init__(params, options, execution)

    def update(self, param: Array, grad: Array, state: dict[str, Any], group: Group) -> None:
        t = self.count(state)
        m, u = self.running(state, "exp_avg", param), self.running(state, "exp_inf", param)
        beta1, beta2 = group["betas"]
        grad = self.descent(param, grad, group)
        work = self.scratch("step", param)

        average(m, grad, beta1, work)
        u *= beta2
        np.abs(grad, out=work)
        work += group["eps"]
        np.maximum(u, work, out=u)

        np.divide(m, u, out=work)
        param -= np.multiply(work, group["lr"] / (1 - beta1**t), out=work)
