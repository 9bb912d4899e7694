"""The formulas of operations along one axis, for as many axes as there are: `y[i, j] = a[indices[i, j], j]`.

They are written for the first of two axes, i being the index that runs along it.
"""

from __future__ import annotations

from dataclasses import replace

from tinygrad_edu.formulas.names import INDICES
from tinygrad_edu.formulas.trees import Chain, Index, Name, Sequence, Tree


def along(tree: Tree, axis: int, ndim: int) -> Tree:
    """Return such a formula for an axis of `ndim`: one index for each axis, and what stands for i at its place.

    A single number counts as a row, as it does in the operations.
    """
    match tree:
        case Sequence(items) | Chain(_, items):
            return replace(tree, items=tuple(along(item, axis, ndim) for item in items))
        case Index(base, (first, Name("j"))):
            places: list[Tree] = [Name(letter) for letter in INDICES[: max(ndim, 1)]]
            if first != Name("i"):
                places[axis] = along(first, axis, ndim)
            return Index(base, tuple(places))
    return tree
