"""Dropout (Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov: Dropout, JMLR 15, 2014)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from tinygrad_edu.nn.functional.dropout import check_probability, dropout, dropout1d, dropout2d, dropout3d
from tinygrad_edu.nn.module import Module
from tinygrad_edu.system.generator import Generator
from tinygrad_edu.tensors.tensor import Tensor


class Dropout(Module):
    """In training, set each element to 0 with probability p and scale the others by 1 / (1 - p); else do nothing.

    The scaling keeps the expected value, so that nothing changes for use after `eval()`.

    Parameters:
        p: the probability that an element is dropped.
        inplace: whether to write the result into the input's memory.
        generator: draws what is dropped; the default generator if not given.
    """

    function: ClassVar[Callable[..., Any]] = staticmethod(dropout)

    def __init__(self, p: float = 0.5, inplace: bool = False, *, generator: Generator | None = None) -> None:
        super().__init__()
        check_probability(type(self).__name__, p)
        self.p = p
        self.inplace = inplace
        self.generator = generator

    def forward(self, input: Any) -> Tensor:
        return type(self).function(input, self.p, self.training, self.inplace, generator=self.generator)

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"


class Dropout1d(Dropout):
    """Drop whole channels of rows (N, C, L). Otherwise as Dropout."""

    function = staticmethod(dropout1d)


class Dropout2d(Dropout):
    """Drop whole channels of images (N, C, H, W). Otherwise as Dropout."""

    function = staticmethod(dropout2d)


class Dropout3d(Dropout):
    """Drop whole channels of volumes (N, C, D, H, W). Otherwise as Dropout."""

    function = staticmethod(dropout3d)
