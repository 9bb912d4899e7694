"""Putting a reader's names and numbers into a formula, in place of the rule's own symbols."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator, Mapping
from collections.abc import Sequence as Row
from dataclasses import replace

from tinygrad_edu.formulas.tokens import DIFFERENTIAL, NUMBER, TRANSPOSED
from tinygrad_edu.formulas.trees import (
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
    children,
)

PLAIN_NAME = re.compile(r"[a-zA-Z][₀-₉]*|[a-zA-Z]\w*", re.ASCII)

INDICES = "ijklmnoprstuv"
"""The letters that an index may be renamed to. Each of them can be lowered."""

FIXED = frozenset({TRANSPOSED, "+", "π", "∞", "…", DIFFERENTIAL})
"""What means the same everywhere, whatever a reader calls their tensors."""


def put_names(tree: Tree, names: Mapping[str, str]) -> Tree:
    """Return a formula in which each symbol that `names` has is what `names` says: a name, or a number.

    Another symbol that a reader's name is spelt like, an index say, is called something else then.
    """
    own = {symbol.text for symbol in symbols(tree)} - FIXED - set(names)
    taken = {*names.values(), *own}
    found: dict[str, Tree] = {symbol: Given(text) for symbol, text in names.items()}
    for symbol in sorted(own & set(names.values())):
        other = fresh(symbol, taken)
        taken.add(other)
        found[symbol] = Name(other)
    return exchange(tree, found)


def symbols(tree: Tree) -> Iterator[Name]:
    """Yield the names in a formula that are not names of functions."""
    waiting = [tree]
    while waiting:
        match tree := waiting.pop():
            case Name():
                yield tree
            case Call(Name(), arguments):
                waiting += arguments
            case Call(Index(Name(), places), arguments):
                waiting += (*places, *arguments)
            case _:
                waiting += children(tree)


def fresh(symbol: str, taken: Collection[str]) -> str:
    """Return another name for a symbol: another index for an index, else the name with a prime."""
    letters = INDICES[INDICES.index(symbol) + 1 :] if symbol in INDICES else ""
    primed = (symbol + "′" * count for count in itertools.count(1))
    return next(name for name in itertools.chain(letters, primed) if name not in taken)


def exchange(tree: Tree, by: Mapping[str, Tree]) -> Tree:
    """Return a formula with other trees in place of names. The names of functions stay."""
    match tree:
        case Name(text):
            return by.get(text, tree)
        case Sequence(items) | Chain(_, items) | Fence(_, items, _):
            return replace(tree, items=exchange_all(items, by))
        case Cases(branches, otherwise):
            exchanged = [(exchange(value, by), exchange(condition, by)) for value, condition in branches]
            return decided(exchanged, None if otherwise is None else exchange(otherwise, by))
        case Fraction(top, bottom):
            return Fraction(exchange(top, by), exchange(bottom, by))
        case Power(base, exponent):
            return raised_to(exchange(base, by), exchange(exponent, by))
        case Index(base, places):
            return Index(exchange(base, by), tuple(map(unpacked, exchange_all(places, by))))
        case Call(Index(function, places), arguments):
            return Call(Index(function, exchange_all(places, by)), exchange_all(arguments, by))
        case Call(function, arguments):
            return Call(function, exchange_all(arguments, by))
        case Root(body):
            return Root(exchange(body, by))
        case Big(sign, lower, upper, body):
            return Big(
                sign, exchange_all(lower, by), None if upper is None else exchange(upper, by), exchange(body, by)
            )
    return tree


def decided(branches: Row[tuple[Tree, Tree]], otherwise: Tree | None) -> Tree:
    """Return cases without those that a parameter rules out: `g / N where mean, else g` is `g` if it is False."""
    left = []
    for value, condition in branches:
        if condition == Given("True"):
            otherwise = value
            break
        if condition != Given("False"):
            left.append((value, condition))
    return Cases(tuple(left), otherwise) if left or otherwise is None else otherwise


def raised_to(base: Tree, exponent: Tree) -> Tree:
    """Return a power whose exponent is worked out where it is a sum of numbers: `x^(3.0 - 1)` is `x²`."""
    given = isinstance(exponent, Chain) and any(isinstance(item, Given) for item in exponent.items)
    if not isinstance(exponent, Chain) or exponent.level != SUM or not given:
        return Power(base, exponent)
    total = 0.0
    for sign, item in zip(exponent.signs, exponent.items, strict=True):
        if not isinstance(item, Given | Number) or not NUMBER.fullmatch(item.text):
            return Power(base, exponent)
        total += -float(item.text) if sign == "-" else float(item.text)
    return base if total == 1 else Power(base, Given(f"{total:.15g}"))


def unpacked(place: Tree) -> Tree:
    """Return an index that is a tuple without its parentheses: `a[1:3, 0]`."""
    if isinstance(place, Given) and place.text.startswith("(") and place.text.endswith(")"):
        return Given(place.text[1:-1])
    return place


def without(tree: Tree, symbol: str) -> Tree:
    """Return a formula without those terms of its sum that a symbol is in."""
    match tree:
        case Chain(("", "="), (left, right)):
            return Chain(("", "="), (left, without(right, symbol)))
        case Chain(signs, items) if tree.level == SUM and not signs[0]:
            kept = [k for k, item in enumerate(items) if Name(symbol) not in symbols(item)]
            terms = tuple(items[k] for k in kept)
            return Chain(("", *(signs[k] for k in kept[1:])), terms) if len(terms) > 1 else terms[0]
    return tree


def with_arguments(tree: Tree, arguments: Row[str]) -> Tree:
    """Return a formula with arguments in place of the … of `y = f(…)`, as a function of the reader's has it."""
    match tree:
        case Chain(("", "="), (left, Call(function, (Name("…"),)))):
            return Chain(("", "="), (left, Call(function, tuple(map(Name, arguments)))))
        case Sequence((first, *rest)):
            return Sequence((with_arguments(first, arguments), *rest))
    return tree


def exchange_all(trees: tuple[Tree, ...], by: Mapping[str, Tree]) -> tuple[Tree, ...]:
    return tuple(exchange(tree, by) for tree in trees)


def gradient_name(letter: str, name: str) -> str:
    """Return how the gradient of something is called: dL/dw, dL/dloss, dL/dh₁; but dL/d(mul₁), dL/d(0.weight)."""
    return f"d{letter}/d{name}" if PLAIN_NAME.fullmatch(name) else f"d{letter}/d({name})"
