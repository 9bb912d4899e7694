"""Single numbers along the axis 0 or -1, as PyTorch has it: what a row of one gives, without the axis."""

import numpy as np
import pytest

from tests.table import as_tensors
from tinygrad_edu import ops
from tinygrad_edu.autograd import gradcheck, gradgradcheck

pytestmark = pytest.mark.filterwarnings("ignore::tinygrad_edu.autograd.gradcheck.ZeroGradientWarning")

ALONG = ("cumprod", "cumsum", "log_softmax", "logcumsumexp", "softmax")
REDUCING = ("argmax", "argmin", "logsumexp", "max", "mean", "min", "prod", "sum", "var")
CALLS = [
    *((name, {"axis": axis}) for name in ALONG + REDUCING for axis in (0, -1)),
    *((name, {"axis": 0, "keepdims": True}) for name in REDUCING),
    *((name, {"axis": (-1,)}) for name in REDUCING if not name.startswith("arg")),
    ("swapaxes", {"axis1": 0, "axis2": -1}),
]


def number():
    return as_tensors([np.array(0.7)])


@pytest.mark.parametrize(("name", "params"), CALLS)
def test_a_number_is_a_row_of_one(name, params):
    op = getattr(ops, name)
    result = op(*number(), **params)
    assert result.shape == ()
    assert op(np.array(0.7), **params) == result.item()
    row = op(np.array([0.7]), **(params | {"axis2": 0} if name == "swapaxes" else params))
    np.testing.assert_allclose(result.array, np.reshape(row, ()), rtol=1e-15)
    if op.differentiable:
        assert gradcheck(lambda x: op(x, **params), number())
        assert gradgradcheck(lambda x: op(x, **params), number())


@pytest.mark.parametrize(("name", "params"), CALLS)
def test_it_has_no_other_axis(name, params):
    wrong = {key: 1 if key.startswith("axis") else value for key, value in params.items()}
    with pytest.raises((IndexError, ValueError)):
        getattr(ops, name)(*number(), **wrong)


@pytest.mark.parametrize("indices", [np.array(0), np.array([0, 0, 0])], ids=["number", "row"])
def test_read_a_number_at_indices(indices):
    def read(x):
        return ops.take_along_axis(x, indices, axis=0)

    assert read(*number()).array.tolist() == np.full(indices.shape, 0.7).tolist()
    assert gradcheck(read, number())
    assert gradgradcheck(read, number())
    with pytest.raises(IndexError):
        ops.take_along_axis(*number(), indices + 1, axis=0)
