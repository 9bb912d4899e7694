"""`tinygrad_edu.linalg`: forms that PyTorch has no gradient of, ranks, and what is refused."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.autograd import gradcheck

RNG = np.random.default_rng(0)
TALL = RNG.standard_normal((4, 3))
SQUARE = RNG.standard_normal((3, 3)) + 2 * np.eye(3)


def test_the_columns_that_complete_a_basis_are_constants():
    x = tg.tensor(TALL, requires_grad=True)
    u = tg.linalg.svd(x).U
    np.testing.assert_allclose((u.T @ u).array, np.eye(4), atol=1e-12)
    u[:, 3].sum().backward()
    np.testing.assert_array_equal(x.grad.array, np.zeros_like(TALL))


def test_a_complete_qr():
    q, r = tg.linalg.qr(tg.tensor(TALL), mode="complete")
    assert (q.shape, r.shape) == ((4, 4), (4, 3))
    np.testing.assert_allclose((q @ r).array, TALL, rtol=1e-12)


def test_the_triangle_of_qr_alone_has_a_gradient():
    q, _ = tg.linalg.qr(tg.tensor(TALL), mode="r")
    assert q.numel() == 0
    assert gradcheck(lambda x: tg.linalg.qr(x, mode="r").R, (tg.tensor(TALL, requires_grad=True),))


def test_cholesky_solve():
    b = tg.tensor(TALL[:3], requires_grad=True)
    x = tg.tensor(SQUARE, requires_grad=True)

    def solution(b, x, upper):
        factor = tg.linalg.cholesky(x @ x.T, upper=upper)
        return tg.cholesky_solve(b, factor, upper)

    for upper in (False, True):
        expected = np.linalg.solve(SQUARE @ SQUARE.T, TALL[:3])
        np.testing.assert_allclose(solution(b, x, upper).array, expected, rtol=1e-9)
        assert gradcheck(lambda b, x, upper=upper: solution(b, x, upper), (b, x))


def test_the_logarithm_of_a_negative_determinant():
    assert np.isnan(tg.logdet(tg.tensor(-SQUARE)).item()) == (np.linalg.det(-SQUARE) < 0)
    assert tg.linalg.slogdet(tg.tensor(-SQUARE)).sign.item() == np.sign(np.linalg.det(-SQUARE))


def test_a_determinant_beyond_the_range_of_its_type_has_a_sign():
    tiny = np.eye(300) * 1e-3
    tiny[0, 0] *= -1
    sign, logabsdet = tg.linalg.slogdet(tg.tensor(tiny))
    assert sign.item() == -1
    np.testing.assert_allclose(logabsdet.item(), 300 * np.log(1e-3))
    assert np.isnan(tg.logdet(tg.tensor(tiny)).item())


SINGULAR = {
    "rank 1 of 2": ([[1.0, 2.0], [2.0, 4.0]], [[4.0, -2.0], [-2.0, 1.0]]),
    "rank 2 of 3": (
        [[1.0, 2.0, 0.0], [2.0, 4.0, 0.0], [0.0, 0.0, 3.0]],
        [[12.0, -6.0, 0.0], [-6.0, 3.0, 0.0], [0.0] * 3],
    ),
    "rank 1 of 3": (np.outer([1.0, 2.0, 3.0], [1.0, 1.0, 2.0]), np.zeros((3, 3))),
    "zero": (np.zeros((2, 2)), np.zeros((2, 2))),
    "one of a batch": (
        [[[1.0, 2.0], [2.0, 4.0]], [[0.0, 1.0], [1.0, 0.0]]],
        [[[4.0, -2.0], [-2.0, 1.0]], [[0.0, -1.0], [-1.0, 0.0]]],
    ),
}


@pytest.mark.parametrize("name", SINGULAR)
def test_the_gradient_of_a_determinant_of_zero(name):
    """It is the matrix of cofactors, which needs no inverse."""
    array, expected = SINGULAR[name]
    x = tg.tensor(np.array(array), requires_grad=True)
    tg.det(x).sum().backward()
    np.testing.assert_allclose(x.grad.array, expected, atol=1e-12)


def test_matrix_rank():
    x = tg.tensor(np.outer(TALL[0], TALL[1]), requires_grad=True)
    assert tg.linalg.matrix_rank(x).item() == 1
    assert tg.linalg.matrix_rank(tg.tensor(SQUARE), tol=1e6).item() == 0


def test_least_squares_of_a_vector():
    x = tg.tensor(TALL, requires_grad=True)
    found = tg.linalg.lstsq(x, tg.tensor(np.arange(4.0)))
    expected, residuals, rank, _ = np.linalg.lstsq(TALL, np.arange(4.0), rcond=None)
    np.testing.assert_allclose(found.solution.array, expected, rtol=1e-10)
    np.testing.assert_allclose(found.residuals.array, residuals[0], rtol=1e-10)
    assert found.rank.item() == rank


REFUSED = {
    "complete": (lambda x: tg.linalg.qr(x, "complete"), "mode='complete' has no gradient .* mode='reduced'"),
    "mode": (lambda x: tg.linalg.qr(x, "raw"), "'reduced', 'complete' or 'r', got 'raw'"),
    "cross": (lambda x: tg.linalg.cross(x, x, dim=0), "vectors of 3 numbers along dimension 0"),
    "order": (lambda x: tg.linalg.matrix_norm(x, 3), "'fro', 'nuc', ±1, ±2 or ±inf, got 3"),
    "singular": (lambda x: tg.linalg.inv(tg.zeros(2, 2)), "inv .* Singular matrix"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_says_what_to_write(name):
    do, message = REFUSED[name]
    with pytest.raises(ValueError, match=message):
        do(tg.tensor(TALL, requires_grad=True))
