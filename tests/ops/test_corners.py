"""Inputs that an operation's samples leave out, since only a mistake in the way back would show on them.

They were found by mutation testing (`python -m tests.mutation`): a change of the rule that no sample noticed.
"""

import numpy as np
import pytest

from tests.table import as_tensors, draw
from tinygrad_edu.autograd import gradcheck, gradgradcheck
from tinygrad_edu.engine.op import OPS, Sample

pytestmark = pytest.mark.filterwarnings("ignore::tinygrad_edu.autograd.gradcheck.ZeroGradientWarning")

RNG = np.random.default_rng(0)
SQUARES = 2 * np.eye(3) + RNG.uniform(-0.4, 0.4, (2, 1, 3, 3))  # two axes of batch, of sizes that differ from 3
WIDE = np.array([[[2.0, 0.3, 0.1], [0.4, 1.1, -0.5]], [[0.2, 1.6, 0.3], [0.9, 0.1, 0.7]]])

ZEROS = [Sample(np.array(row), axis=0) for row in ([2.0, 0.0, 3.0, 0.5], [0.0, 2.0, 0.0, 3.0], [0.0, 0.0, 0.0, 2.0])]

CORNERS = {
    "cumprod": ZEROS,
    "prod": ZEROS,
    "cholesky": [Sample(SQUARES @ np.swapaxes(SQUARES, -1, -2))],
    "right_singular_vectors": [Sample(WIDE)],
}


@pytest.mark.parametrize(
    ("name", "sample"), [(name, sample) for name, samples in CORNERS.items() for sample in samples]
)
def test_derivatives(name, sample):
    inputs = as_tensors(draw(OPS[name], sample))
    np.testing.assert_allclose(OPS[name](*inputs, **sample.params).array, OPS[name].reference(*draw(OPS[name], sample)))
    assert gradcheck(lambda *xs: OPS[name](*xs, **sample.params), inputs)
    assert gradgradcheck(lambda *xs: OPS[name](*xs, **sample.params), inputs)
