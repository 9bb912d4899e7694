"""One rise of the learning rate and its fall, batch by batch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from tinygrad_edu.optim.lr_scheduler.scheduler import LRScheduler
from tinygrad_edu.optim.optimizer import Optimizer


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
