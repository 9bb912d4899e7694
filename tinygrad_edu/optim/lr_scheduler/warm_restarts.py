"""The cosine that starts over, after longer and longer times."""

from __future__ import annotations

import math

from tinygrad_edu.optim.lr_scheduler.scheduler import LRScheduler
from tinygrad_edu.optim.optimizer import Optimizer


class CosineAnnealingWarmRestarts(LRScheduler):
    """Let the learning rate fall from base_lr to eta_min along half a cosine, again and again.

    lr = eta_min + ½ (base_lr - eta_min) (1 + cos(π T_cur / T_i)), T_cur epochs after the last restart, of T_i up to the
    next. From Loshchilov and Hutter: SGDR: stochastic gradient descent with warm restarts, ICLR 2017.

    Parameters:
        T_0: how many epochs there are up to the first restart.
        T_mult: how many times longer each of the following times is, a whole number.
        eta_min: the lowest learning rate.
    """

    def __init__(
        self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        if not isinstance(T_0, int) or T_0 < 1 or not isinstance(T_mult, int) or T_mult < 1:
            raise ValueError(
                f"CosineAnnealingWarmRestarts: expected T_0 and T_mult to be whole numbers from 1 on, got {T_0} and "
                f"{T_mult}"
            )
        self.T_0 = T_0
        self.T_mult = T_mult
        self.T_i = T_0
        self.T_cur: float = 0
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        height = (1 + math.cos(math.pi * self.T_cur / self.T_i)) / 2
        return [self.eta_min + (base - self.eta_min) * height for base in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:
        """Go on to the next epoch or, called after each batch, to a fraction of one: step(epoch + i / batches)."""
        if epoch is not None and epoch < 0:
            raise ValueError(f"CosineAnnealingWarmRestarts: expected an epoch of at least 0, got {epoch}")
        now = self.last_epoch + 1 if epoch is None else epoch
        self.T_cur, self.T_i = now, self.T_0
        while self.T_cur >= self.T_i:
            self.T_cur -= self.T_i
            self.T_i *= self.T_mult
        self.last_epoch = math.floor(now) - 1
        super().step()
