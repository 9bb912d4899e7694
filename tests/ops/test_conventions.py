"""The awkward points: values and subgradients at kinks, ties, zeros and infinities, as PyTorch 2.13 has them.

That recording is on in a thread started inside `no_grad` is in tests/engine/test_grad_mode.py.
"""

import warnings

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.nn import functional as F

INF, NAN = np.inf, np.nan

SINGULAR = [1.0, 2.0, 3.0, 0.0, 1.0, 4.0, 1.0, 3.0, 7.0]  # the last row is the sum of the others
COFACTORS = [-5.0, 4.0, -1.0, -5.0, 4.0, -1.0, 5.0, -4.0, 1.0]

# name: (function, input, value, gradient of the sum of the results); None is not compared
CASES = {
    "abs at 0": (lambda x: x.abs(), [0.0], [0.0], [0.0]),
    "copysign at 0": (lambda x: tg.ops.copysign(x, -2.0), [0.0, 3.0], [0.0, -3.0], [0.0, -1.0]),
    "cumsum of a single number": (lambda x: tg.ops.cumsum(x[0], axis=0), [2.0], 2.0, [1.0]),
    "cumprod of a single number": (lambda x: tg.ops.cumprod(x[0], axis=-1), [2.0], 2.0, [1.0]),
    "relu at 0": (lambda x: x.relu(), [0.0], [0.0], [0.0]),
    "clamp at its bounds": (lambda x: x.clamp(-1, 1), [-1.0, 1.0], [-1.0, 1.0], [1.0, 1.0]),
    "clamp at one bound": (lambda x: x.clamp(min=0) + x.clamp(max=0), [0.0], [0.0], [2.0]),
    "leaky_relu at 0": (lambda x: tg.ops.leaky_relu(x, negative_slope=0.2), [0.0], [0.0], [0.2]),
    "prelu at 0": (lambda x: F.prelu(x, tg.tensor([0.2], dtype=tg.float64)), [0.0], [0.0], [0.2]),
    "elu at 0": (lambda x: tg.ops.elu(x), [0.0], [0.0], [1.0]),
    "celu at 0": (lambda x: F.celu(x), [0.0], [0.0], [1.0]),
    "selu at 0": (
        lambda x: tg.ops.elu(x, alpha=1.6732632423543772, scale=1.0507009873554805),
        [0.0],
        [0.0],
        [1.7580993408473766],
    ),
    "hardsigmoid at its bounds": (lambda x: F.hardsigmoid(x), [-3.0, 3.0], [0.0, 1.0], [0.0, 0.0]),
    "hardswish at its bounds": (lambda x: F.hardswish(x), [-3.0, 3.0], [0.0, 3.0], [0.0, 1.0]),
    "hardtanh at its bounds": (lambda x: tg.ops.hardtanh(x), [-1.0, 1.0], [-1.0, 1.0], [0.0, 0.0]),
    "relu6 at its bounds": (lambda x: tg.ops.hardtanh(x, min_val=0, max_val=6), [0.0, 6.0], [0.0, 6.0], [0.0, 0.0]),
    "softplus above its threshold": (lambda x: tg.ops.softplus(x), [25.0], [25.0], [1.0]),
    "binary_cross_entropy where it is infinite": (
        lambda x: F.binary_cross_entropy(x, tg.ones(1)),
        [0.0],
        100.0,
        [-1e12],
    ),
    "cross_entropy with all targets ignored": (
        lambda x: F.cross_entropy(x[None], tg.tensor([-100])),
        [1.0, 2.0],
        NAN,
        None,
    ),
    "prod with one zero": (lambda x: x.prod(), [0.0, 2.0, 3.0], 0.0, [6.0, 0.0, 0.0]),
    "prod with two zeros": (lambda x: x.prod(), [0.0, 0.0, 3.0], 0.0, [0.0, 0.0, 0.0]),
    "det of a singular matrix": (lambda x: tg.det(x.reshape(3, 3)), SINGULAR, 0.0, COFACTORS),
    "det of a singular matrix and others": (
        lambda x: tg.det(x.reshape(2, 1, 3, 3)),
        [1.0, 2.0, 3.0, 4.0, 6.0, 5.0, 7.0, 8.0, 1.0, *SINGULAR],
        [[-2.0], [0.0]],
        [-34.0, 31.0, -10.0, 22.0, -20.0, 6.0, -8.0, 7.0, -2.0, *COFACTORS],
    ),
    "cumprod with a zero": (lambda x: x.cumprod(0), [2.0, 0.0, 3.0], [2.0, 0.0, 0.0], [1.0, 8.0, 0.0]),
    "cumprod with two zeros": (lambda x: x.cumprod(0), [0.0, 0.0, 3.0], [0.0, 0.0, 0.0], [1.0, 0.0, 0.0]),
    "hypot at 0": (lambda x: tg.hypot(x, tg.zeros(1)), [0.0], [0.0], [NAN]),
    "atan2 at 0": (lambda x: tg.atan2(x, tg.zeros(1)), [0.0], [0.0], [0.0]),
    "atan2 at 0 in the abscissa": (lambda x: tg.atan2(tg.zeros(1), x), [0.0], [0.0], [0.0]),
    "atan2 on the unit circle": (lambda x: tg.atan2(x, tg.ones(1)), [0.0], [0.0], [1.0]),
    "xlogy at 0 in x": (lambda x: tg.xlogy(x, tg.zeros(1)), [0.0], [0.0], [0.0]),
    "xlogy at 0 in y": (lambda y: tg.xlogy(tg.zeros(1), y), [0.0], [0.0], [NAN]),
    "xlogy at 0 in x where log y is finite": (
        lambda x: tg.xlogy(x, tg.tensor([2.0], dtype=tg.float64)),
        [0.0],
        [0.0],
        [np.log(2)],
    ),
    "xlogy at 0 in x of inf": (lambda x: tg.xlogy(x, tg.tensor([INF])), [0.0], [0.0], [INF]),
    "remainder near a whole quotient": (
        lambda y: tg.remainder(tg.tensor([1.0], dtype=tg.float64), y),
        [0.1],
        [0.1],
        [-9.0],
    ),
    "sinc at 0": (lambda x: tg.sinc(x), [0.0], [1.0], [0.0]),
    "sinc close to 0": (lambda x: tg.sinc(x), [9e-4], [0.9999986676039384], [-0.0029608789532865713]),
    "norm of zeros": (lambda x: x.norm(), [0.0, 0.0], 0.0, [0.0, 0.0]),
    "3-norm of zeros": (lambda x: x.norm(p=3), [0.0, 0.0], 0.0, [0.0, 0.0]),
    "1-norm of zeros": (lambda x: x.norm(p=1), [0.0, 0.0], 0.0, [0.0, 0.0]),
    "1/2-norm of zeros": (lambda x: x.norm(p=0.5), [0.0, 0.0], 0.0, [0.0, 0.0]),
    "inf-norm of zeros": (lambda x: x.norm(p=INF), [0.0, 0.0], 0.0, [0.0, 0.0]),
    "-inf-norm of zeros": (lambda x: x.norm(p=-INF), [0.0, 0.0], 0.0, [0.0, 0.0]),
    "Frobenius norm of zeros": (lambda x: tg.linalg.norm(x[None], "fro"), [0.0, 0.0], 0.0, [0.0, 0.0]),
    "normalize of zeros": (lambda x: F.normalize(x, dim=0), [0.0, 0.0], [0.0, 0.0], [1e12, 1e12]),
    "median of ties": (lambda x: x.median(), [2.0, 2.0, 1.0], 2.0, [0.5, 0.5, 0.0]),
    "cosh far out": (lambda x: x.cosh() / x.cosh(), [-710.0, 710.0], [1.0, 1.0], None),
    "clamp outside": (lambda x: x.clamp(-1, 1), [-2.0, 2.0], [-1.0, 1.0], [0.0, 0.0]),
    "clamp by tensors at the bound": (lambda x: x.clamp(max=tg.ones(1)), [1.0], [1.0], [1.0]),
    "sqrt at 0": (lambda x: x.sqrt(), [0.0], [0.0], [INF]),
    "root of a sum of squares at 0": (lambda x: (x * x).sum().sqrt(), [0.0, 0.0], 0.0, [NAN, NAN]),
    "max of ties": (lambda x: x.max(), [2.0, 2.0, 1.0], 2.0, [0.5, 0.5, 0.0]),
    "min of ties": (lambda x: x.min(), [2.0, 2.0, 3.0], 2.0, [0.5, 0.5, 0.0]),
    "amax of ties": (lambda x: x.amax(dim=0), [2.0, 2.0, 1.0], 2.0, [0.5, 0.5, 0.0]),
    "max along a dimension of ties": (lambda x: x.max(dim=0).values, [2.0, 2.0, 1.0], 2.0, [1.0, 0.0, 0.0]),
    "min along a dimension of ties": (lambda x: x.min(dim=0).values, [2.0, 2.0, 3.0], 2.0, [1.0, 0.0, 0.0]),
    "amin of ties": (lambda x: x.amin(dim=0), [2.0, 2.0, 3.0], 2.0, [0.5, 0.5, 0.0]),
    "median along a dimension of ties": (lambda x: x.median(dim=0).values, [2.0, 2.0, 1.0], 2.0, [1.0, 0.0, 0.0]),
    "maximum of equals": (lambda x: tg.maximum(x, tg.ones(1)), [1.0], [1.0], [0.5]),
    "minimum of equals": (lambda x: tg.minimum(x, tg.ones(1)), [1.0], [1.0], [0.5]),
    "maximum with itself": (lambda x: tg.maximum(x, x), [1.0], [1.0], [1.0]),
    "x**0 at 0": (lambda x: x**0, [0.0], [1.0], [0.0]),
    "x**0 at inf": (lambda x: x**0, [INF], [1.0], [0.0]),
    "x**1 at 0": (lambda x: x**1, [0.0], [0.0], [1.0]),
    "x**2 at 0": (lambda x: x**2, [0.0], [0.0], [0.0]),
    "x**0.5": (lambda x: x**0.5, [0.0, -2.0], [0.0, NAN], [INF, NAN]),
    "x**-1 at 0": (lambda x: x**-1, [0.0], [INF], [-INF]),
    "x to tensors, at 0": (lambda x: x ** tg.tensor([0.0, 1.0, 2.0]), [0.0] * 3, [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]),
    "x to a tensor of 0, at inf": (lambda x: x ** tg.tensor([0.0]), [INF], [1.0], [0.0]),
    "0**y": (lambda y: tg.zeros(3) ** y, [0.0, 2.0, -1.0], [1.0, 0.0, INF], [0.0, 0.0, -INF]),
    "where with a NaN slope not taken": (lambda x: tg.where(x > 0, x.log(), 0.0), [0.0], [0.0], [NAN]),
    "where with a safe argument": (lambda x: tg.where(x > 0, tg.where(x > 0, x, 1.0).log(), 0.0), [0.0], [0.0], [0.0]),
    "x/0": (lambda x: x / tg.zeros(2), [1.0, 0.0], [INF, NAN], [INF, INF]),
    "1/x at 0": (lambda x: 1 / x, [0.0], [INF], [-INF]),
    "rsqrt at 0": (lambda x: x.rsqrt(), [0.0], [INF], [-INF]),
    "logsumexp of all -inf": (lambda x: x.logsumexp(0), [-INF, -INF], -INF, [NAN, NAN]),
    "logsumexp with inf": (lambda x: x.logsumexp(0), [0.0, INF], INF, [0.0, NAN]),
    "softmax of all -inf": (lambda x: x.softmax(0), [-INF, -INF], [NAN, NAN], [NAN, NAN]),
    "log_softmax of all -inf": (lambda x: x.log_softmax(0), [-INF, -INF], [NAN, NAN], [NAN, NAN]),
    "logaddexp of two -inf": (lambda x: tg.logaddexp(x, x), [-INF], [-INF], [NAN]),
    "logaddexp with an infinity": (lambda x: tg.logaddexp(x, tg.zeros(2)), [-INF, INF], [0.0, INF], [0.0, 1.0]),
    "logaddexp of equals so large that log 2 is rounded away": (
        lambda x: tg.logaddexp(x, tg.tensor([1e300], dtype=tg.float64)),
        [1e300],
        [1e300],
        [0.5],
    ),
    "softmax with one -inf": (lambda x: x.softmax(0)[0], [0.0, -INF], 1.0, [0.0, 0.0]),
    "std of equal values": (lambda x: x.std(), [3.0, 3.0], 0.0, [0.0, 0.0]),
    "var of one element": (lambda x: x.var(), [3.0], NAN, [NAN]),
    "std of one element": (lambda x: x.std(), [3.0], NAN, [NAN]),
    "sign": (lambda x: x.sign(), [-2.0, 0.0, NAN], [-1.0, 0.0, NAN], [0.0, 0.0, 0.0]),
    "relu of NaN": (lambda x: x.relu(), [NAN], [NAN], [1.0]),
    "abs of NaN": (lambda x: x.abs(), [NAN, -2.0], [NAN, 2.0], [0.0, -1.0]),
    "clamp of NaN": (lambda x: x.clamp(-1, 1) + x.clamp(min=0) + x.clamp(max=0), [NAN], [NAN], [0.0]),
    "clamp with a bound of NaN": (lambda x: x.clamp(min=NAN) + x.clamp(-1, NAN), [0.0], [NAN], [0.0]),
    "maximum with NaN": (lambda x: tg.maximum(x, tg.tensor([1.0, NAN])), [NAN, 1.0], [NAN, NAN], [1.0, 1.0]),
    "maximum of NaN with x": (lambda x: tg.maximum(tg.tensor([NAN]), x), [1.0], [NAN], [1.0]),
    "minimum with NaN": (lambda x: tg.minimum(x, tg.tensor([1.0, NAN])), [NAN, 1.0], [NAN, NAN], [1.0, 1.0]),
    "minimum of NaN with x": (lambda x: tg.minimum(tg.tensor([NAN]), x), [1.0], [NAN], [1.0]),
    "max of NaNs": (lambda x: x.max(), [NAN, 2.0, NAN], NAN, [0.5, 0.0, 0.5]),
    "min of a NaN": (lambda x: x.min(), [NAN, 2.0, 1.0], NAN, [1.0, 0.0, 0.0]),
    "sigmoid far out": (lambda x: x.sigmoid(), [-1e6, 1e6], [0.0, 1.0], [0.0, 0.0]),
    "log at 0": (lambda x: x.log(), [0.0], [-INF], [INF]),
    "asin at its bounds": (lambda x: x.asin(), [-1.0, 1.0], [-np.pi / 2, np.pi / 2], [INF, INF]),
    "acos at its bounds": (lambda x: x.acos(), [-1.0, 1.0], [np.pi, 0.0], [-INF, -INF]),
    "atanh at its bounds": (lambda x: x.atanh(), [-1.0, 1.0], [-INF, INF], [INF, INF]),
    "acosh at 1": (lambda x: x.acosh(), [1.0], [0.0], [INF]),
    "logit at 0 and 1": (lambda x: x.logit(), [0.0, 1.0], [-INF, INF], [INF, INF]),
    "sum of nothing": (lambda x: x[:0].sum(), [1.0], 0.0, [0.0]),
    "prod of nothing": (lambda x: x[:0].prod(), [1.0], 1.0, [0.0]),
    "cumsum of nothing": (lambda x: x[:0].cumsum(0), [1.0], [], [0.0]),
    "mean of nothing": (lambda x: x[:0].mean(), [1.0], NAN, None),
}


def compare(function, values, expected, gradient, create_graph=False):
    """Compare value and gradient with what they should be; `gradient` may be None."""
    x = tg.tensor(values, dtype=tg.float64, requires_grad=True)
    finite = np.isfinite([*values, *np.ravel(expected), *np.ravel(gradient or 0)]).all()
    with warnings.catch_warnings():
        # NumPy's warnings on dividing by zero belong to an infinite result, not to a finite one.
        warnings.simplefilter("error" if finite else "ignore", RuntimeWarning)
        y = function(x)
        (got,) = tg.autograd.grad(y.sum(), x, create_graph=create_graph)
    np.testing.assert_allclose(y.array, expected, rtol=1e-12, atol=1e-300)
    if gradient is not None:
        np.testing.assert_allclose(got.array, gradient, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("name", CASES)
def test_value_and_gradient(name):
    compare(*CASES[name])


@pytest.mark.parametrize("name", CASES)
def test_the_same_gradient_where_it_is_recorded(name):
    compare(*CASES[name], create_graph=True)


# name: (function, input, second derivative of the sum of the results)
SECOND = {
    "elu at 0": (lambda x: tg.ops.elu(x), [0.0], [0.0]),
    "sigmoid far out": (lambda x: x.sigmoid(), [-800.0, 800.0], [0.0, 0.0]),
    "abs times x": (lambda x: x.abs() * x, [-2.0], [-2.0]),
    "remainder": (lambda x: tg.remainder(x * x, 1.0), [1.5], [2.0]),
}


@pytest.mark.parametrize("name", SECOND)
def test_second_derivative(name):
    function, values, expected = SECOND[name]
    x = tg.tensor(values, dtype=tg.float64, requires_grad=True)
    (first,) = tg.autograd.grad(function(x).sum(), x, create_graph=True)
    (second,) = tg.autograd.grad(first.sum(), x)
    np.testing.assert_allclose(second.array, expected, rtol=1e-12)
