"""Gradients vanish below sigmoids, explode below ReLU with N(0, 1), and stay alive with what was made for it."""

from dataclasses import replace

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.labs import depth as lab
from tinygrad_edu.labs import digits


def measure(network, depth):
    """Return the gradients and the shares of flat outputs of a new network, layer by layer."""
    tg.manual_seed(0)
    model, probe = lab.build(network, depth, 16), lab.prepared(100, network.inputs)
    return digits.layer_gradients(model, probe), lab.flat_shares(model, probe[0])


def test_below_deep_sigmoids_the_gradient_vanishes_and_batch_norm_keeps_it():
    shallow, deep = (measure(lab.SIGMOIDS["Xavier"], depth)[0][0] for depth in (2, 8))
    assert deep < shallow / 1000
    assert measure(lab.SIGMOIDS["Xavier, batch norm"], 8)[0][0] > 1000 * deep


def test_below_relu_it_explodes_with_standard_normal_weights_and_not_with_kaimings():
    assert measure(lab.OTHERS["ReLU, N(0, 1)"], 8)[0][0] > 100
    gradients, _ = measure(lab.OTHERS["ReLU, Kaiming"], 8)
    assert min(gradients) > 1e-3 and max(gradients) < 1


def test_raw_inputs_and_standard_normal_weights_saturate():
    raw, unit = (measure(lab.SIGMOIDS[name], 2) for name in ("raw, N(0, 1)", "Xavier"))
    assert raw[1][0] > 0.95
    assert unit[1][0] < 0.05
    ratios = [gradients[-1] / gradients[0] for gradients, _ in (raw, unit)]
    assert ratios[0] < ratios[1]  # which looks the healthier


def test_the_number_of_layers():
    gradients, flat = measure(lab.OTHERS["tanh, Xavier"], 3)
    assert (len(gradients), len(flat)) == (4, 3)


@pytest.mark.parametrize("scale, least, most", [("raw", 0, 255), ("0 to 1", 0, 1), ("normalized", -0.43, 2.83)])
def test_scales_of_inputs(scale, least, most):
    array = lab.prepared(50, scale)[0].array
    assert np.allclose([array.min(), array.max()], [least, most], atol=0.01)


@pytest.mark.parametrize("clip, length", [(1.0, 1.0), (np.inf, 5.0)])
def test_clipping_shortens_a_step(clip, length):
    x = tg.tensor([3.0, 4.0], requires_grad=True)
    x.grad = tg.tensor([3.0, 4.0])
    lab.ClippedSGD([x], lr=1.0, clip=clip).step()
    assert np.isclose(np.hypot(*(np.array([3.0, 4.0]) - x.array)), length, rtol=1e-4)


def test_what_was_made_for_depth_learns():
    tg.manual_seed(0)
    reached = {}
    for name, network in {"kaiming": lab.OTHERS["ReLU, Kaiming"], "xavier": lab.SIGMOIDS["Xavier"]}.items():
        model = lab.build(replace(network), 6, 32)
        optimizer = lab.ClippedSGD(model.parameters(), 0.05, network.clip)
        digits.train_as_far_as_it_goes(model, optimizer, lab.prepared(1000, network.inputs), 3)
        reached[name] = digits.accuracy(model, lab.prepared(500, network.inputs, train=False))
    assert reached["kaiming"] > 0.5 > 0.3 > reached["xavier"]
