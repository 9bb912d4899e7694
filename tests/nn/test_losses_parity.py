"""Every loss against PyTorch's over a table of options: values and gradients in float64."""

import itertools
import math

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
pytestmark = pytest.mark.torch
torch.set_num_threads(1)  # the tensors are tiny; more threads only wait for each other

SHAPES = {"rows": (6, 4), "one example": (4,), "series": (3, 4, 5), "images": (2, 4, 3, 2)}
REDUCTIONS = ("mean", "sum", "none")
WEIGHT = np.array([0.5, 2.0, 0.0, 1.25])


def product(*options):
    return list(itertools.product(*options))


def compare(name, options, tensors, inputs, target, target_grad=False, after=()):
    """Check one loss module against PyTorch's: the value, and the gradients with a random upstream gradient.

    `after` are inputs that stand behind the target.
    """
    rng = np.random.default_rng(1)
    ours, theirs = [], []
    for x in (*inputs, *after):
        ours.append(tg.tensor(x, requires_grad=True))
        theirs.append(torch.tensor(x, requires_grad=True))
    trained = {"requires_grad": True} if target_grad else {}

    def in_order(given, target):
        return [*given[: len(inputs)], target, *given[len(inputs) :]]

    t_ours, t_theirs = tg.tensor(target, **trained), torch.tensor(target, **trained)
    y = getattr(nn, name)(**options, **{k: tg.tensor(v) for k, v in tensors.items()})(*in_order(ours, t_ours))
    z = getattr(torch.nn, name)(**options, **{k: torch.tensor(v) for k, v in tensors.items()})(
        *in_order(theirs, t_theirs)
    )
    np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), rtol=1e-10, atol=1e-10)
    g = rng.normal(size=y.shape)
    y.backward(tg.tensor(np.asarray(g)))
    z.backward(torch.tensor(g))
    if target_grad:
        ours.append(t_ours)
        theirs.append(t_theirs)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=1e-10, atol=1e-10)


def scores_and_classes(shape):
    rng = np.random.default_rng(0)
    axis = min(len(shape) - 1, 1)
    x, target = 3 * rng.normal(size=shape), np.asarray(rng.integers(0, 4, shape[:axis] + shape[axis + 1 :]))
    if target.size > 1:
        target.flat[:2] = -100, 1  # something to ignore by default, something to ignore when asked to
    return x, target


@pytest.mark.parametrize(
    ("shape", "reduction", "weighted", "ignore", "smoothing"),
    product(SHAPES, REDUCTIONS, (False, True), (-100, 1), (0.0, 0.2, 1.0)),
)
def test_cross_entropy_with_class_indices(shape, reduction, weighted, ignore, smoothing):
    x, target = scores_and_classes(SHAPES[shape])
    target = np.where(target == -100, ignore, target)
    options = {"reduction": reduction, "ignore_index": ignore, "label_smoothing": smoothing}
    compare("CrossEntropyLoss", options, {"weight": WEIGHT} if weighted else {}, [x], target)


@pytest.mark.parametrize(
    ("shape", "reduction", "weighted", "smoothing"), product(SHAPES, REDUCTIONS, (False, True), (0.0, 0.2))
)
def test_cross_entropy_with_class_probabilities(shape, reduction, weighted, smoothing):
    rng = np.random.default_rng(2)
    x, q = rng.normal(size=SHAPES[shape]), rng.uniform(size=SHAPES[shape])
    options = {"reduction": reduction, "label_smoothing": smoothing}
    compare("CrossEntropyLoss", options, {"weight": WEIGHT} if weighted else {}, [x], q, target_grad=True)


@pytest.mark.parametrize(
    ("shape", "reduction", "weighted", "ignore"), product(SHAPES, REDUCTIONS, (False, True), (-100, 1))
)
def test_nll_loss(shape, reduction, weighted, ignore):
    x, target = scores_and_classes(SHAPES[shape])
    target = np.where(target == -100, ignore, target)
    options = {"reduction": reduction, "ignore_index": ignore}
    compare("NLLLoss", options, {"weight": WEIGHT} if weighted else {}, [x], target)


@pytest.mark.parametrize(
    ("reduction", "weighted", "positive"), product(REDUCTIONS, (None, (4,), (6, 1)), (None, (4,), (6, 4)))
)
def test_binary_cross_entropy_with_logits(reduction, weighted, positive):
    rng = np.random.default_rng(3)
    x, t = 5 * rng.normal(size=(6, 4)), rng.uniform(size=(6, 4))
    x.flat[:4], t.flat[:4] = (-60, 60, 700, 0), (0, 1, 0, 1)
    tensors = {"weight": weighted, "pos_weight": positive}
    tensors = {name: rng.uniform(0.1, 3, shape) for name, shape in tensors.items() if shape}
    compare("BCEWithLogitsLoss", {"reduction": reduction}, tensors, [x], t, target_grad=True)


@pytest.mark.parametrize(
    ("name", "reduction", "shape"), product(("MSELoss", "L1Loss"), REDUCTIONS, ((3, 4), (), (2, 1, 3)))
)
def test_regression(name, reduction, shape):
    rng = np.random.default_rng(4)
    x, t = np.asarray(rng.normal(size=shape)), np.asarray(rng.normal(size=shape))
    if x.size > 1:
        t.flat[0] = x.flat[0]  # the kink of L1Loss
    compare(name, {"reduction": reduction}, {}, [x], t, target_grad=True)


def test_sum_of_squared_errors_is_mse_loss_with_sum():
    rng = np.random.default_rng(5)
    x, t = rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
    ours = nn.SumSquaredError()(tg.tensor(x), tg.tensor(t)).item()
    assert ours == pytest.approx(torch.nn.MSELoss(reduction="sum")(torch.tensor(x), torch.tensor(t)).item(), rel=1e-12)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weighted", [False, True])
def test_everything_ignored(smoothing, weighted):
    x, target = np.ones((2, 4)), np.array([-100, -100])
    weight = {"weight": WEIGHT} if weighted else {}
    compare("CrossEntropyLoss", {"label_smoothing": smoothing}, weight, [x], target)


def test_a_target_of_weight_zero_gives_nan_everywhere():
    compare("CrossEntropyLoss", {}, {"weight": WEIGHT}, [np.ones((2, 4))], np.array([2, 2]))
    loss = nn.CrossEntropyLoss(tg.tensor(WEIGHT))(tg.ones(2, 4), tg.tensor([2, 2]))
    assert math.isnan(loss.item())


def drawn(*shape, low=-2.0, high=2.0):
    return np.random.default_rng(len(shape)).uniform(low, high, shape)


SIGNS = np.where(drawn(3, 4) > 0, 1.0, -1.0)
COUNTS = np.floor(drawn(3, 4, low=0.0, high=5.0))
LABELS = np.array([[3, 0, -1, 1], [-1, 2, 1, 0], [1, 1, 2, 3]])
CLASSES = {(3, 4): np.array([0, 3, 1]), (4,): np.array(2)}
VARIANCES = {"each": (3, 4), "each row": (3,), "each row, kept": (3, 1), "tiny": ()}

MARGINS = {
    "HingeEmbeddingLoss": [
        ({"margin": m}, {}, [drawn(3, 4)], SIGNS * keep) for m in (1.0, 0.5) for keep in (1, SIGNS > 0)
    ],
    "SoftMarginLoss": [({}, {}, [drawn(3, 4)], SIGNS)],
    "MultiMarginLoss": [
        ({"p": p, "margin": m}, weight, [drawn(*shape)], target)
        for p in (1, 2)
        for m in (1.0, 0.3)
        for weight in ({}, {"weight": WEIGHT})
        for shape, target in CLASSES.items()
    ],
    "MultiLabelMarginLoss": [({}, {}, [drawn(3, 4)], LABELS), ({}, {}, [drawn(4)], LABELS[0])],
    "MultiLabelSoftMarginLoss": [
        ({}, weight, [drawn(*shape)], drawn(*shape, low=0.0, high=1.0))
        for weight in ({}, {"weight": WEIGHT})
        for shape in ((3, 4), (4,), (2, 3, 4))
    ],
    "PoissonNLLLoss": [
        ({"log_input": logs, "full": full}, {}, [drawn(3, 4, low=0.1)], COUNTS)
        for logs in (True, False)
        for full in (True, False)
    ],
}


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(
    ("name", "case"), [(name, case) for name, cases in MARGINS.items() for case in cases], ids=lambda v: str(v)[:40]
)
def test_margins_and_counts(name, case, reduction):
    options, tensors, inputs, target = case
    compare(name, {**options, "reduction": reduction}, tensors, inputs, target)


@pytest.mark.parametrize(("kind", "full", "reduction"), product(VARIANCES, (True, False), REDUCTIONS))
def test_gaussian_likelihood(kind, full, reduction):
    """With a variance for each number, for each row, and with all but one below eps."""
    var = np.zeros((3, 4)) if kind == "tiny" else drawn(*VARIANCES[kind], low=0.1)
    var.flat[0] = 0.5
    compare("GaussianNLLLoss", {"full": full, "reduction": reduction}, {}, [drawn(3, 4)], drawn(3, 4), True, [var])


# (targets, input_lengths, target_lengths) for log_probs (5, 3, 4)
ALIGNMENTS = {
    "rows": ([[1, 2], [2, 1], [2, 3]], [5, 4, 3], [2, 2, 1]),
    "in one row": ([1, 2, 2, 2, 1], [5, 3, 5], [2, 0, 3]),
    "repeats": ([[1, 1], [2, 2], [2, 2]], [5, 3, 5], [2, 2, 1]),
    "nothing to spell": ([[1], [1], [1]], [5, 0, 1], [0, 0, 0]),
    "no labels at all": ([], [5, 4, 1], [0, 0, 0]),
    "impossible": ([[1, 1, 1], [2, 2, 1], [2, 1, 2]], [5, 2, 2], [3, 2, 3]),
    "no steps": ([[1], [2], [2]], [5, 0, 5], [1, 1, 1]),
}


@pytest.mark.parametrize(
    ("name", "reduction", "zero_infinity", "blank"), product(ALIGNMENTS, REDUCTIONS, (False, True), (0, 3))
)
def test_ctc_loss(name, reduction, zero_infinity, blank):
    """From scores: PyTorch's gradient is only right before log_softmax."""
    targets, *lengths = ALIGNMENTS[name]
    outcomes = []
    for lib in (tg, torch):
        x = lib.tensor(drawn(5, 3, 4), requires_grad=True)
        loss = lib.nn.CTCLoss(blank, reduction, zero_infinity)
        y = loss(x.log_softmax(2), lib.tensor(targets, dtype=lib.int64), *map(lib.tensor, lengths))
        (y * lib.tensor(np.array([1.0, 2.0, 0.5]) if reduction == "none" else 1.5)).sum().backward()
        outcomes.append([y.detach().numpy(), x.grad.numpy()])
    for a, b in zip(*outcomes, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-11)


def test_ctc_loss_of_one_example_and_its_type():
    F, G = nn.functional, torch.nn.functional
    x = drawn(5, 4).astype(np.float32)
    for targets, *lengths in (([1, 2], 5, 2), ([1], [4], [1]), ([[1, 2]], [4], [1])):
        ours = F.ctc_loss(tg.tensor(x), tg.tensor(targets), *map(tg.tensor, lengths), reduction="none")
        theirs = G.ctc_loss(torch.tensor(x), torch.tensor(targets), *map(torch.tensor, lengths), reduction="none")
        assert (ours.dtype, ours.shape) == (tg.float32, tuple(theirs.shape))
        np.testing.assert_allclose(ours.item(), theirs.item(), rtol=1e-5)
