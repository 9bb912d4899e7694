"""Schedules that follow a formula of the epoch: steps, powers, lines, half a cosine."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from tinygrad_edu.optim.lr_scheduler.scheduler import LRScheduler
from tinygrad_edu.optim.optimizer import Optimizer


class StepLR(LRScheduler):
    """Multiply the learning rate by gamma every `step_size` epochs."""

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1) -> None:
        if step_size < 1:
            raise ValueError(f"StepLR: expected step_size ≥ 1, got {step_size}")
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        due = self.last_epoch > 0 and self.last_epoch % self.step_size == 0
        return [lr * self.gamma if due else lr for lr in self._present()]


class MultiStepLR(LRScheduler):
    """Multiply the learning rate by gamma at each of the epochs `milestones`; twice at one that is listed twice."""

    def __init__(
        self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.milestones = list(milestones)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        return [lr * self.gamma ** self.milestones.count(self.last_epoch) for lr in self._present()]

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        milestones = Counter(state_dict["milestones"]).elements()  # PyTorch saves them as a Counter
        super().load_state_dict({**state_dict, "milestones": sorted(milestones)})


class ExponentialLR(LRScheduler):
    """Multiply the learning rate by gamma every epoch."""

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        return [lr * self.gamma if self.last_epoch > 0 else lr for lr in self._present()]


class ConstantLR(LRScheduler):
    """Multiply the learning rate by `factor` for the first `total_iters` epochs.

    Raises:
        ValueError: factor is not in (0, 1].
    """

    def __init__(self, optimizer: Optimizer, factor: float = 1 / 3, total_iters: int = 5, last_epoch: int = -1) -> None:
        if not 0 < factor <= 1:
            raise ValueError(f"ConstantLR: expected a factor in (0, 1], got {factor}")
        self.factor = factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        change = {0: self.factor, self.total_iters: 1 / self.factor}.get(self.last_epoch, 1)
        return [lr * change for lr in self._present()]


class LinearLR(LRScheduler):
    """Let the learning rate go from start_factor · base_lr to end_factor · base_lr in a line of `total_iters` epochs.

    A warm-up, or the decay at the end.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if not 0 < start_factor <= 1 or not 0 <= end_factor <= 1:
            raise ValueError(f"LinearLR: expected factors in (0, 1] and [0, 1], got {start_factor} and {end_factor}")
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        if self.last_epoch > self.total_iters:
            return self._present()
        if self.last_epoch == 0:
            return [lr * self.start_factor for lr in self._present()]
        return [lr * self._factor(self.last_epoch) / self._factor(self.last_epoch - 1) for lr in self._present()]

    def _factor(self, epoch: int) -> float:
        return self.start_factor + (self.end_factor - self.start_factor) * epoch / self.total_iters


class PolynomialLR(LRScheduler):
    """Let the learning rate fall to 0 in `total_iters` epochs: lr = base_lr · (1 - epoch / total_iters)^power."""

    def __init__(self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1) -> None:
        if total_iters < 1:
            raise ValueError(f"PolynomialLR: expected total_iters ≥ 1, got {total_iters}")
        self.total_iters = total_iters
        self.power = power
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        if not 0 < self.last_epoch <= self.total_iters:
            return self._present()
        left = self.total_iters - self.last_epoch
        return [lr * (left / (left + 1)) ** self.power for lr in self._present()]


class CosineAnnealingLR(LRScheduler):
    """Let the learning rate fall from base_lr to eta_min along half a cosine, in `T_max` epochs.

    lr = eta_min + ½ (base_lr - eta_min) (1 + cos(π epoch / T_max)); after T_max epochs it rises again. From
    Loshchilov and Hutter: SGDR: stochastic gradient descent with warm restarts, ICLR 2017 (without the restarts).
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        if T_max < 1:
            raise ValueError(f"CosineAnnealingLR: expected T_max ≥ 1, got {T_max}")
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        if self._step_count == 1:
            return self._present()
        if (self.last_epoch - 1) % (2 * self.T_max) == self.T_max:  # the step up from eta_min, where the ratio is 0 / 0
            rise = (1 - math.cos(math.pi / self.T_max)) / 2
            return [lr + (base - self.eta_min) * rise for lr, base in zip(self._present(), self.base_lrs, strict=True)]
        ratio = self._height(self.last_epoch) / self._height(self.last_epoch - 1)
        return [self.eta_min + (lr - self.eta_min) * ratio for lr in self._present()]

    def _height(self, epoch: int) -> float:
        return 1 + math.cos(math.pi * epoch / self.T_max)
