"""What all schedules share: an optimizer, an epoch, and the rates that the groups began with."""

from __future__ import annotations

from collections.abc import Mapping
from types import FunctionType
from typing import Any, ClassVar

from tinygrad_edu.optim.optimizer import Optimizer


class LRScheduler:
    """The base class of schedules. A subclass defines `get_lr`.

    Parameters:
        optimizer: whose learning rates are set, one for each group of parameters.
        last_epoch: the number of the last epoch before a resumed run; -1 starts anew.

    Attributes:
        base_lrs: the learning rates that the groups started with.
        last_epoch: how often `step` was called.
        functions: the names of the attributes that are functions, or lists of them.
    """

    functions: ClassVar[tuple[str, ...]] = ()

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
        """Return everything but the optimizer, to be saved beside the optimizer's own state.

        Functions are left out; objects that can be called are saved by their attributes.
        """
        state = {key: value for key, value in self.__dict__.items() if key != "optimizer"}
        return state | {name: _attributes(state[name]) for name in self.functions}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` returned. The learning rates come with the optimizer's own state."""
        for name in self.functions:
            _restore(getattr(self, name), state_dict.get(name))
        self.__dict__.update({key: value for key, value in state_dict.items() if key not in self.functions})

    def _present(self) -> list[float]:
        return [group["lr"] for group in self.optimizer.param_groups]


def _attributes(functions: Any) -> Any:
    """Return the attributes of an object that can be called, or of each in a list; None for a function."""
    if isinstance(functions, list):
        return [_attributes(function) for function in functions]
    return None if functions is None or isinstance(functions, FunctionType) else dict(vars(functions))


def _restore(functions: Any, saved: Any) -> None:
    """Give the attributes back."""
    if isinstance(functions, list):
        for function, part in zip(functions, saved, strict=True):
            _restore(function, part)
    elif saved is not None:
        vars(functions).update(saved)
