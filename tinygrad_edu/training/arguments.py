"""The arguments of `fit`, looked at before the first step: what would go wrong in the middle is refused here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tinygrad_edu.nn import Module
from tinygrad_edu.optim import LBFGS, Optimizer
from tinygrad_edu.optim.lr_scheduler import ReduceLROnPlateau
from tinygrad_edu.training.callbacks import Callback


def check_numbers(epochs: Any, accumulate: Any, clip_norm: Any) -> None:
    """Raise ValueError for a number that is out of its range."""
    for name, value in (("epochs", epochs), ("accumulate", accumulate)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f"fit: expected {name} to be a whole number from 1 up, got {value!r:.40}")
    if clip_norm is not None and not clip_norm > 0:
        raise ValueError(f"fit: expected clip_norm to be above 0, or None, got {clip_norm!r:.40}")


def check_optimizer(optimizer: Any, model: Module, schedule: Any, schedule_each: str) -> None:
    """Raise TypeError or ValueError if the optimizer does not change the model, or the schedule not the optimizer."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"fit: expected an optimizer, such as Adam(model.parameters()), got {optimizer!r:.60}")
    if isinstance(optimizer, LBFGS):
        raise TypeError(
            "fit: LBFGS needs the loss several times for each step, which `fit` computes once; use another optimizer, "
            "or write the loop around optimizer.step(closure)"
        )
    held = {id(p) for group in optimizer.param_groups for p in group["params"]}
    if not any(id(p) in held for p in model.parameters()):
        raise ValueError("fit: the optimizer changes no parameter of the model; make it of model.parameters()")
    if schedule_each not in ("step", "epoch"):
        raise ValueError(f"fit: expected schedule_each to be 'step' or 'epoch', got {schedule_each!r:.40}")
    if getattr(schedule, "optimizer", optimizer) is not optimizer:
        raise ValueError("fit: the schedule is one of another optimizer; make it of the one that is passed")
    if isinstance(schedule, ReduceLROnPlateau) and schedule_each == "step":
        raise ValueError("fit: a ReduceLROnPlateau watches a number of each epoch; add schedule_each='epoch'")


def check_metrics(metrics: Any) -> None:
    """Raise TypeError unless metrics are functions by name, and none takes the name of the loss."""
    if not isinstance(metrics, Mapping) or "loss" in metrics or not all(map(callable, metrics.values())):
        raise TypeError(
            "fit: expected metrics as functions by name, none of them 'loss', such as {'accuracy': accuracy}, or {} "
            f"for none; got {metrics!r:.60}"
        )


def check_callbacks(callbacks: Any) -> None:
    """Raise TypeError unless callbacks are a list of Callbacks."""
    wrong = [x for x in callbacks if not isinstance(x, Callback)] if isinstance(callbacks, Sequence) else [callbacks]
    if wrong:
        raise TypeError(f"fit: expected a list of callbacks, such as [EarlyStopping(patience=3)], got {wrong[0]!r:.60}")
