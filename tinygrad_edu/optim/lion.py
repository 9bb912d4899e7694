"""Lion: steps by the sign of a running mean of the gradient."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Unpack

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.optim.optimizer import Group, Optimizer, average
from tinygrad_edu.optim.options import Execution
from tinygrad_edu.tensors.tensor import Tensor


class Lion(Optimizer):
    """Step by the sign of the momentum, all elements equally far: p ← p - lr sign(β₁ m + (1 - β₁) g).

    Then m ← β₂ m + (1 - β₂) g, which starts at 0. The steps are longer than Adam's: take a learning rate 3 to 10 times
    smaller. PyTorch has no such optimizer. From Chen et al.: Symbolic discovery of optimization algorithms, 2023.

    Parameters:
        params: tensors, or groups of them.
        lr: the learning rate: how far each element moves in a step.
        betas: β₁ and β₂, each in [0, 1).
        weight_decay: lets p shrink by the factor 1 - lr weight_decay.
        maximize: go up instead of down.
        execution: PyTorch's foreach, fused, capturable: they change nothing; see `Optimizer`.

    State of a parameter: exp_avg, m.
    """

    execution: ClassVar[Execution] = {"foreach": None, "capturable": False, "differentiable": False}

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[Group],
        lr: float = 1e-4,
        betas: tuple[float, float] = (0.9, 0.99),
        weight_decay: float = 0,
        *,
        maximize: bool = False,
        **execution: Unpack[Execution],
    ) -> None:
        options = {"lr": lr, "betas": betas, "weight_decay": weight_decay, "maximize": maximize}
        super().__init__(params, {**options, "decoupled_weight_decay": True}, execution)

    def update(self, param: Array, grad: Array, state: dict[str, Any], group: Group) -> None:
        m = self.running(state, "exp_avg", param)
        beta1, beta2 = group["betas"]
        grad = self.descent(param, grad, group)
        step, work = self.scratch("direction", param), self.scratch("step", param)

        np.copyto(step, m)
        average(step, grad, beta1, work)
        np.sign(step, out=step)
        param -= np.multiply(step, group["lr"], out=step)
        average(m, grad, beta2, work)
