"""Writing a formula down in plain text."""

from __future__ import annotations

import itertools
from collections.abc import Sequence as Row

from tinygrad_edu.viz.formulas.levels import CASES, is_open, level, needs_sign
from tinygrad_edu.viz.formulas.tokens import lowered, raised
from tinygrad_edu.viz.formulas.trees import (
    ATOM,
    DERIVATIVE,
    MATRIX_PRODUCT,
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
            return join_words([write(item) for item in items])
        case Chain(signs, items):
            return write_chain(tree, signs, items)
        case Cases(branches, otherwise):
            parts = [f"{within(v, CASES)} where {within(c, CASES)}" for v, c in branches]
            return ", ".join(parts + ([] if otherwise is None else [f"else {within(otherwise, CASES)}"]))
        case Fraction(top, bottom):
            below = write(bottom) if isinstance(bottom, Big) else within(bottom, DERIVATIVE)
            return f"{within(top, MATRIX_PRODUCT, last=False)} / {below}"
        case Power(base, exponent):
            return within(base, POWER, last=False) + write_exponent(exponent)
        case Index(base, places):
            return within(base, PRODUCT) + write_places(places, plain=isinstance(base, Given) and len(base.text) > 1)
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
    """Write a part of something of the level `outer`, in parentheses unless it holds together more tightly.

    A sum Σ reaches as far as it can, so it stands in parentheses unless it comes last.
    """
    text = write(tree)
    return text if level(tree) > outer and (last or not is_open(tree)) else f"({text})"


def write_chain(tree: Chain, signs: Row[str], items: Row[Tree]) -> str:
    """Write operands and the signs between them."""
    if tree.level == PRODUCT:
        return write_product(items)
    last = len(items) - 1
    texts = [
        write(item)
        if isinstance(item, Big) and k == last
        else within(item, tree.level, last=k == last or tree.level <= SUM)
        for k, item in enumerate(items)
    ]
    head = f"{signs[0]} " if signs[0].isalpha() else signs[0]
    return head + texts[0] + "".join(f" {sign} {text}" for sign, text in zip(signs[1:], texts[1:], strict=True))


def write_product(items: Row[Tree]) -> str:
    """Write factors: side by side where they are letters of a formula, else with `·` between them."""
    last = len(items) - 1
    texts = [
        write(item) if isinstance(item, Big) and k == last else within(item, PRODUCT, last=k == last)
        for k, item in enumerate(items)
    ]
    line = texts[0]
    for k in range(1, len(items)):
        line += (" · " if needs_sign(items[k - 1], items[k]) else " ") + texts[k]
    return line


def write_exponent(tree: Tree) -> str:
    """Write what is raised: in raised letters where there are any for it."""
    text = write(tree)
    small = raised(text.replace(" ", ""))
    if small:
        return small
    return f"^{text}" if level(tree) >= ATOM and not isinstance(tree, Words) else f"^({text})"


def write_places(places: Row[Tree], plain: bool = False) -> str:
    """Write what is lowered: in lowered letters where there are any for it, else in brackets."""
    texts = [write(place) for place in places]
    small = [
        lowered(text.replace(" ", "")) if _is_small(place) else None for text, place in zip(texts, places, strict=True)
    ]
    two_numbers = any(isinstance(place, Number) for place in places[1:])
    if plain or two_numbers or not all(small):
        return f"[{', '.join(texts)}]"
    return "".join(letters for letters in small if letters)


def _is_small(tree: Tree) -> bool:
    if isinstance(tree, Chain):
        return tree.level == SUM and tree.signs[0] == "" and all(map(_is_small, tree.items))
    return isinstance(tree, Number) or (isinstance(tree, Name) and len(tree.text) == 1)


def join_words(texts: Row[str]) -> str:
    """Put a space between texts, except before punctuation and after an opening bracket."""
    spaces = ["" if is_attached(left, right) else " " for left, right in itertools.pairwise(texts)]
    return "".join(space + text for space, text in zip(["", *spaces], texts, strict=True))


def is_attached(left: str, right: str) -> bool:
    return right[:1] in ",.;:)]" or left[-1:] in "(["
