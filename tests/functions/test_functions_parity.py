"""The functions against PyTorch's: the same call, written once, run in both; values and gradients in float64."""

import numpy as np
import pytest

import tinygrad_edu as tg

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
torch.set_num_threads(1)
pytestmark = pytest.mark.torch

RNG = np.random.default_rng(0)
X = RNG.permutation(np.linspace(-2.1, 2.3, 24)).reshape(2, 3, 4)
P = np.abs(X) / 5 + 0.1  # positive, below 1
PLACES = RNG.integers(0, 3, (2, 2, 4))

# name: call(torch or tinygrad_edu, x (2, 3, 4), p of that shape in (0, 1), i (2, 2, 4) in {0, 1, 2})
CALLS = {
    "add alpha": lambda t, x, p, i: t.add(x, p, alpha=2.5),
    "sub alpha": lambda t, x, p, i: x.sub(p, alpha=2.5),
    "div": lambda t, x, p, i: t.div(x, p),
    "div trunc": lambda t, x, p, i: t.div(x, p, rounding_mode="trunc") + x,
    "div floor": lambda t, x, p, i: t.div(x, p, rounding_mode="floor") + x,
    "floor_divide": lambda t, x, p, i: t.floor_divide(x.detach(), p.detach()) + x,
    "remainder": lambda t, x, p, i: t.remainder(x, p),
    "reciprocal": lambda t, x, p, i: p.reciprocal(),
    "rsqrt": lambda t, x, p, i: p.rsqrt(),
    "exp2": lambda t, x, p, i: t.exp2(x),
    "expm1": lambda t, x, p, i: x.expm1(),
    "log1p": lambda t, x, p, i: p.log1p(),
    "log2": lambda t, x, p, i: p.log2(),
    "log10": lambda t, x, p, i: p.log10(),
    "logit": lambda t, x, p, i: t.logit(p),
    "logit eps": lambda t, x, p, i: p.logit(eps=0.3),
    "asin": lambda t, x, p, i: p.asin(),
    "atan2": lambda t, x, p, i: t.atan2(x, p),
    "erf": lambda t, x, p, i: t.erf(x),
    "frac": lambda t, x, p, i: x.frac(),
    "round": lambda t, x, p, i: x.round() + x,
    "clamp": lambda t, x, p, i: x.clamp(-0.5, 1.0),
    "clamp tensors": lambda t, x, p, i: t.clamp(x, min=-p, max=p),
    "lerp": lambda t, x, p, i: t.lerp(x, p, 0.3),
    "lerp tensor": lambda t, x, p, i: t.lerp(x, p, p),
    "addcmul": lambda t, x, p, i: t.addcmul(x, x, p, value=0.5),
    "addcdiv": lambda t, x, p, i: t.addcdiv(x, x, p, value=0.5),
    "hypot": lambda t, x, p, i: t.hypot(x, p),
    "logaddexp": lambda t, x, p, i: t.logaddexp(x, p),
    "xlogy": lambda t, x, p, i: t.xlogy(x, p),
    "sinc": lambda t, x, p, i: t.sinc(x),
    "nan_to_num": lambda t, x, p, i: t.nan_to_num(t.where(x > 0, x, float("inf")), posinf=2.0),
    "masked_fill": lambda t, x, p, i: x.masked_fill(x > 0.5, 7.0),
    "isclose": lambda t, x, p, i: t.isclose(x, x + 1e-9) * x,
    "prod": lambda t, x, p, i: t.prod(x, 1),
    "prod all": lambda t, x, p, i: p.prod(),
    "std": lambda t, x, p, i: x.std(dim=(0, 2)),
    "scatter value": lambda t, x, p, i: x.scatter(1, i, value=2.5),
    "take_along_dim of all": lambda t, x, p, i: t.take_along_dim(x, i),
    "var": lambda t, x, p, i: x.var(1, correction=0, keepdim=True),
    "var biased": lambda t, x, p, i: x.var(-1, keepdim=True, unbiased=False) + t.var(x, 1, False, True),
    "std biased": lambda t, x, p, i: x.std(False) + t.std(x, unbiased=False) + x.std((0, 1), True),
    "amax": lambda t, x, p, i: x.amax(dim=(0, 1)),
    "max": lambda t, x, p, i: x.max(dim=1)[0],
    "min keepdim": lambda t, x, p, i: x.min(dim=2, keepdim=True).values,
    "median": lambda t, x, p, i: x.median(),
    "median dim": lambda t, x, p, i: x.median(dim=1).values,
    "quantile": lambda t, x, p, i: t.quantile(x, 0.3, dim=2),
    "quantile keepdim": lambda t, x, p, i: t.quantile(x, 0.3, keepdim=True),
    "sort": lambda t, x, p, i: x.sort(dim=1, descending=True).values,
    "argsort": lambda t, x, p, i: x.argsort(dim=0) + x,
    "topk": lambda t, x, p, i: x.topk(2, dim=1).values,
    "topk smallest": lambda t, x, p, i: t.topk(x, 2, dim=2, largest=False)[0],
    "topk indices": lambda t, x, p, i: x.topk(2).indices + x.sum(),
    "cumsum": lambda t, x, p, i: x.cumsum(1),
    "cumprod": lambda t, x, p, i: x.cumprod(dim=2),
    "logcumsumexp": lambda t, x, p, i: x.logcumsumexp(dim=2),
    "logsumexp": lambda t, x, p, i: x.logsumexp(dim=(1, 2), keepdim=True),
    "norm": lambda t, x, p, i: x.norm(),
    "norm 1 dim": lambda t, x, p, i: x.norm(p=1, dim=1),
    "norm 3": lambda t, x, p, i: x.norm(p=3, dim=(0, 2), keepdim=True),
    "norm inf": lambda t, x, p, i: x.norm(p=float("inf"), dim=1),
    "vector_norm": lambda t, x, p, i: t.linalg.vector_norm(x, 2.5, dim=2),
    "matrix_norm": lambda t, x, p, i: t.linalg.matrix_norm(x, "nuc"),
    "matrix_norm 2": lambda t, x, p, i: t.linalg.matrix_norm(x, 2, keepdim=True),
    "count_nonzero": lambda t, x, p, i: t.count_nonzero(x, dim=1) * x.sum(1),
    "mm": lambda t, x, p, i: t.mm(x[0], x[1].T),
    "bmm": lambda t, x, p, i: t.bmm(x, x.mT),
    "mv": lambda t, x, p, i: t.mv(x[0], x[1, 2]),
    "dot": lambda t, x, p, i: t.dot(x[0, 0], p[0, 0]),
    "outer": lambda t, x, p, i: t.outer(x[0, 0], p[0, 1]),
    "addmm": lambda t, x, p, i: t.addmm(x[0, :, :3], x[0], x[1].T, beta=0.5, alpha=2),
    "einsum": lambda t, x, p, i: t.einsum("bij,bkj->bik", x, p),
    "einsum ellipsis": lambda t, x, p, i: t.einsum("...ij,jk->...k", x, p[0].T),
    "einsum diagonal": lambda t, x, p, i: t.einsum("bii->b", x[:, :, :3]),
    "tensordot": lambda t, x, p, i: t.tensordot(x, p, dims=([1, 2], [1, 2])),
    "kron": lambda t, x, p, i: t.kron(x[0], p[0, :2, :2]),
    "trace": lambda t, x, p, i: t.trace(x[0]),
    "diag": lambda t, x, p, i: t.diag(x[0], 1),
    "diag of a vector": lambda t, x, p, i: t.diag(x[0, 0], -1),
    "diagonal": lambda t, x, p, i: x.diagonal(offset=1, dim1=1, dim2=2),
    "tril": lambda t, x, p, i: x.tril(-1),
    "triu": lambda t, x, p, i: t.triu(x, diagonal=1),
    "inv": lambda t, x, p, i: t.linalg.inv(x[:, :, :3]),
    "det": lambda t, x, p, i: t.linalg.det(x[:, :, :3]),
    "slogdet": lambda t, x, p, i: t.linalg.slogdet(x[:, :, :3])[1],
    "solve": lambda t, x, p, i: t.linalg.solve(x[:, :, :3], p),
    "cholesky": lambda t, x, p, i: t.linalg.cholesky(x @ x.mT + t.eye(3, dtype=t.float64)),
    "qr": lambda t, x, p, i: t.linalg.qr(x.mT)[1],
    "svd": lambda t, x, p, i: t.linalg.svd(x, full_matrices=False)[1],
    "eigh": lambda t, x, p, i: t.linalg.eigh(x @ x.mT)[0],
    "matrix_power": lambda t, x, p, i: t.linalg.matrix_power(x[:, :, :3], 3),
    "matrix_power negative": lambda t, x, p, i: t.linalg.matrix_power(x[:, :, :3], -2),
    "view": lambda t, x, p, i: x.view(6, 4),
    "unflatten": lambda t, x, p, i: x.unflatten(2, (2, -1)),
    "squeeze": lambda t, x, p, i: x[:1].squeeze(0),
    "expand": lambda t, x, p, i: x[:, :1].expand(5, -1, 3, 4),
    "view_as": lambda t, x, p, i: x.view_as(t.ones(6, 4)),
    "equal": lambda t, x, p, i: x * t.equal(x, x + 0) + p * t.equal(x, p) + x * t.equal(x, x[0]),
    "expand_as": lambda t, x, p, i: x[:, :1].expand_as(x),
    "repeat": lambda t, x, p, i: x.repeat(2, 1, 3, 1),
    "tile": lambda t, x, p, i: x.tile((2, 3)),
    "repeat_interleave": lambda t, x, p, i: x.repeat_interleave(2, dim=1),
    "movedim": lambda t, x, p, i: x.movedim(0, -1),
    "movedim several": lambda t, x, p, i: t.movedim(x, (0, 1), (2, 0)),
    "flip": lambda t, x, p, i: x.flip((0, 2)),
    "roll": lambda t, x, p, i: x.roll(1, 2),
    "roll all": lambda t, x, p, i: t.roll(x, 3),
    "hstack": lambda t, x, p, i: t.hstack([x, p]),
    "vstack": lambda t, x, p, i: t.vstack([x[0, 0], p[0, 0]]),
    "split": lambda t, x, p, i: x.split(2, dim=1)[1],
    "split sizes": lambda t, x, p, i: t.split(x, [1, 3], dim=2)[1],
    "chunk": lambda t, x, p, i: x.chunk(2, dim=1)[0],
    "unbind": lambda t, x, p, i: x.unbind(1)[2],
    "narrow": lambda t, x, p, i: x.narrow(2, 1, 2),
    "gather": lambda t, x, p, i: x.gather(1, i),
    "gather smaller": lambda t, x, p, i: t.gather(x, 1, i[:1, :, :2]),
    "scatter": lambda t, x, p, i: x.scatter(1, i[:, :1], p[:, :1]),
    "scatter number": lambda t, x, p, i: t.scatter(x, 1, i, 5.0),
    "scatter_add": lambda t, x, p, i: x.scatter_add(1, i, p[:, :2]),
    "index_select": lambda t, x, p, i: x.index_select(1, i[0, 0]),
    "index_add": lambda t, x, p, i: t.index_add(x.transpose(1, 2), 2, i[0, 0, :3], p.transpose(1, 2), alpha=2),
    "index_copy": lambda t, x, p, i: t.index_copy(x, 2, t.argsort(i[0, 0])[:2], p[:, :, :2]),
    "index_fill": lambda t, x, p, i: t.index_fill(x, 1, i[0, 0, :2], 2.5),
    "masked_scatter": lambda t, x, p, i: t.masked_scatter(x, x > 0, p),
    "index_put": lambda t, x, p, i: x.index_put((i[0, 0, :1] % 2, i[1, 1, :1]), p[0, :1]),
    "index_put accumulate": lambda t, x, p, i: x.index_put((i[0, 0] % 2, i[0, 1]), p[0, :1], accumulate=True),
    "masked_select": lambda t, x, p, i: x.masked_select(x > 0),
    "masked_select broadcast": lambda t, x, p, i: t.masked_select(x, x[0] > 0),
    "take_along_dim": lambda t, x, p, i: t.take_along_dim(x, i, dim=1),
    "meshgrid": lambda t, x, p, i: t.meshgrid(x[0, 0], p[0, 1], indexing="ij")[0],
    "meshgrid xy": lambda t, x, p, i: t.meshgrid(x[0, 0], p[0, 1, :3], indexing="xy")[1],
    "getitem mask": lambda t, x, p, i: x[x > 0],
    "getitem mixed": lambda t, x, p, i: x[:, i[0, 0], None, 1:3],
    "stack": lambda t, x, p, i: t.stack([x, p], dim=-1),
    "softmax": lambda t, x, p, i: t.softmax(x, dim=1),
    "where": lambda t, x, p, i: t.where(x > p, x, p * 2),
}


def run(library, name):
    x, p = (library.tensor(a, requires_grad=True) for a in (X, P))
    result = CALLS[name](library, x, p, library.tensor(PLACES))
    g = np.random.default_rng(1).standard_normal(tuple(result.shape))
    if result.requires_grad:
        result.backward(library.tensor(g))
    gradients = [np.zeros(X.shape) if t.grad is None else np.asarray(t.grad) for t in (x, p)]
    return result.detach().numpy(), gradients


@pytest.mark.parametrize("name", CALLS)
def test_value_and_gradient(name):
    ours, our_gradients = run(tg, name)
    theirs, their_gradients = run(torch, name)
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)
    for a, b in zip(our_gradients, their_gradients, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize(
    "make",
    [
        lambda t: t.arange(5),
        lambda t: t.arange(1, 2, 0.25),
        lambda t: t.linspace(0, 1, 7),
        lambda t: t.logspace(0, 2, 5),
        lambda t: t.eye(2, 3),
        lambda t: t.full((2, 2), 3),
        lambda t: t.zeros_like(t.ones(2, 3), dtype=t.float64),
        lambda t: t.tensor([[1, 2], [3, 4]]),
        lambda t: t.tensor([1.5]),
        lambda t: t.tensor([True]),
        lambda t: t.ones(2).to(t.float64).long(),
        lambda t: t.tensor([1, 2]) * 0.5,
        lambda t: t.tensor([1, 2]) / 2,
        lambda t: t.tensor([1, 2]).float().mean(),
        lambda t: t.ones(2, dtype=t.float16) * t.tensor([1, 2]),
        lambda t: t.tensor([1, 2]).exp(),
        lambda t: t.arange(4).sum(),
    ],
)
def test_creation_and_types(make):
    ours, theirs = make(tg), make(torch)
    assert f"torch.{ours.dtype}" == str(theirs.dtype)
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-6)
