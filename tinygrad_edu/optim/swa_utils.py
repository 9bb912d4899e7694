"""Weights averaged over a path of training, which often do better on new data than its last point.

averaged = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.999))
for x, y in loader:
    ...
    optimizer.step()
    averaged.update_parameters(model)
update_bn(loader, averaged)
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tinygrad_edu import nn
from tinygrad_edu.engine.grad_mode import no_grad
from tinygrad_edu.optim.lr_scheduler.scheduler import LRScheduler
from tinygrad_edu.optim.optimizer import Optimizer
from tinygrad_edu.system import devices
from tinygrad_edu.tensors.creation import tensor
from tinygrad_edu.tensors.tensor import Tensor

__all__ = [
    "SWALR", "AveragedModel", "get_ema_avg_fn", "get_ema_multi_avg_fn", "get_swa_avg_fn", "get_swa_multi_avg_fn",
    "update_bn",
]  # fmt: skip

AverageOfOne = Callable[[Tensor, Tensor, Tensor], Tensor]
AverageOfMany = Callable[[Sequence[Tensor], Sequence[Tensor], Tensor], None]


def get_swa_avg_fn() -> AverageOfOne:
    """Return the function of the mean of n + 1 values: a + (w - a) / (n + 1), of the mean a of n and the value w."""

    def swa_update(averaged: Tensor, current: Tensor, num_averaged: Tensor) -> Tensor:
        return averaged + (current - averaged) / (num_averaged + 1)

    return swa_update


def get_ema_avg_fn(decay: float = 0.999) -> AverageOfOne:
    """Return the function of the exponential moving average: decay · a + (1 - decay) · w, of average a and value w.

    Raises:
        ValueError: decay is not in [0, 1].
    """
    if not 0 <= decay <= 1:
        raise ValueError(f"get_ema_avg_fn: expected a decay in [0, 1], got {decay}")

    def ema_update(averaged: Tensor, current: Tensor, num_averaged: Tensor) -> Tensor:
        return decay * averaged + (1 - decay) * current

    return ema_update


def get_swa_multi_avg_fn() -> AverageOfMany:
    """Return the function that changes a list of means as `get_swa_avg_fn` says."""
    return _each(get_swa_avg_fn())


def get_ema_multi_avg_fn(decay: float = 0.999) -> AverageOfMany:
    """Return the function that changes a list of averages as `get_ema_avg_fn` says."""
    return _each(get_ema_avg_fn(decay))


def _each(average: AverageOfOne) -> AverageOfMany:
    """Turn a function of one tensor into one that changes many."""

    def update(averaged: Sequence[Tensor], current: Sequence[Tensor], num_averaged: Tensor) -> None:
        for a, w in zip(averaged, current, strict=True):
            a.copy_(average(a, w, num_averaged))

    return update


class AveragedModel(nn.Module):
    """A copy of a model whose parameters are averages of the model's.

    From Polyak and Juditsky: Acceleration of stochastic approximation by averaging, 1992; for networks Izmailov et al.:
    Averaging weights leads to wider optima and better generalization, UAI 2018.

    Parameters:
        model: what is copied. The copy stands in `module`.
        device: the CPU, if given.
        avg_fn: gives the new average of one parameter, of (average, parameter, n_averaged); the mean if not given.
        multi_avg_fn: changes all averages in place instead, of (averages, parameters, n_averaged).
        use_buffers: whether buffers, such as running statistics, are averaged, too; otherwise they are copied.

    Attributes:
        n_averaged: how many points of the path there were.

    Raises:
        ValueError: both functions are given.
    """

    n_averaged: Tensor

    def __init__(
        self,
        model: nn.Module,
        device: Any = None,
        avg_fn: AverageOfOne | None = None,
        multi_avg_fn: AverageOfMany | None = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise ValueError("AveragedModel: expected avg_fn or multi_avg_fn, got both")
        devices.device(device or "cpu")
        self.module = copy.deepcopy(model)
        self.register_buffer("n_averaged", tensor(0))
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Call the averaged model."""
        return self.module(*args, **kwargs)

    @no_grad()
    def update_parameters(self, model: nn.Module) -> None:
        """Take the model's parameters into the averages; the first time, they are copied."""
        pairs: list[tuple[Tensor, Tensor]] = [*zip(self.module.parameters(), model.parameters(), strict=True)]
        copied = buffers = [*zip(self.module.buffers(), model.buffers(), strict=True)]
        if self.use_buffers:
            pairs, copied = pairs + buffers, []
        if not self.n_averaged:
            pairs, copied = [], pairs + copied
        for mine, new in copied:
            mine.copy_(new)
        if pairs:
            update = self.multi_avg_fn or _each(self.avg_fn or get_swa_avg_fn())
            update([mine.detach() for mine, _ in pairs], [new.detach() for _, new in pairs], self.n_averaged)
        self.n_averaged += 1


@no_grad()
def update_bn(loader: Iterable[Any], model: nn.Module, device: Any = None) -> None:
    """Compute the running statistics of a model's batch normalizations anew, as means over a data set.

    Those of averaged weights are not the averages of statistics. The model is called on each batch, in training mode.

    Parameters:
        loader: gives inputs, or lists or tuples with the input first.
        device: the CPU, if given.
    """
    devices.device(device or "cpu")
    kinds = tuple(vars(nn)[name] for name in nn.__all__ if name.startswith("BatchNorm"))
    momenta = {module: module.momentum for module in model.modules() if isinstance(module, kinds)}
    if not momenta:
        return
    was_training = model.training
    model.train()
    for module in momenta:
        module.reset_running_stats()
        module.momentum = None  # the running statistics are means then
    try:
        for batch in loader:
            model(batch[0] if isinstance(batch, list | tuple) else batch)
    finally:
        for module, momentum in momenta.items():
            module.momentum = momentum
        model.train(was_training)


class SWALR(LRScheduler):
    """Let the learning rate go to swa_lr in `anneal_epochs` epochs and stay there, while weights are averaged.

    lr = (1 - α) lr₀ + α swa_lr, with α = t / anneal_epochs, or ½ (1 - cos(π t / anneal_epochs)), after t epochs; lr₀ is
    the learning rate that the schedule began with, or that another one has made of it. From Izmailov et al., 2018.

    Parameters:
        swa_lr: the learning rate at the end, or a list of one for each group.
        anneal_epochs: how many epochs it takes.
        anneal_strategy: "cos", along half a cosine, or "linear".

    Raises:
        ValueError: another strategy, fewer than 0 epochs, or not a rate for each group.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: float | Sequence[float],
        anneal_epochs: int = 10,
        anneal_strategy: str = "cos",
        last_epoch: int = -1,
    ) -> None:
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f'SWALR: expected anneal_strategy "cos" or "linear", got {anneal_strategy!r}')
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"SWALR: expected a whole number of anneal_epochs ≥ 0, got {anneal_epochs}")
        groups = optimizer.param_groups
        rates: list[Any] = list(swa_lr) if isinstance(swa_lr, list | tuple) else [swa_lr] * len(groups)
        if len(rates) != len(groups):
            raise ValueError(f"SWALR: expected a learning rate for each of {len(groups)} groups, got {len(rates)}")
        for group, rate in zip(groups, rates, strict=True):
            group["swa_lr"] = rate
        self.anneal_epochs = anneal_epochs
        self._anneal_strategy = anneal_strategy
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        step = self._step_count - 1 if self.anneal_epochs else max(1, self._step_count - 1)
        before, now = self._share(step - 1), self._share(step)
        rates = []
        for group in self.optimizer.param_groups:
            lr, end = group["lr"], group["swa_lr"]
            first = end if before == 1 else (lr - before * end) / (1 - before)
            rates.append(end * now + first * (1 - now))
        return rates

    def _share(self, epoch: int) -> float:
        """Return how much of the way is done."""
        t = max(0.0, min(1.0, epoch / max(1, self.anneal_epochs)))
        return t if self._anneal_strategy == "linear" else (1 - math.cos(math.pi * t)) / 2
