"""What distributions draw, and what training with them needs."""

import math

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.distributions import Bernoulli, Categorical, Distribution, Normal, Uniform, kl_divergence, register_kl

DRAWN = {
    "normal": lambda: Normal(tg.tensor([0.5, -2.0]), tg.tensor([1.0, 0.1])),
    "uniform": lambda: Uniform(-1.0, tg.tensor([2.0, 0.0])),
    "bernoulli": lambda: Bernoulli(tg.tensor([0.2, 0.9])),
    "bernoulli of logits": lambda: Bernoulli(logits=tg.tensor([-2.0, 0.5])),
}


@pytest.mark.parametrize("name", DRAWN)
def test_draws_have_the_mean_and_the_variance(name):
    tg.manual_seed(0)
    d = DRAWN[name]()
    drawn = d.sample((20000,))
    np.testing.assert_allclose(drawn.mean(0).numpy(), d.mean.numpy(), atol=0.03)
    np.testing.assert_allclose(drawn.var(0).numpy(), d.variance.numpy(), atol=0.03)
    d.log_prob(drawn)  # which checks that each can be drawn


def test_draws_of_categories_have_the_probabilities():
    tg.manual_seed(0)
    probs = tg.tensor([[0.1, 0.0, 0.9], [0.3, 0.3, 0.4]])
    drawn = Categorical(probs).sample((100, 100))
    assert drawn.shape == (100, 100, 2)
    assert drawn.dtype == tg.int64
    for k in range(3):
        np.testing.assert_allclose((drawn == k).float().mean((0, 1)).numpy(), probs[:, k].numpy(), atol=0.02)
    assert Categorical(probs.expand(4, 2, 3)).sample().shape == (4, 2)


@pytest.mark.parametrize("name", DRAWN)
def test_the_seed_decides(name):
    d = DRAWN[name]()
    drawn = [tg.manual_seed(seed) and d.sample((50,)).tolist() for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_the_gradient_flows_through_rsample():
    loc, scale = tg.tensor(1.0, requires_grad=True), tg.tensor(2.0, requires_grad=True)
    drawn = Normal(loc, scale).rsample((1000,))
    drawn.sum().backward()
    assert loc.grad == 1000
    assert float(scale.grad) == pytest.approx(float(((drawn.detach() - 1) / 2).sum()), rel=1e-3)
    low, high = tg.tensor(0.0, requires_grad=True), tg.tensor(2.0, requires_grad=True)
    drawn = Uniform(low, high).rsample((10,))
    drawn.sum().backward()
    assert float(high.grad) == pytest.approx(float(drawn.detach().sum() / 2), rel=1e-5)
    assert float(low.grad) == pytest.approx(10 - float(high.grad), rel=1e-5)


@pytest.mark.parametrize("kind", [Bernoulli, Categorical])
@pytest.mark.parametrize("given", ["probs", "logits"])
def test_what_sampling_computes_keeps_its_gradient(kind, given):
    x = tg.tensor([0.25, 0.75], requires_grad=True)
    d = kind(**{given: x})
    d.log_prob(d.sample()).sum().backward()  # sample needs the probabilities, without a gradient
    assert (x.grad != 0).any()
    x.grad = None
    assert d.probs.requires_grad
    assert d.logits.requires_grad


def test_a_policy_learns_the_better_action():
    tg.manual_seed(0)
    logits = tg.zeros(2, requires_grad=True)
    optimizer = tg.optim.SGD([logits], lr=0.5)
    for _ in range(200):
        policy = Categorical(logits=logits)
        action = policy.sample()
        optimizer.zero_grad()
        (-policy.log_prob(action) * float(action == 1)).backward()
        optimizer.step()
    assert Categorical(logits=logits).probs[1] > 0.9


def test_a_distribution_and_a_divergence_of_ones_own():
    class Point(Distribution):
        def __init__(self, place):
            self.place = place
            super().__init__(place.shape)

        @property
        def mean(self):
            return self.place

    with pytest.raises(NotImplementedError, match="no formula for Point and Normal"):
        kl_divergence(Point(tg.ones(2)), Normal(0.0, 1.0))

    @register_kl(Point, Distribution)
    def divergence(p, q):
        return tg.full(p.batch_shape, math.inf)

    assert kl_divergence(Point(tg.ones(2)), Normal(0.0, 1.0)).tolist() == [math.inf] * 2
    with pytest.raises(NotImplementedError, match="Point: rsample is not defined"):
        Point(tg.ones(2)).sample()


def test_arrays_and_integers_are_parameters_too():
    assert Normal(np.zeros(2), 1).log_prob(tg.zeros(2)).dtype == tg.float64
    assert Normal(tg.tensor([0, 1]), tg.tensor(1)).sample().dtype == tg.float32
    assert Categorical(tg.tensor([1, 3])).probs.tolist() == [0.25, 0.75]
    assert tg.distributions.Normal is Normal
