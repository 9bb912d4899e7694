"""PyTorch's names and parameters, and NumPy's as aliases: both reach the same operation."""

import numpy as np
import pytest

import tinygrad_edu as tg

X = np.arange(24.0).reshape(2, 3, 4) - 7.3


def t():
    return tg.tensor(X, requires_grad=True)


CASES = {
    "add with alpha": (lambda x: tg.add(x, x, alpha=3), X * 4),
    "sub with alpha": (lambda x: x.sub(x, alpha=3), X * -2),
    "square": (lambda x: x.square(), X * X),
    "clamp by tensors": (lambda x: tg.clamp(x, tg.tensor(X).mean(), tg.tensor(5.0)), np.clip(X, X.mean(), 5.0)),
    "where method": (lambda x: x.where(x > 0, 0.0), np.where(X > 0, X, 0)),
    "sum dim": (lambda x: x.sum(dim=1), X.sum(1)),
    "sum axis": (lambda x: x.sum(axis=1, keepdims=True), X.sum(1, keepdims=True)),
    "sum of several": (lambda x: tg.sum(x, (0, -1), keepdim=True), X.sum((0, 2), keepdims=True)),
    "mean of a list of dims": (lambda x: x.mean([0, 1]), X.mean((0, 1))),
    "var": (lambda x: x.var(1), X.var(1, ddof=1)),
    "var without correction": (lambda x: x.var(dim=(0, 2), correction=0, keepdim=True), X.var((0, 2), keepdims=True)),
    "std ddof": (lambda x: x.std(axis=-1, ddof=0) + x.var(axis=1, ddof=1)[:, :3], X.std(-1) + X.var(1, ddof=1)[:, :3]),
    "std": (lambda x: x.std(dim=-1), X.std(-1, ddof=1)),
    "amax": (lambda x: x.amax((0, 1)), X.max((0, 1))),
    "amin": (lambda x: x.amin(axis=2), X.min(2)),
    "max of all": (lambda x: x.max(), X.max()),
    "max values": (lambda x: x.max(dim=1).values, X.max(1)),
    "max keepdim": (lambda x: x.max(1, keepdim=True)[0], X.max(1, keepdims=True)),
    "min values": (lambda x: tg.min(x, 2).values, X.min(2)),
    "max of two": (lambda x: tg.max(x, -x), np.maximum(X, -X)),
    "logsumexp": (lambda x: x.logsumexp((0, 2)), np.log(np.exp(X).sum((0, 2)))),
    "softmax": (lambda x: x.softmax(dim=1).sum(dim=1), np.ones((2, 4))),
    "reshape": (lambda x: x.reshape(4, -1), X.reshape(4, -1)),
    "view of a tuple": (lambda x: x.view((6, 4)), X.reshape(6, 4)),
    "flatten": (lambda x: x.flatten(1), X.reshape(2, 12)),
    "flatten up to": (lambda x: tg.flatten(x, 0, 1), X.reshape(6, 4)),
    "squeeze leaves others": (lambda x: x.unsqueeze(1).squeeze((0, 1)), X),
    "unsqueeze": (lambda x: x.unsqueeze(-1), X[..., None]),
    "transpose": (lambda x: x.transpose(0, -1), X.swapaxes(0, -1)),
    "permute": (lambda x: x.permute(2, 0, 1), X.transpose(2, 0, 1)),
    "T": (lambda x: x[0].T, X[0].T),
    "mT": (lambda x: x.mT, X.swapaxes(1, 2)),
    "expand": (lambda x: x[:, :1].expand(5, -1, 3, 4), np.broadcast_to(X[:, :1], (5, 2, 3, 4))),
    "cat": (lambda x: tg.cat([x, x], dim=-1), np.concatenate([X, X], -1)),
    "stack axis": (lambda x: tg.stack([x, x], axis=1), np.stack([X, X], 1)),
    "take_along_dim": (lambda x: x.take_along_dim(x.argmax(1, keepdim=True), 1), X.max(1, keepdims=True)),
    "double to float and back": (lambda x: x.float().double(), X.astype(np.float32)),
    "matmul method": (lambda x: x.matmul(x.mT), X @ X.swapaxes(1, 2)),
    "clone": (lambda x: x.clone(), X),
}


@pytest.mark.parametrize("name", CASES)
def test_value_and_a_gradient(name):
    function, expected = CASES[name]
    x = t()
    y = function(x)
    np.testing.assert_allclose(y.array, expected, rtol=1e-6 if "float" in name else 1e-12)
    y.sum().backward()
    assert x.grad.shape == X.shape


def test_indices_of_extremes():
    values, indices = t().max(dim=2)
    np.testing.assert_array_equal(indices.array, X.argmax(2))
    np.testing.assert_array_equal(values.array, X.max(2))
    assert t().argmin().item() == 0


def test_scatter_takes_one_thing_to_write():
    for options in ({}, {"src": 1.0, "value": 2.0}):
        with pytest.raises(TypeError, match="either src or value="):
            t()[0].scatter(0, tg.tensor([[0]]), **options)


def test_the_mean_of_integers_is_none_unless_they_are_converted():
    counts = tg.tensor([1, 2, 4])
    with pytest.raises(TypeError, match=r"mean: expected floats, got int64; .* t\.float\(\)\.mean\(\)"):
        counts.mean()
    with pytest.raises(TypeError, match="mean: expected floats, got bool"):
        tg.mean(counts > 1)
    assert counts.mean(dtype=tg.float64).item() == 7 / 3
    assert np.mean(counts) == tg.tensor(7 / 3)  # NumPy's function has NumPy's answer, in the default type
    assert np.mean(counts).dtype == tg.float32


@pytest.mark.parametrize("name", ["sum", "mean", "prod", "cumsum", "cumprod", "softmax", "log_softmax"])
def test_a_reduction_as_another_type(name):
    x = tg.tensor(X[0], requires_grad=True)
    y = getattr(x, name)(dim=1, dtype=tg.float32)
    assert y.dtype == tg.float32
    np.testing.assert_allclose(y.array, getattr(x, name)(dim=1).array, rtol=1e-5)
    y.sum().backward()
    assert x.grad.dtype == tg.float64


def test_arrays_in_arrays_out():
    assert isinstance(tg.exp(X), np.ndarray)
    assert isinstance(tg.exp(tg.tensor(X)), tg.Tensor)


@pytest.mark.parametrize(
    ("make", "shape", "dtype"),
    [
        (lambda: tg.zeros(2, 3), (2, 3), "float32"),
        (lambda: tg.ones((2, 3), dtype=tg.int64), (2, 3), "int64"),
        (lambda: tg.full((2,), 7), (2,), "int64"),
        (lambda: tg.full((2,), 7.0), (2,), "float32"),
        (lambda: tg.empty(4), (4,), "float32"),
        (lambda: tg.eye(3), (3, 3), "float32"),
        (lambda: tg.arange(5), (5,), "int64"),
        (lambda: tg.arange(0, 1, 0.25), (4,), "float32"),
        (lambda: tg.linspace(0, 1, 5), (5,), "float32"),
        (lambda: tg.zeros_like(tg.ones(2, dtype=tg.float64)), (2,), "float64"),
        (lambda: tg.full_like(tg.ones(2), 3), (2,), "float32"),
        (lambda: tg.rand(2, 2), (2, 2), "float32"),
        (lambda: tg.randn(3, dtype=tg.float64), (3,), "float64"),
        (lambda: tg.randint(10, (3,)), (3,), "int64"),
        (lambda: tg.randint(5, 10, (3,)), (3,), "int64"),
        (lambda: tg.randperm(5), (5,), "int64"),
        (lambda: tg.randn_like(tg.ones(2, 3)), (2, 3), "float32"),
    ],
)
def test_creation(make, shape, dtype):
    made = make()
    assert made.shape == shape
    assert made.dtype == dtype


def test_the_same_seed_gives_the_same_numbers():
    def draw(generator=None):
        return [f(4, generator=generator).tolist() for f in (tg.rand, tg.randn)] + [
            tg.randperm(9, generator=generator).tolist()
        ]

    tg.manual_seed(3)
    first = draw()
    tg.manual_seed(3)
    assert draw() == first
    assert draw() != first
    own = tg.Generator().manual_seed(3)
    assert draw(own) == first
    state = own.get_state()
    after = draw(own)
    own.set_state(state)
    assert draw(own) == after
    assert own.initial_seed() == 3
    assert draw(np.random.default_rng(3)) == first
