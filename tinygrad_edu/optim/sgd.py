"""Stochastic gradient descent, with momentum if wanted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Unpack

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.optim.optimizer import Group, Optimizer
from tinygrad_edu.optim.options import Execution
from tinygrad_edu.tensors.tensor import Tensor


class SGD(Optimizer):
    """Take a step against the gradient: p ← p - lr g.

    With momentum μ, a velocity v gathers the gradients: v ← μ v + (1 - dampening) g, starting at the first
    g, and the step is p ← p - lr v; with nesterov, p ← p - lr (g + μ v).

    Nesterov's form is that of Sutskever, Martens, Dahl and Hinton: On the importance of initialization and
    momentum in deep learning, ICML 2013, with the learning rate outside of v, as in PyTorch.

    Parameters:
        params: tensors, or groups of them.
        lr: the learning rate.
        momentum: μ; 0 for none.
        dampening: how much of each new gradient is left out of v.
        weight_decay: adds weight_decay · p to the gradient.
        nesterov: whether to look ahead by one step of momentum.
        maximize: go up instead of down.
        execution: PyTorch's foreach, fused, capturable: they change nothing; see `Optimizer`.

    State of a parameter: momentum_buffer, v, if there is momentum.
    """

    execution: ClassVar[Execution] = {"foreach": None, "differentiable": False, "fused": None}

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[Group],
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        **execution: Unpack[Execution],
    ) -> None:
        options = {"lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay}
        super().__init__(params, {**options, "nesterov": nesterov, "maximize": maximize}, execution)

    def check(self, group: Group) -> None:
        super().check(group)
        if group["nesterov"] and (not group["momentum"] or group["dampening"]):
            raise ValueError(
                f"SGD: nesterov needs a momentum and no dampening, got momentum={group['momentum']} and "
                f"dampening={group['dampening']}"
            )

    def update(self, param: Array, grad: Array, state: dict[str, Any], group: Group) -> None:
        grad = self.descent(param, grad, group)
        step = self.scratch("step", param)
        if momentum := group["momentum"]:
            if "momentum_buffer" in state:
                v = state["momentum_buffer"].array
                v *= momentum
                v += np.multiply(grad, 1 - group["dampening"], out=step) if group["dampening"] else grad
            else:
                v = grad.copy()
                state["momentum_buffer"] = Tensor(v)
            if group["nesterov"]:
                np.multiply(v, momentum, out=step)
                grad = np.add(grad, step, out=step)
            else:
                grad = v
        param -= np.multiply(grad, group["lr"], out=step)
