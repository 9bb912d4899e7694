"""Where a formula needs parentheses."""

from __future__ import annotations

import re

from tinygrad_edu.viz.formulas.trees import (
    ATOM,
    DERIVATIVE,
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
            return PRODUCT - 0.5
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


def is_open(tree: Tree, fractions: bool = True) -> bool:
    """Tell whether a formula ends in a Σ, which would take in what follows it in the line."""
    while True:
        match tree:
            case Big():
                return True
            case Chain(_, items):
                tree = items[-1]
            case Fraction(_, bottom) if fractions:
                tree = bottom
            case _:
                return False


def needs_sign(left: Tree, right: Tree) -> bool:
    """Tell whether two factors need a sign between them: beside a long name or a reader's, and before a number."""
    return _is_long(left) or _is_long(right) or _starts_with_digit(right)


def _is_long(tree: Tree) -> bool:
    tree = _base(tree)
    return isinstance(tree, Given) or (isinstance(tree, Name) and len(tree.text) > 1)


def _starts_with_digit(tree: Tree) -> bool:
    text = getattr(_base(tree), "text", "")
    return text[:1].isdigit()


def _base(tree: Tree) -> Tree:
    while isinstance(tree, Power | Index):
        tree = tree.base
    return tree
