"""gradcheck and gradgradcheck as a user meets them: what they accept, what they refuse, and what their errors say."""

import re

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.autograd import Function, gradcheck, gradgradcheck
from tinygrad_edu.autograd.gradcheck import GradcheckError, ZeroGradientWarning
from tinygrad_edu.autograd.gradcheck.comparison import draw
from tinygrad_edu.engine.op import Op


def leaf(*shape, seed=0, **kwargs):
    return tg.tensor(np.random.default_rng(seed).uniform(0.5, 2.0, shape), requires_grad=True, **kwargs)


def with_pullbacks(function, *pullbacks):
    """Make an operation of a NumPy function and, for each input, a function of g and the inputs."""

    def rule(*inputs):
        return function(*inputs), [lambda g, p=p: p(g, *inputs) for p in pullbacks]

    rule.__name__ = "homemade"
    return Op(rule, formula="y = f(a)", derivative=("?",) * len(pullbacks))


def message(fn, inputs, check=gradcheck):
    with pytest.raises(GradcheckError) as raised:
        check(fn, inputs)
    assert not check(fn, inputs, raise_exception=False)
    return str(raised.value)


# What is accepted


def test_one_tensor_or_a_tuple_of_anything():
    mask, index = np.array([True, False, True]), np.array([2, 0])
    assert gradcheck(lambda x: x.sin() * x, leaf(2, 3))
    assert gradcheck(
        lambda x, m, constant, i, name, n: (tg.where(m, x, 2 * x) * constant)[i] ** n,
        (leaf(3), mask, tg.tensor([1.0, 2.0, 3.0]), index, "a name", 3),
    )


@pytest.mark.parametrize("kind", [tuple, list])
def test_several_outputs_floats_or_not(kind):
    assert gradcheck(
        lambda x, y: kind([x @ y, (x > 1), x.sum(), y.max(dim=0).indices]), (leaf(2, 3), leaf(3, 2, seed=1))
    )
    assert gradgradcheck(lambda x, y: kind([x @ y, (x > 1), (x**3).sum()]), (leaf(2, 3), leaf(3, 2, seed=1)))


def test_awkward_shapes_views_and_an_output_that_is_the_input():
    assert gradcheck(lambda x: x, leaf())
    assert gradcheck(lambda x: x.T, leaf(2, 3))
    assert gradcheck(lambda x: x.exp(), leaf(0, 3))
    transposed = tg.Tensor(np.arange(6.0).reshape(2, 3).T[::-1], requires_grad=True)
    assert gradcheck(lambda x: x.sin(), transposed)
    assert gradcheck(lambda x, y: x * y, (leaf(3),) * 2), "the same tensor twice"
    assert gradcheck(lambda x: x.exp(), leaf(3) * 2), "a tensor that is no leaf"


def test_an_input_that_plays_no_part_and_one_that_fn_does_not_take_as_an_argument():
    x, unused = leaf(3), leaf(2, seed=1)
    assert gradcheck(lambda *_: x.exp(), (x, unused))
    assert gradgradcheck(lambda *_: x.exp(), (x, unused))


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_large_and_small_inputs(scale):
    x = tg.tensor(np.array([1.3, 0.7, 2.9]) * scale, requires_grad=True)
    assert gradcheck(lambda x: (x / scale).log() * (x / scale), x)
    assert gradcheck(lambda x: x.log(), x)


@pytest.mark.filterwarnings("ignore::tinygrad_edu.autograd.gradcheck.ZeroGradientWarning")
def test_gradients_that_are_zero_but_for_rounding():
    assert gradcheck(lambda x: (x - x.mean()).sum(), leaf(5))
    assert gradcheck(lambda x: x.softmax(dim=0).sum() * 1000, leaf(5))


def test_inside_no_grad():
    with tg.no_grad():
        assert gradcheck(lambda x: x.exp(), leaf(2))


def test_gradgradcheck_with_upstream_gradients():
    x = leaf(2, 2)
    assert gradgradcheck(lambda x: x**3, x, tg.ones(2, 2, dtype=tg.float64))
    assert gradgradcheck(lambda x: (x**3, x.sin()), (x,), (leaf(2, 2, seed=3), tg.ones(2, 2, dtype=tg.float64)))


def test_the_answer_does_not_depend_on_other_random_numbers_nor_change_them():
    state = tg.random.default_generator.get_state()
    gradcheck(lambda x: x.exp(), leaf(2))
    gradgradcheck(lambda x: x.exp(), leaf(2))
    assert tg.random.default_generator.get_state() == state
    assert gradcheck(lambda x: x.exp(), leaf(2), rng=tg.Generator().manual_seed(3))
    assert gradcheck(lambda x: x.exp(), leaf(2), rng=np.random.default_rng(3))


# What is restored


def test_inputs_and_their_gradients_are_left_as_they_were():
    x, data = leaf(3), np.array([1.0, 2.0, 3.0])
    frozen = np.array([0.1, 0.2, 0.3])
    frozen.flags.writeable = False
    y = tg.Tensor(frozen, requires_grad=True)
    array, before = x.array, x.array.copy()
    gradcheck(lambda x, y, a: x * y * a, (x, y, data))
    assert x.array is array and np.array_equal(array, before)
    assert y.array is frozen
    assert x.grad is None
    x.grad = tg.ones(3, dtype=tg.float64)
    gradgradcheck(lambda x: x**2, x)
    assert x.grad.tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("call", [1, 2, 3, 9])
def test_inputs_are_restored_when_fn_raises(call):
    x, calls = leaf(3), []
    array, before = x.array, x.array.copy()

    def fn(x):
        calls.append(1)
        if len(calls) == call:
            raise KeyError("in fn")
        return x.exp()

    with pytest.raises(KeyError, match="in fn"):
        gradcheck(fn, x)
    assert x.array is array and np.array_equal(array, before)


# What is refused


def test_float32_is_refused_in_and_out():
    with pytest.raises(TypeError, match=r"input 1 is float32.*double\(\)"):
        gradcheck(lambda x, y: x * y, (leaf(2), tg.ones(2, requires_grad=True)))
    with pytest.raises(TypeError, match="output 0 is float32"):
        gradcheck(lambda x: x.float().exp(), leaf(2))


def test_nothing_to_check_is_an_error():
    with pytest.raises(ValueError, match="none of the inputs requires a gradient"):
        gradcheck(lambda x: x, tg.ones(2, dtype=tg.float64))
    with pytest.raises(ValueError, match="none of the inputs"):
        gradgradcheck(lambda x: x, (tg.ones(2, dtype=tg.float64), 3))


def test_tensors_inside_a_list_and_outputs_that_are_none_are_refused():
    with pytest.raises(TypeError, match="input 0 is a list that holds Tensors"):
        gradcheck(lambda tensors, x: tg.cat(tensors) * x, ([leaf(2), leaf(1)], leaf(3)))
    with pytest.raises(TypeError, match="must return a Tensor or a tuple of Tensors, not float"):
        gradcheck(lambda x: x.sum().item(), leaf(2))


def test_a_random_function_is_named_as_such():
    text = message(lambda x: x * tg.rand(3, dtype=tg.float64), leaf(3))
    assert "two different values for the same inputs" in text and "dropout" in text and "eval()" in text


def test_an_input_changed_in_place_is_named():
    def fn(a, x):
        x.detach().mul_(2)
        return a * x

    assert "fn changes input 1 in place" in message(fn, (leaf(2), leaf(2)))

    def on_array(x, array):
        array += 1
        return x * array

    data = np.ones(2)
    assert "fn changes input 1 in place" in message(on_array, (leaf(2), data))
    assert data.tolist() == [1.0, 1.0]


# What backward is asked beside the gradient


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6, 7])
def test_the_upstream_gradient_has_both_signs(size):
    for seed in range(20):
        signs = np.sign(draw((size,), np.random.default_rng(seed)))
        assert size == 1 or set(signs) == {-1.0, 1.0}
    wrong = with_pullbacks(np.sin, lambda g, a: np.abs(g) * np.cos(a))
    assert "is not linear in the upstream gradient g" in message(wrong, leaf(size))


def changing():
    calls = iter(range(100))
    return lambda g, a: g * np.cos(a) * (1 + next(calls) * 1e-9)


NOT_LINEAR = {
    "changes from call to call": lambda: changing(),
    "is not 0 where the upstream gradient g is. At [0] it is": lambda: lambda g, a: np.cos(a) * np.where(g == 0, 7, g),
    "and nan for 0 g": lambda: lambda g, a: np.cos(a) * g * g / g,
    "and 3 for 0 g": lambda: lambda g, a: np.where(np.any(g), g * np.cos(a), 3.0),
    "is not linear": lambda: lambda g, a: np.clip(g, -1.5, 1.5) * np.cos(a),
}


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("fault", NOT_LINEAR)
def test_a_pullback_that_is_not_a_linear_map(fault):
    wrong = with_pullbacks(np.sin, NOT_LINEAR[fault]())
    with pytest.raises(GradcheckError, match=re.escape(fault)):
        gradcheck(wrong, leaf(3))
    assert not gradcheck(with_pullbacks(np.sin, NOT_LINEAR[fault]()), leaf(3), raise_exception=False)


def test_zeros_everywhere_are_right_but_said():
    with pytest.warns(ZeroGradientWarning, match="all gradients are 0") as caught:
        assert gradcheck(lambda x: (x - 5).relu(), leaf(3))
    assert caught[0].filename == __file__
    assert gradcheck(lambda x, unused: x.exp(), (leaf(3), leaf(2))), "one input with a slope is enough"
    assert gradcheck(lambda x: x[:0], leaf(3)), "no output, nothing said"


# What the errors say


def test_an_error_names_the_input_the_index_both_values_and_how_many():
    def spoil_one(g, a):
        g = g * np.cos(a)
        g[1, 0] *= 1.001
        return g

    x = leaf(2, 3)
    x.name = "weights"
    text = message(lambda x: with_pullbacks(np.sin, spoil_one)(x), x)
    assert "the output with respect to input 0 (weights), of shape (2, 3), is wrong at 1 of 6 elements" in text
    assert "At [1, 0] backward gives" in text and "relative error 1.0e-03, tolerated 1.0e-06" in text
    assert "cause" not in text, "no pattern, no guess"


def test_an_error_names_the_output():
    text = message(lambda x: (x.exp(), with_pullbacks(np.sin, lambda g, a: g)(x)), leaf(2))
    assert "the gradient of output 1 with respect to input 0" in text


CAUSES = {
    "every element is 1.00001 times the right one": (np.sin, lambda g, a: g * np.cos(a) * 1.00001),
    "the sign is flipped": (np.cos, lambda g, a: g * np.sin(a)),
    "backward gives 0 everywhere": (np.sin, lambda g, a: np.zeros_like(g)),
    "the gradient is transposed": (np.sin, lambda g, a: (g * np.cos(a)).T),
    "backward gives NaN": (np.sin, lambda g, a: g * np.cos(a) * np.nan),
    "backward gives infinity": (np.sin, lambda g, a: g * np.cos(a) / 0.0),
    "a constant factor 2 is too many": (np.sin, lambda g, a: g * np.cos(a) * 2),
    "cannot belong to an input of shape (4, 4); its pullback is wrong": (np.sin, lambda g, a: g[:3]),
    "backward fails for output 0: ZeroDivisionError": (np.sin, lambda g, a: g * (1 // 0)),
}


@pytest.mark.filterwarnings("ignore:divide by zero")
@pytest.mark.parametrize("cause", CAUSES)
def test_a_likely_cause(cause):
    function, pullback = CAUSES[cause]
    assert cause in message(with_pullbacks(function, pullback), leaf(4, 4))


def test_a_transpose_of_a_matrix_that_is_not_square():
    wrong = with_pullbacks(np.sin, lambda g, a: (g * np.cos(a)).T.reshape(2, 3))
    assert "transposed" in message(wrong, leaf(2, 3))


def test_a_mean_without_its_n_and_a_sum_with_one():
    mean = with_pullbacks(lambda a: np.mean(a, axis=1), lambda g, a: np.broadcast_to(g[:, None], a.shape))
    text = message(mean, leaf(2, 3))
    assert (
        "3 times the right one: a constant factor 3 is too many; or, since 3 is a size here too, a 1/n is miss" in text
    )
    total = with_pullbacks(np.sum, lambda g, a: np.broadcast_to(g / a.size, a.shape))
    assert "since 6 is a size here too, a sum over n copies is missing, or a 1/n too many" in message(total, leaf(2, 3))


def test_a_factor_that_is_a_size_by_chance():
    cube = with_pullbacks(lambda a: a**3, lambda g, a: g * a**2)
    assert message(cube, leaf(3)).endswith(" times the right one: a constant factor 3 is missing")


def test_a_bias_whose_gradient_is_not_summed_over_the_batch():
    wrong = with_pullbacks(np.add, lambda g, x, b: g, lambda g, x, b: g[0])
    text = message(wrong, (leaf(5, 3), leaf(3, seed=1)))
    assert "input 1" in text and "a sum over axis 0 of the output is missing: only index 0 of its 5 contributes" in text


def test_a_value_that_left_the_graph():
    assert "left the graph" in message(lambda x: x.detach().exp(), leaf(3))


def test_a_hook_that_changes_the_shape():
    def fn(x):
        y = x * 1
        y.register_hook(lambda g: g[:1])
        return y.exp()

    assert "gradcheck" in message(fn, leaf(3))


def test_a_function_that_is_not_finite_beside_the_point():
    text = message(lambda x: x.sqrt(), tg.tensor([0.0, 1.0], dtype=tg.float64, requires_grad=True))
    assert "not finite on both sides of this point" in text and "At [0]" in text


def test_what_gradgradcheck_sees_and_gradcheck_does_not():
    """A pullback that computes with the bare array gives the right gradient, but that gradient has none."""

    def cube(g, a):
        return g * (3 * np.asarray(getattr(a, "array", a)) ** 2)

    wrong = with_pullbacks(lambda a: a**3, cube)
    assert gradcheck(wrong, leaf(3))
    text = message(wrong, leaf(3), gradgradcheck)
    assert text.startswith("gradgradcheck: the gradient of the output with respect to input 0")


KEPT = {
    "the input": (lambda x: x, True),
    "a list with the input": (lambda x: [x], True),
    "what was computed from it": (lambda x: x * 1, False),
    "a copy": (lambda x: x.clone(), False),
    "a detached input": (lambda x: x.detach(), False),
}


@pytest.mark.parametrize("what", KEPT)
def test_a_function_that_keeps_something_as_an_attribute(what):
    """The graph leads back to an input that was kept, in whatever container; what else was kept is a constant."""
    keep, right = KEPT[what]

    class Cube(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.x = keep(x)
            return x**3

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.x if isinstance(ctx.x, list) else (ctx.x,)
            return 3 * x**2 * g

    assert gradcheck(Cube.apply, leaf(3))
    assert gradgradcheck(Cube.apply, leaf(3), raise_exception=False) == right
