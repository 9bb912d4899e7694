"""The uniform distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from tinygrad_edu import ops
from tinygrad_edu.distributions import constraints
from tinygrad_edu.distributions.constraints import Constraint
from tinygrad_edu.distributions.distribution import Distribution
from tinygrad_edu.distributions.parameters import broadcast_floats
from tinygrad_edu.tensors.creation import full_like
from tinygrad_edu.tensors.sampling import rand
from tinygrad_edu.tensors.tensor import Tensor


class Uniform(Distribution):
    """The uniform distribution on [low, high), of density 1 / (high - low) there and 0 elsewhere.

    Parameters:
        low: the lower bound, a number or a tensor.
        high: the upper bound, above `low`, with which it broadcasts.
        validate_args: whether to check parameters and values; see `Distribution`.

    Raises:
        ValueError: a lower bound is not below the upper one.
    """

    has_rsample = True

    def __init__(self, low: Any, high: Any, validate_args: bool | None = None) -> None:
        self.low, self.high = broadcast_floats("Uniform", low, high)
        super().__init__(self.low.shape, validate_args=validate_args)

    @property
    def arg_constraints(self) -> dict[str, Constraint]:  # type: ignore[override]  # each by the other
        return {"low": constraints.less_than(self.high), "high": constraints.greater_than(self.low)}

    @property
    def support(self) -> Constraint:  # type: ignore[override]
        return constraints.interval(self.low, self.high)

    @property
    def mean(self) -> Tensor:
        return (self.low + self.high) / 2

    @property
    def mode(self) -> Tensor:
        return full_like(self.high, math.nan)

    @property
    def variance(self) -> Tensor:
        return (self.high - self.low) ** 2 / 12

    @property
    def stddev(self) -> Tensor:
        return (self.high - self.low) / math.sqrt(12)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        share = rand(self._extended_shape(sample_shape), dtype=self.low.dtype)
        return self.low + share * (self.high - self.low)

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        inside = ops.logical_and(ops.le(self.low, value), ops.gt(self.high, value))
        return ops.where(inside, 0.0, -math.inf).to(self.low.dtype) - (self.high - self.low).log()

    def cdf(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        return ((value - self.low) / (self.high - self.low)).clamp(0, 1)

    def icdf(self, value: Tensor) -> Tensor:
        return self.low + value * (self.high - self.low)

    def entropy(self) -> Tensor:
        return (self.high - self.low).log()
