"""Random programs: whatever operations are put together, and on whatever shapes, the gradient is the slope."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import tinygrad_edu as tg
from tinygrad_edu import ops
from tinygrad_edu.autograd import gradcheck, gradgradcheck

pytestmark = pytest.mark.filterwarnings("ignore::tinygrad_edu.autograd.gradcheck.ZeroGradientWarning")

QUIET = {"derandomize": True, "deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}


def gram(x):
    """Multiply each matrix by its transpose."""
    return ops.matmul(x, ops.swapaxes(x, axis1=-1, axis2=-2)) / 9


def convolved(x):
    """Let a weight of 2 by 2 slide over a matrix."""
    images, weight = ops.reshape(x, shape=(1, 1, *x.shape)), np.array([[[[0.4, -0.3], [0.2, 0.1]]]])
    y = ops.convolution(images, weight, stride=(1, 1), padding=(1, 0), dilation=(1, 1), groups=1)
    return ops.reshape(y, shape=y.shape[2:])


# Each keeps its values in (-1, 1) or so, so that a chain neither overflows nor comes near a pole.
SMOOTH = {
    "sin": ops.sin,
    "tanh": ops.tanh,
    "sigmoid": ops.sigmoid,
    "erf": ops.erf,
    "atan": ops.atan,
    "softmax": lambda x: ops.softmax(x, axis=-1) if x.ndim else x,
    "exp": lambda x: ops.exp(-x * x),
    "log": lambda x: ops.log(x * x + 1.5),
    "sqrt": lambda x: ops.sqrt(x * x + 0.5) - 1,
    "reciprocal": lambda x: ops.reciprocal(x * x + 1),
    "softplus": lambda x: ops.softplus(x) - 1,
    "gelu": ops.gelu,
    "silu": ops.silu,
    "neg": ops.neg,
    "cumsum": lambda x: ops.cumsum(x, axis=0) / 3 if x.ndim else x,
    "flip": lambda x: ops.flip(x, axis=0) if x.ndim else x,
    "transpose": ops.transpose,
    "ravel": lambda x: ops.reshape(x, shape=(-1,)),
    "new axis": lambda x: ops.expand_dims(x, axis=0) if x.ndim < 4 else x,
    "mean": lambda x: ops.mean(x, axis=-1, keepdims=True) if x.ndim else x,
    "sum": lambda x: ops.sum(x, axis=0) / 4 if x.ndim else x,
    "logsumexp": lambda x: ops.logsumexp(x, axis=-1) / 4 if x.ndim else x,
    "every other": lambda x: x[::2] if x.ndim else x,
    "cumprod": lambda x: ops.cumprod(x / 2 + 1, axis=-1) / 4 if x.ndim else x,
    "logcumsumexp": lambda x: ops.logcumsumexp(x, axis=0) / 4 if x.ndim else x,
    "prod": lambda x: ops.prod(x / 2 + 1, axis=-1) / 4 if x.ndim else x,
    "var": lambda x: ops.var(x, axis=0, keepdims=True) if x.ndim else x,
    "log_softmax": lambda x: ops.log_softmax(x, axis=-1) / 4 if x.ndim else x,
    "roll": lambda x: ops.roll(x, shift=1, axis=0) if x.ndim else x,
    "pad": lambda x: ops.pad(x, pad_width=((0, 1),) * x.ndim) if x.ndim else x,
    "twice": lambda x: ops.concatenate(x, ops.sin(x), axis=-1) if x.ndim else x,
    "stack": lambda x: ops.stack(ops.cos(x), x, axis=0) if x.ndim < 4 else x,
    "where": lambda x: ops.where(np.arange(math.prod(x.shape)).reshape(x.shape) % 2 == 0, x, ops.sin(x)),
    "overwrite": lambda x: ops.setitem(x, 0.5, index=0) if x.ndim else x,
    "read twice": lambda x: ops.getitem(x, index=np.array([0, -1, 0])) if x.ndim else x,
    "gram": lambda x: gram(x) if x.ndim > 1 else x,
    "inverse": lambda x: ops.inv(gram(x) + np.eye(x.shape[-2])) if x.ndim > 1 else x,
    "determinant": lambda x: ops.logabsdet(gram(x) + np.eye(x.shape[-2])) if x.ndim > 1 else x,
    "cholesky": lambda x: ops.cholesky(gram(x) + np.eye(x.shape[-2])) - 0.5 if x.ndim > 1 else x,
    "convolution": lambda x: convolved(x) if x.ndim == 2 and min(x.shape) > 1 else x,
}
PAIRS = {
    "add": lambda a, b: (a + b) / 2,
    "sub": lambda a, b: (a - b) / 2,
    "mul": ops.mul,
    "div": lambda a, b: a / (b * b + 1),
    "atan2": lambda a, b: ops.atan2(a, b * b + 1),
    "hypot": lambda a, b: ops.hypot(a, b * b + 1) / 3,
    "logaddexp": lambda a, b: ops.logaddexp(a, b) - 1,
    "pow": lambda a, b: (a * a + 1) ** (b / 3) - 1,
    "xlogy": lambda a, b: ops.xlogy(a, b * b + 1),
    "where": lambda a, b: ops.where(np.array(True), a * b, b),
    "fill": lambda a, b: ops.setitem(a + b * 0, ops.sin(b), index=...),
}

sizes = st.lists(st.integers(1, 3), max_size=3).map(tuple)


def values(shape, seed):
    return np.random.default_rng(seed).uniform(-1.2, 1.2, shape)


@st.composite
def programs(draw, longest=7):
    """Draw a list of steps: a function of the value before, or of it and an earlier one of matching shape."""
    names = st.one_of(st.sampled_from(sorted(SMOOTH)), st.sampled_from(sorted(PAIRS)))
    return draw(st.lists(st.tuples(names, st.integers(0, 20)), min_size=1, max_size=longest))


def run(program, *inputs):
    history = list(inputs)
    for name, which in program:
        x = history[-1]
        if name in SMOOTH:
            history.append(SMOOTH[name](x))
        else:
            other = history[which % len(history)]
            try:
                np.broadcast_shapes(x.shape, other.shape)
            except ValueError:
                other = x
            history.append(PAIRS[name](x, other))
    return history[-1]


@settings(max_examples=120, **QUIET)
@given(program=programs(), first=sizes, second=sizes, seed=st.integers(0, 2**32 - 1))
def test_first_derivatives(program, first, second, seed):
    inputs = [tg.tensor(values(shape, seed + i), requires_grad=True) for i, shape in enumerate((first, second))]
    result = run(program, *inputs)
    assume(result.requires_grad and result.numel() < 200)
    # Not to the last bit: of single numbers NumPy makes scalars, whose powers may round otherwise than an array's.
    np.testing.assert_allclose(result.array, run(program, *(x.array for x in inputs)), rtol=1e-13, atol=1e-13)
    assert gradcheck(lambda *xs: run(program, *xs), inputs)


@settings(max_examples=60, **QUIET)
@given(program=programs(longest=4), shape=st.sampled_from([(2, 3), (3, 2), (3,), (2, 1, 2)]), seed=st.integers(0, 99))
def test_second_derivatives(program, shape, seed):
    inputs = [tg.tensor(values(shape, seed + i), requires_grad=True) for i in range(2)]
    assume(run(program, *inputs).numel() < 60)
    assert gradgradcheck(lambda *xs: run(program, *xs), inputs)


@st.composite
def stretched(draw):
    """Draw a shape, and one that broadcasts to it: axes of size 1, and some missing at the front."""
    shape = draw(st.lists(st.integers(0, 3), max_size=4).map(tuple))
    small = tuple(1 if draw(st.booleans()) else size for size in shape)
    return shape, small[draw(st.integers(0, len(shape))) :]


@settings(max_examples=60, **QUIET)
@given(shapes=stretched(), swap=st.booleans(), name=st.sampled_from(sorted(PAIRS)))
def test_broadcasting(shapes, swap, name):
    inputs = [
        tg.tensor(values(shape, i), requires_grad=True) for i, shape in enumerate(shapes[::-1] if swap else shapes)
    ]
    expected = PAIRS[name](*(x.array for x in inputs))
    result = PAIRS[name](*inputs)
    assert result.shape == np.shape(expected)
    np.testing.assert_allclose(result.array, expected, rtol=1e-14, atol=1e-15)
    assert gradcheck(PAIRS[name], inputs)
    result.sum().backward()
    assert [x.grad.shape for x in inputs] == [x.shape for x in inputs]
