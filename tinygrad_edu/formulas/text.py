"""Writing a formula down in plain text."""

from __future__ import annotations

import itertools
from collections.abc import Sequence as Row

from tinygrad_edu.formulas.levels import CASES, is_bare, level, needs_sign
from tinygrad_edu.formulas.tokens import lowered, raised
from tinygrad_edu.formulas.trees import (
    ATOM,
    DERIVATIVE,
    FRACTION,
    POWER,
    PRODUCT,
    SUM,
    Big,
    Call,
    Cases,
    Chain,
    Fence,
    Fraction,
    Given,
    Index,
    Name,
    Number,
    Power,
    Root,
    Sequence,
    Tree,
    Words,
)


def write(tree: Tree) -> str:
    """Return a formula as plain text, with parentheses where the tree needs them."""
    match tree:
        case Number(text) | Name(text) | Given(text) | Words(text):
            return text
        case Sequence(items):
            return "".join(space + write(item) for space, item in zip(spaces_between(items), items, strict=True))
        case Chain():
            return write_chain(tree)
        case Cases(branches, otherwise):
            parts = [f"{within(v, CASES)} where {within(c, CASES)}" for v, c in branches]
            return ", ".join(parts + ([] if otherwise is None else [f"else {within(otherwise, CASES)}"]))
        case Fraction(top, bottom):
            return f"{within(top, FRACTION, last=False)} / {within(bottom, DERIVATIVE)}"
        case Power(base, exponent):
            return within(base, POWER, last=False) + write_exponent(exponent)
        case Index(base, places):
            return within(base, PRODUCT) + write_places(places, brackets=len(write(base)) > 1)
        case Call(Index(Name(function), places), arguments):
            return f"{function}{write_places(places)}({', '.join(map(write, arguments))})"
        case Call(function, arguments):
            return f"{write(function)}({', '.join(map(write, arguments))})"
        case Root(body):
            return f"√{write(body)}" if isinstance(body, Name | Number) else f"√({write(body)})"
        case Big(sign, lower, upper, body):
            limits = (write_places(lower) if lower else "") + (write_exponent(upper) if upper is not None else "")
            return f"{sign}{limits} {within(body, SUM)}"
        case Fence(left, items, right):
            return f"{left}{', '.join(map(write, items))}{right}"


def within(tree: Tree, outer: float, last: bool = True) -> str:
    """Write a part of something of the level `outer`, in parentheses unless it holds together more tightly."""
    return write(tree) if is_bare(tree, level(tree), outer, last) else f"({write(tree)})"


def write_chain(chain: Chain) -> str:
    """Write operands and the signs between them. Factors that are letters of a formula stand side by side."""
    items = chain.items
    line = f"{chain.signs[0]} " if chain.signs[0].isalpha() else chain.signs[0]
    for k, (sign, item) in enumerate(zip(chain.signs, items, strict=True)):
        if k:
            beside = chain.level == PRODUCT and not needs_sign(items[k - 1], item)
            line += " " if beside else f" {sign} "
        line += within(item, chain.level, last=k == len(items) - 1)
    return line


def write_exponent(tree: Tree) -> str:
    """Write what is raised: in raised letters where there are any for it."""
    text = write(tree)
    small = raised(text.replace(" ", "")) if is_small(tree) else None
    if small:
        return small
    return f"^{text}" if level(tree) >= ATOM and not isinstance(tree, Words) else f"^({text})"


def write_places(places: Row[Tree], brackets: bool = False) -> str:
    """Write what is lowered: in lowered letters where there are any for it, else in brackets."""
    texts = [write(place) for place in places]
    small = None if brackets or not are_small(places) else lowered("".join(texts).replace(" ", ""))
    return small or f"[{', '.join(texts)}]"


def are_small(places: Row[Tree]) -> bool:
    """Tell whether places can stand below the line without commas: one or two, which are letters or sums of them.

    An index of the reader's stands in brackets, as in their program: `b[0]`.
    """
    heads = [place.items[0] if isinstance(place, Chain) and not place.signs[0] else place for place in places]
    if len(places) > 2 or any(isinstance(place, Given) for place in places):
        return False
    return all(map(is_small, places)) and all(isinstance(head, Name) for head in heads[1:])


def is_small(tree: Tree) -> bool:
    """Tell whether a tree is a letter, a number or a sum of those."""
    if isinstance(tree, Chain):
        return tree.level == SUM and all(map(is_small, tree.items))
    if isinstance(tree, Given):
        return tree.text.isdecimal()
    return isinstance(tree, Number) or (isinstance(tree, Name) and len(tree.text) == 1)


def spaces_between(items: Row[Tree]) -> list[str]:
    """Return what stands before each of several formulas and words: a space, or nothing.

    There is none before punctuation and after an opening bracket. A reader's `:2` is no punctuation.
    """
    pairs = itertools.pairwise([None, *items])
    return ["" if left is None or is_attached(left, right) else " " for left, right in pairs if right is not None]


def is_attached(left: Tree, right: Tree) -> bool:
    return write(left)[-1:] in "([" or (isinstance(right, Words) and right.text[0] in ",.;:)]")
