"""The categorical distribution: one of K, each with a probability of its own."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from tinygrad_edu.distributions import constraints
from tinygrad_edu.distributions.constraints import Constraint
from tinygrad_edu.distributions.distribution import Distribution
from tinygrad_edu.distributions.parameters import as_floats, limited, only_one
from tinygrad_edu.engine.grad_mode import enable_grad, no_grad
from tinygrad_edu.tensors.creation import arange, full
from tinygrad_edu.tensors.sampling import multinomial
from tinygrad_edu.tensors.tensor import Tensor


class Categorical(Distribution):
    """The distribution of the numbers 0 … K - 1, the number k with the probability pₖ.

    Parameters:
        probs: weights (…, K) that are not negative; divided by their sum they are the probabilities; or else
        logits: scores (…, K), any numbers; their softmax is the probabilities.
        validate_args: whether to check parameters and values; see `Distribution`.

    Attributes:
        probs: the probabilities.
        logits: their logarithms.

    Raises:
        ValueError: both or none of the two are given, they have no dimension, a weight is negative, a score is NaN.
    """

    arg_constraints: ClassVar = {"probs": constraints.simplex, "logits": constraints.real_vector}
    has_enumerate_support = True

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        only_one("Categorical", probs, logits)
        role = "logits" if probs is None else "probs"
        given = as_floats("Categorical", logits if probs is None else probs)
        if given.ndim < 1:
            raise ValueError(f"Categorical: expected {role} of at least one dimension, that of the categories")
        if probs is not None:
            self.probs = given / given.sum(-1, keepdim=True)
        else:
            self.logits = given.log_softmax(-1)
        super().__init__(given.shape[:-1], validate_args=validate_args)

    @functools.cached_property
    @enable_grad()
    def probs(self) -> Tensor:
        return self.logits.softmax(-1)

    @functools.cached_property
    @enable_grad()
    def logits(self) -> Tensor:
        return limited(self.probs).log()

    @property
    def param_shape(self) -> tuple[int, ...]:
        """The shape of the parameters: batch_shape + (K,)."""
        return (self.logits if "logits" in self.__dict__ else self.probs).shape

    @property
    def support(self) -> Constraint:  # type: ignore[override]
        return constraints.integer_interval(0, self.param_shape[-1] - 1)

    @property
    def mean(self) -> Tensor:
        return full(self.batch_shape, math.nan, dtype=self.probs.dtype)

    @property
    def variance(self) -> Tensor:
        return self.mean

    @property
    def mode(self) -> Tensor:
        return self.probs.argmax(-1)

    @no_grad()
    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        rows = self.probs.reshape(-1, self.param_shape[-1])
        return multinomial(rows, math.prod(sample_shape), replacement=True).T.reshape(shape)

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        index = value.long()
        shape = np.broadcast_shapes(index.shape, self.batch_shape)
        logits = self.logits.expand(*shape, self.param_shape[-1])
        return logits.gather(-1, index.expand(shape).unsqueeze(-1)).squeeze(-1)

    def entropy(self) -> Tensor:
        least = float(np.finfo(self.logits.dtype).min)
        return -(self.logits.clamp(min=least) * self.probs).sum(-1)  # 0 where p is 0, not 0 · ∞

    def enumerate_support(self, expand: bool = True) -> Tensor:
        values = arange(self.param_shape[-1]).reshape(-1, *(1 for _ in self.batch_shape))
        return values.expand(-1, *self.batch_shape) if expand else values
