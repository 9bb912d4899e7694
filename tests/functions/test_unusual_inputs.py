"""Functions of unusual inputs: NaN, bytes, ties, indices that repeat; PyTorch's keywords; what is refused."""

import math

import numpy as np
import pytest

import tinygrad_edu as tg

NAN, INF = math.nan, math.inf
ONE = tg.tensor(3.0)  # a tensor without dimensions
ROW = tg.tensor([1.0, 3.0, NAN, 5.0, 4.0])
BYTES = tg.tensor([1, 2], dtype=tg.uint8)
CUBE = tg.arange(24.0).reshape(2, 3, 4)
X = tg.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
AT = tg.tensor([[0, 0, 1], [2, 2, 2]])

VALUES = {
    "quantiles of a number": (lambda: ONE.quantile(tg.tensor([0.1, 0.2]), 0, True), [3.0, 3.0]),
    "gather to a number": (lambda: tg.tensor([3.0, 4.0]).gather(0, tg.tensor(1)), 4.0),
    "index_select a number": (lambda: ONE.index_select(0, tg.tensor(0)), 3.0),
    "index_select at a number": (lambda: X.index_select(1, tg.tensor(2)), [[3.0], [6.0]]),
    "scatter to a number": (lambda: ONE.scatter(0, tg.tensor(0), tg.tensor(2.0)), 2.0),
    "scatter_ to a number": (lambda: tg.tensor(3.0).scatter_(0, tg.tensor([0]), 2.0), 2.0),
    "quantile with NaN": (lambda: ROW.quantile(0.1), NAN),
    "quantile at an infinity": (lambda: tg.tensor([1.0, INF, INF]).quantile(0.5), INF),
    "NaNs are different": (lambda: tg.unique(tg.tensor([NAN, 1.0, NAN])), [1.0, NAN, NAN]),
    "clamp_ to tensors": (lambda: tg.tensor([1.0, 5.0]).clamp_(max=tg.tensor([2.0, 2.0])), [1.0, 2.0]),
    "sum of bytes": (lambda: BYTES.sum() - 5, -2),
    "sum as bytes": (lambda: BYTES.sum(dtype=tg.uint8), np.uint8(3)),
    "prod as bool": (lambda: tg.tensor([2, 0]).prod(dtype=tg.bool), False),
    "any of bytes": (lambda: BYTES.any(), np.uint8(1)),
    "diff more often than there are numbers": (lambda: X.diff(n=5), np.zeros((2, 0), np.float32)),
    "corrcoef of one row": (lambda: X[:1].corrcoef(), 1.0),
    "cov of one row": (lambda: X[:1].cov(), 1.0),
    "cov with weights": (
        lambda: tg.tensor([[0.0, 1.0]]).cov(fweights=tg.tensor([1, 3]), aweights=tg.tensor([0.5, 0.5])), 0.25,
    ),
    "bincount with whole weights": (lambda: tg.tensor([1, 1]).bincount(tg.tensor([2, 3])), np.array([0.0, 5.0])),
    "unique_consecutive along a dim": (
        lambda: tg.unique_consecutive(tg.tensor([[1, 1, 2], [3, 3, 3]]), dim=1), [[1, 2], [3, 3]],
    ),
    "searchsorted with a sorter": (
        lambda: tg.searchsorted(tg.tensor([3, 1, 2]), tg.tensor([2]), sorter=tg.tensor([1, 2, 0]), side="right"), [2],
    ),
    "bucketize as int32": (
        lambda: tg.bucketize(tg.tensor(1.5), tg.tensor([1.0, 2.0]), out_int32=True), np.int32(1),
    ),
    "norm in half precision": (lambda: tg.tensor([6.0, 8.0], dtype=tg.float16).norm(6), np.float16(8.23)),
    "norm of order 0": (lambda: tg.tensor([0.0, 2.0, -3.0]).norm(0), 2.0),
    "norm of an empty matrix": (lambda: tg.linalg.norm(tg.zeros(0, 5), INF), 0.0),
    "cdist with a mode": (lambda: tg.cdist(X, X, 2.0, "use_mm_for_euclid_dist")[0, 1], 27**0.5),
    "masked_fill keeps bools": (lambda: tg.tensor([True, False]).masked_fill(tg.tensor([False, True]), 10), [True] * 2),
    "index_add of bytes": (lambda: BYTES.index_add(0, tg.tensor([0]), BYTES[:1], alpha=-1), np.array([0, 2], np.uint8)),
    "scatter and add": (lambda: X.scatter(1, AT, X, reduce="add"), [[4.0, 5.0, 3.0], [4.0, 5.0, 21.0]]),
    "scatter and multiply": (lambda: X.scatter(1, AT, 2.0, reduce="multiply"), [[4.0, 4.0, 3.0], [4.0, 5.0, 48.0]]),
    "the largest that arrive": (
        lambda: X.scatter_reduce(1, AT, -X, "amax", include_self=False), [[-1.0, -3.0, 3.0], [4.0, 5.0, -4.0]],
    ),
    "the mean of those that arrive": (
        lambda: X.scatter_reduce(1, AT, X, "mean", include_self=False), [[1.5, 3.0, 3.0], [4.0, 5.0, 5.0]],
    ),
    "a number before a row of numbers": (lambda: CUBE[1, :, [0, 3]], CUBE.array[1][:, [0, 3]]),
    "a number behind a mask": (lambda: CUBE[:, tg.tensor([True, False, True]), None, 1], CUBE.array[:, [0, 2], 1:2]),
    "a tensor as a number": (lambda: CUBE[tg.tensor(0), ..., tg.tensor([1, 2])], CUBE.array[0][:, [1, 2]]),
}  # fmt: skip


def flat(x):
    return list(x) if isinstance(x, tuple) else [x]


@pytest.mark.parametrize("name", VALUES)
def test_values_shapes_and_types(name):
    function, expected = VALUES[name]
    results = flat(function())
    for y, value in zip(results, expected if len(results) > 1 else [expected], strict=True):
        value = tg.tensor(value).array
        assert (y.shape, y.dtype) == (value.shape, value.dtype)
        np.testing.assert_allclose(y.array, value, rtol=1e-6 if y.dtype != np.float16 else 1e-3)


REFUSED = {
    "dim that is not there": (lambda: X.index_select(2, AT[0]), IndexError, "dim from -2 to 1"),
    "dim of a number": (lambda: ONE.sort(1), IndexError, "axis 1"),
    "cov of three dimensions": (lambda: CUBE.cov(), ValueError, "variables"),
    "cov with fractions of observations": (lambda: X.cov(fweights=X[0]), ValueError, "whole numbers"),
    "quantile of whole numbers": (lambda: AT.quantile(0.5), TypeError, "floats"),
    "sides that contradict": (lambda: tg.searchsorted(X[0], X[0], right=True, side="left"), ValueError, "side"),
    "weights of another length": (lambda: AT[0].bincount(X), ValueError, "weight for each"),
    "gather at a mask": (lambda: X.gather(1, X > 2), IndexError, "integers"),
    "gather in too few dimensions": (lambda: X.gather(1, AT[0]), IndexError, "unsqueeze"),
    "scatter of another type": (lambda: X.scatter(1, AT, X.double()), TypeError, r"float32.*float64"),
    "scatter_add of another type": (lambda: X.scatter_add(1, AT, X.double()), TypeError, r"float32.*float64"),
    "index_add of another shape": (lambda: X.index_add(0, AT[0, :1], X[0]), ValueError, r"\(1, 3\)"),
    "scatter with another reduce": (lambda: X.scatter(1, AT, X, reduce="mean"), ValueError, "multiply"),
    "scatter_reduce without a name": (lambda: X.scatter_reduce(1, AT, X, "max"), ValueError, "amax"),
    "masked_fill with several numbers": (lambda: X.masked_fill(X > 2, X[0]), ValueError, "one number"),
    "narrow from a bool": (lambda: X.narrow(0, tg.tensor(True), 1), TypeError, "whole number"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    function, kind, words = REFUSED[name]
    with pytest.raises(kind, match=words):
        function()


GRADIENTS = {
    "quantile between two": (lambda x: x.quantile(0.25), [3.0, 1.0, 2.0], [0.0, 0.5, 0.5]),
    "norm of order 0": (lambda x: x.norm(0), [0.0, 2.0], [0.0, 0.0]),
    "equal extremes": (
        lambda x: x.scatter_reduce(0, tg.tensor([0, 0]), x.detach(), "amax"), [2.0, 2.0], [1 / 3, 1.0],
    ),
    "a product with two zeros": (
        lambda x: tg.ones(1).scatter_reduce(0, tg.tensor([0, 0, 0]), x, "prod"), [0.0, 2.0, 3.0], [6.0, 0.0, 0.0],
    ),
    "share of a quantile": (lambda q: tg.tensor([1.0, 2.0, 4.0]).quantile(q), 0.75, 4.0),
    "set beside a number": (lambda x: setting(CUBE * 1, (0, slice(None), [1, 2]), x), [[1.0] * 2] * 3, [[1.0] * 2] * 3),
}  # fmt: skip


def setting(t, index, value):
    t[index] = value
    return t


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradients(name):
    function, values, expected = GRADIENTS[name]
    x = tg.tensor(values, requires_grad=True)
    function(x).sum().backward()
    np.testing.assert_allclose(x.grad.array, expected, rtol=1e-6)
