"""What all distributions share: shapes, the checks of their parameters, and methods that follow from others."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np

from tinygrad_edu.distributions.constraints import Constraint
from tinygrad_edu.engine.grad_mode import no_grad
from tinygrad_edu.tensors.size import Size
from tinygrad_edu.tensors.tensor import Tensor


class Distribution:
    """The base class of distributions.

    A distribution is a batch of independent ones, one for each place of its parameters after broadcasting. A draw of
    one has the shape `event_shape`: () for a number. `sample(sample_shape)` has the shape sample_shape + batch_shape +
    event_shape, and `log_prob(value)` the shape of the value without event_shape, broadcast with batch_shape.

    Parameters:
        batch_shape, event_shape: see above.
        validate_args: whether parameters, and the values that `log_prob` is asked about, are checked; as
            `set_default_validate_args` says if it is None, and yes at first.

    Attributes:
        arg_constraints: what each parameter must satisfy, by name.
        support: what the values that it can draw satisfy.
        has_rsample: whether `rsample` can draw.
        has_enumerate_support: whether `enumerate_support` can list the values.

    Raises:
        ValueError: a parameter does not satisfy its constraint.
    """

    arg_constraints: ClassVar[Mapping[str, Constraint]] = {}
    support: Constraint
    has_rsample: ClassVar[bool] = False
    has_enumerate_support: ClassVar[bool] = False
    _validate_args = True

    def __init__(
        self, batch_shape: Sequence[int] = (), event_shape: Sequence[int] = (), validate_args: bool | None = None
    ) -> None:
        self.batch_shape = Size(batch_shape)
        self.event_shape = Size(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            for name, constraint in self.arg_constraints.items():
                if name in self.__dict__:  # a parameter that is computed from others is right if they are
                    duty = f"of distribution {self} to satisfy the constraint {constraint}"
                    _check(constraint, getattr(self, name), f"parameter {name}", duty)

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Choose whether distributions made from now on check their parameters and values."""
        if value not in (True, False):
            raise ValueError(f"set_default_validate_args: expected True or False, got {value!r}")
        Distribution._validate_args = value

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Draw values, outside the graph: a tensor of shape sample_shape + batch_shape + event_shape."""
        with no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Draw values through which the gradient flows back to the parameters (the reparameterization trick)."""
        raise self._missing("rsample")

    def log_prob(self, value: Tensor) -> Tensor:
        """Compute the logarithm of the probability, or of the density, of `value`."""
        raise self._missing("log_prob")

    def cdf(self, value: Tensor) -> Tensor:
        """Compute the probability of a draw of at most `value`."""
        raise self._missing("cdf")

    def icdf(self, value: Tensor) -> Tensor:
        """Compute the inverse of `cdf`."""
        raise self._missing("icdf")

    def entropy(self) -> Tensor:
        """Compute the entropy in nats: the mean of -log_prob over all draws."""
        raise self._missing("entropy")

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """List all values along a new first dimension; with `expand`, for each distribution of the batch."""
        raise self._missing("enumerate_support")

    @property
    def mean(self) -> Tensor:
        """The mean of the draws."""
        raise self._missing("mean")

    @property
    def mode(self) -> Tensor:
        """The most probable value; NaN where there is more than one."""
        raise self._missing("mode")

    @property
    def variance(self) -> Tensor:
        """The variance of the draws."""
        raise self._missing("variance")

    @property
    def stddev(self) -> Tensor:
        """The standard deviation of the draws."""
        return self.variance.sqrt()

    def perplexity(self) -> Tensor:
        """Compute exp(entropy): among how many equally probable values a draw is as hard to guess."""
        return self.entropy().exp()

    def expand(self, batch_shape: Sequence[int]) -> Self:
        """Return the same distribution with its parameters repeated to a larger batch, as `Tensor.expand` does."""
        wide = copy.copy(self)
        for name in self._parameters():
            parameter = getattr(self, name)
            setattr(wide, name, parameter.expand(*batch_shape, *parameter.shape[len(self.batch_shape) :]))
        wide.batch_shape = Size(batch_shape)
        return wide

    def __repr__(self) -> str:
        words = []
        for name in self._parameters():
            parameter = getattr(self, name)
            words.append(f"{name}: {parameter.item() if parameter.numel() == 1 else Size(parameter.shape)}")
        return f"{type(self).__name__}({', '.join(words)})"

    def _parameters(self) -> list[str]:
        """Return the names of the parameters that are there: given, or computed already."""
        return [name for name in self.arg_constraints if name in self.__dict__]

    def _missing(self, name: str) -> NotImplementedError:
        return NotImplementedError(f"{type(self).__name__}: {name} is not defined")

    def _extended_shape(self, sample_shape: Sequence[int]) -> tuple[int, ...]:
        """Return the shape of so many draws."""
        if not isinstance(sample_shape, list | tuple):
            raise TypeError(
                f"{type(self).__name__}: expected sample_shape to be a tuple of sizes, got {sample_shape!r:.40}; for "
                "n draws write (n,)"
            )
        return (*sample_shape, *self.batch_shape, *self.event_shape)

    def _validate_sample(self, value: Any) -> None:
        """Raise ValueError unless `value` is a tensor of values that can be drawn."""
        name = type(self).__name__
        if not isinstance(value, Tensor):
            raise ValueError(f"{name}: expected the value to be a Tensor, got {type(value).__name__}; write tensor(…)")
        try:
            np.broadcast_shapes(value.shape, (*self.batch_shape, *self.event_shape))
        except ValueError:
            raise ValueError(
                f"{name}: a value of shape {value.shape} is not broadcastable with batch_shape + event_shape, "
                f"{(*self.batch_shape, *self.event_shape)}"
            ) from None
        duty = f"to be within the support ({self.support}) of the distribution {self}"
        _check(self.support, value, "value argument", duty)


def _check(constraint: Constraint, value: Tensor, what: str, duty: str) -> None:
    if not bool(constraint.check(value).all()):
        raise ValueError(
            f"Expected {what} (Tensor of shape {value.shape}) {duty}, but found invalid values:\n{value.detach()}"
        )
