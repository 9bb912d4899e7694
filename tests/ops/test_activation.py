"""What the table of samples, in float64, does not see: activations in float32."""

import math

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import ops


def exact(x):
    """Return x Φ(x) and its slope in double precision."""
    cumulative = np.array([0.5 * math.erfc(-t / math.sqrt(2)) for t in x])
    return x * cumulative, cumulative + x * np.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def test_gelu_in_float32_is_right_to_its_rounding():
    x = tg.tensor(np.linspace(-12, 12, 20_001), dtype=tg.float32, requires_grad=True)
    y = ops.gelu(x)
    y.sum().backward()
    value, slope = exact(x.detach().numpy().astype(float))
    assert y.dtype == tg.float32
    assert (abs(y.detach().numpy() - value) <= 2e-7 * np.maximum(1, abs(value))).all()
    assert (abs(x.grad.numpy() - slope) <= 3e-7).all()


@pytest.mark.parametrize("dtype", [tg.float32, tg.float64])
def test_gelu_far_out(dtype):
    x = tg.tensor([-1e30, -40.0, 0.0, 40.0, 1e30], dtype=dtype, requires_grad=True)
    for approximate in ("none", "tanh"):
        with np.errstate(over="ignore"):  # of x²
            y = ops.gelu(x, approximate=approximate)
        np.testing.assert_array_equal(y.detach().numpy(), np.maximum(x.detach().numpy(), 0))
