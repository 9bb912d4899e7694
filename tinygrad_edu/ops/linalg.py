"""Linear algebra on square matrices (…, n, n): inverse, determinant, systems of equations, triangles.

The derivatives are those of M. B. Giles, "An extended collection of matrix derivative results for
forward and reverse mode algorithmic differentiation" (2008). `t(a)` is the transpose.
"""

import numpy as np

from tinygrad_edu.engine.op import Sample, op

MATRIX = np.array([[2.0, 0.3, -0.4], [0.1, 1.5, 0.2], [-0.3, 0.5, 1.8]])
SINGULAR = np.array([[1.0, 2.0, 0.5], [2.0, 4.0, 1.0], [0.3, -1.0, 0.7]])
BATCH = np.stack([MATRIX, MATRIX.T + 0.1])
POSITIVE_DEFINITE = MATRIX @ MATRIX.T
TRIANGLES = [Sample((3, 4)), Sample((4, 3), k=1), Sample((2, 3, 3), k=-1)]


def t(a):
    return np.swapaxes(a, -1, -2)


@op(np.linalg.inv, formula="y = a⁻¹", derivative=("-yᵀ @ g @ yᵀ",), samples=[Sample(MATRIX), Sample(BATCH)])
def inv(a):
    y = np.linalg.inv(a)

    def grad_a(g):
        return -(t(y) @ g @ t(y))

    return y, (grad_a,)


@op(
    np.linalg.pinv,
    formula="y = a⁺",
    derivative=("-yᵀ @ g @ yᵀ + (I - a @ y) @ gᵀ @ y @ yᵀ + yᵀ @ y @ gᵀ @ (I - y @ a)",),
    samples=[Sample(MATRIX), Sample(MATRIX[:2]), Sample(BATCH[..., :2])],
)
def pinv(a, *, rcond=1e-15):
    """Compute the pseudoinverse; singular values up to `rcond` times the largest count as 0.

    The derivative assumes that the rank does not change nearby (G. H. Golub and V. Pereyra, 1973).
    """
    y = np.linalg.pinv(a, rcond=rcond)

    def grad_a(g):
        g, yt = t(g), t(y)
        beside = g - a @ (y @ g)  # what the columns of a leave out; nothing if they span the space
        beyond = g - (g @ y) @ a
        return beside @ y @ yt + yt @ y @ beyond - yt @ t(g) @ yt

    return y, (grad_a,)


@op(np.linalg.det, formula="y = det(a)", derivative=("g y a⁻ᵀ",), samples=[Sample(MATRIX), Sample(BATCH)])
def det(a):
    """Compute the determinant, a polynomial: singular matrices have derivatives of every order too."""

    def grad_a(g):
        return np.expand_dims(g, (-2, -1)) * cofactors(a)

    return np.linalg.det(a), (grad_a,)


@op(
    formula="y = det(a) a⁻ᵀ",
    derivative=("(⟨g, y⟩ I - y @ gᵀ) @ a⁻ᵀ",),
    samples=[Sample(MATRIX), Sample(BATCH), Sample(SINGULAR)],
    reference=lambda a: _cofactors(a),
)
def cofactors(a):
    """Compute the slopes of the determinant, which are polynomials: a singular matrix has them, though no inverse."""

    def grad_a(g):
        if np.any(np.linalg.matrix_rank(getattr(a, "array", a)) < a.shape[-1]):
            return _through_minors(a, g)
        back = t(np.linalg.inv(a))
        y = np.expand_dims(np.linalg.det(a), (-2, -1)) * back
        return np.sum(g * y, axis=(-2, -1), keepdims=True) * back - y @ t(g) @ back

    return _cofactors(a) if isinstance(a, np.ndarray) else None, (grad_a,)


def _cofactors(a):
    """Divide by no singular value: with a = u diag(s) vᵀ, multiply all s but one."""
    u, s, vt = np.linalg.svd(a)
    others = np.prod(np.where(np.eye(s.shape[-1], dtype=bool), 1, np.expand_dims(s, -2)), axis=-1)
    sign = np.linalg.det(u) * np.linalg.det(vt)
    return np.expand_dims(sign, (-2, -1)) * (u * np.expand_dims(others, -2)) @ vt


def _through_minors(a, g):
    """Carry g back through each cofactor, the determinant of a without one row and one column."""
    n = a.shape[-1]
    rest = np.stack([np.delete(np.eye(n, dtype=a.dtype), i, axis=0) for i in range(n)])  # all rows but the i-th
    minors = np.einsum("ikp,...pq,jlq->...ijkl", rest, a, rest)
    signs = np.where(np.indices((n, n)).sum(axis=0) % 2, -1, 1).astype(a.dtype)
    return np.einsum("...ij,...ijkl,ikp,jlq->...pq", g * signs, cofactors(minors), rest, rest)


@op(
    formula="y = log(|det(a)|)",
    derivative=("g a⁻ᵀ",),
    samples=[Sample(MATRIX), Sample(BATCH)],
    reference=lambda a: np.linalg.slogdet(a).logabsdet,
)
def logabsdet(a):
    def grad_a(g):
        return np.expand_dims(g, (-2, -1)) * t(np.linalg.inv(a))

    # From Tensors only the pullback is wanted, and that does not use the value.
    return np.linalg.slogdet(getattr(a, "array", a)).logabsdet, (grad_a,)


@op(
    np.linalg.solve,
    formula="y = a⁻¹ @ b",
    derivative=("-(a⁻ᵀ @ g) @ yᵀ", "a⁻ᵀ @ g"),
    samples=[
        Sample(MATRIX, (3,)),
        Sample(MATRIX, (3, 2)),
        Sample(BATCH, (2, 3, 2)),
        Sample(BATCH, (3, 2)),
        Sample(BATCH, (3,)),
    ],
)
def solve(a, b):
    """Solve a y = b, for a vector b (n) or the columns of a matrix b (…, n, k)."""
    y = np.linalg.solve(a, b)
    vector = b.ndim == 1

    def back(g):
        # One vector for many matrices gives g a row for each, which `solve` would take for one matrix of columns.
        return np.linalg.solve(t(a), np.expand_dims(g, -1))[..., 0] if vector else np.linalg.solve(t(a), g)

    def grad_a(g):
        return -(np.expand_dims(back(g), -1) * np.expand_dims(y, -2)) if vector else -(back(g) @ t(y))

    def grad_b(g):
        return back(g)

    return y, (grad_a, grad_b)


@op(
    np.tril,
    formula="yᵢⱼ = mᵢⱼ where j - i ≤ k, else 0",
    derivative=("gᵢⱼ where j - i ≤ k, else 0",),
    samples=TRIANGLES,
    linear=True,
)
def tril(m, *, k=0):
    def grad_m(g):
        return np.tril(g, k)

    return np.tril(m, k), (grad_m,)


@op(
    np.triu,
    formula="yᵢⱼ = mᵢⱼ where j - i ≥ k, else 0",
    derivative=("gᵢⱼ where j - i ≥ k, else 0",),
    samples=TRIANGLES,
    linear=True,
)
def triu(m, *, k=0):
    def grad_m(g):
        return np.triu(g, k)

    return np.triu(m, k), (grad_m,)


@op(
    np.diagonal,
    formula="yᵢ = aᵢᵢ",
    derivative=("gᵢ where i == j, else 0",),
    samples=[
        Sample((3, 4)),
        Sample((4, 3), offset=1),
        Sample((2, 3, 3), axis1=-2, axis2=-1),
        Sample((3, 3, 2), offset=-1),
    ],
    linear=True,
)
def diagonal(a, *, offset=0, axis1=0, axis2=1):
    """Read the diagonal of the plane of two axes; it becomes the last axis."""
    shape = a.shape

    def grad_a(g):
        return put_diagonal(g, shape=shape, offset=offset, axis1=axis1, axis2=axis2)

    y = np.diagonal(a, offset, axis1, axis2)
    y.flags.writeable = a.flags.writeable  # NumPy hands out a view that is read-only
    return y, (grad_a,)


@op(
    formula="yᵢⱼ = aᵢ where i == j, else 0",
    derivative=("gᵢᵢ",),
    samples=[Sample((3,), shape=(3, 4)), Sample((2, 2), shape=(2, 3, 3), offset=1, axis1=1, axis2=2)],
    reference=lambda a, **params: _put_diagonal(a, **params),
    linear=True,
)
def put_diagonal(a, *, shape, offset=0, axis1=0, axis2=1):
    """Put the last axis of a on the diagonal of zeros of `shape`."""

    def grad_a(g):
        return np.diagonal(g, offset, axis1, axis2)

    return _put_diagonal(a, shape, offset, axis1, axis2), (grad_a,)


def _put_diagonal(a, shape, offset=0, axis1=0, axis2=1):
    y = np.zeros(shape, a.dtype)
    view = np.diagonal(y, offset, axis1, axis2)
    view.flags.writeable = True  # NumPy guards this view; the array is ours alone
    view[...] = a
    return y
