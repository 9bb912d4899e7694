"""Where a formula needs parentheses."""

from __future__ import annotations

import re

from tinygrad_edu.formulas.tokens import DIFFERENTIAL
from tinygrad_edu.formulas.trees import (
    ATOM,
    DERIVATIVE,
    FRACTION,
    MATRIX_PRODUCT,
    POWER,
    PRODUCT,
    SUM,
    Big,
    Cases,
    Chain,
    Fraction,
    Given,
    Index,
    Name,
    Power,
    Root,
    Sequence,
    Tree,
)

CASES = 0.5  # between the sign = and all other signs


def level(tree: Tree) -> float:
    """Return how tightly a tree holds together when it is written in a line."""
    match tree:
        case Sequence():
            return -1
        case Chain():
            return tree.level
        case Cases():
            return CASES
        case Fraction():
            return FRACTION
        case Big():
            return MATRIX_PRODUCT
        case Power() | Root():
            return POWER
        case Given(text):
            return level_of_text(text)
    return ATOM


def level_of_text(text: str) -> float:
    """Return how tightly a reader's own text holds together: `-3.0`, `a + b`, `dL/dy`, `hidden.weight`."""
    if text.startswith("-") or re.search(r" [+-] ", text):
        return SUM
    if re.search(r" [*·/@] ", text):
        return MATRIX_PRODUCT
    return DERIVATIVE if "/" in text else ATOM


def is_bare(tree: Tree, tightness: float, outer: float, last: bool) -> bool:
    """Tell whether a part of something of the level `outer` stands without parentheses, being so tight itself.

    A sum Σ reaches as far as it can, so it stands in parentheses unless it comes last.
    """
    if outer <= SUM:
        return tightness > outer
    if isinstance(tree, Big):
        return last
    outer = PRODUCT if outer == MATRIX_PRODUCT else outer  # a b @ c could be read in two ways
    return tightness > outer and (last or not is_open(tree))


def is_open(tree: Tree) -> bool:
    """Tell whether a formula ends in a Σ, which would take in what follows it in the line."""
    while isinstance(tree, Chain | Fraction):
        tree = tree.items[-1] if isinstance(tree, Chain) else tree.bottom
    return isinstance(tree, Big)


def needs_sign(left: Tree, right: Tree) -> bool:
    """Tell whether two factors need a sign between them: beside a long name or a reader's, and before a number."""
    return _is_long(left) or _is_long(right) or _starts_with_digit(right)


def _is_long(tree: Tree) -> bool:
    tree = _base(tree)
    return isinstance(tree, Given) or (isinstance(tree, Name) and len(tree.text) > 1 and tree.text != DIFFERENTIAL)


def _starts_with_digit(tree: Tree) -> bool:
    text = getattr(_base(tree), "text", "")
    return text[:1].isdigit()


def _base(tree: Tree) -> Tree:
    while isinstance(tree, Power | Index):
        tree = tree.base
    return tree
