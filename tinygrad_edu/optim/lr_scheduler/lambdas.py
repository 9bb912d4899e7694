"""Schedules that follow any function of the epoch."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tinygrad_edu.optim.lr_scheduler.scheduler import LRScheduler
from tinygrad_edu.optim.optimizer import Optimizer


class LambdaLR(LRScheduler):
    """Multiply the first learning rate by a function of the epoch: lr = base_lr · lr_lambda(epoch).

    Parameters:
        lr_lambda: the function, or a list of one for each group. Functions are not saved by `state_dict`;
            objects that can be called are, by their attributes.
    """

    functions = ("lr_lambdas",)

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | Sequence[Callable[[int], float]],
        last_epoch: int = -1,
    ) -> None:
        name, groups = type(self).__name__, len(optimizer.param_groups)
        self.lr_lambdas = [lr_lambda] * groups if callable(lr_lambda) else list(lr_lambda)
        if len(self.lr_lambdas) != groups:
            raise ValueError(f"{name}: expected a function for each of {groups} groups, got {len(self.lr_lambdas)}")
        for function in self.lr_lambdas:
            if not callable(function):
                raise TypeError(f"{name}: expected functions of the epoch, got {type(function).__name__}")
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        return [base * factor(self.last_epoch) for base, factor in zip(self.base_lrs, self.lr_lambdas, strict=True)]


class MultiplicativeLR(LambdaLR):
    """Multiply the learning rate, from the second epoch on, by a function of the epoch: lr ← lr · lr_lambda(epoch).

    Parameters:
        lr_lambda: the function, or a list of one for each group, saved as that of `LambdaLR`.
    """

    def get_lr(self) -> list[float]:
        if self._step_count == 1:
            return self._present()
        return [lr * factor(self.last_epoch) for lr, factor in zip(self._present(), self.lr_lambdas, strict=True)]
