"""Learning rates that rise and fall between two bounds, batch by batch."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from tinygrad_edu.optim.lr_scheduler.scheduler import LRScheduler
from tinygrad_edu.optim.optimizer import Optimizer

MODES = ("triangular", "triangular2", "exp_range")


class CyclicLR(LRScheduler):
    """Let the learning rate rise from base_lr to max_lr in a line and fall again; momentum does the opposite.

    Called after every batch. From Smith: Cyclical learning rates for training neural networks, WACV 2017.

    Parameters:
        base_lr, max_lr: the bounds of the learning rate, or lists of one for each group.
        step_size_up: how many batches the rise takes.
        step_size_down: how many the fall takes; as the rise if not given.
        mode: by what the height of a cycle is multiplied: 1 with "triangular"; 1/2 after each cycle with "triangular2";
            gammaⁿ after n batches with "exp_range".
        gamma: see there.
        scale_fn: a function that gives that factor in place of `mode`, of
        scale_mode: the number of the cycle, from 1 on, with "cycle"; of the batch with "iterations". A function is not
            saved by `state_dict`; an object that can be called is, by its attributes.
        cycle_momentum: whether momentum (or β₁) falls from max_momentum to base_momentum, and rises again.
        base_momentum, max_momentum: its bounds, or lists of one for each group.

    Raises:
        ValueError: an unknown mode, a length of 0, or an optimizer without momentum.
    """

    functions = ("_scale_fn_custom",)

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: float | Sequence[float],
        max_lr: float | Sequence[float],
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float | Sequence[float] = 0.8,
        max_momentum: float | Sequence[float] = 0.9,
        last_epoch: int = -1,
    ) -> None:
        if scale_fn is None and mode not in MODES:
            raise ValueError(f"CyclicLR: expected mode to be one of {', '.join(MODES)}, or scale_fn, got {mode!r}")
        if step_size_up < 1 or (step_size_down is not None and step_size_down < 1):
            raise ValueError(f"CyclicLR: expected steps of at least 1, got {step_size_up} and {step_size_down}")
        groups = optimizer.param_groups
        if cycle_momentum and not all("momentum" in group or "betas" in group for group in groups):
            raise ValueError("CyclicLR: the optimizer has no momentum to change; pass cycle_momentum=False")
        lowest, self.max_lrs = self._for_each(base_lr, len(groups)), self._for_each(max_lr, len(groups))
        self.total_size = float(step_size_up + (step_size_up if step_size_down is None else step_size_down))
        self.step_ratio = step_size_up / self.total_size
        self.mode = mode
        self.gamma = gamma
        self._scale_fn_custom = scale_fn
        self.scale_mode = scale_mode if scale_fn else "iterations" if mode == "exp_range" else "cycle"
        self.cycle_momentum = cycle_momentum
        if last_epoch == -1:
            momenta = self._for_each(base_momentum, len(groups)), self._for_each(max_momentum, len(groups))
            for group, lr, low, high in zip(groups, lowest, *momenta, strict=True):
                group["lr"] = lr
                if cycle_momentum:
                    group.update(base_momentum=low, max_momentum=high)
        super().__init__(optimizer, last_epoch)
        self.base_lrs = lowest

    def _for_each(self, value: Any, groups: int) -> list[float]:
        values = list(value) if isinstance(value, list | tuple) else [value] * groups
        if len(values) != groups:
            raise ValueError(f"CyclicLR: expected a number for each of {groups} groups, got {len(values)}")
        return values

    def get_lr(self) -> list[float]:
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        x = 1 + self.last_epoch / self.total_size - cycle
        height = x / self.step_ratio if x <= self.step_ratio else (x - 1) / (self.step_ratio - 1)
        height *= self._factor(cycle if self.scale_mode == "cycle" else self.last_epoch)
        for group in self.optimizer.param_groups if self.cycle_momentum else ():
            momentum = group["max_momentum"] - (group["max_momentum"] - group["base_momentum"]) * height
            if "betas" in group:
                group["betas"] = (momentum, *group["betas"][1:])
            else:
                group["momentum"] = momentum
        return [low + (high - low) * height for low, high in zip(self.base_lrs, self.max_lrs, strict=True)]

    def _factor(self, x: float) -> float:
        """Return what the height of a cycle is multiplied by, in cycle or at batch x."""
        if self._scale_fn_custom is not None:
            return self._scale_fn_custom(x)
        return {"triangular": 1.0, "triangular2": 0.5 ** (x - 1), "exp_range": self.gamma**x}[self.mode]
