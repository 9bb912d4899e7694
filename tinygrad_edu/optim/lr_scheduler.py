"""Schedules: they set the learning rate of an optimizer anew at every call of `step()`, usually once an epoch.

    schedule = StepLR(optimizer, step_size=30)
    for epoch in range(90):
        train(...)
        schedule.step()

Most compute the next learning rate from the present one, so several can act on one optimizer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import FunctionType
from typing import Any

from tinygrad_edu.optim.optimizer import Optimizer

__all__ = [
    "CosineAnnealingLR", "ExponentialLR", "LRScheduler", "LambdaLR", "LinearLR", "MultiStepLR", "OneCycleLR",
    "ReduceLROnPlateau", "StepLR",
]  # fmt: skip


class LRScheduler:
    """The base class of schedules. A subclass defines `get_lr`.

    Parameters:
        optimizer: whose learning rates are set, one for each group of parameters.
        last_epoch: the number of the last epoch before a resumed run; -1 starts anew.

    Attributes:
        base_lrs: the learning rates that the groups started with.
        last_epoch: how often `step` was called.
    """

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        name = type(self).__name__
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{name}: expected an Optimizer, got {type(optimizer).__name__}")
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", group["lr"])
            elif "initial_lr" not in group:
                raise ValueError(
                    f"{name}: with last_epoch={last_epoch} a schedule is resumed, but group {i} has no initial_lr to "
                    "go by; load the saved state of the optimizer first"
                )
        self.optimizer = optimizer
        self.base_lrs: list[float] = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._step_count = 0
        self.step()

    def get_lr(self) -> list[float]:
        """Compute the learning rate of each group for the epoch `last_epoch`. Every subclass defines its own."""
        raise NotImplementedError(f"{type(self).__name__}: get_lr is not defined; it is the rule of the schedule")

    def get_last_lr(self) -> list[float]:
        """Return the learning rates as they were last set."""
        return self._last_lr

    def step(self) -> None:
        """Go on to the next epoch and set its learning rates. Call it after the optimizer's steps."""
        self._step_count += 1
        self.last_epoch += 1
        for group, lr in zip(self.optimizer.param_groups, self.get_lr(), strict=True):
            group["lr"] = lr
        self._last_lr = self._present()

    def state_dict(self) -> dict[str, Any]:
        """Return everything but the optimizer, to be saved beside the optimizer's own state."""
        return {key: value for key, value in self.__dict__.items() if key != "optimizer"}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` returned. The learning rates come with the optimizer's own state."""
        self.__dict__.update(state_dict)

    def _present(self) -> list[float]:
        return [group["lr"] for group in self.optimizer.param_groups]


class LambdaLR(LRScheduler):
    """Multiply the first learning rate by a function of the epoch: lr = base_lr · lr_lambda(epoch).

    Parameters:
        lr_lambda: the function, or a list of one for each group. Functions are not saved by `state_dict`;
            objects that can be called are, by their attributes.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | Sequence[Callable[[int], float]],
        last_epoch: int = -1,
    ) -> None:
        groups = len(optimizer.param_groups)
        self.lr_lambdas = [lr_lambda] * groups if callable(lr_lambda) else list(lr_lambda)
        if len(self.lr_lambdas) != groups:
            raise ValueError(f"LambdaLR: expected a function for each of {groups} groups, got {len(self.lr_lambdas)}")
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        return [base * factor(self.last_epoch) for base, factor in zip(self.base_lrs, self.lr_lambdas, strict=True)]

    def state_dict(self) -> dict[str, Any]:
        saved = [None if isinstance(f, FunctionType) else dict(vars(f)) for f in self.lr_lambdas]
        return {**super().state_dict(), "lr_lambdas": saved}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        for function, saved in zip(self.lr_lambdas, state_dict["lr_lambdas"], strict=True):
            if saved is not None:
                vars(function).update(saved)
        super().load_state_dict({key: value for key, value in state_dict.items() if key != "lr_lambdas"})


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
        self, optimizer: Optimizer, milestones: Sequence[int], gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.milestones = list(milestones)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        return [lr * self.gamma ** self.milestones.count(self.last_epoch) for lr in self._present()]


class ExponentialLR(LRScheduler):
    """Multiply the learning rate by gamma every epoch."""

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        return [lr * self.gamma if self.last_epoch > 0 else lr for lr in self._present()]


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


class OneCycleLR(LRScheduler):
    """Let the learning rate rise to max_lr and fall far below where it began; momentum does the opposite.

    Called after every batch, `total_steps` times. From Smith and Topin: Super-convergence, 2018.

    Parameters:
        max_lr: the highest learning rate, or a list of one for each group.
        total_steps: the length of the cycle; or else
        epochs, steps_per_epoch: its factors.
        pct_start: the part of the cycle in which the learning rate rises.
        anneal_strategy: "cos", along half a cosine, or "linear".
        cycle_momentum: whether momentum (or β₁) falls from max_momentum to base_momentum, and rises again.
        base_momentum, max_momentum: its bounds.
        div_factor: max_lr over the first learning rate.
        final_div_factor: the first learning rate over the last.
        three_phase: whether it falls to the first learning rate in the time it took to rise, and then further.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | Sequence[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float = 0.85,
        max_momentum: float = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        if total_steps is None and (epochs is None or steps_per_epoch is None):
            raise ValueError("OneCycleLR: expected total_steps, or both epochs and steps_per_epoch")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f'OneCycleLR: expected anneal_strategy "cos" or "linear", got {anneal_strategy!r}')
        groups = optimizer.param_groups
        self.total_steps = int(total_steps or (epochs or 0) * (steps_per_epoch or 0))
        self.anneal_strategy = anneal_strategy
        self.cycle_momentum = cycle_momentum
        rise = float(pct_start * self.total_steps) - 1
        ends = [rise, 2 * rise, self.total_steps - 1.0] if three_phase else [rise, self.total_steps - 1.0]
        lr = ["initial_lr", "max_lr", "initial_lr", "min_lr"] if three_phase else ["initial_lr", "max_lr", "min_lr"]
        high, low = "max_momentum", "base_momentum"
        self._phases = list(zip(ends, lr, lr[1:], [high, low, high], [low, high, high], strict=False))
        if last_epoch == -1:
            highest: list[Any] = list(max_lr) if isinstance(max_lr, list | tuple) else [max_lr] * len(groups)
            for group, lr_max in zip(groups, highest, strict=True):
                first = lr_max / div_factor
                group.update(initial_lr=first, max_lr=lr_max, min_lr=first / final_div_factor)
                if cycle_momentum:
                    group.update(max_momentum=max_momentum, base_momentum=base_momentum)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        step = self.last_epoch
        if step > self.total_steps:
            raise ValueError(f"OneCycleLR: step {step} is beyond the {self.total_steps} of the cycle")
        ends = [end for end, *_ in self._phases]
        i = next((i for i, end in enumerate(ends) if step <= end), len(ends) - 1)
        end, lr_from, lr_to, momentum_from, momentum_to = self._phases[i]
        start = ends[i - 1] if i else 0.0
        share = (step - start) / (end - start)
        for group in self.optimizer.param_groups if self.cycle_momentum else ():
            momentum = self._between(group[momentum_from], group[momentum_to], share)
            if "betas" in group:
                group["betas"] = (momentum, *group["betas"][1:])
            else:
                group["momentum"] = momentum
        return [self._between(group[lr_from], group[lr_to], share) for group in self.optimizer.param_groups]

    def _between(self, start: float, end: float, share: float) -> float:
        if self.anneal_strategy == "linear":
            return start + (end - start) * share
        return end + (start - end) / 2 * (1 + math.cos(math.pi * share))


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
