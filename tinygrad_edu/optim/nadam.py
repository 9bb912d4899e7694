"""NAdam: Adam with Nesterov's momentum."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Unpack

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.optim.optimizer import Group, Optimizer, average
from tinygrad_edu.optim.options import Execution
from tinygrad_edu.tensors.tensor import Tensor


class NAdam(Optimizer):
    """Step along the gradient and the momentum of the step to come, each with a correction of its own.

    m ← β₁ m + (1 - β₁) g and v ← β₂ v + (1 - β₂) g² start at 0, and v̂ = v / (1 - β₂ᵗ) at step t. The momentum
    μₜ = β₁ (1 - ½ 0.96^(t ψ)) grows, with ψ = momentum_decay, and Πₜ is the product of all up to μₜ. The step is

    p ← p - lr ((1 - μₜ) g / (1 - Πₜ) + μₜ₊₁ m / (1 - Πₜ₊₁)) / (√v̂ + eps)

    From Dozat: Incorporating Nesterov momentum into Adam, ICLR workshop 2016.

    Parameters:
        params: tensors, or groups of them.
        lr: the learning rate.
        betas: β₁ and β₂, each in [0, 1).
        eps: keeps the division finite.
        weight_decay: adds weight_decay · p to the gradient.
        momentum_decay: ψ.
        decoupled_weight_decay: let the decay act as in AdamW.
        maximize: go up instead of down.
        execution: PyTorch's foreach, fused, capturable: they change nothing; see `Optimizer`.

    State of a parameter: step, t; mu_product, Π; exp_avg, m; exp_avg_sq, v.
    """

    numbers: ClassVar[tuple[str, ...]] = ("step", "mu_product")
    execution: ClassVar[Execution] = {"foreach": None, "capturable": False, "differentiable": False}

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[Group],
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
        **execution: Unpack[Execution],
    ) -> None:
        options = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize}
        decay = {"momentum_decay": momentum_decay, "decoupled_weight_decay": decoupled_weight_decay}
        super().__init__(params, {**options, **decay}, execution)

    def update(self, param: Array, grad: Array, state: dict[str, Any], group: Group) -> None:
        t = self.count(state)
        product = self.number(state, "mu_product", start=1)
        m, v = self.running(state, "exp_avg", param), self.running(state, "exp_avg_sq", param)
        (beta1, beta2), lr = group["betas"], group["lr"]
        grad = self.descent(param, grad, group)
        size, work = self.scratch("size", param), self.scratch("step", param)

        mu, mu_next = (beta1 * (1 - 0.5 * 0.96 ** (s * group["momentum_decay"])) for s in (t, t + 1))
        product *= mu
        average(m, grad, beta1, work)
        average(v, np.multiply(grad, grad, out=work), beta2, work)

        np.divide(v, 1 - beta2**t, out=size)
        np.sqrt(size, out=size)
        size += group["eps"]
        np.multiply(grad, lr * (1 - mu) / (1 - product.item()), out=work)
        param -= np.divide(work, size, out=work)
        np.multiply(m, lr * mu_next / (1 - product.item() * mu_next), out=work)
        param -= np.divide(work, size, out=work)
