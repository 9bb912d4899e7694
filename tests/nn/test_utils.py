"""Clipping gradients, parameters as one vector, series of different lengths."""

import math

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.nn.utils import clip_grad_norm_, clip_grad_value_, parameters_to_vector, rnn, vector_to_parameters


def with_grads(*grads):
    tensors = []
    for g in grads:
        t = tg.zeros(np.shape(g), dtype=tg.float64, requires_grad=True)
        t.grad = tg.tensor(np.array(g, float))
        tensors.append(t)
    return tensors


@pytest.mark.parametrize(("norm_type", "norm"), [(2.0, 13.0), (1.0, 19.0), (math.inf, 12.0)])
def test_clipping_scales_all_gradients_by_one_factor(norm_type, norm):
    tensors = with_grads([3.0, -4.0], [[12.0]])
    tensors.append(tg.zeros(1, requires_grad=True))  # has no gradient
    total = clip_grad_norm_(iter(tensors), norm / 2, norm_type)
    assert total.item() == pytest.approx(norm)
    np.testing.assert_allclose(tensors[0].grad.array, [1.5, -2.0], rtol=1e-6)
    np.testing.assert_allclose(tensors[1].grad.array, [[6.0]], rtol=1e-6)


def test_small_gradients_are_left_as_they_are():
    (t,) = with_grads([3.0, 4.0])
    assert clip_grad_norm_(t, 5.1).item() == 5.0
    assert t.grad.tolist() == [3.0, 4.0]
    assert clip_grad_norm_([], 1.0).item() == 0.0


def test_gradients_that_are_not_finite():
    tensors = with_grads([1.0, np.nan], [2.0])
    with pytest.raises(ValueError, match="norm of the gradients is nan"):
        clip_grad_norm_(tensors, 1.0, error_if_nonfinite=True)
    assert tensors[1].grad.tolist() == [2.0]
    assert math.isnan(clip_grad_norm_(tensors, 1.0).item())
    assert math.isnan(tensors[1].grad.item())


@pytest.mark.torch
@pytest.mark.parametrize("norm_type", [2.0, 1, 3.5, 0.5, 0, math.inf, "inf", -math.inf])
@pytest.mark.parametrize("max_norm", [0.5, 1e3, 0])
@pytest.mark.parametrize("foreach", [None, True, False])
def test_clipping_is_that_of_pytorch(norm_type, max_norm, foreach):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
    rng, found = np.random.default_rng(0), []
    grads = [rng.normal(size=shape) for shape in ((3, 4), (5,), ())] + [np.zeros(2)]
    for lib in (tg, torch):
        tensors = [lib.zeros(grad.shape, dtype=lib.float64, requires_grad=True) for grad in grads]
        for tensor, grad in zip(tensors, grads, strict=True):
            tensor.grad = lib.tensor(grad)
        tensors.append(lib.zeros(2, requires_grad=True))  # has no gradient
        utils = lib.nn.utils
        total = utils.get_total_norm([t.grad for t in tensors[:4]], norm_type, foreach=foreach)
        assert total.item() == utils.clip_grad_norm_(tensors, max_norm, norm_type, foreach=foreach).item()
        first = [t.grad.numpy().copy() for t in tensors[:4]]
        utils.clip_grads_with_norm_(tensors, 0.1, total, foreach)
        utils.clip_grad_value_(tensors, 0.01, foreach=foreach)
        found.append([total.numpy(), *first, *(t.grad.numpy() for t in tensors[:4])])
        assert tensors[4].grad is None
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=0)


def test_clipping_each_element():
    tensors = with_grads([3.0, -4.0], [[0.5]])
    clip_grad_value_(tensors, 1.0)
    assert [t.grad.tolist() for t in tensors] == [[1.0, -1.0], [[0.5]]]


def test_series_of_different_lengths():
    series = [tg.tensor(np.arange(float(2 * n)).reshape(n, 2), requires_grad=True) for n in (3, 1, 2)]
    padded = rnn.pad_sequence(series, batch_first=True, padding_value=-1.0)
    assert padded.shape == (3, 3, 2)
    assert padded[1].tolist() == [[0.0, 1.0], [-1.0, -1.0], [-1.0, -1.0]]
    assert rnn.pad_sequence(series)[:, 1].tolist() == [[0.0, 1.0], [0.0, 0.0], [0.0, 0.0]]
    assert rnn.pad_sequence(series, padding_side="left")[:, 2, 0].tolist() == [0.0, 0.0, 2.0]
    padded.sum().backward()
    assert [s.grad.tolist() for s in series] == [np.ones((n, 2)).tolist() for n in (3, 1, 2)]
    for batch_first in (True, False):
        whole = rnn.pad_sequence(series, batch_first)
        parts = rnn.unpad_sequence(whole, tg.tensor([3, 1, 2]), batch_first)
        assert [part.tolist() for part in parts] == [s.tolist() for s in series]
    with pytest.raises(ValueError, match="padding_side"):
        rnn.pad_sequence(series, padding_side="middle")


def test_vector_and_back():
    a, b = tg.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True), tg.tensor([5.0], requires_grad=True)
    vector = parameters_to_vector([a, b])
    assert vector.tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]
    (vector * vector).sum().backward()
    assert a.grad.tolist() == [[2.0, 4.0], [6.0, 8.0]]
    memory = a.array
    vector_to_parameters(vector * 10, [a, b])
    assert a.array is memory
    assert a.tolist() == [[10.0, 20.0], [30.0, 40.0]]
    assert b.tolist() == [50.0]
    assert a.is_leaf


def test_vectors_that_do_not_fit():
    a = tg.zeros(2)
    for size in (1, 3):
        with pytest.raises(ValueError, match="expected a vector of 2 elements"):
            vector_to_parameters(tg.ones(size), [a])
    assert a.tolist() == [0.0, 0.0]
    with pytest.raises(ValueError, match="at least one parameter"):
        parameters_to_vector([])
