"""Recurrent networks: plain, GRU and LSTM, one step (…Cell) or a whole series.

The names and layouts of the weights are PyTorch's: one matrix for the input and one for the state,
with the gates one below the other.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from tinygrad_edu import ops
from tinygrad_edu.nn.functional import recurrent
from tinygrad_edu.nn.functional.dropout import check_probability, dropout
from tinygrad_edu.nn.functional.packed import over_packed
from tinygrad_edu.nn.recurrent_parameters import Recurrent, check_nonlinearity
from tinygrad_edu.nn.utils.rnn import PackedSequence
from tinygrad_edu.system.devices import takes_device
from tinygrad_edu.system.generator import Generator


class _Cell(Recurrent):
    """One step: input (N, D) or (D) and state (N, H) or (H), zeros if not given, to the next state."""

    @takes_device
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
        state = self._zeros(self._shapes(*input.shape[:-1]), input) if hx is None else hx
        if input.ndim == 1:
            start = self._each(state, lambda h: ops.expand_dims(h, axis=0))
            return self._each(self.forward(ops.expand_dims(input, axis=0), start), lambda h: ops.squeeze(h, axis=0))
        self._check_state(state, self._shapes(input.shape[0]))
        return self._run(ops.expand_dims(input, axis=0), state, *self._weights(""))[1]

    def extra_repr(self) -> str:
        return f"{self.input_size}, {self.hidden_size}" + ("" if self.bias else ", bias=False")


class RNNCell(_Cell):
    """One step of a plain recurrent network: h' = tanh(W x + b + U h + c); `nonlinearity` is "tanh" or "relu"."""

    gates = 1

    @takes_device
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
        self.nonlinearity = check_nonlinearity(nonlinearity)

    def _run(self, x: Any, state: Any, *weights: Any, reverse: bool = False) -> Any:
        return recurrent.rnn(x, state, *weights, nonlinearity=self.nonlinearity, reverse=reverse)

    def extra_repr(self) -> str:
        return super().extra_repr() + ("" if self.nonlinearity == "tanh" else f", nonlinearity={self.nonlinearity}")


class GRUCell(_Cell):
    """One step of a gated recurrent unit.

    r, z = σ(W x + b + U h + c), n = tanh(W x + b + r (U h + c)), h' = (1 - z) n + z h.
    """

    gates = 3
    _run = staticmethod(recurrent.gru)


class LSTMCell(_Cell):
    """One step of a long short-term memory, whose state is a pair (h, c).

    i, f, o = σ(W x + b + U h + c), g = tanh(…), c' = f c + i g, h' = o tanh(c').
    """

    gates, pair = 4, True
    _run = staticmethod(recurrent.lstm)


class _Network(Recurrent):
    """Layers of cells, each over the whole series that the one below puts out.

    Parameters:
        input_size, hidden_size: D and H.
        num_layers: how many layers lie on each other.
        bias: whether there are biases.
        batch_first: the input is (N, T, D) instead of (T, N, D), and the output likewise.
        dropout: the probability that an output between two layers is dropped, in training.
        bidirectional: run a second network from the end, and put its outputs beside those of the first.
        proj_size: P, for an LSTM: map each output by a matrix to this size; 0 for no such matrix.
        dtype: the type of the parameters; the default one if not given.
        generator: draws the initial values and what is dropped; the default generator if not given.

    Called on (input, state), it returns (outputs, state after the last step). The state, zeros if not given, is
    (num_layers · directions, N, H), for an LSTM a pair of these, the first (…, P) where there is a projection. A series
    without N, (T, D), is fine too; and a PackedSequence, for one of outputs.
    """

    @takes_device
    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        *,
        dtype: Any = None,
        generator: Generator | None = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias)
        self._check_options({"num_layers": num_layers}, {"batch_first": batch_first, "bidirectional": bidirectional})
        check_probability(type(self).__name__, dropout)
        if not 0 <= proj_size < hidden_size or (proj_size and not self.pair):
            raise ValueError(
                f"{type(self).__name__}: expected proj_size of 0 or, for an LSTM, less than hidden_size={hidden_size}, "
                f"got {proj_size}"
            )
        self.proj_size = proj_size
        self.num_layers = num_layers
        self.batch_first = batch_first
        self.dropout = dropout
        self.bidirectional = bidirectional
        self.generator = generator
        directions = 2 if bidirectional else 1
        for i, suffix in enumerate(self._suffixes()):
            self._make(suffix, input_size if i < directions else (proj_size or hidden_size) * directions, dtype)
        self.reset_parameters(generator)

    def _suffixes(self) -> list[str]:
        return [
            f"_l{i}{way}" for i in range(self.num_layers) for way in (("", "_reverse") if self.bidirectional else ("",))
        ]

    def forward(self, input: Any, hx: Any = None) -> Any:
        if isinstance(input, PackedSequence):
            return self._over_packed(input, hx)
        self._check(input, (2, 3))
        self._check_type(input)
        if input.ndim == 2:
            states = None if hx is None else self._each(hx, lambda h: ops.expand_dims(h, axis=1))
            y, states = self.forward(ops.expand_dims(input, axis=0 if self.batch_first else 1), states)
            return ops.squeeze(y, axis=0 if self.batch_first else 1), self._each(
                states, lambda h: ops.squeeze(h, axis=1)
            )
        y = ops.swapaxes(input, axis1=0, axis2=1) if self.batch_first else input
        shapes = self._shapes(len(self._suffixes()), y.shape[1])
        states = self._zeros(shapes, input) if hx is None else hx
        self._check_state(states, shapes)
        if not y.shape[0]:
            raise ValueError(f"{type(self).__name__}: expected a series of at least one step, got {input.shape}")
        y, final = self._layers(self._run, y, states)
        return (ops.swapaxes(y, axis1=0, axis2=1) if self.batch_first else y), final

    def _check_type(self, input: Any) -> None:
        dtype = self.weight_ih_l0.dtype
        if input.dtype != dtype:
            raise ValueError(
                f"{type(self).__name__}: expected an input of the weights' type {dtype}, got {input.dtype}; write "
                f"input.to({dtype}) or model.to({input.dtype})"
            )

    def _over_packed(self, input: PackedSequence, hx: Any) -> Any:
        """Do what `forward` does for series of different lengths."""
        data, batch_sizes, order, places = input
        self._check(data, (2, 2))
        self._check_type(data)
        sizes = batch_sizes.tolist()
        shapes = self._shapes(len(self._suffixes()), sizes[0])
        states = self._zeros(shapes, data) if hx is None else hx
        self._check_state(states, shapes)
        if order is not None and hx is not None:
            states = self._each(states, lambda h: ops.getitem(h, index=(slice(None), order.array)))
        y, final = self._layers(functools.partial(over_packed, self._run, sizes), data, states)
        if places is not None:
            final = self._each(final, lambda h: ops.getitem(h, index=(slice(None), places.array)))
        return PackedSequence(y, batch_sizes, order, places), final

    def _layers(self, run: Callable[..., Any], y: Any, states: Any) -> Any:
        """Run layer after layer, each in its directions."""
        last, below, suffixes = [], y, self._suffixes()
        for i, suffix in enumerate(suffixes):
            way = i % 2 if self.bidirectional else 0
            if way == 0:
                below = y
                if i and self.training and self.dropout:
                    below = dropout(below, self.dropout, generator=self.generator)
            state = self._each(states, lambda h, i=i: h[i])
            series, state = run(below, state, *self._weights(suffix), reverse=bool(way))
            last.append(state)
            y = ops.concatenate(y, series, axis=-1) if way else series
        if self.pair:
            final: Any = tuple(ops.stack(*parts) for parts in zip(*last, strict=True))
        else:
            final = ops.stack(*last)
        return y, final

    def extra_repr(self) -> str:
        words = f"{self.input_size}, {self.hidden_size}"
        words += f", proj_size={self.proj_size}" if self.proj_size else ""
        words += f", num_layers={self.num_layers}" if self.num_layers != 1 else ""
        words += "" if self.bias else ", bias=False"
        words += ", batch_first=True" if self.batch_first else ""
        words += f", dropout={self.dropout}" if self.dropout else ""
        return words + (", bidirectional=True" if self.bidirectional else "")


class RNN(_Network):
    __doc__ = f"Run a plain recurrent network, see `RNNCell`; `nonlinearity` is tanh or relu. {_Network.__doc__}"
    gates = 1

    @takes_device
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
            input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, dtype=dtype,
            generator=generator,
        )  # fmt: skip
        self.nonlinearity = check_nonlinearity(nonlinearity)

    def _run(self, x: Any, state: Any, *weights: Any, reverse: bool = False) -> Any:
        return recurrent.rnn(x, state, *weights, nonlinearity=self.nonlinearity, reverse=reverse)


class GRU(_Network):
    __doc__ = f"Run a network of gated recurrent units; see `GRUCell`. {_Network.__doc__}"
    gates = 3
    _run = staticmethod(recurrent.gru)


class LSTM(_Network):
    __doc__ = f"Run a network of long short-term memories; see `LSTMCell`. {_Network.__doc__}"
    gates, pair = 4, True
    _run = staticmethod(recurrent.lstm)
