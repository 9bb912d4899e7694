"""The namespace special against PyTorch's, also where a function or its slope is infinite."""

import math

import numpy as np
import pytest

import tinygrad_edu as tg

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
pytestmark = pytest.mark.torch
POINTS = [-math.inf, -30.0, -1.0, -0.0, 0.0, 1e-9, 0.25, 1.0, 3.0, 27.0, math.inf, math.nan]
ROWS = [[0.5, -1.0, 800.0], [2.0, 0.0, 1.0]]

CASES = {
    **{
        name: (lambda s, x, name=name: getattr(s, name)(x), POINTS)
        for name in ("entr", "erf", "erfc", "exp2", "expit", "expm1", "log1p", "sinc")
    },
    "logit": (lambda s, x: s.logit(x, eps=0.1), [0.0, 0.05, 0.5, 1.0]),
    "xlogy": (lambda s, x: s.xlogy(x, x + 1), [0.0, 0.5, 2.0]),
    "round": (lambda s, x: s.round(x, decimals=1), [0.25, -0.31, 2.0]),
    "softmax": (lambda s, x: s.softmax(x, 1), ROWS),
    "log_softmax": (lambda s, x: s.log_softmax(x, dim=0), ROWS),
    "logsumexp": (lambda s, x: s.logsumexp(x, 1, keepdim=True), ROWS),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients(name):
    function, points = CASES[name]
    found = []
    for library in (tg, torch):
        x = library.tensor(points, dtype=library.float64, requires_grad=True)
        y = function(library.special, x)
        y.backward(library.tensor(np.linspace(0.5, 2, y.numel()).reshape(y.shape)))
        found.append((y.detach().numpy(), x.grad.numpy()))
    (mine, slope), (other, other_slope) = found
    np.testing.assert_allclose(mine, other, rtol=1e-12)
    np.testing.assert_allclose(slope, other_slope, rtol=1e-12, atol=1e-8)  # PyTorch's loses digits close to 0


def test_every_function_is_compared():
    assert set(CASES) == set(tg.special.__all__)
