"""The local derivative of an operation, in the simplest of four forms: what makes each element of a share.

A share is linear in the upstream gradient: `raw[c] = Σ_q g[q] · local[q, c]`. The table of all these numbers is mostly
zeros, and which form it has is found out by asking the pullback, not by knowing the operation:

- gather: each element c takes from one place of g: `raw[c] = g[at[c]] · local[c]`. Whatever works on each element is of
  this form, and so are sums, means, maxima, and whatever only moves numbers.
- product: of a matrix product, or what einsum can say: rows of g meet columns of the other factor.
- matrix: any other, as long as the table is small, by its numbers that are not zero.
- element: of a larger one, what makes the one element that is shown. Nothing, where that is not known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.engine.value import Node
from tinygrad_edu.tensors.numbers import largest
from tinygrad_edu.viz.backward.shares import Share

OUTPUTS = 256  # elements of an output, each of which costs a call of the pullback
TABLE = 2**18  # numbers of a table that is looked at
NONZERO = 20_000  # of these, the ones that a page is given

LETTERS = "abcdefghijklmnop"


class Gather(NamedTuple):
    """`raw[c] = g[at[c]] · local[c]`, with flat positions; `at` is None where c itself is meant."""

    at: Array | None
    local: Array


class Product(NamedTuple):
    """`raw = einsum("upstream,other->input", g, other)`; `other` is the number of an input, None for ones."""

    upstream: str
    other: int | None
    letters: str
    input: str


class Matrix(NamedTuple):
    """The column of element c is `rows[starts[c] : starts[c + 1]]`, flat positions of g, and `values` likewise."""

    starts: Array
    rows: Array
    values: Array


def local_derivative(share: Share) -> Gather | Product | Matrix | None:
    """Return the local derivative that made a share; None where it is too large to be known."""
    visit = share.visit
    pullbacks = visit.node.pullbacks
    pullback = pullbacks[share.index] if pullbacks else None
    if pullback is None:
        return None
    ask = Asking(pullback, visit.grad, share.raw)
    with np.errstate(all="ignore"):  # a derivative may be infinite, and a probe may meet that
        return as_gather(ask) or as_product(share, ask) or as_matrix(ask)


class Asking:
    """A pullback that is asked with other gradients than that of the pass, of the same shape and dtype."""

    def __init__(self, pullback: Callable[[Any], Any], g: Array, raw: Array) -> None:
        self.pullback, self.g, self.raw = pullback, g, raw
        self.random = np.asarray(np.random.default_rng(0).uniform(0.5, 1.5, g.shape), g.dtype)
        self.answer = self.ask(self.random)

    def ask(self, g: Array) -> Array:
        return np.asarray(self.pullback(g))

    def agrees(self, guess: Array) -> bool:
        """Tell whether a form gives what the pullback gives, to within rounding."""
        if guess.shape != self.answer.shape:
            return False
        precision = 64 * float(np.finfo(self.answer.dtype).eps)
        return bool(np.allclose(guess, self.answer, precision, precision * largest(self.answer), equal_nan=True))


def as_gather(ask: Asking) -> Gather | None:
    """Find out from which place of g each element comes, by numbering the places."""
    g = ask.g
    local = ask.ask(np.ones_like(g))
    if local.shape == g.shape and ask.agrees(ask.random * local):
        return Gather(None, local)
    if not g.size or (g.size > 2**10 and g.dtype.itemsize < 4):
        return None
    codes = ask.ask(np.arange(1, g.size + 1).reshape(g.shape).astype(g.dtype))
    known = (local != 0) & np.isfinite(local)
    at = np.zeros(local.shape, np.int32)
    at[known] = np.rint(codes[known] / local[known]).clip(1, g.size) - 1
    return Gather(at, local) if ask.agrees(ask.random.reshape(-1)[at] * local) else None


def as_product(share: Share, ask: Asking) -> Product | None:
    """Return a product if the operation is one, and its rows and columns are found as they are expected."""
    node = share.visit.node
    letters = SUBSCRIPTS.get(node.op.name)
    if letters is None:
        return None
    arrays = [np.asarray(x) for x in node.arrays]
    *inputs, output = letters(arrays, node.params)
    others = [i for i in range(len(inputs)) if i != share.index]
    other = None if node.op.name == "linear" and share.index == 2 else others[0] if others else None
    if node.op.name == "einsum" and len(others) > 1:
        return None
    product = Product(output, other, "" if other is None else inputs[other], inputs[share.index])
    factors = [ask.random] if other is None else [ask.random, arrays[other]]
    terms = [output] if other is None else [output, inputs[other]]
    try:
        guess = np.einsum(f"{','.join(terms)}->{product.input}", *factors)
    except ValueError:  # a batch that is repeated, or an index that only this input has
        return None
    return product if ask.agrees(guess) else None


def product_letters(node: Node) -> list[str] | None:
    """Return the letters of the inputs and of the output where two factors are multiplied, as rows and columns are.

    None for other operations, and where a batch of one factor is repeated to meet that of the other.
    """
    letters = SUBSCRIPTS.get(node.op.name)
    if letters is None or len(node.arrays) != (3 if node.op.name == "linear" else 2):
        return None
    arrays = [np.asarray(x) for x in node.arrays]
    found = letters(arrays, node.params)
    sizes: dict[str, set[int]] = {}
    for term, array in zip(found, arrays, strict=False):
        for letter, size in zip(term, array.shape, strict=True):
            sizes.setdefault(letter, set()).add(size)
    return found if all(len(several) == 1 for several in sizes.values()) else None


def subscripts_of_matmul(arrays: Sequence[Array], params: Any) -> list[str]:
    a, b = arrays
    batch = LETTERS[: max(a.ndim, b.ndim) - 2]
    rows, columns = "y" * (a.ndim > 1), "z" * (b.ndim > 1)
    left = batch[len(batch) - (a.ndim - 2) :] if a.ndim > 2 else ""
    right = batch[len(batch) - (b.ndim - 2) :] if b.ndim > 2 else ""
    return [f"{left}{rows}x", f"{right}x{columns}", f"{batch}{rows}{columns}"]


def subscripts_of_linear(arrays: Sequence[Array], params: Any) -> list[str]:
    batch = LETTERS[: arrays[0].ndim - 1]
    return [f"{batch}x", "yx", "y", f"{batch}y"]


def subscripts_of_einsum(arrays: Sequence[Array], params: Any) -> list[str]:
    terms, output = params["subscripts"].split("->")
    return [*terms.split(","), output]


SUBSCRIPTS: dict[str, Callable[[Sequence[Array], Any], list[str]]] = {
    "matmul": subscripts_of_matmul,
    "linear": subscripts_of_linear,
    "einsum": subscripts_of_einsum,
}
"""Of each operation that is a product, the letters of its inputs and of its output, as einsum has them."""


def as_matrix(ask: Asking) -> Matrix | None:
    """Return the whole table, row by row: the answer to a gradient that is 1 at one place."""
    n, size = ask.g.size, ask.raw.size
    if n > OUTPUTS or n * size > TABLE:
        return None
    rows = np.zeros((n, size), ask.raw.dtype)
    for q in range(n):
        basis = np.zeros(n, ask.g.dtype)
        basis[q] = 1
        rows[q] = ask.ask(basis.reshape(ask.g.shape)).reshape(-1)
    columns, at = np.nonzero(rows.T)
    if at.size > NONZERO:
        return None
    starts = np.searchsorted(columns, np.arange(size + 1)).astype(np.int32)
    return Matrix(starts, at.astype(np.int32), rows[at, columns])
