"""Products of matrices and vectors, diagonals and triangles, and the norm. For factors see decomposition.py."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.functions.naming import as_axis, numpy_names

__all__ = [
    "addmm", "bmm", "cholesky_solve", "det", "diag", "diagonal", "dot", "inner", "inverse", "kron", "logdet",
    "matrix_power", "mm", "mv", "norm", "outer", "tensordot", "trace", "tril", "triu", "vdot",
]  # fmt: skip

det = ops.det
inv = inverse = ops.inv


def logdet(A: Any) -> Any:
    """Compute the logarithm of the determinant; NaN where that is negative."""
    negative = np.linalg.slogdet(getattr(A, "array", A)).sign < 0  # the determinant itself might overflow
    return ops.where(negative, math.nan, ops.logabsdet(A))


def cholesky_solve(B: Any, L: Any, upper: bool = False) -> Any:
    """Solve A X = B, where the Cholesky factor L of A is known: A = L Lᵀ, or Lᵀ L with `upper`."""
    swapped = ops.swapaxes(L, axis1=-1, axis2=-2)
    first, second = (swapped, L) if upper else (L, swapped)
    return ops.solve(ops.triu(second), ops.solve(ops.tril(first), B))


def matrix_power(A: Any, n: int) -> Any:
    """Multiply a square matrix n times with itself, by repeated squaring; a negative n inverts it first."""
    if n < 0:
        return matrix_power(ops.inv(A), -n)
    if n == 0:
        return ops.zeros_like(A) + np.eye(A.shape[-1], dtype=A.dtype)
    half = matrix_power(A, n // 2) if n > 1 else None
    square = A if half is None else ops.matmul(half, half)
    return ops.matmul(square, A) if n > 1 and n % 2 else square


@numpy_names
def norm(input: Any, p: Any = None, dim: Any = None, keepdim: bool = False) -> Any:
    """Compute the p-norm of the elements, (Σ|x|ᵖ)^(1/p), over all dimensions or `dim`. Its gradient at 0 is 0.

    p may be any number, inf (the largest |x|), -inf (the smallest), 0 (how many are not 0), or
    "fro" (2). "nuc" is the sum of the singular values of a matrix.
    """
    if p == "nuc":
        total = ops.sum(ops.singular_values(input), axis=-1)
        return ops.expand_dims(total, axis=(-2, -1)) if keepdim else total
    p = 2 if p is None or p == "fro" else p
    params = {"axis": as_axis(dim), "keepdims": keepdim}
    if p == 0:
        return ops.sum(ops.astype(ops.ne(input, 0), dtype=input.dtype), **params)
    size = ops.abs(input)
    if p == math.inf:
        return ops.max(size, **params)
    if p == -math.inf:
        return ops.min(size, **params)
    if p == 1:
        return ops.sum(size, **params)
    # Powers of values scaled to at most 1 neither overflow nor vanish. Where everything is 0 the root
    # is not differentiable; a 1 in its place keeps the slope finite, and the outer choice makes it 0.
    power = ops.sum(ops.square(input) if p == 2 else _safe_power(size, p), **params)
    zero = ops.eq(power, 0)
    safe = ops.where(zero, 1.0, power)
    return ops.where(zero, 0.0, ops.sqrt(safe) if p == 2 else ops.pow(safe, 1 / p))


def _safe_power(size: Any, p: float) -> Any:
    zero = ops.eq(size, 0)
    return ops.where(zero, math.inf if p < 0 else 0.0, ops.pow(ops.where(zero, 1.0, size), p))


# Products


def mm(input: Any, mat2: Any) -> Any:
    """Multiply two matrices: (n, k) @ (k, m)."""
    return _product("mm", input, 2, mat2, 2)


def bmm(input: Any, mat2: Any) -> Any:
    """Multiply a batch of matrices: (N, n, k) @ (N, k, m)."""
    return _product("bmm", input, 3, mat2, 3)


def mv(input: Any, vec: Any) -> Any:
    """Multiply a matrix and a vector: (n, k) @ (k)."""
    return _product("mv", input, 2, vec, 1)


def dot(input: Any, tensor: Any) -> Any:
    """Multiply two vectors and add up: Σ aᵢ bᵢ."""
    return _product("dot", input, 1, tensor, 1)


def inner(input: Any, other: Any) -> Any:
    """Multiply along the last dimensions of both and add up; a single number scales the other input."""
    return tensordot(input, other, ([-1], [-1])) if input.ndim and other.ndim else ops.mul(input, other)


vdot = dot  # of complex numbers it would take the conjugate of the first


def _product(name: str, a: Any, a_dims: int, b: Any, b_dims: int) -> Any:
    if (a.ndim, b.ndim) != (a_dims, b_dims):
        raise ValueError(
            f"{name}: expected {a_dims} and {b_dims} dimensions, got shapes {tuple(a.shape)} and {tuple(b.shape)}; "
            "use matmul for other shapes"
        )
    return ops.matmul(a, b)


def outer(input: Any, vec2: Any) -> Any:
    """Multiply each element of one vector with each of another: yᵢⱼ = aᵢ bⱼ."""
    return ops.expand_dims(input, axis=1) * vec2


def addmm(input: Any, mat1: Any, mat2: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    """Compute β · input + α · mat1 @ mat2."""
    product = ops.matmul(mat1, mat2)
    return (input if beta == 1 else input * beta) + (product if alpha == 1 else product * alpha)


def trace(input: Any) -> Any:
    """Add up the diagonal of a matrix."""
    return ops.sum(ops.diagonal(input), axis=-1)


def diagonal(input: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """Read the diagonal of the plane of two dimensions; it becomes the last dimension."""
    return ops.diagonal(input, offset=offset, axis1=dim1, axis2=dim2)


def diag(input: Any, diagonal: int = 0) -> Any:
    """Read the diagonal of a matrix, or put a vector on the diagonal of zeros."""
    if input.ndim == 2:
        return ops.diagonal(input, offset=diagonal)
    if input.ndim != 1:
        raise ValueError(f"diag: expected a vector or a matrix, got shape {tuple(input.shape)}; use diagonal()")
    size = input.shape[0] + abs(diagonal)
    return ops.put_diagonal(input, shape=(size, size), offset=diagonal)


def tril(input: Any, diagonal: int = 0) -> Any:
    """Keep what is on and below a diagonal; make the rest 0."""
    return ops.tril(input, k=diagonal)


def triu(input: Any, diagonal: int = 0) -> Any:
    """Keep what is on and above a diagonal; make the rest 0."""
    return ops.triu(input, k=diagonal)


def kron(input: Any, other: Any) -> Any:
    """Compute the Kronecker product: the blocks aᵢⱼ · b."""
    dims = max(input.ndim, other.ndim)
    a = ops.reshape(input, shape=(1,) * (dims - input.ndim) + tuple(input.shape))
    b = ops.reshape(other, shape=(1,) * (dims - other.ndim) + tuple(other.shape))
    product = ops.expand_dims(a, axis=tuple(range(1, 2 * dims, 2))) * ops.expand_dims(
        b, axis=tuple(range(0, 2 * dims, 2))
    )
    return ops.reshape(product, shape=tuple(m * n for m, n in zip(a.shape, b.shape, strict=True)))


def tensordot(a: Any, b: Any, dims: Any = 2) -> Any:
    """Multiply and sum over the last `dims` dimensions of a and the first of b, or over two lists of dimensions."""
    if isinstance(dims, int):
        dims = (list(range(a.ndim - dims, a.ndim)), list(range(dims)))
    left, right = (
        [d % x.ndim for d in ([ds] if isinstance(ds, int) else ds)] for x, ds in zip((a, b), dims, strict=True)
    )
    kept_a = [d for d in range(a.ndim) if d not in left]
    kept_b = [d for d in range(b.ndim) if d not in right]
    summed = math.prod(a.shape[d] for d in left)
    rows = ops.reshape(ops.transpose(a, axes=(*kept_a, *left)), shape=(-1 if summed else 0, summed))
    columns = ops.reshape(ops.transpose(b, axes=(*right, *kept_b)), shape=(summed, -1 if summed else 0))
    shape = (*(a.shape[d] for d in kept_a), *(b.shape[d] for d in kept_b))
    return ops.reshape(ops.matmul(rows, columns), shape=shape)
