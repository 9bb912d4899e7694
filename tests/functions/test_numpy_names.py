"""NumPy's functions on Tensors that are compositions here: values as NumPy's, gradients by finite differences."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.autograd import gradcheck

A = np.random.default_rng(0).standard_normal((3, 4))
S = A @ A.T + np.eye(3)

CASES = {
    "std": lambda a: np.std(a, axis=0),
    "std ddof": lambda a: np.std(a, ddof=1, keepdims=True),
    "dot": lambda a: np.dot(a, a.T),
    "dot vector": lambda a: np.dot(a, a[0]),
    "dot 3-d": lambda a: np.dot(a, np.ones((2, 4, 2))),
    "inner": lambda a: np.inner(a, a),
    "outer": lambda a: np.outer(a[0], a),
    "norm": lambda a: np.linalg.norm(a),
    "norm of rows": lambda a: np.linalg.norm(a, axis=1),
    "norm 3": lambda a: np.linalg.norm(a[0], 3),
    "matrix norm": lambda a: np.linalg.norm(a, 2),
    "nuclear norm": lambda a: np.linalg.norm(a, "nuc"),
    "singular values": lambda a: np.linalg.svd(a, compute_uv=False),
    "svd": lambda a: np.linalg.svd(a, full_matrices=False)[1],
    "qr": lambda a: np.linalg.qr(a.T)[1],
    "slogdet": lambda a: np.linalg.slogdet(a @ a.T)[1],
    "eigh": lambda a: np.linalg.eigh(a @ a.T)[0],
    "solve": lambda a: np.linalg.solve(a @ a.T, a),
    "matrix_power": lambda a: np.linalg.matrix_power(a[:, :3], 3),
    "einsum": lambda a: np.einsum("ij,kj->ik", a, a),
    "einsum diagonal": lambda a: np.einsum("ii->i", a[:, :3]),
    "tensordot": lambda a: np.tensordot(a, a, axes=([1], [1])),
    "kron": lambda a: np.kron(a[:2, :2], a),
    "trace": lambda a: np.trace(a),
    "diag": lambda a: np.diag(a[0], 1),
    "sort": lambda a: np.sort(a, axis=0),
    "median": lambda a: np.median(a, axis=1),
    "quantile": lambda a: np.quantile(a, [0.2, 0.9], axis=1),
    "ravel": lambda a: np.ravel(a),
    "moveaxis": lambda a: np.moveaxis(a, 0, 1),
    "repeat": lambda a: np.repeat(a, 2, axis=1),
    "tile": lambda a: np.tile(a, (2, 1)),
    "split": lambda a: np.split(a, 2, axis=1)[1],
    "split at": lambda a: np.split(a, [1, 3], axis=1)[1],
    "hstack": lambda a: np.hstack([a, a * 2]),
    "vstack": lambda a: np.vstack([a, a[0]]),
    "cumsum": lambda a: np.cumsum(a, axis=1),
    "prod": lambda a: np.prod(a, axis=0),
    "hypot": lambda a: np.hypot(a, 2.0),
    "nan_to_num": lambda a: np.nan_to_num(a),
    "triu": lambda a: np.triu(a, 1),
    "roll": lambda a: np.roll(a, 1, axis=0),
    "flip": lambda a: np.flip(a),
    "concatenate": lambda a: np.concatenate([a, np.ones((1, 4))], axis=0),
}


@pytest.mark.parametrize("name", CASES)
def test_value_and_gradient(name):
    function = CASES[name]
    t = tg.tensor(A, requires_grad=True)
    result = function(t)
    assert isinstance(result, tg.Tensor)
    np.testing.assert_allclose(result.array, function(A), rtol=1e-10, atol=1e-12)
    assert gradcheck(function, (t,))


def test_questions_get_python_answers():
    t = tg.tensor(A, requires_grad=True)
    assert (np.shape(t), np.ndim(t), np.size(t)) == ((3, 4), 2, 12)
    assert np.allclose(t, A) is True
    assert np.array_equal(t, A + 1) is False
