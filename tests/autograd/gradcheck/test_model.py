"""check_parameters: whole models, trained and not, right and wrong."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn, ops, optim
from tinygrad_edu.autograd import check_parameters
from tinygrad_edu.autograd.gradcheck import GradcheckError
from tinygrad_edu.engine.op import Op
from tinygrad_edu.nn import functional as F


def images(n=100, seed=0):
    """Make data that look like MNIST to a network: 784 pixels from 0 to 1, most of them 0, some always; ten classes."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, n)
    prototypes = np.maximum(rng.standard_normal((10, 784)) - 0.5, 0) * (rng.random(784) < 0.6)
    pixels = np.clip(prototypes[labels] + 0.3 * rng.standard_normal((n, 784)) * (prototypes[labels] > 0), 0, 1)
    return tg.Tensor(pixels), tg.from_numpy(labels)


X, Y = images()


def network(*, hidden=48, train_steps=0, seed=0):
    tg.manual_seed(seed)
    model = nn.Sequential(nn.Linear(784, hidden), nn.ReLU(), nn.Linear(hidden, 10))
    optimizer = optim.Adam(model.parameters(), lr=1e-3)
    for _ in range(train_steps):
        optimizer.zero_grad()
        F.cross_entropy(model(X.float()), Y).backward()
        optimizer.step()
    return model


def loss_of(model):
    return F.cross_entropy(model(X), Y)


TRAINED = network(train_steps=25)


@pytest.mark.parametrize("model", [network(), TRAINED], ids=["untrained", "trained"])
def test_a_right_network_of_relus(model):
    result = check_parameters(model, loss_of)
    assert result.max_relative_error < 1e-6
    assert result.samples + result.kinks == 200
    assert result.kinks < 20


def test_a_deep_network_of_relus_with_kinks_everywhere():
    tg.manual_seed(9)
    layers = [nn.Linear(64, 60), nn.ReLU()]
    for _ in range(3):
        layers += [nn.Linear(60, 60), nn.ReLU()]
    model = nn.Sequential(*layers, nn.Linear(60, 10))
    x = tg.randn(100, 64, dtype=tg.float64, generator=tg.Generator().manual_seed(0))
    result = check_parameters(model, lambda model: F.cross_entropy(model(x), Y))
    assert result.max_relative_error < 1e-6
    assert result.samples > 140


def spoiled_linear(position, c=1.00001):
    def rule(*inputs):
        y, pullbacks = ops.linear.rule(*inputs)
        return y, [(lambda g, p=p: p(g) * c) if i == position else p for i, p in enumerate(pullbacks)]

    return Op(rule, formula="y = x wᵀ + b", derivative=ops.linear.derivative)


@pytest.mark.parametrize(("layer", "position"), [(0, 1), (0, 2), (1, 0), (1, 1), (1, 2)])
def test_an_error_of_1e_5_in_one_layer_is_seen(layer, position):
    """In the gradient to the input (0), the weight (1) or the bias (2) of one of the two layers."""
    linear = [ops.linear, ops.linear]
    linear[layer] = spoiled_linear(position)

    def wrong_loss(model):
        first_weight, first_bias, weight, bias = model.parameters()
        return F.cross_entropy(linear[1](linear[0](X, first_weight, first_bias).relu(), weight, bias), Y)

    result = check_parameters(TRAINED, wrong_loss, samples=60)
    assert 5e-6 < result.max_relative_error < 2e-5
    blamed = {(0, 1): "0.weight", (0, 2): "0.bias", (1, 0): "0.", (1, 1): "2.weight", (1, 2): "2.bias"}
    assert result.worst.startswith(blamed[layer, position])


def test_the_result_is_readable():
    model = nn.Linear(2, 1)
    with tg.no_grad():
        model.weight.copy_(tg.tensor([[1.0, 2.0]]))
        model.bias.fill_(0.5)
    result = check_parameters(model, lambda model: model(tg.ones(1, 2)).sum() ** 2)
    assert result.samples == 3, "all there are"
    assert str(result).startswith("3 parameters: largest relative error ")
    assert "backward gives 7, differences give 7" in str(result)


def test_nan_and_infinity_are_not_overlooked():
    model = nn.Linear(2, 1)
    for loss in (lambda model: (model.bias * 0 - 1).log().sum(), lambda model: (model.bias * 0).sqrt().sum()):
        with np.errstate(all="ignore"):
            assert check_parameters(model, loss).max_relative_error == np.inf


def test_nothing_to_compare_is_no_success():
    model = nn.Linear(2, 1)
    with tg.no_grad():
        model.bias.fill_(0.0)
    model.weight.requires_grad_(False)
    result = check_parameters(model, lambda model: model.bias.relu().sum())
    assert (result.samples, result.kinks) == (0, 1)
    assert not result.max_relative_error < 1e-6
    assert str(result) == "0 parameters (1 more skipped at kinks): no slope; all gradients are 0 in bias"


def test_a_dead_network_is_said_to_be_dead():
    model = network(hidden=4)
    with tg.no_grad():
        model[0].bias.fill_(-1e6)
    result = check_parameters(model, loss_of, samples=40)
    assert result.zero == ("0.weight", "0.bias", "2.weight")
    assert str(result).endswith("; all gradients are 0 in 0.weight, 0.bias, 2.weight")


def test_the_model_is_left_alone_and_the_samples_repeat():
    model = network(hidden=8)
    before = [p.array.copy() for p in model.parameters()]
    model[0].weight.requires_grad_(False)
    first, again = (check_parameters(model, loss_of, samples=20) for _ in range(2))
    assert first == again
    assert all(
        np.array_equal(p.array, b) and p.dtype == np.float32 for p, b in zip(model.parameters(), before, strict=True)
    )
    assert all(p.grad is None for p in model.parameters())
    assert "0.weight" not in first.worst, "a frozen parameter is not checked"
    other = check_parameters(model, loss_of, samples=20, rng=tg.Generator().manual_seed(1))
    assert other.max_relative_error != first.max_relative_error


def test_what_is_refused():
    model = network(hidden=4)
    dropout = nn.Sequential(nn.Dropout(0.5), model)
    with pytest.raises(GradcheckError, match=r"two different values.*dropout.*eval\(\)"):
        check_parameters(dropout, loss_of)
    assert check_parameters(dropout.eval(), loss_of, samples=10).max_relative_error < 1e-6
    with pytest.raises(ValueError, match="does not depend on the parameters"):
        check_parameters(model, lambda _: loss_of(model).detach())
    with pytest.raises(ValueError, match="does not depend on the parameters"):
        check_parameters(model.double(), lambda _: loss_of(model))
    with pytest.raises(TypeError, match="the loss is float32"):
        check_parameters(model, lambda model: loss_of(model).float())
    with pytest.raises(ValueError, match=r"one number, not shape \(100, 10\)"):
        check_parameters(model, lambda model: model(X))
    with pytest.raises(ValueError, match="one number, not a float"):
        check_parameters(model, lambda model: loss_of(model).item())
    with pytest.raises(ValueError, match="no parameter that requires a gradient"):
        check_parameters(nn.ReLU(), lambda model: model(X).sum())
    with pytest.raises(ValueError, match="samples must be at least 1"):
        check_parameters(model, loss_of, samples=0)
