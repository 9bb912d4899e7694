"""The table of programs that write in place, and how a program is entered into it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Program = Callable[..., tuple[Any, ...]]


@dataclass(frozen=True)
class Idiom:
    """One program and what is expected of it.

    PyTorch answers: the same numbers. PyTorch refuses (RuntimeError): a refusal, or the numbers of `instead`, the
    same program without the write in place, where there is such a form. `wrong_there`: PyTorch answers, with a wrong
    gradient, and the same is expected of us as if it refused. `is_slope`: differences of the loss give the gradients,
    which is not so where a hook, `detach` or an earlier backward pass changes them on purpose, or in float32.
    """

    program: Program
    instead: Program | None
    is_slope: bool
    wrong_there: bool

    @property
    def name(self) -> str:
        return self.program.__name__


IDIOMS: list[Idiom] = []


def idiom(
    instead: Program | None = None, *, is_slope: bool = True, wrong_there: bool = False
) -> Callable[[Program], Program]:
    """Add the function to the table; see Idiom."""

    def add(program: Program) -> Program:
        IDIOMS.append(Idiom(program, instead, is_slope, wrong_there))
        return program

    return add


def squares(y: Any) -> Any:
    """Return a loss whose gradient depends on the values: a write that is lost shows."""
    return (y * y).sum()
