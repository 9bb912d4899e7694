"""Adam and AdamW: steps scaled by the recent size of each element's gradient."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Unpack

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.optim.optimizer import Group, Optimizer, average
from tinygrad_edu.optim.options import Execution
from tinygrad_edu.tensors.tensor import Tensor


class Adam(Optimizer):
    """Divide the running mean of the gradient by the root of the running mean of its square.

    m ← β₁ m + (1 - β₁) g and v ← β₂ v + (1 - β₂) g² start at 0, for which m̂ = m / (1 - β₁ᵗ) and
    v̂ = v / (1 - β₂ᵗ) make up at step t. The step is p ← p - lr m̂ / (√v̂ + eps).

    From Kingma and Ba: Adam: a method for stochastic optimization, ICLR 2015; amsgrad from Reddi, Kale and
    Kumar: On the convergence of Adam and beyond, ICLR 2018.

    Parameters:
        params: tensors, or groups of them.
        lr: the learning rate: about how far each element moves in a step.
        betas: β₁ and β₂, each in [0, 1).
        eps: keeps the division finite.
        weight_decay: adds weight_decay · p to the gradient. See AdamW for the decay that is not rescaled.
        amsgrad: divide by the largest v̂ so far.
        maximize: go up instead of down.
        decoupled_weight_decay: let the decay act as in AdamW.
        execution: PyTorch's foreach, fused, capturable: they change nothing; see `Optimizer`.

    State of a parameter: step, t; exp_avg, m; exp_avg_sq, v; and max_exp_avg_sq, the largest v, with amsgrad.
    """

    execution: ClassVar[Execution] = {"foreach": None, "capturable": False, "differentiable": False, "fused": None}

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[Group],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        decoupled_weight_decay: bool = False,
        **execution: Unpack[Execution],
    ) -> None:
        options = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad}
        decay = {"decoupled_weight_decay": decoupled_weight_decay}
        super().__init__(params, {**options, "maximize": maximize, **decay}, execution)

    def update(self, param: Array, grad: Array, state: dict[str, Any], group: Group) -> None:
        t = self.count(state)
        m, v = self.running(state, "exp_avg", param), self.running(state, "exp_avg_sq", param)
        beta1, beta2 = group["betas"]
        grad = self.descent(param, grad, group)
        work = self.scratch("step", param)

        average(m, grad, beta1, work)
        average(v, np.multiply(grad, grad, out=work), beta2, work)
        if group["amsgrad"]:
            largest = self.running(state, "max_exp_avg_sq", param)
            v = np.maximum(largest, v, out=largest)

        root = (1 - beta2**t) ** 0.5  # of what v is divided by; the fraction is multiplied by it instead, a pass less
        rate, eps = group["lr"] * root / (1 - beta1**t), group["eps"] * root
        direction = np.divide(m, np.add(np.sqrt(v, out=work), eps, out=work), out=work)
        param -= np.multiply(rate, direction, out=work)


class AdamW(Adam):
    """Adam with weight decay beside the step instead of inside the gradient: p ← p - lr weight_decay p first.

    Inside, the decay would be divided by √v̂ like the rest. From Loshchilov and Hutter: Decoupled weight decay
    regularization, ICLR 2019. Parameters and state are those of Adam.
    """

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[Group],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        **execution: Unpack[Execution],
    ) -> None:
        super().__init__(
            params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize, decoupled_weight_decay=True, **execution
        )
