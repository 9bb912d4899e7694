"""The Bernoulli distribution: one toss of a coin."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any, ClassVar

from tinygrad_edu import ops
from tinygrad_edu.distributions import constraints
from tinygrad_edu.distributions.distribution import Distribution
from tinygrad_edu.distributions.parameters import as_floats, limited, only_one
from tinygrad_edu.engine.grad_mode import enable_grad, no_grad
from tinygrad_edu.tensors.creation import tensor
from tinygrad_edu.tensors.sampling import bernoulli
from tinygrad_edu.tensors.tensor import Tensor


class Bernoulli(Distribution):
    """The distribution of 1, with a probability p, and of 0.

    Parameters:
        probs: p, from 0 to 1, a number or a tensor; or else
        logits: log(p / (1 - p)), any number.
        validate_args: whether to check parameters and values; see `Distribution`.

    Raises:
        ValueError: both or none of the two are given, or a number is out of its range.
    """

    arg_constraints: ClassVar = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.boolean
    has_enumerate_support = True

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        only_one("Bernoulli", probs, logits)
        if probs is not None:
            given = self.probs = as_floats("Bernoulli", probs)
        else:
            given = self.logits = as_floats("Bernoulli", logits)
        super().__init__(given.shape, validate_args=validate_args)

    @functools.cached_property
    @enable_grad()
    def probs(self) -> Tensor:
        """The probability p of 1."""
        return self.logits.sigmoid()

    @functools.cached_property
    @enable_grad()
    def logits(self) -> Tensor:
        """log(p / (1 - p)), with p kept away from 0 and 1."""
        return limited(self.probs).logit()

    @property
    def mean(self) -> Tensor:
        return self.probs

    @property
    def mode(self) -> Tensor:
        return ops.where(self.probs == 0.5, math.nan, (self.probs > 0.5).to(self.probs.dtype))

    @property
    def variance(self) -> Tensor:
        return self.probs * (1 - self.probs)

    @no_grad()
    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return bernoulli(self.probs.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        return -_cross_entropy(self.logits, value)

    def entropy(self) -> Tensor:
        return _cross_entropy(self.logits, self.probs)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        values = tensor([0, 1], dtype=self.probs.dtype).reshape(2, *(1 for _ in self.batch_shape))
        return values.expand(2, *self.batch_shape) if expand else values


def _cross_entropy(logits: Tensor, value: Any) -> Tensor:
    """Compute -v log p - (1 - v) log(1 - p), exact where p rounds to 0 or 1."""
    return (1 - value) * logits + ops.logaddexp(-logits, 0)
