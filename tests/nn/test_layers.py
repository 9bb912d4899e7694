"""Linear, Flatten, Identity, the activations, Dropout, and the functions behind them."""

import math

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn
from tinygrad_edu.nn import functional as F


def test_linear_computes_x_w_transposed_plus_b():
    layer = nn.Linear(3, 2)
    x = np.arange(12, dtype=np.float32).reshape(2, 2, 3)
    expected = x @ layer.weight.array.T + layer.bias.array
    np.testing.assert_allclose(layer(tg.tensor(x)).detach().numpy(), expected, rtol=1e-6)
    np.testing.assert_allclose(layer(x).detach().numpy(), expected, rtol=1e-6)  # an array does as well
    no_bias = nn.Linear(3, 2, bias=False)
    np.testing.assert_allclose(no_bias(x).detach().numpy(), x @ no_bias.weight.array.T, rtol=1e-6)


def test_linear_starts_uniform_on_one_over_the_root_of_its_inputs():
    layer = nn.Linear(400, 300, generator=tg.Generator().manual_seed(1))
    bound = 1 / math.sqrt(400)
    for p in (layer.weight, layer.bias):
        assert p.dtype == tg.float32
        assert np.abs(p.array).max() <= bound * (1 + 1e-6)
        assert np.abs(p.array).max() > 0.97 * bound
        assert abs(p.array.std() / (bound / math.sqrt(3)) - 1) < 0.1
    assert nn.Linear(2, 2, dtype=tg.float64).weight.dtype == tg.float64


def test_linear_repeats_with_its_generator():
    a, b = (nn.Linear(4, 4, generator=tg.Generator().manual_seed(3)) for _ in range(2))
    assert a.weight.tolist() == b.weight.tolist()
    assert a.bias.tolist() == b.bias.tolist()
    a.reset_parameters()
    assert a.weight.tolist() != b.weight.tolist()


def test_linear_without_inputs_gives_its_bias():
    layer = nn.Linear(0, 3)
    assert layer(tg.zeros(2, 0)).tolist() == [[0.0] * 3] * 2


@pytest.mark.parametrize(
    ("sizes", "error", "message"),
    [((2.0, 3), TypeError, "in_features, got float"), ((2, True), TypeError, "out_features, got bool"),
     ((-1, 3), ValueError, "in_features ≥ 0, got -1")],
)  # fmt: skip
def test_linear_refuses_sizes_that_are_none(sizes, error, message):
    with pytest.raises(error, match=message):
        nn.Linear(*sizes)


def test_flatten_and_identity():
    x = tg.zeros(2, 3, 4, 5)
    assert nn.Flatten()(x).shape == (2, 60)
    assert nn.Flatten(0, 1)(x).shape == (6, 4, 5)
    assert repr(nn.Flatten()) == "Flatten(start_dim=1, end_dim=-1)"
    assert nn.Identity(54, anything=True)(x) is x


ACTIVATIONS = {
    "relu": (nn.ReLU(), lambda x: np.maximum(x, 0)),
    "sigmoid": (nn.Sigmoid(), lambda x: 1 / (1 + np.exp(-x))),
    "tanh": (nn.Tanh(), np.tanh),
    "softmax": (nn.Softmax(dim=1), lambda x: np.exp(x) / np.exp(x).sum(1, keepdims=True)),
    "log_softmax": (nn.LogSoftmax(dim=-1), lambda x: x - np.log(np.exp(x).sum(1, keepdims=True))),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name):
    module, formula = ACTIVATIONS[name]
    x = np.linspace(-3, 3, 12).reshape(3, 4)
    np.testing.assert_allclose(module(tg.tensor(x)).numpy(), formula(x), rtol=1e-14)


def test_activations_print_their_options():
    assert repr(nn.ReLU()) == "ReLU()"
    assert repr(nn.ReLU(inplace=True)) == "ReLU(inplace=True)"
    assert repr(nn.LogSoftmax(1)) == "LogSoftmax(dim=1)"
    assert repr(nn.Dropout(0.2)) == "Dropout(p=0.2, inplace=False)"


def test_in_place_forms_write_to_the_input_and_have_the_same_gradient():
    for function in (F.relu, lambda x, inplace: F.dropout(x, 0.5, inplace=inplace)):
        gradients = []
        for inplace in (False, True):
            tg.manual_seed(0)
            w = tg.tensor([-1.0, 2.0, 3.0, 4.0], requires_grad=True)
            x = w * 2
            y = function(x, inplace=inplace)
            assert (y is x) == inplace
            y.sum().backward()
            gradients.append(w.grad.tolist())
        assert gradients[0] == gradients[1]


# Dropout


def test_dropout_drops_a_share_and_scales_the_rest():
    tg.manual_seed(0)
    x = tg.ones(200, 500, requires_grad=True)
    y = nn.Dropout(0.3)(x)
    kept = y.detach().numpy() != 0
    assert abs(kept.mean() - 0.7) < 0.005  # four standard deviations are 0.0058
    np.testing.assert_allclose(y.detach().numpy()[kept], 1 / 0.7, rtol=1e-6)
    assert y.dtype == tg.float32
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.array, y.detach().numpy())


def test_dropout_in_evaluation_and_at_the_ends():
    x = tg.ones(50)
    assert nn.Dropout(0.5).eval()(x) is x
    assert F.dropout(x, 0.5, training=False) is x
    assert F.dropout(x, 0.0) is x
    assert F.dropout(x, 1.0).tolist() == [0.0] * 50
    assert F.dropout(tg.ones(3, dtype=tg.float64)).dtype == tg.float64


def test_dropout_repeats_with_a_seed_or_a_generator():
    x = tg.ones(100)

    def drawn(**options):
        tg.manual_seed(5)
        return F.dropout(x, **options).tolist()

    assert drawn() == drawn()
    generator = tg.Generator().manual_seed(1)
    module = nn.Dropout(generator=generator)
    first, second = module(x).tolist(), module(x).tolist()
    assert first != second
    generator.manual_seed(1)
    assert [module(x).tolist(), module(x).tolist()] == [first, second]


def test_dropout_refuses_what_makes_no_sense():
    with pytest.raises(ValueError, match=r"Dropout: expected a probability p between 0 and 1, got 1.5"):
        nn.Dropout(1.5)
    with pytest.raises(ValueError, match=r"dropout: .* got -0.1"):
        F.dropout(tg.ones(1), -0.1)
    with pytest.raises(TypeError, match="dropout: expected floating-point numbers, got int64"):
        F.dropout(tg.tensor([1, 2]))


# one_hot, pad


def test_one_hot():
    assert F.one_hot(tg.tensor([0, 2, 1])).tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 0]]
    assert F.one_hot(np.array([[1], [0]]), 3).tolist() == [[[0, 1, 0]], [[1, 0, 0]]]
    assert F.one_hot(tg.tensor([1])).dtype == tg.int64
    assert F.one_hot(tg.zeros(0, dtype=tg.int64), 4).shape == (0, 4)


@pytest.mark.parametrize(
    ("indices", "classes", "error", "message"),
    [([0.0, 1.0], -1, TypeError, "float32; use t.long"), ([0, 3], 3, ValueError, "0 to 2, got 0 to 3"),
     ([-1], 3, ValueError, "got -1"), (np.zeros(0, int), -1, ValueError, "pass num_classes=")],
)  # fmt: skip
def test_one_hot_refuses(indices, classes, error, message):
    with pytest.raises(error, match=message):
        F.one_hot(tg.tensor(indices), classes)


def test_pad_counts_from_the_last_dimension():
    assert F.pad(tg.ones(2, 2), (1, 0), value=5.0).tolist() == [[5, 1, 1], [5, 1, 1]]
    assert F.pad(tg.ones(2, 2), (0, 0, 1, 2)).shape == (5, 2)


def test_what_normalizations_start_from(monkeypatch):
    monkeypatch.setattr(np, "empty", lambda shape, dtype=None: np.full(shape, 7, dtype))
    for layer in (nn.BatchNorm1d(3), nn.InstanceNorm2d(3, affine=True, track_running_stats=True), nn.GroupNorm(1, 3)):
        expected = {"weight": 1.0, "bias": 0.0, "running_mean": 0.0, "running_var": 1.0}
        state = {name: t.tolist() for name, t in layer.state_dict().items() if name in expected}
        assert state == {name: [expected[name]] * 3 for name in state}
    assert nn.LayerNorm(2).bias.tolist() == [0.0, 0.0]
    assert nn.RMSNorm(2).weight.tolist() == [1.0, 1.0]
