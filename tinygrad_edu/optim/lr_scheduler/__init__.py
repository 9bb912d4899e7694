"""Schedules: they set the learning rate of an optimizer anew at every call of `step()`, usually once an epoch.

    schedule = StepLR(optimizer, step_size=30)
    for epoch in range(90):
        train(...)
        schedule.step()

Most compute the next learning rate from the present one, so several can act on one optimizer.
"""

from tinygrad_edu.optim.lr_scheduler.combined import ChainedScheduler, SequentialLR
from tinygrad_edu.optim.lr_scheduler.cyclic import CyclicLR
from tinygrad_edu.optim.lr_scheduler.decay import (
    ConstantLR,
    CosineAnnealingLR,
    ExponentialLR,
    LinearLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
)
from tinygrad_edu.optim.lr_scheduler.lambdas import LambdaLR, MultiplicativeLR
from tinygrad_edu.optim.lr_scheduler.one_cycle import OneCycleLR
from tinygrad_edu.optim.lr_scheduler.plateau import ReduceLROnPlateau
from tinygrad_edu.optim.lr_scheduler.scheduler import LRScheduler
from tinygrad_edu.optim.lr_scheduler.warm_restarts import CosineAnnealingWarmRestarts

__all__ = [
    "ChainedScheduler", "ConstantLR", "CosineAnnealingLR", "CosineAnnealingWarmRestarts", "CyclicLR", "ExponentialLR",
    "LRScheduler", "LambdaLR", "LinearLR", "MultiStepLR", "MultiplicativeLR", "OneCycleLR", "PolynomialLR",
    "ReduceLROnPlateau", "SequentialLR", "StepLR",
]  # fmt: skip
