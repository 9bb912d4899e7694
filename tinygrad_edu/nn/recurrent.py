"""Recurrent networks: plain, GRU and LSTM, one step (…Cell) or a whole series.

The names and layouts of the weights are PyTorch's: one matrix for the input and one for the state,
with the gates one below the other.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.dtypes import DEFAULT
from tinygrad_edu.engine.tensor import Tensor
from tinygrad_edu.nn import init
from tinygrad_edu.nn.functional.layers import check_probability, dropout, linear
from tinygrad_edu.nn.functional.recurrence import gru_step, lstm_step, rnn_step
from tinygrad_edu.nn.module import Module
from tinygrad_edu.nn.parameter import Parameter
from tinygrad_edu.random import Generator

STATE = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


class _Recurrent(Module):
    """What cells and networks share: their parameters."""

    gates: ClassVar[int]
    pair: ClassVar[bool] = False
    """Whether the state is a pair (h, c)."""

    def __init__(self, input_size: int, hidden_size: int, bias: bool) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias

    def _make(self, suffix: str, input_size: int, dtype: Any) -> None:
        rows = self.gates * self.hidden_size
        shapes = ((rows, input_size), (rows, self.hidden_size), (rows,), (rows,))
        for name, shape in zip(STATE, shapes, strict=True):
            if self.bias or len(shape) == 2:
                self.register_parameter(name + suffix, Parameter(np.empty(shape, np.dtype(dtype or DEFAULT))))
            elif not suffix:
                self.register_parameter(name, None)

    def _weights(self, suffix: str) -> list[Any]:
        return [getattr(self, name + suffix) if self.bias or "weight" in name else None for name in STATE]

    def reset_parameters(self, generator: Generator | None = None) -> None:
        """Draw new initial values: uniform on ±1/√hidden_size."""
        bound = 1 / math.sqrt(self.hidden_size) if self.hidden_size else 0.0
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound, generator=generator)

    def _step(self, gates: Any, state: Any, w_hh: Any, b_hh: Any) -> Any:
        raise NotImplementedError

    def _zeros(self, shape: tuple[int, ...], like: Any) -> Any:
        zeros = Tensor(np.zeros(shape, like.dtype))
        return (zeros, zeros) if self.pair else zeros

    def _check(self, input: Any, ndims: tuple[int, int]) -> None:
        if input.ndim not in ndims or input.shape[-1] != self.input_size:
            raise ValueError(
                f"{type(self).__name__}: expected an input of {ndims[0]} or {ndims[1]} dimensions, the last of size "
                f"{self.input_size}, got shape {tuple(input.shape)}"
            )


class _Cell(_Recurrent):
    """One step: input (N, D) or (D) and state (N, H) or (H), zeros if not given, to the next state."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        *,
        dtype: Any = None,
        generator: Generator | None = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias)
        self._make("", input_size, dtype)
        self.reset_parameters(generator)

    def forward(self, input: Any, hx: Any = None) -> Any:
        self._check(input, (1, 2))
        w_ih, w_hh, b_ih, b_hh = self._weights("")
        state = self._zeros((*input.shape[:-1], self.hidden_size), input) if hx is None else hx
        return self._step(linear(input, w_ih, b_ih), state, w_hh, b_hh)

    def extra_repr(self) -> str:
        return f"{self.input_size}, {self.hidden_size}" + ("" if self.bias else ", bias=False")


class RNNCell(_Cell):
    """One step of a plain recurrent network. See `rnn_step`; `nonlinearity` is "tanh" or "relu"."""

    gates = 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        *,
        dtype: Any = None,
        generator: Generator | None = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, dtype=dtype, generator=generator)
        self.nonlinearity = _checked(nonlinearity)

    def _step(self, gates: Any, state: Any, w_hh: Any, b_hh: Any) -> Any:
        return rnn_step(gates, state, w_hh, b_hh, self.nonlinearity)

    def extra_repr(self) -> str:
        return super().extra_repr() + ("" if self.nonlinearity == "tanh" else f", nonlinearity={self.nonlinearity}")


class GRUCell(_Cell):
    """One step of a gated recurrent unit. See `gru_step`."""

    gates = 3
    _step = staticmethod(gru_step)


class LSTMCell(_Cell):
    """One step of a long short-term memory, whose state is a pair (h, c). See `lstm_step`."""

    gates, pair = 4, True
    _step = staticmethod(lstm_step)


class _Network(_Recurrent):
    """Layers of cells, each over the whole series that the one below puts out.

    Parameters:
        input_size, hidden_size: D and H.
        num_layers: how many layers lie on each other.
        bias: whether there are biases.
        batch_first: the input is (N, T, D) instead of (T, N, D), and the output likewise.
        dropout: the probability that an output between two layers is dropped, in training.
        bidirectional: run a second network from the end, and put its outputs beside those of the first.
        dtype: the type of the parameters; float32 if not given.
        generator: draws the initial values and what is dropped; the default generator if not given.

    Called on (input, state), it returns (outputs, state after the last step). The state, zeros if not given, is
    (num_layers · directions, N, H), for an LSTM a pair of these. A series without N, (T, D), is fine too.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        dtype: Any = None,
        generator: Generator | None = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias)
        check_probability(type(self).__name__, dropout)
        self.num_layers = num_layers
        self.batch_first = batch_first
        self.dropout = dropout
        self.bidirectional = bidirectional
        self.generator = generator
        directions = 2 if bidirectional else 1
        for i, suffix in enumerate(self._suffixes()):
            self._make(suffix, input_size if i < directions else hidden_size * directions, dtype)
        self.reset_parameters(generator)

    def _suffixes(self) -> list[str]:
        return [
            f"_l{i}{way}" for i in range(self.num_layers) for way in (("", "_reverse") if self.bidirectional else ("",))
        ]

    def forward(self, input: Any, hx: Any = None) -> Any:
        self._check(input, (2, 3))
        if input.ndim == 2:
            states = None if hx is None else self._each(hx, lambda h: ops.expand_dims(h, axis=1))
            y, states = self.forward(ops.expand_dims(input, axis=0 if self.batch_first else 1), states)
            return ops.squeeze(y, axis=0 if self.batch_first else 1), self._each(
                states, lambda h: ops.squeeze(h, axis=1)
            )
        y = ops.swapaxes(input, axis1=0, axis2=1) if self.batch_first else input
        suffixes = self._suffixes()
        shape = (len(suffixes), y.shape[1], self.hidden_size)
        states = self._zeros(shape, input) if hx is None else hx
        for h in states if self.pair else (states,):
            if tuple(h.shape) != shape:
                raise ValueError(f"{type(self).__name__}: expected a state of shape {shape}, got {tuple(h.shape)}")
        last, below = [], y
        for i, suffix in enumerate(suffixes):
            way = i % 2 if self.bidirectional else 0
            if way == 0:
                below = y
                if i and self.training and self.dropout:
                    below = dropout(below, self.dropout, generator=self.generator)
            series, state = self._run(below, self._each(states, lambda h, i=i: h[i]), suffix, bool(way))
            last.append(state)
            y = ops.concatenate(y, series, axis=-1) if way else series
        if self.pair:
            final: Any = tuple(ops.stack(*parts) for parts in zip(*last, strict=True))
        else:
            final = ops.stack(*last)
        return (ops.swapaxes(y, axis1=0, axis2=1) if self.batch_first else y), final

    def _run(self, x: Any, state: Any, suffix: str, from_the_end: bool) -> Any:
        """Run one layer over the series x (T, N, D); return its outputs (T, N, H) and its last state."""
        w_ih, w_hh, b_ih, b_hh = self._weights(suffix)
        gates = linear(x, w_ih, b_ih)  # the input's part of all steps is one product
        T = x.shape[0]
        outputs = []
        for t in reversed(range(T)) if from_the_end else range(T):
            state = self._step(ops.getitem(gates, index=t), state, w_hh, b_hh)
            outputs.append(state[0] if self.pair else state)
        return ops.stack(*(reversed(outputs) if from_the_end else outputs)), state

    def _each(self, state: Any, function: Any) -> Any:
        return tuple(function(h) for h in state) if self.pair else function(state)

    def extra_repr(self) -> str:
        words = f"{self.input_size}, {self.hidden_size}"
        words += f", num_layers={self.num_layers}" if self.num_layers != 1 else ""
        words += "" if self.bias else ", bias=False"
        words += ", batch_first=True" if self.batch_first else ""
        words += f", dropout={self.dropout}" if self.dropout else ""
        return words + (", bidirectional=True" if self.bidirectional else "")


class RNN(_Network):
    __doc__ = f"Run a plain recurrent network; `nonlinearity` is tanh or relu. {_Network.__doc__}"
    gates = 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        dtype: Any = None,
        generator: Generator | None = None,
    ) -> None:
        super().__init__(
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            dtype=dtype,
            generator=generator,
        )
        self.nonlinearity = _checked(nonlinearity)

    def _step(self, gates: Any, state: Any, w_hh: Any, b_hh: Any) -> Any:
        return rnn_step(gates, state, w_hh, b_hh, self.nonlinearity)


class GRU(_Network):
    __doc__ = f"Run a network of gated recurrent units; see `gru_step`. {_Network.__doc__}"
    gates = 3
    _step = staticmethod(gru_step)


class LSTM(_Network):
    __doc__ = f"Run a network of long short-term memories; see `lstm_step`. {_Network.__doc__}"
    gates, pair = 4, True
    _step = staticmethod(lstm_step)


def _checked(nonlinearity: str) -> str:
    if nonlinearity not in ("tanh", "relu"):
        raise ValueError(f'RNN: expected nonlinearity "tanh" or "relu", got {nonlinearity!r}')
    return nonlinearity
