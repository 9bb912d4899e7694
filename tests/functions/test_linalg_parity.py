"""`tinygrad_edu.linalg` against PyTorch's: the same calls run in both; values and gradients in float64."""

import numpy as np
import pytest

import tinygrad_edu as tg

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
torch.set_num_threads(1)
pytestmark = pytest.mark.torch

RNG = np.random.default_rng(0)
TALL = RNG.standard_normal((5, 3))
WIDE = RNG.standard_normal((2, 3, 5))  # a batch
SQUARE = RNG.standard_normal((2, 3, 3)) + 2 * np.eye(3)
POSITIVE = SQUARE @ SQUARE.swapaxes(1, 2)
VECTORS = RNG.standard_normal((4, 3))


def signless(x):
    """Square what is free up to its sign."""
    return x * x


# name: (call(torch or tinygrad_edu, its linalg, x), x)
CALLS = {
    "cholesky": (lambda t, la, x: la.cholesky(x), POSITIVE),
    "cholesky_solve": (lambda t, la, x: t.cholesky_solve(x[..., :2] ** 2, la.cholesky(x)), POSITIVE),
    "cholesky upper": (lambda t, la, x: la.cholesky(x, upper=True), POSITIVE),
    "cond": (lambda t, la, x: la.cond(x), WIDE),
    "cond -2": (lambda t, la, x: la.cond(x, -2), SQUARE),
    "cross": (lambda t, la, x: la.cross(x, t.flip(x, (0,))), VECTORS),
    "cross along": (lambda t, la, x: la.cross(x, t.exp(x), dim=0), TALL[:3]),
    "det": (lambda t, la, x: la.det(x), SQUARE),
    "diagonal": (lambda t, la, x: la.diagonal(x, offset=1), WIDE),
    "eigh": (lambda t, la, x: signless(la.eigh(x + x.mT).eigenvectors), SQUARE),
    "eigh UPLO": (lambda t, la, x: la.eigh(x + x.mT, UPLO="U")[0], SQUARE),
    "eigvalsh": (lambda t, la, x: la.eigvalsh(x + x.mT), SQUARE),
    "inner, vdot": (lambda t, la, x: t.inner(x, x) * t.vdot(x[0], x[1]), TALL),
    "inv": (lambda t, la, x: la.inv(x), SQUARE),
    "lstsq": (lambda t, la, x: la.lstsq(x, x[:, :2] ** 2).solution, TALL),
    "lstsq of a wide matrix": (lambda t, la, x: la.lstsq(x, x[..., :2] ** 2)[0], WIDE),
    "logdet": (lambda t, la, x: t.logdet(x) * t.inverse(x)[..., 0, 0], POSITIVE),
    "matrix_norm": (lambda t, la, x: la.matrix_norm(x), WIDE),
    "matrix_norm 2": (lambda t, la, x: la.matrix_norm(x, 2, keepdim=True), WIDE),
    "matrix_norm -2": (lambda t, la, x: la.matrix_norm(x, -2, dim=(0, 2)), WIDE),
    "matrix_norm 1": (lambda t, la, x: la.matrix_norm(x, 1, dim=(1, 0)), WIDE),
    "matrix_norm -1": (lambda t, la, x: la.matrix_norm(x, -1), WIDE),
    "matrix_norm inf": (lambda t, la, x: la.matrix_norm(x, float("inf"), dim=(0, 1), keepdim=True), WIDE),
    "matrix_norm nuc": (lambda t, la, x: la.matrix_norm(x, "nuc"), WIDE),
    "matrix_power": (lambda t, la, x: la.matrix_power(x, 3) + la.matrix_power(x, -1), SQUARE),
    "multi_dot": (lambda t, la, x: la.multi_dot([x[0], x.T, x, x.T, x[:, 1]]), TALL),
    "norm": (lambda t, la, x: la.norm(x), WIDE),
    "norm of a matrix": (lambda t, la, x: la.norm(x, 2), TALL),
    "norm of matrices": (lambda t, la, x: la.norm(x, "nuc", dim=(0, 1)), WIDE),
    "norm of rows": (lambda t, la, x: la.norm(x, 3, dim=1, keepdim=True), WIDE),
    "pinv": (lambda t, la, x: la.pinv(x), TALL),
    "pinv of a wide matrix": (lambda t, la, x: la.pinv(x), WIDE),
    "pinv of rank 2": (lambda t, la, x: la.pinv(x[:, :2] @ x[:2], rtol=1e-10), TALL),
    "pinv with equal singular values": (lambda t, la, x: la.pinv(x), np.eye(3)),
    "qr": (lambda t, la, x: signless(la.qr(x).Q) + signless(la.qr(x)[1][:1]).sum(), TALL),
    "qr of a wide matrix": (lambda t, la, x: signless(la.qr(x)[1]), WIDE),
    "qr complete of a wide matrix": (lambda t, la, x: signless(la.qr(x, mode="complete")[0]), WIDE),
    "slogdet": (lambda t, la, x: la.slogdet(x).logabsdet * la.slogdet(x)[0], SQUARE),
    "solve": (lambda t, la, x: la.solve(x, x[:, :, :1] ** 2), SQUARE),
    "solve for a vector each": (lambda t, la, x: la.solve(x, x[:, :, 0] ** 2), SQUARE),
    "solve on the right": (lambda t, la, x: la.solve(x, x[:, :1] ** 2, left=False), SQUARE),
    "solve_triangular": (lambda t, la, x: la.solve_triangular(x, x[:, :, :2], upper=True), SQUARE),
    "solve_triangular lower": (lambda t, la, x: la.solve_triangular(x, x[:, :2], upper=False, left=False), SQUARE),
    "solve_triangular 1": (lambda t, la, x: la.solve_triangular(x, x, upper=False, unitriangular=True), SQUARE),
    "svd": (lambda t, la, x: signless(la.svd(x, full_matrices=False).U), TALL),
    "svd in full": (lambda t, la, x: signless(la.svd(x)[0][:, :3]) + signless(la.svd(x).Vh).sum(), TALL),
    "svd in full of wide matrices": (lambda t, la, x: signless(la.svd(x).Vh[:, :3]), WIDE),
    "svdvals": (lambda t, la, x: la.svdvals(x), WIDE),
    "vecdot": (lambda t, la, x: la.vecdot(x, t.exp(x), dim=0), TALL),
    "vector_norm": (lambda t, la, x: la.vector_norm(x, 3.5, dim=(0, 2), keepdim=True), WIDE),
    "vector_norm of all": (lambda t, la, x: la.vector_norm(x), WIDE),
}


@pytest.mark.parametrize("name", CALLS)
def test_value_and_derivatives(name):
    """The second derivative is compared along one direction."""
    call, array = CALLS[name]
    outcomes = []
    for library in (tg, torch):
        x = library.tensor(array, requires_grad=True)
        y = call(library, library.linalg, x)
        weights = np.random.default_rng(1).standard_normal(tuple(y.shape))
        total = (y * library.tensor(weights)).sum()
        (g,) = library.autograd.grad(total, [x], create_graph=True)
        direction = library.tensor(np.random.default_rng(2).standard_normal(array.shape))
        (h,) = library.autograd.grad((g * direction).sum() + 0 * (x * x).sum(), [x])
        outcomes.append([r.detach().numpy() for r in (y, g, h)])
    for ours, theirs in zip(*outcomes, strict=True):
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-9)


def test_shapes_of_all_forms():
    for array in (TALL, WIDE, SQUARE):
        ours, theirs = tg.tensor(array), torch.tensor(array)
        for mode in ("reduced", "complete", "r"):
            q, r = tg.linalg.qr(ours, mode)
            expected = torch.linalg.qr(theirs, mode)
            assert r.shape == tuple(expected.R.shape)
            assert mode == "r" or q.shape == tuple(expected.Q.shape)
            assert mode == "r" or np.allclose((q @ r).array, array)
        for full in (True, False):
            pairs = zip(tg.linalg.svd(ours, full), torch.linalg.svd(theirs, full), strict=True)
            assert all(a.shape == tuple(b.shape) for a, b in pairs)
        assert tg.linalg.matrix_rank(ours).tolist() == torch.linalg.matrix_rank(theirs).tolist()
