"""Fused operations: one way back for all inputs, and the plain formula for second derivatives."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import ops
from tinygrad_edu.autograd import grad
from tinygrad_edu.engine.graph import GraphError
from tinygrad_edu.ops.fusing import shared

RNG = np.random.default_rng(0)


def lstm_inputs(T=3, N=2, D=4, H=3):
    shapes = ((T, N, D), (N, H), (N, H), (4 * H, D), (4 * H, H), (4 * H,))
    return [tg.tensor(RNG.normal(size=shape), requires_grad=True) for shape in shapes]


def test_the_way_back_is_computed_once_for_all_inputs_and_anew_for_each_pass():
    calls = []

    def way_back(g):
        calls.append(g)
        return g * 1, g * 2

    first, second = shared(way_back, [lambda a, b: a, lambda a, b: b])
    g = np.ones(2)
    assert first(g).tolist() == [1, 1]
    assert second(g).tolist() == [2, 2]
    assert len(calls) == 1
    g *= 3  # the same array, another gradient
    assert first(g).tolist() == [3, 3]
    assert second(g).tolist() == [6, 6]
    assert len(calls) == 2


def test_a_gradient_that_was_changed_between_two_passes():
    inputs = lstm_inputs()
    y = ops.lstm(*inputs)
    g = tg.ones(y.shape, dtype=tg.float64)
    once = grad(y, inputs, g, retain_graph=True)
    with tg.no_grad():
        g.mul_(2)
    for a, b in zip(once, grad(y, inputs, g), strict=True):
        np.testing.assert_allclose(b.numpy(), 2 * a.numpy(), rtol=1e-14)


def test_a_tensor_given_for_two_inputs_gets_both_gradients():
    x, h, _, *weights = lstm_inputs()
    y = ops.lstm(x, h, h, *weights)
    (both,) = grad(y.sum(), [h], create_graph=True)
    twin = h.detach().clone().requires_grad_()
    parts = grad(ops.lstm(x, h, twin, *weights).sum(), [h, twin])
    np.testing.assert_allclose(both.detach().numpy(), (parts[0] + parts[1]).numpy(), rtol=1e-12)
    assert both.requires_grad


def test_second_derivatives_do_not_run_on_into_what_the_inputs_were_made_of():
    x, h, c, *weights = lstm_inputs()
    made = h * 2
    y = ops.lstm(x, made, c, *weights).sum()
    (plain,) = grad(y, [h], retain_graph=True)
    (recorded,) = grad(y, [h], create_graph=True)
    np.testing.assert_allclose(recorded.detach().numpy(), plain.numpy(), rtol=1e-12)


@pytest.mark.parametrize("position", [3, 4])
def test_a_weight_that_was_changed_in_place_is_noticed(position):
    inputs = lstm_inputs()
    y = ops.lstm(*inputs).sum()
    with tg.no_grad():
        inputs[position].mul_(2)
    with pytest.raises(GraphError, match="changed it in place"):
        y.backward()


def test_inputs_of_which_only_copies_are_kept_may_change():
    inputs = lstm_inputs()
    y = ops.lstm(*inputs).sum()
    expected = grad(y, inputs, retain_graph=True)
    with tg.no_grad():
        for x in inputs[:3]:
            x.mul_(2)
    for a, b in zip(grad(y, inputs), expected, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_mixed_types_give_the_wider_one_and_each_input_its_own():
    inputs = lstm_inputs()
    inputs[0] = inputs[0].detach().float().requires_grad_()
    y = ops.lstm(*inputs)
    assert y.dtype == tg.float64
    y.sum().backward()
    assert [x.grad.dtype for x in inputs] == [x.dtype for x in inputs]
