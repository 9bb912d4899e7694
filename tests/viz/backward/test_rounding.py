"""Which gradients may be nothing but rounding."""

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import nn
from tinygrad_edu.tensors.numbers import is_noise, largest
from tinygrad_edu.viz.backward.rounding import summed_sizes
from tinygrad_edu.viz.backward.shares import record_backward


def leaf(value):
    return tg.tensor(value, requires_grad=True)


def is_rounding(found, source):
    grad = found.gradients[source]
    return is_noise(largest(grad), grad.dtype, largest(summed_sizes(found)[source]))


def test_the_sizes_of_shares_add_up():
    x, scale = leaf([1.0, -2.0]), leaf(3.0)
    y = x * scale - x * 4
    found = record_backward(y, [1.0, -1.0])
    sizes = summed_sizes(found)
    np.testing.assert_array_equal(sizes[x], [7, 7])
    assert sizes[scale] == 3  # of both copies: 1 and 2, whose gradient is 3
    np.testing.assert_array_equal(sizes[y.node], [1, 1])
    assert all(sizes[source].shape == grad.shape for source, grad in found.gradients.items())


def test_pieces_add_up_too():
    x = leaf([[1.0, 2.0], [3.0, 4.0]])
    found = record_backward((x[0] - x[0] + x[1]).sum())
    np.testing.assert_array_equal(summed_sizes(found)[x], [[2, 2], [1, 1]])


def test_a_gradient_that_vanishes_on_its_way_is_none():
    x = h = leaf(5.0)
    for _ in range(8):
        h = (h * 1.0).sigmoid() * 0.01
    found = record_backward(h)
    assert found.gradients[x] < 1e-20
    assert not is_rounding(found, x)


def test_many_sums_that_cancel_a_little_are_none():
    x = h = leaf([1.0, -1.0, 0.5])
    for _ in range(60):
        h = h - 0.3 * h.tanh()
    assert not is_rounding(record_backward(h.sum()), x)


def test_a_sum_inside_a_pullback():
    tg.manual_seed(0)
    linear, norm = nn.Linear(3, 4), nn.BatchNorm1d(4)
    found = record_backward((norm(linear(tg.randn(8, 3))) * tg.randn(8, 4)).sum())
    assert 0 < largest(found.gradients[linear.bias]) < 1e-5
    assert is_rounding(found, linear.bias)  # the mean is taken away from whatever it adds
    assert not is_rounding(found, linear.weight)


def test_what_is_made_of_rounding_is_rounding():
    scale = leaf(0.5)
    mean = tg.tensor([1.0, 2.0, 4.0]).mean() * (scale / 7).exp()
    centred = tg.tensor([1.0, 2.0, 4.0]) * 1.1 - mean
    found = record_backward((centred / tg.tensor(3.0) * tg.tensor([0.7, -0.6, -0.1])).sum())
    assert 0 < largest(found.gradients[scale]) < 1e-6
    assert is_rounding(found, scale)


def test_what_a_hook_puts_there_is_what_it_is():
    x = leaf([1.0, 2.0])
    h = x * 2
    h.register_hook(lambda g: g * 1e-12)
    x.register_hook(lambda g: g * 1e-12)
    found = record_backward(h.sum())
    assert not is_rounding(found, x)
    assert not is_rounding(found, h.node)
