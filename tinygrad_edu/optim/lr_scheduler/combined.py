"""Several schedules on one optimizer: one after the other, or all at once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from tinygrad_edu.optim.lr_scheduler.plateau import ReduceLROnPlateau
from tinygrad_edu.optim.lr_scheduler.scheduler import LRScheduler
from tinygrad_edu.optim.optimizer import Optimizer


class _Combined(LRScheduler):
    """What both share: the schedules, and their states in one."""

    def __init__(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None) -> None:
        name = type(self).__name__
        if not schedulers:
            raise ValueError(f"{name}: expected at least one schedule, got none")
        self.optimizer = schedulers[0].optimizer if optimizer is None else optimizer
        for schedule in schedulers:
            if isinstance(schedule, ReduceLROnPlateau):
                raise ValueError(f"{name}: ReduceLROnPlateau needs a number at each step; call its step yourself")
            if schedule.optimizer is not self.optimizer:
                raise ValueError(f"{name}: expected schedules of one optimizer, but they were made with several")
        self._schedulers = list(schedulers)
        self._last_lr = self._present()

    def state_dict(self) -> dict[str, Any]:
        return {**super().state_dict(), "_schedulers": [schedule.state_dict() for schedule in self._schedulers]}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        for schedule, saved in zip(self._schedulers, state_dict["_schedulers"], strict=True):
            schedule.load_state_dict(saved)
        super().load_state_dict({key: value for key, value in state_dict.items() if key != "_schedulers"})


class ChainedScheduler(_Combined):
    """Step several schedules together: each changes the learning rate that the one before has set.

    Parameters:
        schedulers: the schedules.
        optimizer: theirs; that of the first if not given.

    Raises:
        ValueError: there are none, or their optimizers differ.
    """

    def __init__(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None) -> None:
        super().__init__(schedulers, optimizer)

    def step(self) -> None:
        for schedule in self._schedulers:
            schedule.step()
        self._last_lr = self._present()


class SequentialLR(_Combined):
    """Follow one schedule after the other, each from its beginning and from the first learning rate.

    Parameters:
        optimizer: that of all schedules.
        schedulers: the schedules, in order.
        milestones: the epochs at which the second, the third, … begins.

    Raises:
        ValueError: there are no schedules, their optimizers differ, or the milestones are not one fewer.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        schedulers: Sequence[LRScheduler],
        milestones: Sequence[int],
        last_epoch: int = -1,
    ) -> None:
        super().__init__(schedulers, optimizer)
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                f"SequentialLR: expected {len(schedulers) - 1} milestones between {len(schedulers)} schedules, got "
                f"{len(milestones)}"
            )
        self._milestones = list(milestones)
        self.last_epoch = last_epoch + 1
        self._begin(self._schedulers[0])

    def step(self) -> None:
        self.last_epoch += 1
        i = bisect_right(self._milestones, self.last_epoch)
        if i and self._milestones[i - 1] == self.last_epoch:
            self._begin(self._schedulers[i])
        else:
            self._schedulers[i].step()
            self._last_lr = self._present()

    def _begin(self, schedule: LRScheduler) -> None:
        """Let a schedule start over from the first learning rate."""
        for group in self.optimizer.param_groups:
            group["lr"] = group["initial_lr"]
        _restart(schedule)
        self._last_lr = self._present()


def _restart(schedule: LRScheduler) -> None:
    """Set the learning rates of a schedule's first epoch."""
    if isinstance(schedule, ChainedScheduler):
        for inner in schedule._schedulers:
            _restart(inner)
    elif isinstance(schedule, SequentialLR):
        schedule.last_epoch = 0
        _restart(schedule._schedulers[0])
    else:
        schedule.last_epoch, schedule._step_count = -1, 0
        schedule.step()
    schedule._last_lr = schedule._present()
