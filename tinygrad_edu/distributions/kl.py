"""The Kullback-Leibler divergence of two distributions, one formula for each pair of kinds."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar

from tinygrad_edu import ops
from tinygrad_edu.distributions.bernoulli import Bernoulli
from tinygrad_edu.distributions.categorical import Categorical
from tinygrad_edu.distributions.distribution import Distribution
from tinygrad_edu.distributions.normal import Normal
from tinygrad_edu.distributions.uniform import Uniform
from tinygrad_edu.tensors.creation import full_like
from tinygrad_edu.tensors.tensor import Tensor

F = TypeVar("F", bound=Callable[..., Any])

_FORMULAS: dict[tuple[type, type], Callable[..., Any]] = {}


def register_kl(type_p: type[Distribution], type_q: type[Distribution]) -> Callable[[F], F]:
    """Let the decorated function of p and q compute `kl_divergence` for two classes and their subclasses."""

    def register(function: F) -> F:
        _FORMULAS[type_p, type_q] = function
        return function

    return register


def kl_divergence(p: Distribution, q: Distribution) -> Tensor:
    """Compute KL(p ‖ q) = E[log p(x) - log q(x)] over the draws x of p, for each place of the batch.

    It is infinite where p draws what q cannot. From Kullback and Leibler: On information and sufficiency, 1951.

    Raises:
        NotImplementedError: no formula is known for the two kinds; `register_kl` adds one.
    """
    for type_p in type(p).__mro__:
        for type_q in type(q).__mro__:
            if (type_p, type_q) in _FORMULAS:
                return _FORMULAS[type_p, type_q](p, q)
    raise NotImplementedError(
        f"kl_divergence: no formula for {type(p).__name__} and {type(q).__name__}; register_kl adds one, and the mean "
        "of p.log_prob(x) - q.log_prob(x) over draws x of p estimates it"
    )


@register_kl(Bernoulli, Bernoulli)
def _of_bernoullis(p: Bernoulli, q: Bernoulli) -> Tensor:
    of_one = _weighted(p.probs, q.probs, ops.logaddexp(-q.logits, 0) - ops.logaddexp(-p.logits, 0))
    of_zero = _weighted(1 - p.probs, 1 - q.probs, ops.logaddexp(q.logits, 0) - ops.logaddexp(p.logits, 0))
    return of_one + of_zero


@register_kl(Categorical, Categorical)
def _of_categoricals(p: Categorical, q: Categorical) -> Tensor:
    return _weighted(p.probs, q.probs, p.logits - q.logits).sum(-1)


def _weighted(p: Tensor, q: Tensor, log_ratio: Tensor) -> Tensor:
    """Compute p log(p / q): 0 where p is 0, else ∞ where q is 0."""
    return ops.where(p == 0, 0.0, ops.where(q == 0, math.inf, p * log_ratio))


@register_kl(Normal, Normal)
def _of_normals(p: Normal, q: Normal) -> Tensor:
    ratio = (p.scale / q.scale) ** 2
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale) ** 2 - 1 - ratio.log())


@register_kl(Uniform, Uniform)
def _of_uniforms(p: Uniform, q: Uniform) -> Tensor:
    beyond = ops.logical_or(q.low > p.low, q.high < p.high)
    return ops.where(beyond, math.inf, ((q.high - q.low) / (p.high - p.low)).log())


@register_kl(Uniform, Normal)
def _of_uniform_and_normal(p: Uniform, q: Normal) -> Tensor:
    log_ratio = (math.sqrt(2 * math.pi) * q.scale / (p.high - p.low)).log()
    return log_ratio + 0.5 * (p.variance + (p.mean - q.loc) ** 2) / q.scale**2


@register_kl(Normal, Uniform)
def _of_normal_and_uniform(p: Normal, q: Uniform) -> Tensor:
    return full_like(p.loc + q.low, math.inf)  # a normal distribution has draws beyond any bounds
