"""Adagrad: steps that shrink with the sum of all squared gradients."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Unpack

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.optim.optimizer import Group, Optimizer
from tinygrad_edu.optim.options import Execution
from tinygrad_edu.tensors.tensor import Tensor


class Adagrad(Optimizer):
    """Divide the gradient by the root of the sum of its squares: s ← s + g², p ← p - lrₜ g / (√s + eps).

    lrₜ = lr / (1 + (t - 1) lr_decay) in step t. From Duchi, Hazan and Singer: Adaptive subgradient methods for online
    learning and stochastic optimization, JMLR 12, 2011.

    Parameters:
        params: tensors, or groups of them.
        lr: multiplies the step.
        lr_decay: how fast the learning rate falls.
        weight_decay: adds weight_decay · p to the gradient.
        initial_accumulator_value: what s starts at.
        eps: keeps the division finite.
        maximize: go up instead of down.
        execution: PyTorch's foreach, fused, capturable: they change nothing; see `Optimizer`.

    State of a parameter: step, how many there were; sum, s.
    """

    execution: ClassVar[Execution] = {"foreach": None, "differentiable": False, "fused": None}

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[Group],
        lr: float = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        *,
        maximize: bool = False,
        **execution: Unpack[Execution],
    ) -> None:
        options = {"lr": lr, "lr_decay": lr_decay, "weight_decay": weight_decay, "eps": eps, "maximize": maximize}
        super().__init__(params, {**options, "initial_accumulator_value": initial_accumulator_value}, execution)

    def update(self, param: Array, grad: Array, state: dict[str, Any], group: Group) -> None:
        t = self.count(state)
        lr = group["lr"] / (1 + (t - 1) * group["lr_decay"])
        grad = self.descent(param, grad, group)
        s = self.running(state, "sum", param, start=group["initial_accumulator_value"])
        work = self.scratch("step", param)
        s += np.multiply(grad, grad, out=work)
        np.sqrt(s, out=work)
        work += group["eps"]
        np.divide(grad, work, out=work)
        work *= lr
        param -= work
