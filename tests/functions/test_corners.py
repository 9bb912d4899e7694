"""Corners where PyTorch has an answer and NumPy another or none: single numbers, bools, NaN, nothing at all."""

import numpy as np
import pytest

import tinygrad_edu as tg

NAN = np.nan
ROW = tg.tensor([3.0, 1.0, 2.0])
ZERO = tg.tensor([0])

# what goes along dim 0 or -1 of a row, called on the row of one element and on that element alone
OF_NUMBERS = {
    "argsort": lambda x: tg.argsort(x, -1, True),
    "cummax": lambda x: tg.cummax(x, 0),
    "cummin": lambda x: tg.cummin(x, -1),
    "cumsum": lambda x: tg.cumsum(x, 0),
    "index_add": lambda x: tg.index_add(x, 0, ZERO, x),
    "index_copy": lambda x: tg.index_copy(x, 0, ZERO, x + 1),
    "index_fill": lambda x: tg.index_fill(x, -1, ZERO, 4.0),
    "index_select": lambda x: tg.index_select(x, 0, ZERO),
    "kthvalue": lambda x: tg.kthvalue(x, 1, keepdim=True),
    "max": lambda x: tg.max(x, 0, keepdim=True),
    "median": lambda x: tg.median(x, -1, keepdim=True),
    "mode": lambda x: tg.mode(x, keepdim=True),
    "prod": lambda x: tg.prod(x, 0, keepdim=True),
    "quantile": lambda x: tg.quantile(x, 0.3, 0, keepdim=True),
    "scatter": lambda x: tg.scatter(x, 0, ZERO, 2.0),
    "scatter_add": lambda x: tg.scatter_add(x, 0, ZERO, x),
    "sort": lambda x: tg.sort(x, descending=True),
    "topk": lambda x: tg.topk(x, 1),
    "transpose": lambda x: tg.transpose(x, 0, -1),
}


@pytest.mark.parametrize("name", OF_NUMBERS)
def test_a_number_is_a_row_of_one(name):
    number, row = tg.tensor(2.5, requires_grad=True), tg.tensor([2.5], requires_grad=True)
    results = [OF_NUMBERS[name](x) for x in (number, row)]
    ours, theirs = ((r,) if hasattr(r, "shape") else tuple(r) for r in results)
    for a, b in zip(ours, theirs, strict=True):
        assert (a.shape, b.shape) == ((), (1,))
        assert a.item() == b.item()
    if ours[0].requires_grad:
        ours[0].backward()
        theirs[0].sum().backward()
        assert number.grad.item() == row.grad.item()


# name: (call, what it gives)
CASES = {
    "clamp by tensors with NaN": (lambda: tg.clamp(ROW, tg.tensor([NAN, 2.0, 0.0]), ROW + 5), [NAN, 2.0, 2.0]),
    "cummax with NaN": (lambda: tg.cummax(tg.tensor([1.0, NAN, 3.0]), 0), ([1.0, NAN, NAN], [0, 1, 1])),
    "cummin with NaNs": (lambda: tg.cummin(tg.tensor([1.0, NAN, NAN]), 0), ([1.0, NAN, NAN], [0, 1, 2])),
    "cumsum as int32": (lambda: tg.cumsum(tg.tensor([1, 2]), 0, dtype=tg.int32).dtype, "int32"),
    "diff of bools": (lambda: tg.diff(tg.tensor([True, True, False])), [False, True]),
    "diff, no times": (lambda: tg.diff(ROW, 0, prepend=ROW), [3.0, 1.0, 2.0]),
    "div of integers, downwards": (lambda: tg.div(tg.tensor([7, -7]), 2, rounding_mode="floor"), [3, -4]),
    "div of integers, to zero": (lambda: tg.div(tg.tensor([7, -7]), 2, rounding_mode="trunc"), [3, -3]),
    "div near a whole quotient": (
        lambda: tg.div(tg.tensor([1.0], dtype=tg.float64), 0.1, rounding_mode="floor"),
        [9.0],
    ),
    "flip of nothing": (lambda: tg.flip(ROW, ()), [3.0, 1.0, 2.0]),
    "fmax with NaN": (lambda: tg.fmax(tg.tensor([NAN, 1.0, NAN]), tg.tensor([2.0, NAN, NAN])), [2.0, 1.0, NAN]),
    "gather nothing": (lambda: tg.gather(ROW, 0, tg.zeros(2, 0, dtype=tg.int64)).shape, (2, 0)),
    "gather from a number": (lambda: tg.gather(tg.tensor(5), 0, tg.tensor([0, 0])), [5, 5]),
    "isclose of bools": (lambda: tg.isclose(tg.tensor([True, False]), tg.tensor([True, True])), [True, False]),
    "masked_scatter into fewer dimensions": (
        lambda: tg.masked_scatter(ROW, tg.tensor([[True, False, True], [False, True, False]]), ROW * 10),
        [[30.0, 1.0, 10.0], [3.0, 20.0, 2.0]],
    ),
    "median of integers": (lambda: tg.median(tg.tensor([4, 1, 3, 2])), 2),
    "median with NaN": (lambda: tg.median(tg.tensor([1.0, NAN, 3.0])), NAN),
    "median along a dimension with NaN": (
        lambda: tg.median(tg.tensor([[1.0, NAN, NAN], [3.0, 1.0, 2.0]]), 1),
        ([NAN, 2.0], [1, 2]),
    ),
    "nan_to_num of integers": (lambda: tg.nan_to_num(tg.tensor([1, 2])), [1, 2]),
    "narrow from the end": (lambda: tg.narrow(ROW, 0, tg.tensor(-2), 1), [1.0]),
}


def plain(x):
    return x.tolist() if hasattr(x, "tolist") else tuple(map(plain, x)) if isinstance(x, tuple) else x


@pytest.mark.parametrize("name", CASES)
def test_value(name):
    call, expected = CASES[name]
    result = plain(call())
    assert type(result) is type(expected) or isinstance(expected, str)
    np.testing.assert_equal(str(result) if isinstance(expected, str) else result, expected)


# name: (call of x, x, its gradient)
SLOPES = {
    "clamp at a bound that is a tensor": (lambda x: tg.clamp_min(x, tg.tensor([1.0, 2.0])), [1.0, 1.0], [1.0, 0.0]),
    "copysign": (lambda x: tg.copysign(x, tg.tensor([-1.0, -1.0, 1.0])), [2.0, 0.0, -3.0], [-1.0, 0.0, -1.0]),
    "div with rounding": (lambda x: tg.div(x, 0.0, rounding_mode="trunc"), [1.0], [0.0]),
    "fmax of equals and NaN": (lambda x: tg.fmax(x, tg.tensor([1.0, NAN, NAN])), [1.0, 1.0, NAN], [1.0, 1.0, 1.0]),
    "fmin of equals and NaN": (lambda x: tg.fmin(tg.tensor([1.0, NAN, NAN]), x), [1.0, 1.0, NAN], [0.0, 1.0, 0.0]),
    "fmod": (lambda x: tg.fmod(tg.tensor([-7.0, 7.0]), x), [2.0, -2.0], [3.0, 3.0]),
    "median with NaNs": (lambda x: tg.median(x), [NAN, 1.0, NAN], [0.5, 0.0, 0.5]),
}


@pytest.mark.parametrize("name", SLOPES)
def test_gradient(name):
    call, values, expected = SLOPES[name]
    x = tg.tensor(values, requires_grad=True)
    with np.errstate(all="ignore"):
        call(x).sum().backward()
    assert x.grad.tolist() == expected


REFUSED = {
    "diff": lambda: tg.diff(ROW, -1),
    "isclose": lambda: tg.isclose(ROW, ROW, rtol=-1.0),
    "narrow": lambda: tg.narrow(ROW, 0, tg.tensor([1]), 1),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    with pytest.raises((TypeError, ValueError), match=f"^{name}: expected"):
        REFUSED[name]()


def test_a_named_result_is_written_in_lines():
    assert repr(tg.sort(tg.tensor([[1.0, 2.0], [4.0, 3.0]]))) == (
        "ValuesAndIndices(\nvalues=tensor([[1., 2.],\n        [3., 4.]]),\nindices=tensor([[0, 1],\n        [1, 0]]))"
    )
