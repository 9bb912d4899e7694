"""Losses against plain NumPy formulas, over a table of options, and their gradients against finite differences."""

import itertools
import math

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn
from tinygrad_edu.autograd import gradcheck, gradgradcheck
from tinygrad_edu.nn import functional as F

rng = np.random.default_rng(0)
START = rng.bit_generator.state


@pytest.fixture(autouse=True)
def _same_numbers_whichever_tests_run():
    rng.bit_generator.state = START


def product(*options):
    return list(itertools.product(*options))


REDUCTIONS = ("mean", "sum", "none")
SHAPES = {"rows": (5, 3), "one example": (3,), "images": (2, 3, 2, 2)}
WEIGHT = np.array([0.5, 2.0, 1.25])


def reduced(losses, reduction, divisor=None):
    if reduction == "none":
        return losses
    return losses.sum() / (losses.size if divisor is None else divisor) if reduction == "mean" else losses.sum()


def log_softmax(x, axis):
    return x - np.log(np.exp(x).sum(axis, keepdims=True))


def scores_and_classes(shape):
    x = rng.normal(size=shape)
    axis = min(len(shape) - 1, 1)
    return x, rng.integers(0, 3, shape[:axis] + shape[axis + 1 :]), axis


def indexed_loss(log_p, target, axis, weight, ignore, smoothing, reduction):
    """Write out, place by place, what cross entropy with class indices is."""
    log_p = np.moveaxis(log_p, axis, -1)
    losses, weights = np.zeros(target.shape), np.zeros(target.shape)
    for place in np.ndindex(target.shape):
        k = target[place]
        if k != ignore:
            weights[place] = weight[k]
            losses[place] = -(1 - smoothing) * weight[k] * log_p[place][k]
            losses[place] -= smoothing / 3 * (weight * log_p[place]).sum()
    return reduced(losses, reduction, weights.sum())


INDEXED = product(SHAPES, REDUCTIONS, (None, WEIGHT), (-100, 1), (0.0, 0.3))


@pytest.mark.parametrize(("shape", "reduction", "weight", "ignore", "smoothing"), INDEXED)
def test_cross_entropy_with_class_indices(shape, reduction, weight, ignore, smoothing):
    x, target, axis = scores_and_classes(SHAPES[shape])
    if not target.ndim:
        target = np.asarray(2)
    loss = nn.CrossEntropyLoss(
        None if weight is None else tg.tensor(weight),
        ignore_index=ignore,
        reduction=reduction,
        label_smoothing=smoothing,
    )
    expected = indexed_loss(
        log_softmax(x, axis), target, axis, np.ones(3) if weight is None else weight, ignore, smoothing, reduction
    )
    scores = tg.tensor(x, requires_grad=True)
    result = loss(scores, tg.tensor(target))
    np.testing.assert_allclose(result.detach().numpy(), expected, rtol=1e-12)
    gradcheck(lambda s: loss(s, target), [scores])


@pytest.mark.parametrize(("shape", "reduction", "weight", "ignore", "smoothing"), INDEXED[::2])
def test_nll_loss(shape, reduction, weight, ignore, smoothing):
    x, target, axis = scores_and_classes(SHAPES[shape])
    if not target.ndim:
        target = np.asarray(2)
    loss = nn.NLLLoss(None if weight is None else tg.tensor(weight), ignore_index=ignore, reduction=reduction)
    w = np.ones(3) if weight is None else weight
    log_p = tg.tensor(log_softmax(x, axis), requires_grad=True)
    expected = indexed_loss(log_p.detach().numpy(), target, axis, w, ignore, 0.0, reduction)
    np.testing.assert_allclose(loss(log_p, tg.tensor(target)).detach().numpy(), expected, rtol=1e-12)
    gradcheck(lambda s: loss(s, target), [log_p])


@pytest.mark.parametrize(
    ("shape", "reduction", "weight", "smoothing"), product(SHAPES, REDUCTIONS, (None, WEIGHT), (0.0, 0.3))
)
def test_cross_entropy_with_class_probabilities(shape, reduction, weight, smoothing):
    x, _, axis = scores_and_classes(SHAPES[shape])
    q = np.exp(log_softmax(rng.normal(size=x.shape), axis))
    loss = nn.CrossEntropyLoss(
        None if weight is None else tg.tensor(weight), reduction=reduction, label_smoothing=smoothing
    )
    w = (np.ones(3) if weight is None else weight).reshape((3,) + (1,) * (x.ndim - axis - 1))
    losses = -(log_softmax(x, axis) * (q * (1 - smoothing) + smoothing / 3) * w).sum(axis)
    expected = reduced(losses, reduction)
    scores, probabilities = tg.tensor(x, requires_grad=True), tg.tensor(q, requires_grad=True)
    np.testing.assert_allclose(loss(scores, probabilities).detach().numpy(), expected, rtol=1e-12)
    gradcheck(loss, [scores, probabilities])


@pytest.mark.parametrize(
    ("shape", "reduction", "weight", "pos_weight"),
    product(((4, 3), (3,), (2, 2, 3)), REDUCTIONS, (None, WEIGHT), (None, WEIGHT)),
)
def test_binary_cross_entropy(shape, reduction, weight, pos_weight):
    x, t = rng.normal(size=shape) * 2, rng.uniform(size=shape)
    loss = nn.BCEWithLogitsLoss(
        None if weight is None else tg.tensor(weight),
        reduction=reduction,
        pos_weight=None if pos_weight is None else tg.tensor(pos_weight),
    )
    p = 1 / (1 + np.exp(-x))
    w, w_plus = (1 if v is None else v for v in (weight, pos_weight))
    expected = reduced(-w * (w_plus * t * np.log(p) + (1 - t) * np.log(1 - p)), reduction)
    scores, targets = tg.tensor(x, requires_grad=True), tg.tensor(t, requires_grad=True)
    np.testing.assert_allclose(loss(scores, targets).detach().numpy(), expected, rtol=1e-11)
    gradcheck(loss, [scores, targets])


REGRESSION = {
    "mse": (F.mse_loss, nn.MSELoss, lambda d: d * d),
    "l1": (F.l1_loss, nn.L1Loss, np.abs),
}


@pytest.mark.parametrize(("name", "reduction"), product(REGRESSION, REDUCTIONS))
def test_regression(name, reduction):
    function, module, formula = REGRESSION[name]
    x, t = rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
    expected = reduced(formula(x - t), reduction)
    a, b = tg.tensor(x, requires_grad=True), tg.tensor(t, requires_grad=True)
    np.testing.assert_allclose(function(a, b, reduction=reduction).detach().numpy(), expected, rtol=1e-13)
    np.testing.assert_allclose(module(reduction=reduction)(a, t).detach().numpy(), expected, rtol=1e-13)
    gradcheck(module(reduction=reduction), [a, b])


def test_sum_of_squared_errors():
    x, t = tg.tensor([1.0, 2.0, 3.0], requires_grad=True), tg.tensor([1.0, 0.0, 0.0])
    loss = nn.SumSquaredError()(x, t)
    assert loss.item() == 13.0
    loss.backward()
    assert x.grad.tolist() == [0.0, 4.0, 6.0]


def test_second_derivatives():
    x = tg.tensor(rng.normal(size=(4, 3)), requires_grad=True)
    target = np.array([0, 2, 1, 1])
    gradgradcheck(lambda s: F.cross_entropy(s, target), [x])
    gradgradcheck(lambda s: F.cross_entropy(s, target, tg.tensor(WEIGHT), label_smoothing=0.2), [x])
    gradgradcheck(lambda s: F.binary_cross_entropy_with_logits(s, np.full((4, 3), 0.3)), [x])
    gradgradcheck(lambda s: F.mse_loss(s, np.ones((4, 3))), [x])


def test_the_second_derivative_of_binary_cross_entropy_at_zero():
    x = tg.zeros(1, dtype=tg.float64, requires_grad=True)
    (first,) = tg.autograd.grad(F.binary_cross_entropy_with_logits(x, tg.ones(1)), x, create_graph=True)
    (second,) = tg.autograd.grad(first.sum(), x)
    assert first.item() == -0.5
    assert second.item() == pytest.approx(0.25)


# Awkward values


def test_the_two_paths_of_cross_entropy_agree():
    x = tg.tensor(rng.normal(size=(6, 4)) * 30, requires_grad=True)
    target = np.array([0, 3, 1, 1, 2, 0])
    for reduction, ignore in product(REDUCTIONS, (-100, 1)):
        fused = F.cross_entropy(x, target, reduction=reduction, ignore_index=ignore)
        composed = F.nll_loss(tg.log_softmax(x, 1), target, reduction=reduction, ignore_index=ignore)
        np.testing.assert_allclose(fused.detach().numpy(), composed.detach().numpy(), rtol=1e-13)


def test_class_indices_without_options_take_the_fused_operation():
    x = tg.zeros(2, 3, requires_grad=True)
    loss = F.cross_entropy(x, tg.tensor([0, -100]), reduction="sum")
    rows = F.cross_entropy(x, tg.tensor([0, 1]), reduction="none")
    assert rows.node.op.name == "softmax_cross_entropy"
    assert loss.item() == pytest.approx(math.log(3))


def test_large_scores_do_not_overflow():
    x = tg.tensor([[1000.0, 0.0], [-1000.0, 0.0]], requires_grad=True)
    loss = F.cross_entropy(x, tg.tensor([0, 0]), reduction="none")
    assert loss.tolist() == [0.0, 1000.0]
    loss.sum().backward()
    assert x.grad.tolist() == [[0.0, 0.0], [-1.0, 1.0]]
    x = tg.tensor([1000.0, -1000.0], requires_grad=True)
    loss = F.binary_cross_entropy_with_logits(x, tg.tensor([0.0, 1.0]), reduction="none")
    assert loss.tolist() == [1000.0, 1000.0]
    loss.sum().backward()
    assert x.grad.tolist() == [1.0, -1.0]


def test_binary_cross_entropy_stays_precise_where_it_is_tiny():
    x = tg.tensor([40.0, 100.0], dtype=tg.float64, requires_grad=True)
    loss = F.binary_cross_entropy_with_logits(x, tg.ones(2), reduction="none")
    np.testing.assert_allclose(loss.detach().numpy(), np.exp([-40.0, -100.0]), rtol=1e-12)
    loss.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), -np.exp([-40.0, -100.0]), rtol=1e-12)


@pytest.mark.parametrize("options", [{}, {"label_smoothing": 0.1}, {"weight": tg.ones(3, dtype=tg.float64)}])
def test_all_ignored_is_the_mean_of_nothing_and_has_no_gradient(options):
    x = tg.tensor(rng.normal(size=(2, 3)), requires_grad=True)
    loss = F.cross_entropy(x, tg.tensor([-100, -100]), **options)
    assert math.isnan(loss.item())
    loss.backward()
    assert x.grad.tolist() == [[0.0] * 3] * 2
    assert F.cross_entropy(x, tg.tensor([-100, -100]), reduction="sum", **options).item() == 0.0


def test_an_ignored_row_may_hold_minus_infinity():
    x = tg.tensor([[-np.inf, 0.0], [1.0, 1.0]], requires_grad=True)
    assert F.nll_loss(x, tg.tensor([-100, 0])).item() == -1.0


def test_the_mean_of_an_empty_batch_is_nan():
    empty, classes = tg.zeros(0, 3), tg.zeros(0, dtype=tg.int64)
    for loss in (
        F.cross_entropy(empty, classes),
        F.nll_loss(empty, classes),
        F.cross_entropy(empty, empty),
        F.mse_loss(empty, empty),
        F.l1_loss(empty, empty),
        F.binary_cross_entropy_with_logits(empty, empty),
    ):
        assert math.isnan(loss.item())
    assert F.mse_loss(empty, empty, reduction="sum").item() == 0.0
    assert F.cross_entropy(empty, classes, reduction="none").shape == (0,)


def test_float32_stays_float32():
    x, target = tg.randn(4, 3), tg.tensor([0, 1, 2, 0])
    weight = np.ones(3)  # float64
    q = tg.softmax(tg.randn(4, 3), 1)
    for loss in (
        F.cross_entropy(x, target),
        F.cross_entropy(x, target, weight, label_smoothing=0.1, ignore_index=0),
        F.cross_entropy(x, q, weight, label_smoothing=0.1),
        F.nll_loss(x, target, weight),
        F.mse_loss(x, q),
        F.l1_loss(x, q),
        F.sum_squared_error(x, q),
        F.binary_cross_entropy_with_logits(x, q, weight, pos_weight=weight),
    ):
        assert loss.dtype == tg.float32


def test_any_integers_are_class_indices():
    x = tg.randn(3, 4)
    expected = F.cross_entropy(x, tg.tensor([0, 3, 1])).item()
    for target in ([0, 3, 1], np.array([0, 3, 1], np.uint8), tg.tensor([0, 3, 1]).to(tg.int32)):
        assert F.cross_entropy(x, target).item() == expected


def test_weights_are_part_of_the_state_and_change_type_with_the_module():
    loss = nn.CrossEntropyLoss(tg.ones(3))
    assert list(loss.state_dict()) == ["weight"]
    assert loss.double().weight.dtype == tg.float64
    assert nn.CrossEntropyLoss().state_dict() == {}
    assert list(nn.BCEWithLogitsLoss(pos_weight=tg.ones(2)).state_dict()) == ["pos_weight"]
    assert repr(nn.CrossEntropyLoss(label_smoothing=0.1)) == "CrossEntropyLoss()"


X, Y = tg.zeros(3, 4), tg.tensor([0, 1, 2])
MISTAKES = {
    "float indices": (lambda: F.cross_entropy(X, tg.zeros(3)), TypeError, r"integers of shape \(3,\), got float32"),
    "integer probabilities": (lambda: F.cross_entropy(X, X.long()), ValueError, r"indices of shape \(3,\).*\(3, 4\)"),
    "bool indices": (lambda: F.nll_loss(X, tg.tensor([True] * 3)), TypeError, "nll_loss: expected class indices.*bool"),
    "too few": (lambda: F.cross_entropy(X, Y[:2]), ValueError, r"shape \(3,\) for an input of shape \(3, 4\).*\(2,\)"),
    "extra dimension": (lambda: F.cross_entropy(X, Y.unsqueeze(1)), ValueError, r"got shape \(3, 1\)"),
    "class too large": (lambda: F.cross_entropy(X, Y + 2), IndexError, "index is 4, expected 0 to 3.*counted from 0"),
    "negative class": (lambda: F.cross_entropy(X, Y - 1), IndexError, "a class index is -1, expected 0 to 3"),
    "no scores": (lambda: F.cross_entropy(tg.tensor(1.0), Y), ValueError, r"expected scores of shape \(N, K\)"),
    "integer scores": (lambda: F.cross_entropy(X.long(), Y), TypeError, "floating-point scores, got int64"),
    "integer logits": (lambda: F.binary_cross_entropy_with_logits(X.long(), X), TypeError, "scores, got int64"),
    "smoothing": (lambda: F.cross_entropy(X, Y, label_smoothing=1.5), ValueError, r"between 0 and 1, got 1\.5"),
    "weight shape": (lambda: F.cross_entropy(X, Y, tg.ones(3)), ValueError, r"each of the 4 classes, got shape \(3,\)"),
    "trained weight": (
        lambda: F.cross_entropy(X, Y, tg.ones(4, requires_grad=True)), ValueError, r"no gradient.*weight.detach\(\)",
    ),
    "ignored probabilities": (lambda: F.cross_entropy(X, X, ignore_index=1), ValueError, "holds class probabilities"),
    "reduction": (lambda: F.mse_loss(X, X, reduction="average"), ValueError, "expected reduction \"mean\".*'average'"),
    "reduction of classes": (lambda: F.cross_entropy(X, Y, tg.ones(4), reduction="max"), ValueError, "entropy: exp"),
    "broadcast mse": (lambda: F.mse_loss(tg.ones(3, 1), tg.ones(3)), ValueError, r"mse_loss: .*\(3, 1\), got \(3,\)"),
    "broadcast l1": (lambda: F.l1_loss(tg.ones(3, 1), tg.ones(3)), ValueError, "l1_loss: expected a target"),
    "broadcast sum": (lambda: F.sum_squared_error(X, tg.ones(4)), ValueError, "sum_squared_error: expected a target"),
    "broadcast bce": (lambda: F.binary_cross_entropy_with_logits(X, tg.ones(3)), ValueError, "logits: expected"),
    "a number": (lambda: F.mse_loss(X, 1.0), TypeError, "mse_loss: expected a tensor or array as target, got float"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_answered_by_name(name):
    call, error, message = MISTAKES[name]
    with pytest.raises(error, match=message):
        call()
