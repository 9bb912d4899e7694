"""Parameter: a tensor that a Module trains."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from tinygrad_edu.engine.dtypes import or_default
from tinygrad_edu.nn import init
from tinygrad_edu.system.generator import Generator
from tinygrad_edu.tensors.tensor import Tensor


class Parameter(Tensor):
    """A tensor that is a parameter of the Module it is assigned to.

    It requires a gradient from the start and is always a leaf. What an operation makes of it is a
    plain Tensor.

    Parameters:
        data: a tensor or an array, whose memory is shared, or numbers.
        requires_grad: False freezes it: it is saved with the module, but not trained.
    """

    __slots__ = ()

    def __init__(self, data: Any, requires_grad: bool = True) -> None:
        super().__init__(data)
        if isinstance(data, Tensor):
            self.array = data.array  # of whatever type
        if requires_grad:
            self.requires_grad = requires_grad


def new_parameter(shape: int | tuple[int, ...], dtype: Any = None) -> Parameter:
    """Make a parameter for a layer to fill with its initial values, of the default dtype if none is given."""
    return Parameter(np.empty(shape, or_default(dtype)))


def draw_uniform(parameters: Iterable[Parameter | None], fan_in: int, generator: Generator | None) -> None:
    """Fill the parameters of a layer, those that it has, with numbers uniform on ±1/√fan_in, as PyTorch does."""
    bound = 1 / math.sqrt(fan_in) if fan_in else 0.0
    for parameter in parameters:
        if parameter is not None:
            init.uniform_(parameter, -bound, bound, generator=generator)
