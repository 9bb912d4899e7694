"""Matrix decompositions (…, m, n). Each factor is an operation of its own, since an operation has one output.

The functions `eigh`, `svd` and `qr` put the factors together. The derivatives assume what a
decomposition needs to be differentiable at all: eigenvalues, or singular values, that differ. In the formulas
sym(m) is (m + mᵀ) / 2.
"""

import numpy as np

from tinygrad_edu.engine.op import Sample, op
from tinygrad_edu.ops.linalg import BATCH, MATRIX, POSITIVE_DEFINITE, t

__all__ = [
    "cholesky", "eigenvalues", "eigenvectors", "left_singular_vectors", "qr_q", "qr_r", "right_singular_vectors",
    "singular_values",
]  # fmt: skip

SYMMETRIC = [Sample(POSITIVE_DEFINITE), Sample(BATCH + t(BATCH))]
TALL = np.array([[2.0, 0.3], [0.1, 1.5], [-0.3, 0.5], [0.2, -0.7]])
RECTANGLES = [Sample(MATRIX), Sample(TALL), Sample(TALL.T), Sample(BATCH)]


def symmetric(a):
    return (a + t(a)) / 2


def skew_part(a):
    return (a - t(a)) / 2


def columns(x):
    """Write a vector for each matrix so that it multiplies the matrix's columns."""
    return np.expand_dims(x, -2)


@op(
    np.linalg.cholesky,
    formula="y @ yᵀ = a, y lower triangular",
    derivative=("sym(y⁻ᵀ @ Φ(yᵀ @ g) @ y⁻¹)",),
    samples=[Sample(POSITIVE_DEFINITE), Sample(BATCH @ t(BATCH))],
    reference=lambda a: np.linalg.cholesky(symmetric(a)),
)
def cholesky(a):
    """Compute the Cholesky factor of a symmetric positive definite matrix (of the symmetric part of a).

    Φ keeps the lower triangle and halves the diagonal (I. Murray, 2016, arXiv:1602.07527).
    """
    y = np.linalg.cholesky(symmetric(a)) if isinstance(a, np.ndarray) else cholesky(a)

    def grad_a(g):
        product = t(y) @ g
        phi = np.tril(product) * (1 - 0.5 * np.eye(a.shape[-1], dtype=a.dtype))
        inverse = np.linalg.inv(y)
        return symmetric(t(inverse) @ phi @ inverse)

    return y, (grad_a,)


def _gaps(values):
    """Return 1 / (vⱼ - vᵢ) for each pair, and 0 where i = j."""
    gaps = columns(values) - np.expand_dims(values, -1)
    same = np.eye(values.shape[-1], dtype=bool)
    return np.where(same, 0, 1 / np.where(same, 1, gaps))


@op(
    np.linalg.eigvalsh,
    formula="a @ v = v @ diag(y), y rising",
    derivative=("v @ diag(g) @ vᵀ",),
    samples=SYMMETRIC,
    reference=lambda a: np.linalg.eigvalsh(symmetric(a)),
)
def eigenvalues(a):
    """Compute the eigenvalues of a symmetric matrix (of the symmetric part of a)."""
    value = None if not isinstance(a, np.ndarray) else np.linalg.eigvalsh(symmetric(a))

    def grad_a(g):
        v = eigenvectors(a)
        return (v * columns(g)) @ t(v)

    return value, (grad_a,)


@op(
    formula="a @ y = y @ diag(w), yᵀ @ y = I",
    derivative=("sym(y @ (f · (yᵀ @ g)) @ yᵀ), fᵢⱼ = 1 / (wⱼ - wᵢ) where i ≠ j, else 0",),
    samples=SYMMETRIC,
    reference=lambda a: np.linalg.eigh(symmetric(a)).eigenvectors,
)
def eigenvectors(a):
    """Compute the eigenvectors of a symmetric matrix, as columns. Each is free up to its sign."""
    w, y = np.linalg.eigh(symmetric(a)) if isinstance(a, np.ndarray) else (eigenvalues(a), eigenvectors(a))

    def grad_a(g):
        return symmetric(y @ ((t(y) @ g) * _gaps(w)) @ t(y))

    return y, (grad_a,)


def _svd(a):
    """Return u, s and v (not vᵀ) of an array, or of a Tensor, recorded."""
    if not isinstance(a, np.ndarray):
        return left_singular_vectors(a), singular_values(a), right_singular_vectors(a)
    u, s, vt = np.linalg.svd(a, full_matrices=False)
    return u, s, t(vt)


@op(
    formula="a = u @ diag(y) @ vᵀ, y falling",
    derivative=("u @ diag(g) @ vᵀ",),
    samples=RECTANGLES,
    reference=lambda a: np.linalg.svd(a, compute_uv=False),
)
def singular_values(a):
    """Compute the singular values."""
    value = None if not isinstance(a, np.ndarray) else np.linalg.svd(a, compute_uv=False)

    def grad_a(g):
        u, _, v = _svd(a)
        return (u * columns(g)) @ t(v)

    return value, (grad_a,)


@op(
    formula="a = y @ diag(s) @ vᵀ",
    derivative=(
        "(y @ (f · (yᵀ @ g - gᵀ @ y)) @ diag(s) + (g - y @ yᵀ @ g) @ diag(s)⁻¹) @ vᵀ, "
        "fᵢⱼ = 1 / (sⱼ² - sᵢ²) where i ≠ j, else 0",
    ),
    samples=RECTANGLES,
    reference=lambda a: np.linalg.svd(a, full_matrices=False).U,
)
def left_singular_vectors(a):
    """Compute the left singular vectors, as columns: (…, m, min(m, n)).

    The derivative is that of J. Townsend, "Differentiating the singular value decomposition" (2016).
    """
    y, s, v = _svd(a)

    def grad_a(g):
        inner = y @ (2 * skew_part(t(y) @ g) * _gaps(s * s) * columns(s))
        outer = g - y @ (t(y) @ g)  # what leaves the space of the columns; nothing if a is not tall
        return (inner + outer / columns(s)) @ t(v)

    return y, (grad_a,)


@op(
    formula="a = u @ diag(s) @ yᵀ",
    derivative=(
        "u @ (diag(s) @ (f · (yᵀ @ g - gᵀ @ y)) @ yᵀ + diag(s)⁻¹ @ (g - y @ yᵀ @ g)ᵀ), "
        "fᵢⱼ = 1 / (sⱼ² - sᵢ²) where i ≠ j, else 0",
    ),
    samples=RECTANGLES,
    reference=lambda a: t(np.linalg.svd(a, full_matrices=False).Vh),
)
def right_singular_vectors(a):
    """Compute the right singular vectors, as columns: (…, n, min(m, n)). The derivative is that of the left ones."""
    u, s, y = _svd(a)

    def grad_a(g):
        inner = (np.expand_dims(s, -1) * (2 * skew_part(t(y) @ g) * _gaps(s * s))) @ t(y)
        outer = g - y @ (t(y) @ g)
        return u @ (inner + np.expand_dims(1 / s, -1) * t(outer))

    return y, (grad_a,)


def _qr(a):
    return np.linalg.qr(a) if isinstance(a, np.ndarray) else (qr_q(a), qr_r(a))


@op(
    formula="a = y @ r, yᵀ @ y = I, r upper triangular",
    derivative=("(g + y @ C(-gᵀ @ y)) @ r⁻ᵀ",),
    samples=[Sample(MATRIX), Sample(TALL), Sample(BATCH)],
    reference=lambda a: np.linalg.qr(a).Q,
)
def qr_q(a):
    """Compute the orthogonal factor of a matrix that is at least as tall as wide.

    C copies the lower triangle to the upper one (M. Seeger et al., 2017, arXiv:1710.08717).
    """
    y, r = _qr(a)

    def grad_a(g):
        return _qr_back(y, r, g, -(t(g) @ y))

    return y, (grad_a,)


@op(
    formula="a = q @ y, qᵀ @ q = I, y upper triangular",
    derivative=("q @ C(y @ triu(g)ᵀ) @ y⁻ᵀ",),
    samples=[Sample(MATRIX), Sample(TALL), Sample(BATCH)],
    reference=lambda a: np.linalg.qr(a).R,
)
def qr_r(a):
    """Compute the triangular factor of a matrix that is at least as tall as wide."""
    q, y = _qr(a)

    def grad_a(g):
        return _qr_back(q, y, 0, y @ t(np.triu(g)))

    return y, (grad_a,)


def _qr_back(q, r, g, m):
    copied = np.tril(m) + t(np.tril(m, -1))
    return (g + q @ copied) @ t(np.linalg.inv(r))
