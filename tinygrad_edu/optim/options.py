"""What all optimizers ask of their options, and PyTorch's arguments that say by what means a step is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

NOT_NEGATIVE = ("lr", "weight_decay", "momentum", "eps", "lr_decay", "initial_accumulator_value", "momentum_decay")


def check_numbers(name: str, group: Mapping[str, Any]) -> None:
    """Raise ValueError if an option of a group is below 0, or a β is not in [0, 1); TypeError if it is no number."""
    for option in NOT_NEGATIVE:
        try:
            sensible = group.get(option, 0) >= 0
        except TypeError:
            raise TypeError(
                f"{name}: expected a number for {option}, got {group[option]!r:.60}; write it as a number, such as 0.1"
            ) from None
        if not sensible:
            raise ValueError(f"{name}: expected {option} ≥ 0, got {group[option]}")
    betas = group.get("betas", (0, 0))
    if not isinstance(betas, list | tuple) or len(betas) != 2:
        raise ValueError(f"{name}: expected two numbers, betas=(0.9, 0.999), got {betas!r:.60}")
    for i, beta in enumerate(betas, start=1):
        if not 0 <= beta < 1:
            raise ValueError(f"{name}: expected β{i} in [0, 1), got {beta}")


class Execution(TypedDict, total=False):
    """By what means a step is made.

    Programs written for PyTorch pass these, and its files hold them. They are kept beside the other options.

    Attributes:
        foreach: whether PyTorch takes one kernel for many parameters; None lets it choose. No effect here.
        fused: whether it takes one kernel for the whole step. No effect here.
        capturable: whether a CUDA graph may hold the step. No effect here.
        differentiable: whether a gradient may flow back through the step. True is refused.
    """

    foreach: bool | None
    fused: bool | None
    capturable: bool
    differentiable: bool


def settled(name: str, known: Execution, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments that an optimizer takes, `known` by their defaults, as they were given.

    Raises:
        TypeError: it does not take one, in PyTorch neither.
        NotImplementedError: differentiable=True.
    """
    unknown = sorted(given.keys() - known.keys())
    if unknown:
        raise TypeError(f"{name}: unexpected keyword argument {unknown[0]!r}; expected one of its own, or {[*known]}")
    if given.get("differentiable"):
        raise NotImplementedError(
            f"{name}: differentiable=True is not supported: a step changes arrays and records nothing. To "
            "differentiate through it, write it with tensors: p - lr * autograd.grad(loss, p, create_graph=True)[0]"
        )
    return {**known, **given}
