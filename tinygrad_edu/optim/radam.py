"""RAdam: Adam whose first steps do not trust the mean square yet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Unpack

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.optim.optimizer import Group, Optimizer, average
from tinygrad_edu.optim.options import Execution
from tinygrad_edu.tensors.tensor import Tensor


class RAdam(Optimizer):
    """Step as Adam does, but shorter while the mean square is uncertain, and without it at the very first.

    m ← β₁ m + (1 - β₁) g and v ← β₂ v + (1 - β₂) g² start at 0, with m̂ = m / (1 - β₁ᵗ) at step t. v stands for about
    ρ = ρ∞ - 2 t β₂ᵗ / (1 - β₂ᵗ) gradients, where ρ∞ = 2 / (1 - β₂) - 1. The step is p ← p - lr m̂ while ρ ≤ 5, and

    p ← p - lr r m̂ √(1 - β₂ᵗ) / (√v + eps) with r² = (ρ - 4) (ρ - 2) ρ∞ / ((ρ∞ - 4) (ρ∞ - 2) ρ)

    from then on. From Liu et al.: On the variance of the adaptive learning rate and beyond, ICLR 2020.

    Parameters:
        params: tensors, or groups of them.
        lr: the learning rate.
        betas: β₁ and β₂, each in [0, 1).
        eps: keeps the division finite.
        weight_decay: adds weight_decay · p to the gradient.
        decoupled_weight_decay: let the decay act as in AdamW.
        maximize: go up instead of down.
        execution: PyTorch's foreach, fused, capturable: they change nothing; see `Optimizer`.

    State of a parameter: step, t; exp_avg, m; exp_avg_sq, v.
    """

    execution: ClassVar[Execution] = {"foreach": None, "capturable": False, "differentiable": False}

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[Group],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
        **execution: Unpack[Execution],
    ) -> None:
        options = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize}
        super().__init__(params, {**options, "decoupled_weight_decay": decoupled_weight_decay}, execution)

    def update(self, param: Array, grad: Array, state: dict[str, Any], group: Group) -> None:
        t = self.count(state)
        m, v = self.running(state, "exp_avg", param), self.running(state, "exp_avg_sq", param)
        beta1, beta2 = group["betas"]
        grad = self.descent(param, grad, group)
        work = self.scratch("step", param)

        average(m, grad, beta1, work)
        average(v, np.multiply(grad, grad, out=work), beta2, work)

        # The two kinds of steps are one formula, with trusted 0 or 1: what is written down of a step, to be made again
        # at another t, holds no branch. Hence not rho > 5, which would be asked of a number.
        correction = 1 - beta2**t
        rho_inf = 2 / (1 - beta2) - 1
        rho = rho_inf - 2 * t * beta2**t / correction
        trusted = np.greater(rho, 5).item()
        least = abs((rho_inf - 4) * (rho_inf - 2) * rho) + (1 - trusted)  # the latter against 0
        r = (trusted * (rho - 4) * (rho - 2) * rho_inf / least) ** 0.5

        np.sqrt(v, out=work)
        work += group["eps"]
        np.divide(r * correction**0.5, work, out=work)
        work += 1 - trusted
        work *= m
        param -= np.multiply(work, group["lr"] / (1 - beta1**t), out=work)
