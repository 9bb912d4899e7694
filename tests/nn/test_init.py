"""Initial values: their spread and bounds, the gains, and that a seed repeats them."""

import math

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.nn import init

SHAPE = 300, 200  # a weight with 200 inputs and 300 outputs

UNIFORM = {  # each with its bound
    "uniform": (lambda t, g: init.uniform_(t, -0.3, 0.3, generator=g), 0.3),
    "xavier": (lambda t, g: init.xavier_uniform_(t, generator=g), math.sqrt(6 / 500)),
    "xavier, tanh": (lambda t, g: init.xavier_uniform_(t, init.calculate_gain("tanh"), g), 5 / 3 * math.sqrt(6 / 500)),
    "kaiming": (lambda t, g: init.kaiming_uniform_(t, generator=g), math.sqrt(6 / 200)),
    "kaiming, out": (lambda t, g: init.kaiming_uniform_(t, mode="fan_out", generator=g), math.sqrt(6 / 300)),
    "kaiming, linear": (lambda t, g: init.kaiming_uniform_(t, nonlinearity="linear", generator=g), math.sqrt(3 / 200)),
    "kaiming, leaky": (lambda t, g: init.kaiming_uniform_(t, a=math.sqrt(5), generator=g), math.sqrt(1 / 200)),
}
NORMAL = {  # each with its standard deviation
    "normal": (lambda t, g: init.normal_(t, 0.0, 0.3, generator=g), 0.3),
    "xavier": (lambda t, g: init.xavier_normal_(t, generator=g), math.sqrt(2 / 500)),
    "xavier, relu": (lambda t, g: init.xavier_normal_(t, math.sqrt(2), g), math.sqrt(4 / 500)),
    "kaiming": (lambda t, g: init.kaiming_normal_(t, generator=g), math.sqrt(2 / 200)),
    "kaiming, out": (lambda t, g: init.kaiming_normal_(t, mode="fan_out", generator=g), math.sqrt(2 / 300)),
    "kaiming, tanh": (lambda t, g: init.kaiming_normal_(t, nonlinearity="tanh", generator=g), 5 / 3 / math.sqrt(200)),
}


def filled(function, seed=0, dtype=tg.float32):
    return function(tg.empty(SHAPE, dtype=dtype), tg.Generator().manual_seed(seed))


@pytest.mark.parametrize("dtype", [tg.float32, tg.float64], ids=str)
@pytest.mark.parametrize("name", UNIFORM)
def test_uniform_ones_fill_their_range_evenly(name, dtype):
    function, bound = UNIFORM[name]
    values = filled(function, dtype=dtype).numpy()
    assert values.dtype == dtype
    assert np.abs(values).max() <= bound * (1 + 1e-6)
    assert values.max() > 0.999 * bound
    assert values.min() < -0.999 * bound
    shares, _ = np.histogram(values, 10, (-bound, bound))
    assert np.abs(shares / values.size - 0.1).max() < 0.006  # five standard deviations


@pytest.mark.parametrize("dtype", [tg.float32, tg.float64], ids=str)
@pytest.mark.parametrize("name", NORMAL)
def test_normal_ones_have_their_spread(name, dtype):
    function, std = NORMAL[name]
    values = filled(function, dtype=dtype).numpy()
    assert values.dtype == dtype
    assert abs(values.mean()) < 5 * std / math.sqrt(values.size)
    assert abs(values.std() / std - 1) < 5 / math.sqrt(2 * values.size)
    assert abs((np.abs(values) < std).mean() - 0.6827) < 0.01


def test_ranges_and_means_off_zero():
    u = init.uniform_(tg.empty(10000), 2.0, 5.0, tg.Generator().manual_seed(0)).numpy()
    assert (u.min() >= 2, u.max() <= 5) == (True, True)
    assert abs(u.mean() - 3.5) < 0.05
    n = init.normal_(tg.empty(10000), 4.0, 0.1, tg.Generator().manual_seed(0)).numpy()
    assert abs(n.mean() - 4) < 0.01


def test_a_truncated_normal_distribution():
    values = init.trunc_normal_(tg.empty(SHAPE), 1.0, 2.0, -1.0, 2.0, tg.Generator().manual_seed(0)).numpy()
    assert values.min() >= -1
    assert values.max() <= 2
    inside = np.random.default_rng(0).normal(1, 2, 10**6)
    inside = inside[(inside >= -1) & (inside <= 2)]
    assert abs(values.mean() - inside.mean()) < 0.02
    assert abs(values.std() - inside.std()) < 0.02
    with pytest.raises(ValueError, match=r"expected \[a, b\] to hold a part"):
        init.trunc_normal_(tg.empty(2), 0.0, 1.0, 5.0, 6.0)


@pytest.mark.parametrize("shape", [(4, 7), (7, 4), (4, 2, 3)], ids=str)
def test_an_orthogonal_matrix(shape):
    w = init.orthogonal_(tg.empty(shape, dtype=tg.float64), 2.0, tg.Generator().manual_seed(0)).numpy()
    w = w.reshape(shape[0], -1)
    product = w @ w.T if len(w) <= w.shape[1] else w.T @ w
    np.testing.assert_allclose(product, 4 * np.eye(len(product)), atol=1e-12)
    with pytest.raises(ValueError, match="orthogonal_: expected a weight of shape"):
        init.orthogonal_(tg.empty(3))


def test_constants():
    assert init.eye_(tg.empty(2, 3)).tolist() == [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    with pytest.raises(ValueError, match="eye_: expected a matrix"):
        init.eye_(tg.empty(2))
    t = tg.empty(2, 2)
    assert init.zeros_(t) is t
    assert t.tolist() == [[0.0, 0.0]] * 2
    assert init.ones_(t).tolist() == [[1.0, 1.0]] * 2
    assert init.constant_(t, 0.5).tolist() == [[0.5, 0.5]] * 2


@pytest.mark.parametrize("name", [*UNIFORM, *NORMAL])
def test_a_seed_repeats_and_another_differs(name):
    function, _ = {**UNIFORM, **NORMAL}[name]
    assert filled(function, 1).tolist() == filled(function, 1).tolist()
    assert filled(function, 1).tolist() != filled(function, 2).tolist()
    tg.manual_seed(7)
    first = function(tg.empty(SHAPE), None).tolist()
    tg.manual_seed(7)
    assert function(tg.empty(SHAPE), None).tolist() == first


def test_a_convolution_counts_its_window():
    w = init.kaiming_uniform_(tg.empty(64, 32, 3, 3), generator=tg.Generator().manual_seed(0)).numpy()
    bound = math.sqrt(6 / (32 * 9))
    assert 0.999 * bound < np.abs(w).max() <= bound * (1 + 1e-6)


def test_gains():
    gains = {"linear": 1, "conv2d": 1, "sigmoid": 1, "tanh": 5 / 3, "relu": math.sqrt(2), "selu": 0.75}
    assert {name: init.calculate_gain(name) for name in gains} == gains
    assert init.calculate_gain("leaky_relu") == math.sqrt(2 / (1 + 0.01**2))
    assert init.calculate_gain("leaky_relu", 0.2) == math.sqrt(2 / (1 + 0.2**2))


def test_it_works_on_parameters_without_recording_and_in_their_memory():
    p = tg.nn.Parameter(tg.empty(3, 2))
    memory = p.array
    assert init.xavier_normal_(p) is p
    assert p.array is memory
    assert p.is_leaf
    assert p.requires_grad


def test_nothing_to_fill_is_fine():
    assert init.kaiming_uniform_(tg.empty(3, 0)).shape == (3, 0)
    assert init.xavier_normal_(tg.empty(0, 0)).shape == (0, 0)


MISTAKES = {
    "one dimension": (lambda: init.xavier_uniform_(tg.empty(3)), ValueError, r"xavier_uniform_: expected.*\(3,\)"),
    "mode": (lambda: init.kaiming_normal_(tg.empty(2, 2), mode="both"), ValueError, "fan_in.*'both'"),
    "activation": (lambda: init.calculate_gain("gelu"), ValueError, "one of linear.*leaky_relu, got 'gelu'"),
    "an array to draw": (lambda: init.uniform_(np.empty(3)), TypeError, "uniform_: expected a Tensor.*, got ndarray"),
    "integers": (lambda: init.normal_(tg.zeros(3).long()), TypeError, "normal_: expected .*numbers, got int64"),
    "range": (lambda: init.uniform_(tg.empty(3), 1, 0), ValueError, "expected a ≤ b, got a=1 and b=0"),
    "std": (lambda: init.normal_(tg.empty(3), std=-1), ValueError, "std ≥ 0, got -1"),
    "generator": (lambda: init.normal_(tg.empty(3), generator=3), TypeError, "expected a Generator"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_answered_by_name(name):
    call, error, message = MISTAKES[name]
    with pytest.raises(error, match=message):
        call()
