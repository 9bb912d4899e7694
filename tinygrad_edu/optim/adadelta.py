"""Adadelta: steps scaled by the recent size of the steps before, over that of the gradient."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Unpack

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.optim.optimizer import Group, Optimizer, average
from tinygrad_edu.optim.options import Execution
from tinygrad_edu.tensors.tensor import Tensor


class Adadelta(Optimizer):
    """Give the step the unit of the parameter: Δ = g √(u + eps) / √(v + eps), and p ← p - lr Δ.

    v ← ρ v + (1 - ρ) g² and u ← ρ u + (1 - ρ) Δ² start at 0; u, which follows the steps, is that of the step
    before. From Zeiler: Adadelta: an adaptive learning rate method, 2012.

    Parameters:
        params: tensors, or groups of them.
        lr: multiplies the step.
        rho: ρ in [0, 1], how much of the past the running means keep.
        eps: the size of the first steps, and keeps the division finite.
        weight_decay: adds weight_decay · p to the gradient.
        maximize: go up instead of down.
        execution: PyTorch's foreach, fused, capturable: they change nothing; see `Optimizer`.

    State of a parameter: step, how many there were; square_avg, v; acc_delta, u.
    """

    execution: ClassVar[Execution] = {"foreach": None, "differentiable": False, "capturable": False}

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[Group],
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        *,
        maximize: bool = False,
        **execution: Unpack[Execution],
    ) -> None:
        options = {"lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize}
        super().__init__(params, options, execution)

    def check(self, group: Group) -> None:
        super().check(group)
        if not 0 <= group["rho"] <= 1:
            raise ValueError(f"Adadelta: expected rho in [0, 1], got {group['rho']}")

    def update(self, param: Array, grad: Array, state: dict[str, Any], group: Group) -> None:
        self.count(state)
        v, u = self.running(state, "square_avg", param), self.running(state, "acc_delta", param)
        rho, eps = group["rho"], group["eps"]
        grad = self.descent(param, grad, group)
        delta, work = self.scratch("delta", param), self.scratch("step", param)

        average(v, np.multiply(grad, grad, out=work), rho, work)
        np.sqrt(np.add(u, eps, out=delta), out=delta)
        delta /= np.sqrt(np.add(v, eps, out=work), out=work)
        delta *= grad
        average(u, np.multiply(delta, delta, out=work), rho, work)
        param -= np.multiply(delta, group["lr"], out=delta)
