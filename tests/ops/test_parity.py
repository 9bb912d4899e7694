"""Every operation against PyTorch's, on the samples of the registry: values, first and second derivatives."""

import itertools
import math

import numpy as np
import pytest

from tests.table import as_tensors, draw, every_sample, tracked, upstream
from tinygrad_edu.autograd import grad
from tinygrad_edu.engine.op import OPS

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
pytestmark = pytest.mark.torch


def axes(name):
    """Return PyTorch's reduction called `name`, with NumPy's names for its parameters."""
    function = getattr(torch, name)

    def reduction(a, axis=None, keepdims=False, **params):
        axis = tuple(range(a.ndim)) if axis is None else axis
        return function(a, dim=axis, keepdim=keepdims, **params)

    return reduction


def index_of(index):
    """Return an index with its arrays as tensors; PyTorch takes no negative steps and no NumPy arrays of ints."""
    if isinstance(index, tuple):
        return tuple(index_of(i) for i in index)
    return torch.as_tensor(index) if isinstance(index, np.ndarray) else index


def scatter_into(y, index, a):
    """Write a into y at index without changing y, with whatever kind of index PyTorch takes."""
    places = torch.arange(y.numel()).reshape(y.shape)[index_of(index)]
    values = a.expand(places.shape).flatten()
    # Where an index repeats, PyTorch gives every value the gradient; only the last writer of a place has one.
    last = {place: i for i, place in enumerate(places.flatten().tolist())}
    return y.flatten().scatter(0, torch.tensor(list(last)), values[list(last.values())]).reshape(y.shape)


def add_into(shape, index, a):
    """Add a into zeros of `shape` at index."""
    y = torch.zeros(shape, dtype=a.dtype)
    places = torch.arange(y.numel()).reshape(shape)[index_of(index)]
    return y.flatten().scatter_add(0, places.flatten(), a.flatten()).reshape(shape)


def pad(a, pad_width, constant_values=0):
    flat = [size for pair in reversed(pad_width) for size in pair]
    return torch.nn.functional.pad(a, flat, value=constant_values)


def torch_all(name):
    def reduction(a, axis=None, keepdims=False):
        return getattr(torch, name)(a.bool()) if axis is None else getattr(torch, name)(a.bool(), axis, keepdims)

    return reduction


def prod(a, axis, keepdims):
    if not isinstance(axis, tuple):
        return torch.prod(a) if axis is None else torch.prod(a, axis, keepdims)
    for i in sorted(axis, reverse=True):
        a = torch.prod(a, i, keepdims)
    return a


def upright(vectors):
    """Give column vectors, which are free up to their sign, the sign with which their sum is positive."""
    sums = vectors.detach().sum(-2)[..., None, :]
    return vectors * (sums > 0) - vectors * (sums < 0)


def of_dimensions(library, name, sizes):
    """Return the function of PyTorch for as many dimensions as there are sizes."""
    return getattr(library, name.format(n=f"{len(sizes)}d") if "{" in name else f"{name}{len(sizes)}d")


def transposed_convolution(a, w, size, stride, padding, dilation, groups):
    parts = zip(size, a.shape[2:], w.shape[2:], stride, padding, dilation, strict=True)
    extra = [n - ((m - 1) * s - 2 * p + d * (k - 1) + 1) for n, m, k, s, p, d in parts]
    return of_dimensions(torch, "conv_transpose", size)(a, w, None, stride, padding, extra, groups, dilation)


def standardize(a, axis, eps=1e-5):
    return (a - a.mean(axis, keepdim=True)) / (a.var(axis, correction=0, keepdim=True) + eps).sqrt()


def cut_windows(a, kernel, stride=1, dilation=1):
    n = len(kernel)
    stride, dilation = ((step,) * n if isinstance(step, int) else step for step in (stride, dilation))
    for k, s, d in zip(kernel, stride, dilation, strict=True):  # each in turn is the first of the last n dimensions
        a = a.unfold(-n, d * (k - 1) + 1, s)[..., ::d].movedim(-1, -1 - n).movedim(-n, -1)
    return a


def add_windows(a, size, stride=1, dilation=1):
    n = len(size)
    places = cut_windows(torch.arange(math.prod(size)).reshape(size), a.shape[-2 * n : -n], stride, dilation)
    before = a.shape[: -2 * n]
    y = a.new_zeros((*before, math.prod(size))).index_add(-1, places.flatten(), a.flatten(len(before)))
    return y.reshape(*before, *size)


def all_alignments(a, targets, input_lengths, target_lengths, blank=0):
    """Compute ctc_loss by its formula: PyTorch's own has another gradient, which is right only before log_softmax."""
    y = []
    for n, (steps, length) in enumerate(zip(input_lengths, target_lengths, strict=True)):
        paths = [
            torch.tensor(path)
            for path in itertools.product(range(a.shape[2]), repeat=int(steps))
            if [k for k, _ in itertools.groupby(path) if k != blank] == list(targets[n, :length])
        ]
        y.append(-torch.stack([a[range(len(path)), n, path].sum() for path in paths]).logsumexp(0))
    return torch.stack(y)


def attention(q, k, v, mask, kept, scale):
    before = torch.broadcast_shapes(q.shape[:-2], k.shape[:-2], v.shape[:-2])
    k, v = (x.expand(*before, *x.shape[-2:]) for x in (k, v))
    mask = mask if isinstance(mask, torch.Tensor) else torch.as_tensor(mask, dtype=q.dtype)
    mask = mask.expand(*before, q.shape[-2], k.shape[-2])
    # PyTorch's own dropout is random: so the identity is the values, and the weights are dropped here.
    identity = torch.eye(k.shape[-2], dtype=q.dtype).expand(*before, -1, -1)
    with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):  # it has second derivatives
        return torch.nn.functional.scaled_dot_product_attention(q, k, identity, mask, scale=scale) * kept @ v


def recurrent(name, states=1, biases=1):
    """Return PyTorch's network `name` with the inputs that ours takes: series, states, weights, biases."""

    def network(x, *rest, reverse=False, nonlinearity="tanh"):
        state, weights, b = rest[:states], rest[states : states + 2], rest[states + 2 :]
        b = b if biases == 2 else (b[0], torch.zeros_like(b[0]))
        run = getattr(torch, f"rnn_{nonlinearity}" if name == "rnn" else name)
        start = [h[None] for h in state] if states > 1 else state[0][None]
        turn = (lambda y: y.flip(0)) if reverse else (lambda y: y)
        series, *last = run(turn(x), start, [*weights, *b], True, 1, 0, True, False, False)
        series = turn(series)
        return torch.cat([series, last[1]]) if states > 1 else series

    return network


FREE_SIGN = {"eigenvectors", "left_singular_vectors", "right_singular_vectors"}

THEIRS = {
    "elu": lambda a, alpha=1.0, scale=1.0, rate=1.0: torch.ops.aten.elu(a, alpha, scale, 1 / rate),
    "linear": torch.nn.functional.linear,
    "ctc_loss": all_alignments,
    "softmax_cross_entropy": lambda a, t, mean=False: torch.nn.functional.cross_entropy(
        a, t, reduction="mean" if mean else "none"
    ),
    "var": lambda a, axis=None, ddof=0, keepdims=False: torch.var(a, axis, correction=ddof, keepdim=keepdims),
    "max": axes("amax"),
    "min": axes("amin"),
    "sum": axes("sum"),
    "mean": axes("mean"),
    "logsumexp": axes("logsumexp"),
    "softmax": lambda a, axis=-1: torch.softmax(a, axis),
    "log_softmax": lambda a, axis=-1: torch.log_softmax(a, axis),
    "clip": lambda a, min=None, max=None: torch.clamp(a, min, max),
    "div_floor": lambda a, b: torch.div(a, b, rounding_mode="floor"),
    "div_trunc": lambda a, b: torch.div(a, b, rounding_mode="trunc"),
    "where": lambda c, a, b: torch.where(c, a, b),
    "pow": torch.pow,
    "bitwise_not": torch.bitwise_not,
    "argmax": lambda a, axis=None, keepdims=False: torch.argmax(a, axis, keepdims),
    "argmin": lambda a, axis=None, keepdims=False: torch.argmin(a, axis, keepdims),
    "any": torch_all("any"),
    "all": torch_all("all"),
    "getitem": lambda a, index: a[index_of(index)],
    "setitem": lambda a, b, index: scatter_into(a, index, b),
    "put": lambda a, index, shape: add_into(shape, index, a),
    "take_along_axis": lambda a, i, axis: torch.take_along_dim(a, i, axis),
    "put_along_axis": lambda a, i, axis, shape: torch.zeros(shape, dtype=a.dtype).scatter_add(axis, i, a),
    "reshape": lambda a, shape: a.reshape(shape),
    "transpose": lambda a, axes=None: a.permute(axes if axes else tuple(reversed(range(a.ndim)))),
    "swapaxes": lambda a, axis1, axis2: a.swapaxes(axis1, axis2),
    "expand_dims": lambda a, axis: a[:, None] if axis == -1 and a.ndim == 1 else expand_dims(a, axis),
    "squeeze": lambda a, axis=None: a.squeeze() if axis is None else a.squeeze(axis),
    "broadcast_to": lambda a, shape: a.broadcast_to(shape),
    "concatenate": lambda *arrays, axis=0: torch.cat(arrays, axis),
    "stack": lambda *arrays, axis=0: torch.stack(arrays, axis),
    "pad": pad,
    "einsum": lambda *inputs, subscripts: torch.einsum(subscripts, *inputs),
    "argsort": lambda a, axis: torch.argsort(a, axis),
    "inv": torch.linalg.inv,
    "det": torch.linalg.det,
    # Of 3 × 3 matrices, each row is the cross product of the other two; det(a) a⁻ᵀ has no value where a is singular.
    "cofactors": lambda a: torch.stack(
        [torch.linalg.cross(a[..., i - 2, :], a[..., i - 1, :]) for i in range(3)], dim=-2
    ),
    "pinv": lambda a: torch.linalg.pinv(a),
    "logabsdet": lambda a: torch.linalg.slogdet(a).logabsdet,
    "solve": torch.linalg.solve,
    "cholesky": torch.linalg.cholesky,
    "eigenvalues": torch.linalg.eigvalsh,
    "eigenvectors": lambda a: upright(torch.linalg.eigh(a).eigenvectors),
    "singular_values": torch.linalg.svdvals,
    "left_singular_vectors": lambda a: upright(torch.linalg.svd(a, full_matrices=False).U),
    "right_singular_vectors": lambda a: upright(torch.linalg.svd(a, full_matrices=False).Vh.mT),
    "qr_q": lambda a: torch.linalg.qr(a).Q,
    "qr_r": lambda a: torch.linalg.qr(a).R,
    "tril": lambda m, k=0: torch.tril(m, k),
    "triu": lambda m, k=0: torch.triu(m, k),
    "diagonal": lambda a, offset=0, axis1=0, axis2=1: torch.diagonal(a, offset, axis1, axis2),
    "put_diagonal": lambda a, shape, offset=0, axis1=0, axis2=1: torch.diagonal_scatter(
        torch.zeros(shape, dtype=a.dtype), a, offset, axis1, axis2
    ),
    "flip": lambda a, axis=None: torch.flip(a, tuple(range(a.ndim)) if axis is None else tuple(np.atleast_1d(axis))),
    "roll": lambda a, shift, axis=None: torch.roll(a, shift, axis),
    "prod": lambda a, axis=None, keepdims=False: prod(a, axis, keepdims),
    "cumsum": lambda a, axis: torch.cumsum(a, axis),
    "cumprod": lambda a, axis: torch.cumprod(a, axis),
    "logcumsumexp": lambda a, axis: torch.logcumsumexp(a, axis),
    "binary_cross_entropy": lambda a, t: torch.nn.functional.binary_cross_entropy(a, t, reduction="none"),
    "convolution": lambda x, w, b=None, **params: of_dimensions(torch, "conv", x.shape[2:])(x, w, b, **params),
    "convolution_input": transposed_convolution,
    "convolution_weight": lambda x, a, kernel, **params: of_dimensions(torch.nn.grad, "conv{n}_weight", kernel)(
        x, (a.shape[1], x.shape[1] // params["groups"], *kernel), a, **params
    ),
    "standardize": standardize,
    "layer_norm": lambda a, w, b, eps=1e-5: torch.nn.functional.layer_norm(a, w.shape, w, None, eps) + b,
    "attention": attention,
    "lstm": recurrent("lstm", states=2),
    "gru": recurrent("gru", biases=2),
    "rnn": recurrent("rnn"),
    "cut_windows": cut_windows,
    "add_windows": add_windows,
    "max_pool": lambda a, kernel, stride=1, dilation=1: of_dimensions(torch.nn.functional, "max_pool", kernel)(
        a, kernel, stride, 0, dilation
    ),
    "put_in_windows": lambda a, place, size, kernel, stride=1: add_windows(
        torch.stack([torch.where(torch.as_tensor(place == k), a, 0) for k in range(6)], -3).unflatten(-3, kernel),
        size,
        stride,
    ),
    "take_from_windows": lambda a, place, kernel, stride=1: torch.gather(
        cut_windows(a, kernel, stride).flatten(-4, -3), -3, torch.as_tensor(place)[:, None]
    )[:, 0],
    "clone": lambda a, order="K": a.clone(),
    "astype": lambda a, dtype: a.to(getattr(torch, str(dtype))),
}


def expand_dims(a, axis):
    for i in sorted(np.atleast_1d(axis).tolist()):
        a = a.unsqueeze(i)
    return a


def mine(op, tensors, sample):
    result = op(*tensors, **sample.params)
    return upright(result) if op.name in FREE_SIGN else result


def theirs(name):
    for place in (torch, torch.nn.functional, torch.special):
        if name not in THEIRS and hasattr(place, name):
            return getattr(place, name)
    return THEIRS[name]


def to_torch(x):
    if not isinstance(x, np.ndarray):
        return x
    tensor = torch.tensor(x)
    return tensor.requires_grad_() if tensor.is_floating_point() else tensor


@pytest.mark.parametrize("name", OPS)
def test_every_operation_has_a_counterpart(name):
    assert callable(theirs(name))


@pytest.mark.parametrize(**every_sample())
def test_value(op, sample):
    inputs = draw(op, sample)
    ours = mine(op, as_tensors(inputs), sample)
    result = theirs(op.name)(*map(to_torch, inputs), **sample.params)
    assert tuple(result.shape) == ours.shape
    np.testing.assert_allclose(ours.array, result.detach().numpy(), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(**every_sample(only_differentiable=True))
def test_first_and_second_derivatives(op, sample):
    inputs = draw(op, sample)
    ours = as_tensors(inputs)
    mine_leaves = tracked(ours)
    yours = [to_torch(x) for x in inputs]
    leaves = [x for x in yours if isinstance(x, torch.Tensor) and x.requires_grad]
    y, z = mine(op, ours, sample), theirs(op.name)(*yours, **sample.params)
    g = upstream(y.shape)
    v, w = as_tensors([g])[0], torch.tensor(g, requires_grad=True)

    first = grad(y, mine_leaves, v, create_graph=True, allow_unused=True)
    expected = torch.autograd.grad(z, leaves, w, create_graph=True, allow_unused=True)
    compare(first, expected)

    pairs = [(a, b) for a, b in zip(first, expected, strict=True) if a is not None and a.requires_grad]
    for i, (a, b) in enumerate(pairs):
        u = upstream(a.shape, seed=10 + i)
        compare(
            grad(a, [*mine_leaves, v], u, retain_graph=True, allow_unused=True),
            torch.autograd.grad(b, [*leaves, w], torch.tensor(u), retain_graph=True, allow_unused=True)
            if b.requires_grad
            else [None] * (len(leaves) + 1),
        )


def compare(ours, theirs):
    for a, b in zip(ours, theirs, strict=True):
        # None is a gradient of zeros that was never computed; the two may differ in that.
        shape = next((tuple(x.shape) for x in (a, b) if x is not None), ())
        left = np.zeros(shape) if a is None else a.array
        right = np.zeros(shape) if b is None else b.detach().numpy(force=True)
        np.testing.assert_allclose(left, right, rtol=1e-9, atol=1e-11)
