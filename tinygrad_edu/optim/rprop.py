"""Rprop: steps by the sign of the gradient alone, of a size of its own for each element."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Unpack

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.optim.optimizer import Group, Optimizer
from tinygrad_edu.optim.options import Execution
from tinygrad_edu.tensors.tensor import Tensor


class Rprop(Optimizer):
    """Step by the sign of the gradient: p ← p - sign(g) Δ. Δ grows while the sign stays, and shrinks when it turns.

    Where g and the gradient before agree in sign, Δ ← η⁺ Δ; where they differ, Δ ← η⁻ Δ, and g counts as 0: the element
    waits. Δ starts at lr. For gradients of all examples, not of batches, whose signs are random. From Riedmiller and
    Braun: A direct adaptive method for faster backpropagation learning: the RPROP algorithm, ICNN 1993.

    Parameters:
        params: tensors, or groups of them.
        lr: the first Δ.
        etas: η⁻ in (0, 1) and η⁺ > 1.
        step_sizes: the smallest and the largest Δ.
        maximize: go up instead of down.
        execution: PyTorch's foreach, fused, capturable: they change nothing; see `Optimizer`.

    State of a parameter: step, how many there were; prev, the gradient before; step_size, Δ.
    """

    execution: ClassVar[Execution] = {"foreach": None, "capturable": False, "differentiable": False}

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[Group],
        lr: float = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        maximize: bool = False,
        **execution: Unpack[Execution],
    ) -> None:
        options = {"lr": lr, "etas": etas, "step_sizes": step_sizes, "maximize": maximize}
        super().__init__(params, options, execution)

    def check(self, group: Group) -> None:
        super().check(group)
        if not 0 < group["etas"][0] < 1 < group["etas"][1]:
            raise ValueError(f"Rprop: expected etas=(η⁻, η⁺) with 0 < η⁻ < 1 < η⁺, got {group['etas']}")

    def update(self, param: Array, grad: Array, state: dict[str, Any], group: Group) -> None:
        self.count(state)
        previous = self.running(state, "prev", param)
        size = self.running(state, "step_size", param, start=group["lr"])
        shrink, grow = group["etas"]
        grad = self.descent(param, grad, group)
        work = self.scratch("step", param)

        agreement = np.multiply(grad, previous, out=work)
        turned = agreement < 0
        size *= np.where(turned, shrink, np.where(agreement > 0, grow, 1.0))
        np.clip(size, *group["step_sizes"], out=size)

        np.copyto(previous, np.where(turned, 0.0, grad))
        np.sign(previous, out=work)
        param -= np.multiply(work, size, out=work)
