"""Recomputing a part of a network in the backward pass: the same gradients, without what it kept."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.autograd import grad, gradcheck, gradgradcheck
from tinygrad_edu.autograd.checkpointing import checkpoint

X = np.array([0.3, -1.2, 2.0])


def leaf(array):
    return tg.tensor(array, requires_grad=True)


def test_gradients_of_arguments_and_of_weights_around_it():
    x, w = leaf(X), leaf(2 * X)
    calls = []

    def block(x):
        calls.append(1)
        return (x * w).tanh() * x

    (checkpoint(block, x * 1) * 3).sum().backward()
    assert len(calls) == 2
    expected = grad(((x * w).tanh() * x * 3).sum(), [x, w])
    np.testing.assert_allclose(x.grad.array, expected[0].array, rtol=1e-12)
    np.testing.assert_allclose(w.grad.array, expected[1].array, rtol=1e-12)


def test_first_and_second_derivatives():
    assert gradcheck(lambda a, b: checkpoint(lambda x, y: (x * y).exp(), a, b), [leaf(X), leaf(X[::-1].copy())])
    assert gradgradcheck(lambda a, b: checkpoint(lambda x, y: (x * y).exp(), a, b), [leaf(X), leaf(X[::-1].copy())])


def test_random_numbers_are_the_same_both_times():
    x = leaf(np.ones(1000))
    drawn = []

    def noisy(x):
        drawn.append(tg.rand(1000, dtype=tg.float64))
        return x * drawn[-1]

    y = checkpoint(noisy, x)
    following = tg.random.default_generator.get_state()
    y.sum().backward()
    assert x.grad.tolist() == drawn[0].tolist()
    assert tg.random.default_generator.get_state() == following


def test_nothing_is_kept_and_nothing_is_recorded_where_nobody_asks():
    x = leaf(X)
    y = checkpoint(lambda x: x.exp().sin().exp(), x)
    assert y.node.sources == [x]
    assert not checkpoint(lambda x: x.exp(), x.detach()).requires_grad
    with tg.no_grad():
        assert checkpoint(lambda x: x.exp(), x).node is None


def test_refused():
    x = leaf(X)
    h = x * 2
    with pytest.raises(tg.GraphError, match=r"made by mul\); pass it as an argument"):
        checkpoint(lambda x: x * h, x)
    with pytest.raises(TypeError, match="must return a Tensor, or several, not float"):
        checkpoint(lambda x: 1.0, x)
    y = checkpoint(lambda x: x * x, x)
    with tg.no_grad():
        x += 1
    with pytest.raises(tg.GraphError, match="changed it in place"):
        y.sum().backward()


def test_nests_of_arguments_and_of_results():
    """Dicts, keywords and tuples; what is no Tensor, or has no gradient, is passed on."""
    x, w, plain = leaf(X), leaf(2 * X), tg.tensor(3 * X)

    def block(weights, *, parts, scale):
        (a, b) = parts
        return {"y": weights["w"] * a * b * scale, "all": (a.exp(), plain * 2, "text")}

    def loss(run):
        found = run(block, {"w": w}, parts=(x, plain), scale=2.0)
        assert found["all"][2] == "text"
        assert found["all"][1].tolist() == (plain * 2).tolist()
        return (found["y"] * found["all"][0]).sum()

    expected = grad(loss(lambda f, *args, **kwargs: f(*args, **kwargs)), [x, w])
    for checked, g in zip(grad(loss(checkpoint), [x, w]), expected, strict=True):
        np.testing.assert_allclose(checked.array, g.array, rtol=1e-12)
    y = checkpoint(lambda a, b: a * b, x, plain, use_reentrant=False)
    plain += 1
    with pytest.raises(tg.GraphError, match=r"checkpoint needs 'saved', of shape \(3,\).*add_ has changed it in place"):
        y.sum().backward()
