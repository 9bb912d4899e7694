"""What recurrent cells and networks share: their parameters, and the checks of inputs and states."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from tinygrad_edu.nn.module import Module
from tinygrad_edu.nn.parameter import draw_uniform, new_parameter
from tinygrad_edu.system.generator import Generator
from tinygrad_edu.tensors.tensor import Tensor

NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")


class Recurrent(Module):
    """A cell or a network, with weights for the input and for the state."""

    gates: ClassVar[int]
    pair: ClassVar[bool] = False
    """Whether the state is a pair (h, c)."""
    _run: Callable[..., Any]
    """Run over a series x (T, N, D) from a state, with the weights; see `functional.recurrent`."""
    proj_size = 0

    def __init__(self, input_size: int, hidden_size: int, bias: bool) -> None:
        super().__init__()
        self._check_options({"input_size": input_size, "hidden_size": hidden_size}, {"bias": bias})
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias

    def _make(self, suffix: str, input_size: int, dtype: Any) -> None:
        rows, outputs = self.gates * self.hidden_size, self.proj_size or self.hidden_size
        shapes = [(rows, input_size), (rows, outputs), (rows,), (rows,)]
        shapes += [(outputs, self.hidden_size)] if self.proj_size else []
        for name, shape in zip(NAMES, shapes, strict=False):
            if self.bias or len(shape) == 2:
                self.register_parameter(name + suffix, new_parameter(shape, dtype))
            elif not suffix:
                self.register_parameter(name, None)

    def _weights(self, suffix: str) -> list[Any]:
        """Return both weights, both biases, which are zeros if the network has none, and the projection's weight."""
        names = NAMES if self.proj_size else NAMES[:-1]
        zeros = None if self.bias else np.zeros(self.gates * self.hidden_size, getattr(self, NAMES[0] + suffix).dtype)
        return [zeros if not self.bias and "bias" in name else getattr(self, name + suffix) for name in names]

    def reset_parameters(self, generator: Generator | None = None) -> None:
        """Draw new initial values: uniform on ±1/√hidden_size."""
        draw_uniform(self.parameters(), self.hidden_size, generator)

    def _check_options(self, sizes: dict[str, int], switches: dict[str, bool]) -> None:
        for name, value in switches.items():
            if not isinstance(value, bool):
                raise TypeError(f"{type(self).__name__}: expected {name} to be True or False, got {value!r:.40}")
        for name, size in sizes.items():
            if size < 1:
                raise ValueError(f"{type(self).__name__}: expected {name} of at least 1, got {size}")

    def _each(self, state: Any, function: Any) -> Any:
        return tuple(function(h) for h in state) if self.pair else function(state)

    def _zeros(self, shapes: list[tuple[int, ...]], like: Any) -> Any:
        zeros = [Tensor(np.zeros(shape, like.dtype)) for shape in shapes]
        return tuple(zeros) if self.pair else zeros[0]

    def _shapes(self, *before: int) -> list[tuple[int, ...]]:
        """Return the shape of the state, or of each of the pair."""
        return [(*before, self.proj_size or self.hidden_size), (*before, self.hidden_size)][: 1 + self.pair]

    def _check(self, input: Any, ndims: tuple[int, int]) -> None:
        if input.ndim not in ndims or input.shape[-1] != self.input_size:
            raise ValueError(
                f"{type(self).__name__}: expected an input of {ndims[0]} or {ndims[1]} dimensions, the last of size "
                f"{self.input_size}, got shape {tuple(input.shape)}"
            )

    def _check_state(self, state: Any, shapes: list[tuple[int, ...]]) -> None:
        for h, shape in zip(state if self.pair else (state,), shapes, strict=True):
            if tuple(h.shape) != shape:
                raise ValueError(f"{type(self).__name__}: expected a state of shape {shape}, got {tuple(h.shape)}")


def check_nonlinearity(nonlinearity: str) -> str:
    if nonlinearity not in ("tanh", "relu"):
        raise ValueError(f'RNN: expected nonlinearity "tanh" or "relu", got {nonlinearity!r}')
    return nonlinearity
