"""Operations of one's own: `autograd.Function` as in PyTorch, and ten lines with `@op`."""

import gc
import weakref

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.autograd import Function, grad, gradcheck, gradgradcheck
from tinygrad_edu.engine.op import NUMPY, OPS, Sample, op

X = np.array([0.3, -1.2, 2.0])


def leaf(array):
    return tg.tensor(array, requires_grad=True)


class Cube(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 3 * x**2 * g


class Exp(Function):
    """Saves its output, as the PyTorch tutorial does."""

    @staticmethod
    def forward(ctx, x):
        y = x.exp()
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return g * y


class ScaledPair(Function):
    """Two outputs of different shape, and arguments that are no tensors."""

    @staticmethod
    def forward(ctx, a, scale, b, text=None):
        ctx.save_for_backward(a, b)
        ctx.scale = scale
        return a * b * scale, (a * a).sum()

    @staticmethod
    def backward(ctx, g, g_sum):
        a, b = ctx.saved_tensors
        return g * b * ctx.scale + 2 * a * g_sum, None, g * a * ctx.scale, None


class Top(Function):
    @staticmethod
    def forward(ctx, x):
        index = x.argmax()
        ctx.mark_non_differentiable(index)
        ctx.index, ctx.shape = index, x.shape
        return x[index], index

    @staticmethod
    def backward(ctx, g, g_index):
        assert g_index.array == 0
        out = tg.zeros(ctx.shape, dtype=tg.float64)
        out[ctx.index] = g
        return out


@pytest.mark.parametrize("function", [Cube, Exp])
def test_first_and_second_derivatives(function):
    assert gradcheck(function.apply, [leaf(X)])
    assert gradgradcheck(function.apply, [leaf(X)])


def test_several_outputs_and_other_arguments():
    def call(a, b):
        return ScaledPair.apply(a, 2.5, b, "text")

    assert gradcheck(call, [leaf(X), leaf(2 * X)])
    assert gradgradcheck(call, [leaf(X), leaf(2 * X)])
    a = leaf(X)
    y, _ = ScaledPair.apply(a, 2.0, tg.tensor(X), "text")
    y.sum().backward()  # no gradient reaches the other output
    np.testing.assert_allclose(a.grad.array, 2 * X)
    assert y.shape == (3,)


def test_non_differentiable_outputs():
    x = leaf(X)
    y, index = Top.apply(x)
    assert index.item() == 2
    assert not index.requires_grad
    y.backward()
    assert x.grad.tolist() == [0.0, 0.0, 1.0]


def test_needs_input_grad_and_no_recording_without_need():
    seen = []

    class Mul(Function):
        @staticmethod
        def forward(ctx, a, b):
            assert not tg.is_grad_enabled()
            ctx.save_for_backward(a, b)
            return a * b

        @staticmethod
        def backward(ctx, g):
            seen.append((ctx.needs_input_grad, tg.is_grad_enabled()))
            a, b = ctx.saved_tensors
            return (g * b if ctx.needs_input_grad[0] else None), (g * a if ctx.needs_input_grad[1] else None)

    b = leaf(X)
    y = Mul.apply(tg.tensor(X), b)
    assert y.grad_fn.op.name == "Mul"
    y.sum().backward()
    assert seen == [((False, True), False)]
    assert b.grad.tolist() == X.tolist()
    assert Mul.apply(tg.tensor(X), tg.tensor(X)).node is None
    with tg.no_grad():
        assert Mul.apply(b, b).node is None


def test_backward_runs_once_for_all_inputs():
    calls = []

    class Add(Function):
        @staticmethod
        def forward(ctx, a, b):
            return a + b

        @staticmethod
        def backward(ctx, g):
            calls.append(1)
            return g, g

    a, b = leaf(X), leaf(X)
    Add.apply(a, b).sum().backward()
    assert len(calls) == 1
    assert not np.shares_memory(a.grad.array, b.grad.array)


def test_saved_tensors_are_watched_and_released():
    x = leaf(X)
    h = x * 1
    y = Cube.apply(h)
    h += 1
    with pytest.raises(tg.GraphError, match=r"Cube needs 'saved tensor 0'.*add_ has changed it"):
        y.sum().backward()
    gc.disable()
    try:
        y = Exp.apply(x)
        node = weakref.ref(y)
        y.sum().backward(create_graph=True)
        x.grad = None
        del y
        assert node() is None
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("answer", "error", "message"),
    [
        (lambda g: g, ValueError, "one gradient for each of the 2 arguments"),
        (lambda g: (g, g, g), ValueError, "one gradient for each of the 2 arguments"),
        (lambda g: (g.numpy(), None), TypeError, "must return Tensors or None, not ndarray"),
        (lambda g: (g[:2], None), ValueError, "pullback is wrong"),
    ],
)
def test_wrong_answers_of_backward(answer, error, message):
    class Wrong(Function):
        @staticmethod
        def forward(ctx, a, b):
            return a * b

        @staticmethod
        def backward(ctx, g):
            return answer(g)

    with pytest.raises(error, match=message):
        Wrong.apply(leaf(X), leaf(X)).sum().backward()


def test_missing_methods_and_wrong_use():
    class Empty(Function):
        pass

    class Number(Function):
        @staticmethod
        def forward(ctx, x):
            return 3.0

    class Saves(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(2.0)

    for function, error, message in (
        (Empty, NotImplementedError, "write a static method forward"),
        (Number, TypeError, "Number: forward must return a Tensor"),
        (Saves, TypeError, "keep other things as attributes"),
    ):
        with pytest.raises(error, match=message):
            function.apply(leaf(X))


def test_an_operation_in_ten_lines():
    try:

        @op(formula="y = log(1 + a²)", derivative=("2 g a / (1 + a²)",), samples=[Sample((3, 4)), Sample(())])
        def log_cosh_like(a):
            def grad_a(g):
                return g * 2 * a / (1 + a * a)

            return np.log(1 + a * a), (grad_a,)

        np.testing.assert_allclose(log_cosh_like(X), np.log(1 + X * X))
        assert gradcheck(log_cosh_like, [leaf(X)])
        assert gradgradcheck(log_cosh_like, [leaf(X)])
        (g,) = grad(log_cosh_like(leaf(X)).sum(), [x := leaf(X)], allow_unused=True)
        assert g is None
        assert x.is_leaf
    finally:
        OPS.pop("log_cosh_like", None)
    assert not any(getattr(f, "name", "") == "log_cosh_like" for f in NUMPY.values())


def test_a_rule_that_forgets_an_input_is_named():
    try:

        @op(formula="y = a b", derivative=("g b", "g a"), samples=[Sample((3,), (3,))])
        def forgetful(a, b):
            return a * b, (lambda g: g * b,)

        with pytest.raises(TypeError, match="forgetful: expected one pullback for each input, got 1 for 2 inputs"):
            forgetful(tg.ones(3, requires_grad=True), tg.ones(3))
    finally:
        OPS.pop("forgetful", None)


def test_what_is_kept_as_an_attribute_has_its_second_derivative_too():
    class Cube(Function):
        @staticmethod
        def forward(ctx, x, more):
            ctx.x, ctx.all = x, [x, more]
            ctx.y = x**3 * more
            return ctx.y

        @staticmethod
        def backward(ctx, g):
            return 3 * ctx.x**2 * ctx.all[1] * g, ctx.y / ctx.all[1] * g

    x, more = (tg.tensor(numbers, dtype=tg.float64, requires_grad=True) for numbers in ([2.0, -1.0], [3.0, 0.5]))
    assert gradcheck(Cube.apply, [x, more])
    assert gradgradcheck(Cube.apply, [x, more])


def test_a_gradient_that_is_a_saved_tensor_does_not_share_its_memory():
    class Same(Function):
        @staticmethod
        def forward(ctx, w):
            ctx.save_for_backward(w)
            return w * 1

        @staticmethod
        def backward(ctx, g):
            return ctx.saved_tensors[0]

    w = tg.ones(3, requires_grad=True)
    for _ in range(2):
        Same.apply(w).sum().backward()
    Same.apply(w).sum().backward(create_graph=True)
    assert w.tolist() == [1.0] * 3
    assert w.grad.tolist() == [3.0] * 3
