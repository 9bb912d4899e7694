"""What a Tensor is: its data, types, conversions, and NumPy's protocols."""

import copy
import pickle

import numpy as np
import pytest

import tinygrad_edu as tg


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        (1.0, "float32"),
        ([1.0, 2], "float32"),
        ([1, 2], "int64"),
        (True, "bool"),
        ([[True], [False]], "bool"),
        (np.float64(1), "float64"),
        (np.arange(3.0), "float64"),
        ([np.float64(1)], "float64"),
        (np.arange(3, dtype=np.int16), "int16"),
        (range(3), "int64"),
        ([], "float32"),
    ],
)
def test_type_of_new_tensors(data, dtype):
    assert tg.tensor(data).dtype == dtype


def test_explicit_type_and_copy():
    array = np.ones(2)
    assert tg.tensor(array, dtype=tg.float32).dtype == np.float32
    assert not np.shares_memory(tg.tensor(array).array, array)
    assert np.shares_memory(tg.from_numpy(array).array, array)
    assert np.shares_memory(tg.as_tensor(array).array, array)


@pytest.mark.parametrize(
    ("compute", "dtype"),
    [
        (lambda f, d, i: f * 2.5, "float32"),
        (lambda f, d, i: 2.5 / f, "float32"),
        (lambda f, d, i: f + np.float64(1), "float32"),
        (lambda f, d, i: f * d, "float64"),
        (lambda f, d, i: i * 2, "int64"),
        (lambda f, d, i: i * 0.5, "float32"),
        (lambda f, d, i: i / i, "float32"),
        (lambda f, d, i: i * f, "float32"),
        (lambda f, d, i: i.exp(), "float32"),
        (lambda f, d, i: i * d, "float64"),
        (lambda f, d, i: f > 0, "bool"),
        (lambda f, d, i: f**2, "float32"),
        (lambda f, d, i: f.mean(), "float32"),
        (lambda f, d, i: np.exp(i), "float32"),  # NumPy's functions follow the same rule
        (lambda f, d, i: np.multiply(np.float64(2), f), "float32"),
        (lambda f, d, i: np.sqrt(2 / 784) * f, "float32"),
        (lambda f, d, i: np.float64(2) ** f, "float32"),
        (lambda f, d, i: f.var(), "float32"),
        (lambda f, d, i: f.sigmoid(), "float32"),
    ],
)
def test_type_of_results(compute, dtype):
    result = compute(tg.ones(2), tg.ones(2, dtype=tg.float64), tg.ones(2, dtype=tg.int64))
    assert result.dtype == dtype


def test_gradient_comes_in_the_type_of_its_leaf():
    f = tg.ones(2, requires_grad=True)
    d = tg.ones(2, dtype=tg.float64, requires_grad=True)
    (f * d * tg.arange(2)).sum().backward()
    assert (f.grad.dtype, d.grad.dtype) == (np.float32, np.float64)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: tg.tensor([1, 2], requires_grad=True), TypeError, r"floating-point.*int64.*\.float\(\)"),
        (lambda: tg.tensor([True]).requires_grad_(), TypeError, "floating-point.*bool"),
        (lambda: tg.tensor("text"), TypeError, "expected numbers"),
        (lambda: tg.tensor(None), TypeError, "expected numbers"),
        (lambda: tg.tensor([1j]), TypeError, "complex"),
        (lambda: tg.tensor([[1, 2], [3]]), ValueError, "uneven"),
        (lambda: tg.tensor([tg.ones((), requires_grad=True)]), TypeError, "stack"),
        (lambda: tg.from_numpy([1.0]), TypeError, "tensor()"),
        (lambda: tg.ones(2) + "a", TypeError, "add.*an input is a str"),
        (lambda: tg.ones(2) + None, TypeError, "add.*an input is a NoneType"),
        (lambda: tg.ones(2) * 1j, TypeError, "complex"),
        (
            lambda: tg.Tensor(np.ones(2), True),
            TypeError,
            r"Tensor: expected data, or sizes .* requires_grad=True goes by",
        ),
        (lambda: tg.ones(2) * np.array([1j, 2]), TypeError, "complex"),
        (lambda: tg.ones(2, 3) @ tg.ones(2, 3), ValueError, r"matmul.*\(2, 3\).*\(2, 3\)"),
        (lambda: tg.ones(2) + tg.ones(3), ValueError, r"add.*shape \(2,\).*shape \(3,\)"),
        (lambda: tg.ones(2, 3).sum(dim=2), IndexError, "axis 2"),
        (lambda: tg.ones(2)[5], IndexError, "getitem"),
        (lambda: tg.ones(2)[0.5], IndexError, "index.long"),
        (lambda: bool(tg.ones(2)), ValueError, "no single truth value"),
        (lambda: tg.ones(2).item(), ValueError, "one element"),
        (lambda: len(tg.ones(())), TypeError, "numel"),
        (lambda: list(tg.ones(())), TypeError, "item"),
        (lambda: tg.ones(2).exp().requires_grad_().numpy(), RuntimeError, "detach"),
        (lambda: np.asarray(tg.ones(2, requires_grad=True)), RuntimeError, "detach"),
        (lambda: setattr(tg.ones(2), "grad", np.ones(2)), TypeError, "expected a Tensor or None"),
        (lambda: setattr(tg.ones(2), "grad", tg.ones(3)), ValueError, r"expected shape \(2,\)"),
        (lambda: setattr(tg.ones(2, requires_grad=True) * 2, "requires_grad", False), RuntimeError, "detach"),
        (lambda: [10, 20][tg.ones(())], TypeError, "long"),
        (lambda: tg.manual_seed(-1), ValueError, "not negative"),
        (lambda: tg.rand(2, generator=3), TypeError, "Generator"),
        (lambda: tg.clamp(tg.ones(2)), ValueError, "min=, max= or both"),
    ],
)
def test_mistakes_are_explained(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_data_detach_and_grad_are_tensors_that_share_memory():
    t = tg.ones(2, requires_grad=True)
    t.sum().backward()
    for other in (t.data, t.detach()):
        assert isinstance(other, tg.Tensor)
        assert not other.requires_grad
        assert np.shares_memory(other.array, t.array)
    assert isinstance(t.grad, tg.Tensor)
    t.data = tg.zeros(3)
    assert t.shape == (3,)


def test_python_conversions():
    t = tg.tensor([[1, 2], [3, 4]])
    assert (len(t), t.tolist(), t.numel(), t.dim(), t.size(), t.size(1)) == (2, [[1, 2], [3, 4]], 4, 2, (2, 2), 2)
    assert [row.tolist() for row in t] == [[1, 2], [3, 4]]
    assert (float(t[0, 0]), int(t[1, 1]), bool(t[0, 0])) == (1.0, 4, True)
    assert 3 in t
    assert 9 not in t
    assert [10, 20, 30][t[0, 1]] == 30
    assert f"{tg.tensor(0.12345):.2f}" == "0.12"
    assert {t: 1}[t] == 1


@pytest.mark.parametrize(
    ("tensor", "text"),
    [
        (tg.tensor([1.0, 2.5]), "tensor([1.0000, 2.5000])"),
        (tg.tensor([1.0], requires_grad=True), "tensor([1.], requires_grad=True)"),
        (tg.tensor([1.0], requires_grad=True) * 2, "tensor([2.], grad_fn=<mul>)"),
        (tg.tensor([1, 2]), "tensor([1, 2])"),
        (tg.ones(1, dtype=tg.float64), "tensor([1.], dtype=float64)"),
        (tg.zeros(0, 3), "tensor([], size=(0, 3))"),
        (tg.tensor(3.0), "tensor(3.)"),
    ],
)
def test_repr(tensor, text):
    assert repr(tensor) == text


def test_copies():
    t = tg.ones(2, requires_grad=True)
    t.sum().backward()
    for twin in (copy.deepcopy(t), pickle.loads(pickle.dumps(t))):
        assert twin.requires_grad
        assert twin.tolist() == t.tolist()
        assert not np.shares_memory(twin.array, t.array)
    assert copy.deepcopy(t).grad.tolist() == [1.0, 1.0]
    for refused in (copy.deepcopy, pickle.dumps):
        with pytest.raises(tg.GraphError, match="detach"):
            refused(t * 2)


# NumPy's protocols


def test_arrays_and_tensors_mix():
    t = tg.tensor([1.0, 2.0], dtype=tg.float64, requires_grad=True)
    array = np.array([3.0, 4.0])
    for result, expected in [
        (array * t, [3.0, 8.0]),
        (t * array, [3.0, 8.0]),
        (array - t, [2.0, 2.0]),
        (np.eye(2) @ t, [1.0, 2.0]),
        (t @ np.eye(2), [1.0, 2.0]),
        (np.float64(2) * t, [2.0, 4.0]),
        (2**t, [2.0, 4.0]),
        (array / t, [3.0, 2.0]),
        (np.add(array, t), [4.0, 6.0]),
        (np.sum(array * t, axis=0, keepdims=True), [11.0]),
        (np.concatenate([array, t]), [3.0, 4.0, 1.0, 2.0]),
        (np.where(array > 3, t, 0), [0.0, 2.0]),
        (np.clip(t, 1.5, None), [1.5, 2.0]),
    ]:
        assert isinstance(result, tg.Tensor)
        assert result.requires_grad
        assert result.array.dtype != object
        np.testing.assert_allclose(result.array, expected)
    (array * t).sum().backward()
    np.testing.assert_array_equal(t.grad.array, array)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda t: np.fft.fft(t), "fft"),
        (lambda t: np.add.reduceat(t, [0]), "np.add.reduceat"),
        (lambda t: np.multiply(t, t, out=np.empty(2)), "np.multiply"),
        (lambda t: np.sum(t, where=np.array([True, False])), "np.sum: the argument where="),
        (lambda t: np.histogram(t), "np.histogram"),
        (lambda t: np.spacing(t), "np.spacing"),
        (lambda t: np.where(t), "np.where"),
    ],
)
def test_a_numpy_function_without_an_operation_is_named(call, name):
    with pytest.raises(TypeError, match=name):
        call(tg.ones(2, requires_grad=True))


def test_comparisons_give_tensors_of_bools():
    t = tg.tensor([1.0, 2.0], requires_grad=True)
    for result in (t > 1, t == 2.0, np.array([0.0, 3.0]) < t, t != t):
        assert result.dtype == bool
        assert not result.requires_grad
    assert ((t > 1) & ~(t > 5)).tolist() == [False, True]
