"""Modules against PyTorch's: names, printing, states, default initial values, initializers, utilities."""

import math

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
pytestmark = pytest.mark.torch
torch.set_num_threads(1)  # the tensors are tiny; more threads only wait for each other


def network(nn):
    inner = nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Dropout(0.1))
    heads = nn.ModuleDict({"a": nn.Linear(5, 2, bias=False), "b": nn.Linear(5, 3)})
    return nn.ModuleList([nn.Flatten(), inner, nn.ReLU(inplace=True), heads, nn.Softmax(dim=1), nn.Identity()])


def test_names_order_and_printing_are_the_same():
    ours, theirs = network(nn), network(torch.nn)
    assert repr(ours) == repr(theirs)
    for method in ("named_parameters", "named_modules", "named_children", "named_buffers"):
        assert [name for name, _ in getattr(ours, method)()] == [name for name, _ in getattr(theirs, method)()]
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert [tuple(t.shape) for t in ours.state_dict().values()] == [
        tuple(t.shape) for t in theirs.state_dict().values()
    ]


def test_a_state_of_pytorch_loads_and_gives_the_same_outputs_and_gradients():
    def build(nn):
        return nn.Sequential(nn.Linear(5, 7), nn.Sigmoid(), nn.Linear(7, 4, bias=False), nn.LogSoftmax(dim=1))

    theirs = build(torch.nn).double()
    ours = build(nn).double()
    ours.load_state_dict({name: t.numpy() for name, t in theirs.state_dict().items()})
    x = np.random.default_rng(0).normal(size=(3, 5))
    y, z = ours(tg.tensor(x)), theirs(torch.tensor(x))
    np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), rtol=1e-12)
    (y * y).sum().backward()
    (z * z).sum().backward()
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=1e-11, atol=1e-14)


def test_the_first_values_of_a_linear_layer_have_the_same_bounds_and_spread():
    tg.manual_seed(0)
    torch.manual_seed(0)
    ours, theirs = nn.Linear(256, 500), torch.nn.Linear(256, 500)
    for a, b in ((ours.weight.array, theirs.weight.detach().numpy()), (ours.bias.array, theirs.bias.detach().numpy())):
        assert a.dtype == b.dtype
        assert abs(a.max() / b.max() - 1) < 0.02
        assert abs(a.min() / b.min() - 1) < 0.02
        assert abs(a.std() / b.std() - 1) < 0.1


INITIALIZERS = {
    "xavier_uniform_": [{}, {"gain": 2.0}],
    "xavier_normal_": [{}, {"gain": 2.0}],
    "kaiming_uniform_": [
        {},
        {"a": math.sqrt(5)},
        {"mode": "fan_out"},
        {"nonlinearity": "relu"},
        {"nonlinearity": "tanh"},
    ],
    "kaiming_normal_": [{}, {"a": 0.3}, {"mode": "fan_out"}, {"nonlinearity": "relu"}, {"nonlinearity": "selu"}],
    "uniform_": [{"a": -2.0, "b": 1.0}],
    "normal_": [{"mean": 3.0, "std": 2.0}],
}


@pytest.mark.parametrize("shape", [(120, 80), (40, 20, 3, 2)], ids=str)
@pytest.mark.parametrize(
    ("name", "options"), [(n, o) for n, table in INITIALIZERS.items() for o in table], ids=lambda v: str(v)
)
def test_initializers_have_the_same_spread(name, options, shape):
    a = getattr(nn.init, name)(tg.empty(*shape), generator=tg.Generator().manual_seed(0), **options).numpy()
    torch.manual_seed(0)
    b = getattr(torch.nn.init, name)(torch.empty(*shape), **options).numpy()
    assert abs(a.std() / b.std() - 1) < 0.06
    assert abs(a.mean() - b.mean()) < 0.06 * b.std()
    if "uniform" in name:
        assert abs(a.max() / b.max() - 1) < 0.01


@pytest.mark.parametrize(
    ("name", "param"),
    [("linear", None), ("sigmoid", None), ("tanh", None), ("relu", None), ("selu", None), ("conv2d", None),
     ("leaky_relu", None), ("leaky_relu", 0.3)],
)  # fmt: skip
def test_gains(name, param):
    assert nn.init.calculate_gain(name, param) == pytest.approx(torch.nn.init.calculate_gain(name, param), rel=1e-15)


@pytest.mark.parametrize("norm_type", [1.0, 2.0, 3.0, math.inf])
@pytest.mark.parametrize("max_norm", [0.5, 1e6])
def test_clip_grad_norm(norm_type, max_norm):
    rng = np.random.default_rng(0)
    ours, theirs = [], []
    for shape in ((3, 4), (5,), ()):
        g = np.asarray(rng.normal(size=shape))
        ours.append(tg.tensor(np.zeros(shape), requires_grad=True))
        theirs.append(torch.zeros(shape, dtype=torch.float64, requires_grad=True))
        ours[-1].grad, theirs[-1].grad = tg.tensor(g), torch.tensor(g)
    norms = (m.utils.clip_grad_norm_(ps, max_norm, norm_type) for m, ps in ((nn, ours), (torch.nn, theirs)))
    assert next(norms).item() == pytest.approx(next(norms).item(), rel=1e-12)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=1e-12)


def test_one_hot_and_pad():
    F, G = nn.functional, torch.nn.functional
    indices = np.array([[0, 3], [2, 1]])
    assert F.one_hot(tg.tensor(indices), 5).tolist() == G.one_hot(torch.tensor(indices), 5).tolist()
    x = np.arange(6.0).reshape(1, 2, 3)
    assert (
        F.pad(tg.tensor(x), (1, 2, 0, 1), value=9.0).tolist()
        == G.pad(torch.tensor(x), (1, 2, 0, 1), value=9.0).tolist()
    )
