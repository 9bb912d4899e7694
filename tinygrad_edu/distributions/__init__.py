"""`tinygrad_edu.distributions`: probability distributions to draw from, whose densities have gradients.

    policy = Categorical(logits=net(state))
    action = policy.sample()
    loss = -policy.log_prob(action) * reward

`distribution.py` says what they share; each distribution has a file of its own.
"""

from tinygrad_edu.distributions import constraints
from tinygrad_edu.distributions.bernoulli import Bernoulli
from tinygrad_edu.distributions.categorical import Categorical
from tinygrad_edu.distributions.distribution import Distribution
from tinygrad_edu.distributions.kl import kl_divergence, register_kl
from tinygrad_edu.distributions.normal import Normal
from tinygrad_edu.distributions.uniform import Uniform

__all__ = [
    "Bernoulli", "Categorical", "Distribution", "Normal", "Uniform", "constraints", "kl_divergence", "register_kl",
]  # fmt: skip
