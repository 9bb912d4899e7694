"""What functions take, and what they make of it: as PyTorch 2.13 answers, or refuses, or copies."""

import math

import numpy as np
import pytest

import tinygrad_edu as tg

INT = tg.tensor([[1, 2], [3, 4]])
ROW = tg.tensor([1.0, 2.0, 3.0, 4.0])
BYTES = tg.tensor([3, 12, 200], dtype=tg.uint8)
BOOLS = tg.tensor([True, False])
NAN = math.nan

VALUES = {
    # what it computes: the answer, its type
    "flip along nothing": (lambda: ROW.flip(()), [1, 2, 3, 4], "float32"),
    "flip a number": (lambda: tg.tensor(2.0).flip(0), 2, "float32"),
    "movedim of a number": (lambda: tg.tensor(2.0).movedim(0, -1), 2, "float32"),
    "narrow from the end": (lambda: ROW.narrow(0, -3, 2), [2, 3], "float32"),
    "narrow from a tensor": (lambda: ROW.narrow(0, tg.tensor(1), 2), [2, 3], "float32"),
    "tensor_split by a tensor": (lambda: ROW.tensor_split(tg.tensor(2))[1], [3, 4], "float32"),
    "tensor_split at a tensor": (lambda: ROW.tensor_split(tg.tensor([1, 3]))[1], [2, 3], "float32"),
    "cat onto nothing": (lambda: tg.cat([tg.tensor([]), INT], 1), [[1, 2], [3, 4]], "float32"),
    "repeat_interleave": (lambda: ROW[:2].repeat_interleave(tg.tensor([1, 2]), output_size=3), [1, 2, 2], "float32"),
    "tensordot with a size of 1": (lambda: tg.tensordot(tg.ones(1, 2), tg.ones(3, 2), ([0, 1], [0, 1])), 6, "float32"),
    "tensordot of integers": (lambda: tg.tensordot(INT[:1], INT, ([0], [0])), [[4, 6], [8, 12]], "int64"),
    "round to tens": (lambda: tg.tensor([14.0, 25.0]).round(decimals=-1), [10, 20], "float32"),
    "round to halves": (lambda: tg.tensor([0.125, 2.345]).round(decimals=2), [0.12, 2.34], "float32"),
    "pad that cuts, reflect": (lambda: tg.nn.functional.pad(ROW[None], (-1, 1), "reflect"), [[2, 3, 4, 3]], "float32"),
    "pad that cuts, circular": (
        lambda: tg.nn.functional.pad(ROW[None], (-1, 1), "circular"),
        [[2, 3, 4, 2]],
        "float32",
    ),
    "pad that cuts, replicate": (lambda: tg.nn.functional.pad(ROW[None], (1, -2), "replicate"), [[1, 1, 2]], "float32"),
    "a quotient rounded down": (
        lambda: tg.div(tg.tensor([16777217, -7]), 2, rounding_mode="floor"),
        [8388608, -4],
        "int64",
    ),
    "a quotient cut": (
        lambda: tg.div(tg.tensor([16777219, -7, 7]), 2, rounding_mode="trunc"),
        [8388609, -3, 3],
        "int64",
    ),
    "a quotient of bytes": (lambda: tg.div(BYTES, 7, rounding_mode="trunc"), [0, 1, 28], "uint8"),
    "a quotient in place": (lambda: tg.tensor([7.0, -7.0]).div_(2, rounding_mode="trunc"), [3, -3], "float32"),
    "fmod": (lambda: tg.fmod(tg.tensor([-7.5, 7.5, -1e-20]), 2.0), [-1.5, 1.5, -1e-20], "float32"),
    "less than nothing of bytes": (lambda: tg.add(BYTES, BYTES, alpha=-2), [253, 244, 56], "uint8"),
    "sign of bools": (lambda: BOOLS.sgn(), [True, False], "bool"),
    "fmax": (lambda: tg.fmax(tg.tensor([NAN, 1.0, NAN]), tg.tensor([2.0, NAN, NAN])), [2, 1, NAN], "float32"),
    "clamp by NaN": (lambda: ROW[:2].clamp(tg.tensor([NAN, 5.0]), tg.tensor([0.0, 6.0])), [NAN, 5], "float32"),
    "clamp of half by integers": (lambda: tg.ones(2).half().clamp(INT[0], INT[1]), [1, 2], "float16"),
    "clamp in place by one bound": (lambda: tg.ones(2).clamp_(None, tg.tensor(0.5)), [0.5, 0.5], "float32"),
    "sum of bytes": (lambda: BYTES.sum() - 300, -85, "int64"),
    "square of bools": (lambda: BOOLS.square(), [1, 0], "int64"),
    "einsum that sums integers": (lambda: tg.einsum("i->", BYTES), 215, "int64"),
    "einsum of bytes": (lambda: tg.einsum("i,i->i", BYTES, BYTES), [9, 144, 64], "uint8"),
    "trace of bytes": (lambda: BYTES[:1].expand(2, 2).trace(), 6, "int64"),
    "copysign of integers": (lambda: tg.copysign(INT[0], tg.tensor(-2)), [-1, -2], "float32"),
    "arange of whole numbers": (lambda: tg.arange(0.1, -7.9, -4.0, dtype=tg.int64), [0, -4], "int64"),
    "arange of smaller ones": (lambda: tg.arange(2.1, -2.9, -1.0, dtype=tg.int32), [2, 1, 0, -1, -2], "int32"),
    "arange of tensors": (lambda: tg.arange(tg.tensor(1), tg.tensor(3)), [1, 2], "int64"),
    "linspace of whole numbers": (lambda: tg.linspace(4.3, -3, 3, dtype=tg.int64), [4, 0, -3], "int64"),
    "logspace of whole numbers": (lambda: tg.logspace(0, 1.2, 2, dtype=tg.int64), [1, 10], "int64"),
    "full_like of a byte": (lambda: tg.full_like(BYTES, -3), [253, 253, 253], "uint8"),
    "Tensor of integers": (lambda: tg.Tensor([[1, 2], [3, 4]]), [[1, 2], [3, 4]], "float32"),
    "Tensor of an integer array": (lambda: tg.Tensor(np.array([[1, 2]])), [[1, 2]], "float32"),
    "Tensor of bytes": (lambda: tg.Tensor(BYTES.numpy()), BYTES.tolist(), "float32"),
    "Tensor of one list": (lambda: tg.Tensor([3]), [3], "float32"),
    "Tensor of a tuple": (lambda: tg.Tensor((2, 3)), [2, 3], "float32"),
    "Tensor of a size": (lambda: tg.Tensor(3).fill_(7), [7, 7, 7], "float32"),
    "Tensor of sizes": (lambda: tg.Tensor(2, 1).fill_(7), [[7], [7]], "float32"),
    "Tensor of nothing": (lambda: tg.Tensor(), [], "float32"),
    "IntTensor of sizes": (lambda: tg.IntTensor(2, 1).fill_(7), [[7], [7]], "int32"),
    "tensor of tensors": (lambda: tg.tensor([tg.tensor([1]), tg.tensor(2.5)]), [1, 2.5], "float32"),
    "eigenvalues of a triangle": (
        lambda: tg.linalg.eigvalsh(tg.tensor([[1.0, 2.0], [9.0, 1.0]]), "U"),
        [-1, 3],
        "float32",
    ),
    "rank by a tolerance": (lambda: tg.linalg.matrix_rank(tg.diag(ROW), atol=tg.tensor(2.5)), 2, "int64"),
    "rank by a share": (lambda: tg.linalg.matrix_rank(tg.diag(ROW), rtol=0.3), 3, "int64"),
    "no residuals": (lambda: tg.linalg.lstsq(ROW[:, None], ROW, driver="gelsy").residuals, [], "float32"),
}


@pytest.mark.parametrize("name", VALUES)
def test_value_and_type(name):
    function, expected, dtype = VALUES[name]
    y = function()
    assert y.dtype == dtype
    np.testing.assert_allclose(y.detach().numpy(), expected, rtol=1e-3 if dtype == "float16" else 1e-6)


OF_FLOATS = [
    "acos", "asin", "atan", "cos", "cosh", "erf", "exp", "exp2", "expm1", "log", "log10", "log1p", "log2", "logit",
    "reciprocal", "rsqrt", "sigmoid", "sin", "sinc", "sinh", "sqrt", "tan", "tanh",
]  # fmt: skip


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", OF_FLOATS)
@pytest.mark.parametrize("dtype", ["uint8", "int64", "bool"])
def test_a_function_of_integers_is_computed_in_the_default_float(name, dtype):
    x = tg.tensor([0, 1, 3]).astype(dtype)
    y = getattr(tg, name)(x)
    assert y.dtype == tg.float32
    np.testing.assert_allclose(y.numpy(), getattr(tg, name)(x.double()).numpy(), rtol=1e-6, atol=1e-6)


REFUSED = {
    "arange away": (lambda: tg.arange(0, -3), "arange: expected a step that leads from 0 to -3"),
    "arange without end": (lambda: tg.arange(0, 3, 0), "expected a step that leads from 0 to 3, got 0"),
    "linspace of rows": (lambda: tg.linspace(INT[0], 3, 2), r"linspace: expected numbers, got shape \(2,\)"),
    "a byte of 300": (lambda: tg.tensor(300, dtype=tg.uint8), "uint8 holds numbers from 0 to 255, got 300"),
    "bytes full of 300": (lambda: tg.full((2,), 300, dtype=tg.uint8), "uint8 holds numbers"),
    "bytes times 300": (lambda: BYTES * 300, "mul .* 300 out of bounds"),
    "NaN as an integer": (lambda: tg.tensor(NAN, dtype=tg.int64), "int64 holds numbers"),
    "normal of no width": (lambda: tg.normal(0.0, -1.0, (2,)), "a standard deviation of at least 0, got -1.0"),
    "multinomial of integers": (lambda: tg.multinomial(INT, 1), "floating-point type and at least 1 sample"),
    "movedim twice": (lambda: INT.movedim((0, 1), (0, -2)), "movedim: expected different dimensions from -2 to 1"),
    "flip what is not there": (lambda: INT.flip(2), "flip: expected different dimensions from -2 to 1, got 2"),
    "rot90 in one plane": (lambda: INT.rot90(dims=(1, 1)), "rot90: expected different dimensions"),
    "roll of too many": (lambda: INT.roll((1, 2), 0), "roll: expected a shift for each dimension"),
    "narrow too far": (lambda: ROW.narrow(0, -2, 3), "narrow: expected a part of dimension 0"),
    "unbind a number": (lambda: tg.tensor(1.0).unbind(), "unbind: expected at least one dimension"),
    "split a number": (lambda: tg.tensor(1.0).tensor_split(1), "tensor_split: expected at least one dimension"),
    "repeats that do not fit": (lambda: ROW.repeat_interleave(2, output_size=7), "add up to 8, not to output_size=7"),
    "tensordot that does not fit": (
        lambda: tg.tensordot(ROW, ROW[:3], 1),
        "tensordot: expected dimensions of the same",
    ),
    "trace of several": (lambda: tg.ones(2, 2, 2).trace(), "trace: expected a matrix"),
    "tril of a row": (lambda: ROW.tril(), "tril: expected matrices"),
    "an integer over 0": (lambda: INT // 0, "integers cannot be divided by 0"),
    "a third triangle": (lambda: tg.linalg.eigh(tg.eye(2), "X"), "expected UPLO to be 'L' or 'U'"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name):
    function, words = REFUSED[name]
    with pytest.raises((ValueError, IndexError), match=words):
        function()


COPIES = {
    "flip": lambda x: x.flip(()),
    "fliplr": lambda x: x.fliplr(),
    "rot90": lambda x: x.rot90(2),
    "rot90 by nothing": lambda x: x.rot90(0),
    "roll by nothing": lambda x: x.roll(0),
    "repeat": lambda x: x.repeat(1, 1),
    "repeat of size 1": lambda x: x[:1, :1].repeat(2, 2),
    "diag": lambda x: x.diag(),
    "pad by nothing": lambda x: tg.nn.functional.pad(x[None], (0, 0), "reflect"),
    "to": lambda x: x.to("cpu", tg.float32, False, True),
    "to with copy": lambda x: x.to(tg.float32, copy=True),
    "pixel_shuffle": lambda x: tg.nn.functional.pixel_shuffle(x[None], 1),
}
VIEWS = {
    "movedim": lambda x: x.movedim(0, 1),
    "diagonal": lambda x: x.diagonal(),
    "unbind": lambda x: x.unbind()[1],
    "tensor_split": lambda x: x.tensor_split(2)[1],
    "narrow": lambda x: x.narrow(0, -1, 1),
    "to what it is": lambda x: x.to("cpu", tg.float32),
}


@pytest.mark.parametrize("function", [*COPIES.values(), *VIEWS.values()], ids=[*COPIES, *VIEWS])
def test_views_and_copies(function):
    x = tg.ones(2, 2)
    y = function(x)
    assert np.shares_memory(x.numpy(), y.numpy()) == (function in VIEWS.values())
    y += 1  # and memory of one element for each place


GRADIENTS = {
    # function of x and y: x, y, the gradients of the sum
    "fmax of equals": (tg.fmax, [1.0, NAN, 2.0], [1.0, 3.0, NAN], [1, 0, 1], [0, 1, 0]),
    "fmin of equals": (tg.fmin, [1.0, NAN, 2.0], [1.0, 3.0, NAN], [1, 0, 1], [0, 1, 0]),
    "clamp_min": (tg.clamp_min, [1.0, NAN, 2.0], [1.0, 3.0, NAN], [1, 0, 0], [0, 0, 0]),
    "clamp_max": (tg.clamp_max, [1.0, NAN, 4.0], [1.0, 3.0, 2.0], [1, 0, 0], [0, 0, 1]),
    "fmod": (tg.fmod, [0.0, -7.5, 7.5], [2.0, 2.0, -2.0], [1, 1, 1], [0, 3, 3]),
    "a rounded quotient": (lambda x, y: tg.div(x, y, rounding_mode="floor"), [1.0, 5.0], [0.0, 2.0], [0, 0], [0, 0]),
    "a cut quotient": (lambda x, y: tg.div(x, y, rounding_mode="trunc"), [1.0, 5.0], [0.0, 2.0], [0, 0], [0, 0]),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", GRADIENTS)
def test_slopes_at_the_corners(name):
    function, *numbers, grad_x, grad_y = GRADIENTS[name]
    x, y = (tg.tensor(row, requires_grad=True) for row in numbers)
    function(x, y).sum().backward()
    assert (x.grad.tolist(), y.grad.tolist()) == (grad_x, grad_y)


def test_new_tensors_can_require_a_gradient():
    made = [
        tg.normal(0.0, 0.01, (2, 1), requires_grad=True),
        tg.randn_like(ROW, requires_grad=True),
        tg.rand_like(ROW, requires_grad=True),
        tg.empty_like(ROW, requires_grad=True),
        tg.logspace(0, 1, 3, requires_grad=True),
    ]
    assert all(x.requires_grad for x in made)


def test_a_singular_determinant_has_second_derivatives():
    a = tg.tensor([[1.0, 2.0], [2.0, 4.0]], dtype=tg.float64, requires_grad=True)
    (g,) = tg.autograd.grad(tg.linalg.det(a), a, create_graph=True)
    (second,) = tg.autograd.grad(g[0, 0], a)
    np.testing.assert_allclose(second.numpy(), [[0, 0], [0, 1]], atol=1e-12)


def test_none_and_text_equal_no_tensor():
    assert (ROW == None, ROW != None, ROW == "a", ROW != "a") == (False, True, False, True)  # noqa: E711


def test_one_element_is_written_anywhere():
    x = tg.zeros(2)
    x[0] = tg.ones(1, 1)
    assert x.tolist() == [1, 0]


def test_printing_without_exponents():
    tg.set_printoptions(sci_mode=False)
    try:
        assert repr(tg.tensor([1e-5, 1000.5])) == "tensor([   0.0000, 1000.5000])"
    finally:
        tg.set_printoptions()
    assert "e" in repr(tg.tensor([1e-5, 1000.5]))[6:]


@pytest.mark.parametrize("rule", [tg.optim.SGD, tg.optim.Adam])
def test_a_learning_rate_may_be_a_tensor(rule):
    steps = []
    for lr in (0.1, tg.tensor(0.1)):
        p = tg.tensor([1.0, -2.0], requires_grad=True)
        optimizer = rule([p], lr=lr)
        (p * p).sum().backward()
        optimizer.step()
        steps.append(p.detach().numpy())
    np.testing.assert_allclose(*steps, rtol=1e-6)
