"""A schedule that watches a number, such as the loss."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from tinygrad_edu.optim.lr_scheduler.scheduler import LRScheduler
from tinygrad_edu.optim.optimizer import Optimizer


class ReduceLROnPlateau(LRScheduler):
    """Multiply the learning rate by `factor` when a number has not improved for `patience` epochs: `step(loss)`.

    Parameters:
        mode: "min", the number is to fall, or "max".
        threshold: by how much it must improve: that share of the best, or that much with threshold_mode="abs".
        cooldown: how many epochs after a change are not counted.
        min_lr: below what no learning rate falls, or a list of one for each group.
        eps: a smaller change than this is not made.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | Sequence[float] = 0,
        eps: float = 1e-8,
    ) -> None:
        if mode not in ("min", "max") or threshold_mode not in ("rel", "abs"):
            raise ValueError(
                f'ReduceLROnPlateau: expected mode "min" or "max" and threshold_mode "rel" or "abs", got {mode!r} and '
                f"{threshold_mode!r}"
            )
        if not factor < 1:
            raise ValueError(f"ReduceLROnPlateau: expected a factor below 1, got {factor}")
        self.mode = mode
        self.factor = factor
        self.patience = patience
        self.threshold = threshold
        self.threshold_mode = threshold_mode
        self.cooldown = cooldown
        groups = len(optimizer.param_groups)
        self.min_lrs = list(min_lr) if isinstance(min_lr, list | tuple) else [min_lr] * groups
        self.eps = eps
        self.best = math.inf if mode == "min" else -math.inf
        self.num_bad_epochs = 0
        self.cooldown_counter = 0
        super().__init__(optimizer)

    def get_lr(self) -> list[float]:
        return self._present()

    def step(self, metrics: Any = None) -> None:  # None: the call that makes the schedule
        """Go on to the next epoch, in which the number that is watched was `metrics`."""
        super().step()
        if metrics is None:
            if self._step_count > 1:
                raise TypeError("ReduceLROnPlateau: step needs the number that is watched: schedule.step(loss)")
            return
        number = float(metrics)
        if self._is_better(number):
            self.best, self.num_bad_epochs = number, 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            for group, least in zip(self.optimizer.param_groups, self.min_lrs, strict=True):
                lr = max(group["lr"] * self.factor, least)
                if group["lr"] - lr > self.eps:
                    group["lr"] = lr
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
            self._last_lr = self._present()

    def _is_better(self, number: float) -> bool:
        by = self.threshold if self.mode == "max" else -self.threshold
        bar = self.best * (1 + by) if self.threshold_mode == "rel" else self.best + by
        return number < bar if self.mode == "min" else number > bar
