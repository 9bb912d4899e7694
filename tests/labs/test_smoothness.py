"""Below a step no gradient arrives; below a sigmoid and ReLU one does."""

from functools import partial

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.labs import digits
from tinygrad_edu.labs import smoothness as lab


def gradients(activation):
    tg.manual_seed(0)
    return digits.layer_gradients(lab.network(activation, width=8), digits.load(50))


def test_below_a_step_the_gradient_is_exactly_0():
    first, second, last = gradients(lab.step)
    assert first == second == 0.0
    assert last > 0


@pytest.mark.parametrize("activation", [tg.relu, *(partial(lab.sigmoid, slope=k) for k in (1, 16))])
def test_below_a_smooth_activation_it_is_not(activation):
    assert min(gradients(activation)) > 0


def test_the_steeper_a_sigmoid_the_fewer_neurons_are_not_flat():
    tg.manual_seed(0)
    model, inputs = lab.network(tg.relu, width=8), digits.load(50)[0]
    shares = [lab.not_flat(model, partial(lab.sigmoid, slope=k), inputs) for k in (1, 16, 256)]
    assert shares[0] > shares[1] > shares[2]
    assert lab.not_flat(model, lab.step, inputs) == 0


def test_a_steep_sigmoid_is_nearly_a_step():
    x = tg.tensor([-0.1, 0.1])
    assert np.allclose(lab.sigmoid(x, 256).array, lab.step(x).array, atol=1e-6)


def test_training_reaches_more_with_a_smooth_activation():
    table = lab.run(seeds=1, slopes=(4.0,), lrs=(0.1,), images=1000, epochs=3).tables[1]
    reached = {row["activation"]: row["test accuracy"] for row in table.rows}
    assert min(reached["ReLU"], reached["sigmoid × 4"]) > reached["step"] + 0.1
