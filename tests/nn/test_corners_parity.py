"""The cases of `test_corners.py` in PyTorch: their numbers are the ones it gives."""

import numpy as np
import pytest

from tests.nn.test_corners import CASES, run

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
pytestmark = pytest.mark.torch


@pytest.mark.parametrize("name", CASES)
def test_corner_in_pytorch(name):
    call, expected = CASES[name]
    y = run(call, torch)
    assert y.shape == np.shape(expected)
    np.testing.assert_allclose(y, expected, rtol=1e-3 if y.dtype == np.float16 else 1e-4, atol=1e-6)
