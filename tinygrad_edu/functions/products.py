"""Products of matrices and vectors."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.op import NUMPY
from tinygrad_edu.functions.arguments import numpy_names, places
from tinygrad_edu.functions.numpy_protocol import answers

if TYPE_CHECKING:
    from tinygrad_edu.tensors.tensor import Tensor

__all__ = ["addmm", "bmm", "cross", "dot", "inner", "kron", "matrix_power", "mm", "mv", "outer", "tensordot", "vdot"]


def mm(input: Any, mat2: Any) -> Tensor:
    """Multiply two matrices: (n, k) @ (k, m)."""
    return _product("mm", input, 2, mat2, 2)


def bmm(input: Any, mat2: Any) -> Tensor:
    """Multiply a batch of matrices: (N, n, k) @ (N, k, m)."""
    return _product("bmm", input, 3, mat2, 3)


def mv(input: Any, vec: Any) -> Tensor:
    """Multiply a matrix and a vector: (n, k) @ (k)."""
    return _product("mv", input, 2, vec, 1)


def dot(input: Any, tensor: Any) -> Tensor:
    """Multiply two vectors and add up: Σ aᵢ bᵢ."""
    return _product("dot", input, 1, tensor, 1)


vdot = dot  # of complex numbers it would take the conjugate of the first


def _product(name: str, a: Any, a_dims: int, b: Any, b_dims: int) -> Any:
    if (a.ndim, b.ndim) != (a_dims, b_dims):
        raise ValueError(
            f"{name}: expected {a_dims} and {b_dims} dimensions, got shapes {tuple(a.shape)} and {tuple(b.shape)}; "
            "use matmul for other shapes"
        )
    return ops.matmul(a, b)


def addmm(input: Any, mat1: Any, mat2: Any, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """Compute β · input + α · mat1 @ mat2."""
    product = ops.matmul(mat1, mat2)
    return (input if beta == 1 else input * beta) + (product if alpha == 1 else product * alpha)


@answers(np.inner)
def inner(input: Any, other: Any) -> Tensor:
    """Multiply along the last dimensions of both and add up; a single number scales the other input."""
    if np.ndim(input) == 0 or np.ndim(other) == 0:
        return ops.mul(input, other)
    return np.tensordot(input, other, ([-1], [-1]))  # type: ignore[return-value]  # NumPy's types know arrays alone


@answers(np.outer, np.linalg.outer)
def outer(input: Any, vec2: Any) -> Tensor:
    """Multiply each element of one vector with each of another: yᵢⱼ = aᵢ bⱼ."""
    return ops.mul(np.reshape(input, (-1, 1)), np.ravel(vec2))  # type: ignore[return-value]  # likewise


def kron(input: Any, other: Any) -> Tensor:
    """Compute the Kronecker product: the blocks aᵢⱼ · b."""
    dims = max(input.ndim, other.ndim)
    a = ops.reshape(input, shape=(1,) * (dims - input.ndim) + tuple(input.shape))
    b = ops.reshape(other, shape=(1,) * (dims - other.ndim) + tuple(other.shape))
    product = ops.expand_dims(a, axis=tuple(range(1, 2 * dims, 2))) * ops.expand_dims(
        b, axis=tuple(range(0, 2 * dims, 2))
    )
    return ops.reshape(product, shape=tuple(m * n for m, n in zip(a.shape, b.shape, strict=True)))


def tensordot(a: Any, b: Any, dims: Any = 2) -> Tensor:
    """Multiply and sum over the last `dims` dimensions of a and the first of b, or over two lists of dimensions.

    A dimension of size 1 goes with one of any size, over which the other tensor is summed.
    """
    if isinstance(dims, int):
        dims = (list(range(a.ndim - dims, a.ndim)), list(range(dims)))
    left, right = (places("tensordot", ds, x.ndim) for x, ds in zip((a, b), dims, strict=True))
    pairs = [(d, e, a.shape[d], b.shape[e]) for d, e in zip(left, right, strict=True)]
    if any(m != n and 1 not in (m, n) for _, _, m, n in pairs):
        raise ValueError(
            f"tensordot: expected dimensions of the same sizes, got {left} of shape {tuple(a.shape)} and {right} of "
            f"shape {tuple(b.shape)}"
        )
    a = _widened(a, {d: n for d, _, m, n in pairs if m == 1 != n})
    b = _widened(b, {e: m for _, e, m, n in pairs if n == 1 != m})
    kept_a = [d for d in range(a.ndim) if d not in left]
    kept_b = [d for d in range(b.ndim) if d not in right]
    summed = math.prod(a.shape[d] for d in left)
    rows = ops.reshape(ops.transpose(a, axes=(*kept_a, *left)), shape=(-1 if summed else 0, summed))
    columns = ops.reshape(ops.transpose(b, axes=(*right, *kept_b)), shape=(summed, -1 if summed else 0))
    shape = (*(a.shape[d] for d in kept_a), *(b.shape[d] for d in kept_b))
    return ops.reshape(ops.matmul(rows, columns), shape=shape)


def _widened(x: Any, sizes: dict[int, int]) -> Any:
    """Repeat dimensions of size 1 to other sizes."""
    return ops.broadcast_to(x, shape=tuple(sizes.get(d, size) for d, size in enumerate(x.shape))) if sizes else x


@answers(np.linalg.matrix_power)
def matrix_power(A: Any, n: int) -> Tensor:
    """Multiply a square matrix n times with itself, by repeated squaring; a negative n inverts it first."""
    if n < 0:
        return matrix_power(ops.inv(A), -n)
    if n == 0:
        return ops.zeros_like(A) + np.eye(A.shape[-1], dtype=A.dtype)
    half = matrix_power(A, n // 2) if n > 1 else None
    square = A if half is None else ops.matmul(half, half)
    return ops.matmul(square, A) if n > 1 and n % 2 else square


@answers(np.linalg.multi_dot)
def multi_dot(tensors: Sequence[Any]) -> Tensor:
    """Multiply a chain of matrices (a vector may begin and end it), the longest inner dimension first."""
    chain = list(tensors)
    while len(chain) > 1:
        longest = max(range(len(chain) - 1), key=lambda i: chain[i].shape[-1])
        chain[longest : longest + 2] = [ops.matmul(chain[longest], chain[longest + 1])]
    return chain[0]


@answers(np.vecdot, np.linalg.vecdot)
@numpy_names
def vecdot(x: Any, y: Any, *, dim: int = -1) -> Tensor:
    """Multiply vectors, which lie along `dim`, and add up."""
    return ops.sum(x * y, axis=dim)


@answers(np.cross, np.linalg.cross)
@numpy_names
def cross_along(input: Any, other: Any, *, dim: int = -1) -> Tensor:
    """Compute the vector product of vectors in space, which lie along `dim`: yᵢ = aᵢ₊₁ bᵢ₊₂ - aᵢ₊₂ bᵢ₊₁."""
    if np.shape(input)[dim] != 3 or np.shape(other)[dim] != 3:
        raise ValueError(
            f"cross: expected vectors of 3 numbers along dimension {dim}, got shapes {tuple(np.shape(input))} and "
            f"{tuple(np.shape(other))}"
        )

    def turned(a: Any, by: int) -> Any:
        return ops.roll(a, shift=-by, axis=dim)

    return turned(input, 1) * turned(other, 2) - turned(input, 2) * turned(other, 1)


def cross(input: Any, other: Any, dim: int | None = None) -> Tensor:
    """Compute the cross product of vectors in three dimensions, along `dim`; the first of size 3 if not given."""
    if dim is None:
        dim = next((i for i, size in enumerate(input.shape) if size == 3), 0)
    return cross_along(input, other, dim=dim)


# NumPy's


def of_arrays(product: Callable[..., Any]) -> Callable[..., Any]:
    """Return what makes arrays of the two operands of a product that are numbers and lists."""
    return lambda a, b, *axes: product(*(x if hasattr(x, "ndim") else np.asarray(x) for x in (a, b)), *axes)


@answers(np.dot)
def numpy_dot(a: Any, b: Any) -> Any:
    """Sum over the last axis of a and the last but one of b (the only one of a vector)."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return np.multiply(a, b)
    if np.ndim(b) <= 2:
        return np.matmul(a, b)
    return np.tensordot(a, b, ([-1], [-2]))


@answers(np.linalg.tensorsolve)
def tensorsolve(a: Any, b: Any) -> Any:
    """Solve a x = b for a tensor x, summing over its axes."""
    shape = tuple(a.shape[np.ndim(b) :])
    return np.reshape(np.linalg.solve(np.reshape(a, (np.size(b), -1)), np.ravel(b)), shape)


@answers(np.linalg.tensorinv)
def tensorinv(a: Any, ind: int = 2) -> Any:
    """Compute the inverse with respect to a sum over the last axes; `ind` is the number of the first ones."""
    size = int(np.prod(a.shape[ind:]))
    return np.reshape(np.linalg.inv(np.reshape(a, (-1, size))), (*a.shape[ind:], *a.shape[:ind]))


NUMPY.update(
    {
        np.kron: of_arrays(kron),
        np.linalg.matmul: np.matmul,
        np.linalg.tensordot: lambda a, b, /, *, axes=2: np.tensordot(a, b, axes),
        np.tensordot: lambda a, b, axes=2: of_arrays(tensordot)(a, b, axes),
        np.vdot: lambda a, b: np.matmul(np.ravel(a), np.ravel(b)),
    }
)
