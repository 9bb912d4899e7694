"""NumPy's functions on Tensors that are compositions here: values as NumPy's, gradients by finite differences."""

import ast
import copy
import math
import warnings

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.autograd import gradcheck
from tinygrad_edu.engine.op import NUMPY, Op
from tinygrad_edu.functions.numpy_protocol import name_of

RNG = np.random.default_rng(0)
A = RNG.standard_normal((3, 4))  # a matrix
T = A.T.copy()  # a tall one
S = A @ A.T + np.eye(3)  # a symmetric, positive definite one
V = RNG.standard_normal(6)  # a vector
P = np.abs(A) + 0.2  # positive numbers
B = RNG.standard_normal((2, 3, 4))  # a batch of matrices
GAPS = np.array([0.0, 1.0, 3.0, 4.0, 6.0, 7.0])


def fix(a):
    """Call np.fix, which NumPy from 2.5 on advises against."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return np.fix(a)


def holes(a):
    """Write NaN into a column."""
    return np.where(np.arange(4) == 1, np.nan, a)


# name: (function, the array it is called on)
CASES = {
    # Of each element, and choices
    "cbrt": (lambda a: np.cbrt(a), A),
    "copysign": (lambda a: np.copysign(a, [1.0, -1.0, 1.0, -1.0]), A),
    "degrees": (lambda a: np.deg2rad(a) + np.radians(a) + np.rad2deg(a) + np.degrees(a), A),
    "divmod": (lambda a: np.divmod(a, 0.7)[1], A),
    "fabs, fix, rint, around": (lambda a: np.fabs(a) + fix(a) + np.rint(a) + np.around(a, 1), A),
    "float_power": (lambda a: np.float_power(a, 1.5), P),
    "fmax, fmin": (lambda a: np.fmax(a, 0.1) + np.fmin(a, holes(A) + 0.3), A),
    "fmod": (lambda a: np.fmod(a, 0.7) + np.fmod(0.7, a), A),
    "full_like": (lambda a: np.full_like(a, 2.0) * a + np.empty_like(a) * 0, A),
    "heaviside": (lambda a: np.heaviside(a, 0.5) * a, A),
    "ldexp": (lambda a: np.ldexp(a, 2), A),
    "logaddexp2": (lambda a: np.logaddexp2(a, 1000 * a), A),
    "modf": (lambda a: np.modf(a)[0] * np.modf(a)[1], A),
    "nan_to_num": (lambda a: np.nan_to_num(holes(a)), A),
    "real": (lambda a: np.real(a) + np.conj(a) + np.real_if_close(a) + np.positive(a) + np.imag(a), A),
    "round": (lambda a: np.round(a, 1) * a, A),
    "unwrap": (lambda a: np.unwrap(3 * a), V),
    "choose": (lambda a: np.choose([0, 1, 0, 1, 1, 0], [a, a**2]), V),
    "clip": (lambda a: np.clip(a, -0.5, 0.5) + np.clip(a, None, 0.3) + np.clip(a, min=0.2), A),
    "clip to arrays": (lambda a: np.clip(a, -np.ones(4) * 0.3, np.ones(4) * 0.4), A),
    "clip to Tensors": (lambda a: np.clip(A, a - 1, a + 0.1), V[:4]),
    "piecewise": (lambda a: np.piecewise(a, [a < 0], [lambda v: -v, lambda v: v**2]), V),
    "select": (lambda a: np.select([a > 1, a > 0], [a**2, a * 3], default=-a), A),
    # Shape
    "append": (lambda a: np.append(a, 1.0) * np.append(np.ones(1), a), V),
    "append rows": (lambda a: np.append(a, a, axis=0), A),
    "apply_along_axis": (lambda a: np.apply_along_axis(lambda row: row[:2] * row.sum(), 1, a), B),
    "array_split": (lambda a: np.array_split(a, 4)[1] * np.array_split(a, [2, 4])[2], V),
    "atleast_1d": (lambda a: np.atleast_1d(a[0], a)[0], V),
    "atleast_2d": (lambda a: np.atleast_2d(a), V),
    "atleast_3d": (lambda a: np.atleast_3d(a), V),
    "atleast_3d of a matrix": (lambda a: np.atleast_3d(a), A),
    "block": (lambda a: np.block([[a, np.zeros((3, 1))], [np.ones((1, 5))]]), A),
    "block of vectors": (lambda a: np.block([a, 2 * a]), V),
    "broadcast_arrays": (lambda a: np.broadcast_arrays(a, np.ones((2, 6)))[0], V),
    "column_stack": (lambda a: np.column_stack([a, a**2, np.ones(6)]), V),
    "compress": (lambda a: np.compress([True, False, True], a, axis=0), A),
    "concatenate": (lambda a: np.concatenate([a, np.ones((1, 4))], axis=0), A),
    "delete": (lambda a: np.delete(a, [0, 2], axis=1), A),
    "diag": (lambda a: np.diag(a, 1), V),
    "diagflat": (lambda a: np.diagflat(a), A),
    "dstack": (lambda a: np.dstack([a, a]), A),
    "extract": (lambda a: np.extract(a > 0, a), A),
    "flip": (lambda a: np.flip(a), A),
    "fliplr, flipud": (lambda a: np.fliplr(a) * np.flipud(a), A),
    "hsplit, vsplit": (lambda a: np.hsplit(a, 2)[1][:1] * np.vsplit(a, 3)[1][:, :2], A),
    "dsplit": (lambda a: np.dsplit(a, 2)[1], B),
    "hstack": (lambda a: np.hstack([a, a * 2]), A),
    "hstack of numbers": (lambda a: np.hstack([a[0], 1.0, a]), V),
    "insert": (lambda a: np.insert(a, [1, 3], a[:2]), V),
    "matrix_transpose": (lambda a: np.matrix_transpose(a), B),
    "meshgrid": (lambda a: np.meshgrid(a, a[:2])[1] + np.meshgrid(a[:2], a, indexing="ij")[0], V),
    "moveaxis": (lambda a: np.moveaxis(a, 0, 1), A),
    "pad": (lambda a: np.pad(a, 1, constant_values=2.0), A),
    "pad edge": (lambda a: np.pad(a, ((1, 2), (0, 1)), mode="edge"), A),
    "pad reflect": (lambda a: np.pad(a, 2, "reflect"), A),
    "pad symmetric": (lambda a: np.pad(a, 2, "symmetric"), A),
    "pad wrap": (lambda a: np.pad(a, 1, "wrap"), A),
    "ravel": (lambda a: np.ravel(a), A),
    "repeat": (lambda a: np.repeat(a, 2, axis=1), A),
    "resize": (lambda a: np.resize(a, (2, 4)), V),
    "roll": (lambda a: np.roll(a, 1, axis=0), A),
    "rollaxis": (lambda a: np.rollaxis(a, 2), B),
    "rot90": (lambda a: np.rot90(a), A),
    "split": (lambda a: np.split(a, 2, axis=1)[1], A),
    "split at": (lambda a: np.split(a, [1, 3], axis=1)[1], A),
    "take": (lambda a: np.take(a, [0, 2, 2], axis=1), A),
    "take of the flattened": (lambda a: np.take(a, [[0, 7], [7, 1]]), A),
    "tile": (lambda a: np.tile(a, (2, 1)), A),
    "unique": (lambda a: np.unique(a), V),
    "unique inverse": (lambda a: np.unique(a, return_inverse=True)[0], V),
    "unstack": (lambda a: np.unstack(a)[1], A),
    "vstack": (lambda a: np.vstack([a, a[0]]), A),
    # Statistics
    "average": (lambda a: np.average(a, axis=1, weights=[1.0, 2.0, 3.0, 4.0]) + np.average(a), A),
    "average by weights": (lambda a: np.average(np.arange(6.0), weights=np.exp(a)), V),
    "average returned": (lambda a: np.average(a, weights=np.abs(A), axis=0, returned=True)[0], A),
    "bincount": (lambda a: np.bincount([0, 1, 1, 2, 0, 1], weights=a, minlength=5), V),
    "corrcoef": (lambda a: np.corrcoef(a), A),
    "corrcoef of two": (lambda a: np.corrcoef(a[0], a[1])[0, 1], A),
    "cov": (lambda a: np.cov(a, rowvar=False), A),
    "cov of two": (lambda a: np.cov(a[0], a[1], ddof=0), A),
    "cov of one": (lambda a: np.cov(a, bias=True), V),
    "median": (lambda a: np.median(a, axis=1), A),
    "median of planes": (lambda a: np.median(a, axis=(0, -1), keepdims=True), B),
    "partition": (lambda a: np.partition(a, 2)[2], V),
    "percentile": (lambda a: np.percentile(a, [10, 90], axis=0), A),
    "percentile lower": (lambda a: np.percentile(a, 30, method="lower"), A),
    "prod": (lambda a: np.prod(a, axis=(0, 2)), B),
    "ptp": (lambda a: np.ptp(a, axis=1) + np.ptp(a), A),
    "quantile": (lambda a: np.quantile(a, [0.2, 0.9], axis=1), A),
    "quantile of planes": (lambda a: np.quantile(a, [0.2, 0.9], axis=(0, 1)), B),
    "sort": (lambda a: np.sort(a, axis=0), A),
    "sort of all": (lambda a: np.sort(a, axis=None, kind="stable"), A),
    "std": (lambda a: np.std(a, axis=0), A),
    "std ddof": (lambda a: np.std(a, ddof=1, keepdims=True) + np.std(a, 0, correction=2), A),
    "nansum, nanmean": (lambda a: np.nansum(holes(a), axis=0) + np.nanmean(holes(a)), A),
    "nanmax, nanmin": (lambda a: np.nanmax(holes(a), axis=1) + np.nanmin(holes(a)), A),
    "nanprod": (lambda a: np.nanprod(holes(a), axis=1), A),
    "nancumsum, nancumprod": (lambda a: np.nancumsum(holes(a), axis=1) + np.nancumprod(holes(a), 1), A),
    "nanvar": (lambda a: np.nanvar(holes(a), axis=1, ddof=1), A),
    "nanstd": (lambda a: np.nanstd(holes(a)), A),
    "nanmedian": (lambda a: np.nanmedian(holes(a), axis=1), A),
    "nanquantile": (lambda a: np.nanquantile(holes(a), [0.2, 0.7], axis=1, keepdims=True), A),
    "nanpercentile": (lambda a: np.nanpercentile(holes(a), 30, keepdims=True), A),
    "reduce": (
        lambda a: np.add.reduce(a) * np.multiply.reduce(a, axis=0) + np.maximum.reduce(a, axis=1, keepdims=True),
        A,
    ),
    "reduce logaddexp": (lambda a: np.logaddexp.reduce(a), A),
    "accumulate": (lambda a: np.add.accumulate(a, axis=1) + np.multiply.accumulate(a), A),
    "outer ufuncs": (lambda a: np.subtract.outer(a, a) * np.power.outer(P[:2], a) + np.divide.outer(a, P[:2]), P[:2]),
    # Calculus
    "convolve": (lambda a: np.convolve(a, a[:3]), V),
    "convolve same": (lambda a: np.convolve(a[:3], a, "same"), V),
    "convolve valid": (lambda a: np.convolve(a, [1.0, 2.0], mode="valid"), V),
    "correlate": (lambda a: np.correlate(a, a[:3]) + np.correlate(a[:3], a), V),
    "correlate same": (lambda a: np.correlate(a, a[:4], "same"), V),
    "correlate full": (lambda a: np.correlate(a[:2], a, "full"), V),
    "cumsum": (lambda a: np.cumsum(a, axis=1), A),
    "cumsum of all": (lambda a: np.cumsum(a) + np.cumprod(a), A),
    "cumulative_sum": (lambda a: np.cumulative_sum(a, axis=1) + np.cumulative_prod(a, axis=1), A),
    "diff": (lambda a: np.diff(a, n=2, axis=0), A),
    "diff with ends": (lambda a: np.diff(a, prepend=0.0, append=a[:, :2]), A),
    "ediff1d": (lambda a: np.ediff1d(a), A),
    "gradient": (lambda a: np.gradient(a)[0] + np.gradient(a, 0.5, 2.0)[1], A),
    "gradient along": (lambda a: np.gradient(a, 0.1, axis=1, edge_order=2), A),
    "gradient at coordinates": (lambda a: np.gradient(a, GAPS) + np.gradient(a, GAPS, edge_order=2), V),
    "gradient of two": (lambda a: np.gradient(a, 0.1), V[:2]),
    "interp in y": (lambda a: np.interp(np.linspace(-1, 8, 20), GAPS, a), V),
    "interp in x": (lambda a: np.interp(a, np.linspace(-1, 1, 9), np.linspace(-1, 1, 9) ** 2, left=7.0), V),
    "linspace": (lambda a: np.linspace(a[0], a[1], 5), V),
    "linspace of vectors": (lambda a: np.linspace(a, 1.0, 4, endpoint=False), V),
    "logspace, geomspace": (lambda a: np.logspace(a[0], a[1], 4) + np.geomspace(a[0], a[1], 4), P[0]),
    "polyder, polyint": (lambda a: np.polyint(np.polyder(a)), V),
    "polyfit": (lambda a: np.polyfit(np.arange(6), a, 2), V),
    "polymul": (lambda a: np.polymul(a, a[:2]), V),
    "polyval": (lambda a: np.polyval(a, np.linspace(0, 1, 5)), V[:3]),
    "polyval in x": (lambda a: np.polyval([1.0, 2.0, 3.0], a), V),
    "trapezoid": (lambda a: np.trapezoid(a, dx=0.1, axis=0), A),
    "trapezoid at coordinates": (lambda a: np.trapezoid(a, GAPS) + np.trapezoid(GAPS, np.cumsum(np.exp(a))), V),
    "trapezoid at coordinates of each": (lambda a: np.trapezoid(a, np.cumsum(P, axis=0), axis=0), A),
    "vander": (lambda a: np.vander(a, 3) + np.vander(a, 3, increasing=True), V),
    # Products and matrices
    "cross": (lambda a: np.cross(a[:, :3], a[::-1, 1:]), A),
    "dot": (lambda a: np.dot(a, a.T), A),
    "dot vector": (lambda a: np.dot(a, a[0]), A),
    "dot 3-d": (lambda a: np.dot(a, np.ones((2, 4, 2))), A),
    "dot of a list": (lambda a: np.dot([1.0, 2.0, 3.0], a), A),
    "einsum": (lambda a: np.einsum("ij,kj->ik", a, a, optimize=True), A),
    "einsum with numbers": (lambda a: np.einsum(a, [0, 1], a, [2, 1], [0, 2]) * np.einsum(a, [..., 0]).sum(), A),
    "einsum to a number": (lambda a: np.einsum("i,i", a, a), V),
    "einsum diagonal": (lambda a: np.einsum("ii->i", a[:, :3]), A),
    "inner": (lambda a: np.inner(a, a), A),
    "inner with a number": (lambda a: np.inner(2.0, a), A),
    "kron": (lambda a: np.kron([[1.0, 2.0]], a), A),
    "multi_dot": (lambda a: np.linalg.multi_dot([a[0], a.T, a, a[1]]), A),
    "outer": (lambda a: np.outer(a[0], a), A),
    "tensordot": (lambda a: np.tensordot(a, a, axes=([1], [1])), A),
    "trace": (lambda a: np.trace(a) + np.linalg.trace(a, offset=1), S),
    "triu": (lambda a: np.triu(a, 1), A),
    "vdot": (lambda a: np.vdot(a, a * 2), A),
    "vecdot": (lambda a: np.vecdot(a, a * 2) + np.linalg.vecdot(a, a), A),
    "linalg products": (lambda a: np.linalg.matmul(np.linalg.outer(a[0], a[1]), np.linalg.matrix_transpose(a)), A),
    "linalg.diagonal": (lambda a: np.linalg.diagonal(a, offset=1), B),
    "cholesky": (lambda a: np.linalg.cholesky(a @ a.T), A),
    "cholesky upper": (lambda a: np.linalg.cholesky(a @ a.T, upper=True), A),
    "cond": (lambda a: np.linalg.cond(a), A),
    "cond -2": (lambda a: np.linalg.cond(a, -2), S),
    "cond 1": (lambda a: np.linalg.cond(a, 1), S),
    "cond fro": (lambda a: np.linalg.cond(a, "fro"), S),
    "eigh": (lambda a: np.linalg.eigh(a @ a.T, UPLO="U")[1] ** 2, A),
    "eigvalsh": (lambda a: np.linalg.eigvalsh(a @ a.T), A),
    "lstsq": (lambda a: np.linalg.lstsq(a, np.arange(4.0), rcond=None)[0], T),
    "lstsq of matrices": (lambda a: np.linalg.lstsq(a, np.arange(8.0).reshape(4, 2))[1], T),
    "matrix_power": (lambda a: np.linalg.matrix_power(a, 3), S),
    "matrix_power -2": (lambda a: np.linalg.matrix_power(a, -2), S),
    "norm": (lambda a: np.linalg.norm(a), A),
    "norm of rows": (lambda a: np.linalg.norm(a, axis=1), A),
    "norm 3": (lambda a: np.linalg.norm(a, 3), V),
    "norm of matrices": (lambda a: np.linalg.norm(a, 2, axis=(0, 1), keepdims=True), B),
    "matrix norms": (lambda a: np.linalg.norm(a, 2) + np.linalg.norm(a, 1) + np.linalg.norm(a, -np.inf), A),
    "nuclear norm": (lambda a: np.linalg.norm(a, "nuc"), A),
    "matrix_norm": (lambda a: np.linalg.matrix_norm(a, ord=-1), B),
    "vector_norm": (lambda a: np.linalg.vector_norm(a, ord=3, axis=1), A),
    "pinv": (lambda a: np.linalg.pinv(a), A),
    "pinv of rank 1": (lambda a: np.linalg.pinv(np.outer(a, a), rcond=1e-8), V[:3]),
    "qr": (lambda a: np.linalg.qr(a)[1], T),
    "qr of a wide matrix": (lambda a: np.linalg.qr(a).R, A),
    "qr, r alone": (lambda a: np.linalg.qr(a, mode="r"), T),
    "singular values": (lambda a: np.linalg.svd(a, compute_uv=False) + np.linalg.svdvals(a), A),
    "slogdet": (lambda a: np.linalg.slogdet(a @ a.T)[1], A),
    "solve": (lambda a: np.linalg.solve(a @ a.T, a), A),
    "svd": (lambda a: np.linalg.svd(a, full_matrices=False).Vh ** 2, A),
    "svd in full": (lambda a: np.linalg.svd(a)[2][:3] ** 2, A),
    "tensorsolve": (lambda a: np.linalg.tensorsolve(np.reshape(a, (3, 1, 3)), [1.0, 2.0, 3.0]), S),
    "tensorinv": (lambda a: np.linalg.tensorinv(np.reshape(a, (3, 1, 3)), ind=1), S),
}


@pytest.mark.parametrize("name", CASES)
def test_value_and_gradient(name):
    function, array = CASES[name]
    t = tg.tensor(array, requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = function(t)
    expected = function(array)
    assert isinstance(result, tg.Tensor)
    assert result.shape == np.shape(expected)
    np.testing.assert_allclose(result.array, expected, rtol=1e-10, atol=1e-12)
    assert gradcheck(function, (t,))


INTEGERS = ["std", "median", "cov", "percentile", "linspace", "trapezoid", "diff", "norm", "eigvalsh", "svd"]


@pytest.mark.parametrize("name", INTEGERS)
def test_integers_become_the_default_float(name):
    """As in PyTorch, where NumPy makes float64 of them; whole numbers stay whole."""
    function, array = CASES[name]
    whole = np.arange(array.size).reshape(array.shape) ** 2
    result, expected = function(tg.from_numpy(whole)), np.asarray(function(whole))
    assert result.dtype == (np.float32 if expected.dtype == np.float64 else expected.dtype)
    np.testing.assert_allclose(result.array, expected, rtol=1e-5)


@pytest.mark.parametrize("name", CASES)
def test_float32_stays_float32_where_it_does_in_numpy(name):
    function, array = CASES[name]
    narrow = array.astype(np.float32)
    assert function(tg.Tensor(narrow)).dtype in (np.float32, np.asarray(function(narrow)).dtype)


def test_a_complete_basis():
    """The columns that svd adds are a constant: any that complete the basis."""
    u, s, vh = np.linalg.svd(tg.tensor(T, requires_grad=True))
    assert (u.shape, s.shape, vh.shape) == ((4, 4), (3,), (3, 3))
    np.testing.assert_allclose((u @ u.T).array, np.eye(4), atol=1e-12)
    np.testing.assert_allclose(((u[:, :3] * s) @ vh).array, T, rtol=1e-12)


QUESTIONS = {
    "allclose": lambda a: np.allclose(a, A),
    "argpartition": lambda a: np.argpartition(a, 1, axis=1)[:, 0],
    "argwhere": lambda a: np.argwhere(a > 0),
    "array_equal": lambda a: np.array_equal(a, A + 1),
    "count_nonzero": lambda a: np.count_nonzero(a > 0),
    "digitize": lambda a: np.digitize(a, [-1.0, 0.0, 1.0]),
    "flatnonzero": lambda a: np.flatnonzero(a > 0),
    "iscomplexobj": lambda a: np.iscomplexobj(a),
    "isin": lambda a: np.isin(a, [A[0, 0]]),
    "lexsort": lambda a: np.lexsort((a[0],)),
    "matrix_rank": lambda a: np.linalg.matrix_rank(a),
    "nanargmax": lambda a: np.nanargmax(a),
    "ndim": lambda a: np.ndim(a),
    "nonzero": lambda a: np.nonzero(a > 0),
    "result_type": lambda a: np.result_type(a, np.float32),
    "searchsorted": lambda a: np.searchsorted(a[0] * 0, a[0]),
    "shape": lambda a: np.shape(a),
    "signbit": lambda a: np.signbit(a),
    "size": lambda a: np.size(a, 1),
    "triu_indices_from": lambda a: np.triu_indices_from(a),
    "unravel_index": lambda a: np.unravel_index(np.argmax(a), a.shape),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_questions_are_answered(name):
    answer = QUESTIONS[name](tg.tensor(A, requires_grad=True))
    assert not getattr(answer, "requires_grad", False)
    np.testing.assert_array_equal(np.asarray(answer), np.asarray(QUESTIONS[name](A)))


T0 = tg.tensor(A, requires_grad=True)
REFUSED = {
    "a reduction": (lambda: np.maximum.accumulate(T0), r"np\.maximum\.accumulate is not among"),
    "an array of Tensors": (lambda: np.array([T0[0, 0], T0[0, 1]]), r"np\.array, .* np\.stack\(\[\.\.\.\]\)"),
    "r_": (lambda: np.r_[T0[0], 1.0], r"np\.concatenate\(\[\.\.\.\]\), not np\.array, np\.r_ or np\.c_"),
    "complex": (lambda: np.fft.fft(T0), r"np\.fft\.fft: its result is complex"),
    "unknown": (lambda: np.linalg.eigvals(T0), r"np\.linalg\.eigvals is not among the operations"),
    "where": (lambda: np.sum(T0, where=A > 0), r"np\.sum: the argument where= .* np\.where\(mask, t, 0\)"),
    "dtype": (lambda: np.mean(T0, dtype=np.float32), r"np\.mean: the argument dtype= .* t\.astype\(dtype\)"),
    "one argument": (lambda: np.where(T0 > 0), r"np\.where: .* 3 inputs, not 1; .* np\.nonzero\(condition\)"),
    "a Tensor as a parameter": (
        lambda: np.full_like(np.ones(3), T0[0, 0]),
        r"np\.copyto, which np\.full .* np\.broadcast_to",
    ),
    "a parameter of a function": (
        lambda: np.dot(T0, T0, out=A),
        r"np\.dot: the argument out= .* what the function retu",
    ),
    "where of a ufunc": (lambda: np.sin(T0, where=A > 0), r"np\.sin: the argument where= .* np\.where\(mask, t, 0\)"),
    "dtype of a ufunc": (lambda: np.add(T0, T0, dtype=float), r"np\.add: the argument dtype= .* t\.astype\(dtype\)"),
    "a ufunc of somebody's": (lambda: np.frompyfunc(abs, 1, 1)(T0), r"^abs \(vectorized\) is not among"),
    "filling": (lambda: np.copyto(A.copy(), T0), r"np\.copyto.* np\.copyto\(dst, src\.detach\(\)\.numpy\(\)\)"),
    "saving": (lambda: np.save("x.npy", T0), r"np\.save.* np\.save\(file, arr\.detach\(\)\.numpy\(\)\)"),
    "saving many": (lambda: np.savez("x.npz", T0), r"np\.savez.* np\.savez\(file, x2\.detach\(\)\.numpy\(\)\)"),
    "asarray": (lambda: np.asarray(T0), r"np\.asarray, .* t\.detach\(\)\.numpy\(\)"),
    "plt.plot's copy": (lambda: copy.copy(2 * T0), r"copy\.copy: .* plt\.plot .* t\.detach\(\)"),
    "insert rows": (lambda: np.insert(T0, 1, 0.0, axis=0), r"np\.concatenate"),
    "pad": (lambda: np.pad(T0, 1, "mean"), "constant, edge, reflect, symmetric, wrap"),
    "convolve": (lambda: np.convolve(T0[0], T0[1], "no"), "'full', 'same' or 'valid'"),
    "gradient": (lambda: np.gradient(T0[0, :1]), r"np\.gradient: expected at least 2 elements"),
    "split": (lambda: np.split(T0, 2), "3 elements do not make 2 equal parts"),
    "quantile": (lambda: np.quantile(T0, 0.5, method="hazen"), "linear, lower, higher, midpoint, nearest"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_says_what_to_write(name):
    do, message = REFUSED[name]
    with pytest.raises((TypeError, ValueError, RuntimeError), match=message):
        do()


def calls():
    """Make arguments that many functions take, fresh each time: some are changed in place."""
    t, a = tg.tensor(A, requires_grad=True), A.copy()
    return [(t,), (t[0],), (t, 1), (t, t), ([t, t],), (a, t), (t[0], t[0]), (a, t > 0, t)]


def dispatched():
    """Every function of NumPy's that asks a Tensor for its answer."""
    spaces = {"np": np, "np.linalg": np.linalg, "np.fft": np.fft}
    for path, space in spaces.items():
        for name in sorted(space.__all__):  # NumPy lists its names in an order of chance
            function = getattr(space, name)
            if hasattr(function, "_implementation") or isinstance(function, np.ufunc):
                yield f"{path}.{name}", function


def as_plain(x):
    return x.detach().numpy().copy() if isinstance(x, tg.Tensor) else x.copy() if isinstance(x, np.ndarray) else x


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "function"), list(dispatched()))
def test_every_error_names_the_function_and_what_it_recommends_runs(name, function, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for args in calls():
        plain = [[x.detach().numpy() for x in arg] if isinstance(arg, list) else as_plain(arg) for arg in args]
        try:
            function(*plain)
        except Exception:  # NumPy itself has no answer
            continue
        try:
            function(*args)
        except TypeError as error:
            _, found, snippet = str(error).partition("leave the graph first: ")
            assert name_of(function) in str(error), str(error)
            if found:
                call = ast.parse(snippet, mode="eval").body
                names = [
                    next(n.id for n in ast.walk(arg) if isinstance(n, ast.Name) and n.id != "t") for arg in call.args
                ]
                eval(snippet, {"np": np, **dict(zip(names, args, strict=True))})
        except (ValueError, RuntimeError, NotImplementedError, IndexError):
            pass  # a matter of values


def test_a_number_that_loses_its_gradient_is_warned_of():
    array = np.zeros(2)
    with pytest.warns(UserWarning, match="np.sin for math.sin"):
        assert math.sin(T0[0, 0]) == np.sin(A[0, 0])
    with pytest.warns(UserWarning, match="array that is filled by index"):
        array[0] = T0[0, 0]
    with warnings.catch_warnings(), tg.no_grad():
        warnings.simplefilter("error")
        assert float(T0[0, 0]) == T0[0, 0].item() == A[0, 0]


def test_every_answer_is_named_after_the_question():
    """A Tensor is never handed back to the same NumPy function for ever."""
    for function, answer in NUMPY.items():
        assert isinstance(answer, Op) or answer is not function, name_of(function)
