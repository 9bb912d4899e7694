"""Averaged stochastic gradient descent: the mean of the path is kept beside it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Unpack

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.optim.optimizer import Group, Optimizer, average
from tinygrad_edu.optim.options import Execution
from tinygrad_edu.tensors.tensor import Tensor


class ASGD(Optimizer):
    """Take steps that shrink slowly, p ← (1 - λ η) p - η g, and average where they lead: ax ← ax + μ (p - ax).

    After step t, η = lr / (1 + λ lr t)^α and μ = 1 / max(1, t - t0): up to t0 the average is p itself. From Polyak and
    Juditsky: Acceleration of stochastic approximation by averaging, SIAM Journal on Control and Optimization 30, 1992.

    Parameters:
        params: tensors, or groups of them.
        lr: the learning rate of the first step.
        lambd: λ, by how much p decays.
        alpha: α, how fast the steps shrink.
        t0: at which step the averaging begins.
        weight_decay: adds weight_decay · p to the gradient.
        maximize: go up instead of down.
        execution: PyTorch's foreach, fused, capturable: they change nothing; see `Optimizer`.

    State of a parameter: step, t; eta, η, and mu, μ, of the next step; ax, the average.
    """

    numbers: ClassVar[tuple[str, ...]] = ("step", "eta", "mu")
    execution: ClassVar[Execution] = {"foreach": None, "capturable": False, "differentiable": False}

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[Group],
        lr: float = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        *,
        maximize: bool = False,
        **execution: Unpack[Execution],
    ) -> None:
        options = {"lr": lr, "lambd": lambd, "alpha": alpha, "t0": t0, "weight_decay": weight_decay}
        super().__init__(params, {**options, "maximize": maximize}, execution)

    def update(self, param: Array, grad: Array, state: dict[str, Any], group: Group) -> None:
        t, lr, lambd = self.count(state), group["lr"], group["lambd"]
        eta, mu = self.number(state, "eta", start=lr), self.number(state, "mu", start=1)
        ax = self.running(state, "ax", param)
        grad = self.descent(param, grad, group)
        work = self.scratch("step", param)

        param *= 1 - lambd * eta.item()
        param -= np.multiply(grad, eta.item(), out=work)
        average(ax, param, 1 - mu.item(), work)

        np.copyto(eta, lr / (1 + lambd * lr * t) ** group["alpha"])
        np.copyto(mu, 1 / np.maximum(t - group["t0"], 1))
