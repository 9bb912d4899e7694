"""What a formula is made of: a tree of names, numbers, operators and words.

A formula such as `g where a > 0, else 0` is a tree of the classes below. Parentheses have no class: they are written
where the tree needs them. What binds tighter has the higher level in `LEVELS`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

LEVELS = (
    ("=", "+="),
    ("or", "xor"),
    ("and",),
    ("==", "!=", "<", "<=", ">", ">=", "≤", "≥", "≠"),
    ("|", "&", "^"),
    ("+", "-"),
    ("@",),
    ("·",),
)
"""The signs between operands, from what binds loosest to what binds tightest. `·`, multiplication element by element,
is mostly left out: `a b`."""

PREFIXES = {"not": 3, "~": 5, "-": 5, "±": 5}
"""The signs that may stand before the first operand of a chain, with the chain's level."""

SUM, MATRIX_PRODUCT, PRODUCT = 5, 6, 7
FRACTION = PRODUCT - 0.5  # a b / c is (a b) / c
DERIVATIVE = PRODUCT + 1  # dL/dy: no parentheses in a product, but in a denominator
POWER = DERIVATIVE + 1
ATOM = POWER + 1


@dataclass(frozen=True, slots=True)
class Number:
    """A number, as it is spelt."""

    text: str


@dataclass(frozen=True, slots=True)
class Name:
    """A symbol of the formula: an input, `y`, `g`, a parameter, an index, a function."""

    text: str


@dataclass(frozen=True, slots=True)
class Given:
    """What a reader calls something, or a number of theirs, put in place of a symbol. It may be any text."""

    text: str


@dataclass(frozen=True, slots=True)
class Words:
    """Text that is not mathematics, or the punctuation between two formulas."""

    text: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """Formulas and words, one after the other."""

    items: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """Operands with signs of one level between them. The first sign is a prefix, or empty."""

    signs: tuple[str, ...]
    items: tuple[Tree, ...]

    @property
    def level(self) -> int:
        return level_of(self.signs[1]) if len(self.signs) > 1 else PREFIXES[self.signs[0]]


@dataclass(frozen=True, slots=True)
class Cases:
    """`value where condition, value where condition, else value`; without an `else`, nothing is said of the rest."""

    branches: tuple[tuple[Tree, Tree], ...]
    otherwise: Tree | None


@dataclass(frozen=True, slots=True)
class Fraction:
    top: Tree
    bottom: Tree


@dataclass(frozen=True, slots=True)
class Power:
    """`aᵇ`. The exponent `ᵀ` means the transpose, `⁺` the pseudo-inverse."""

    base: Tree
    exponent: Tree


@dataclass(frozen=True, slots=True)
class Index:
    """`aᵢⱼ`, or the same written `a[i, j]`."""

    base: Tree
    places: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """`exp(a)`, `max(a, b)`."""

    function: Tree
    arguments: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Root:
    """`√a`."""

    body: Tree


@dataclass(frozen=True, slots=True)
class Big:
    """`Σₖ body`, `Π body`, `∫₀ᵃ body`. The body reaches to the next + or -."""

    sign: str
    lower: tuple[Tree, ...]
    upper: Tree | None
    body: Tree


@dataclass(frozen=True, slots=True)
class Fence:
    """What stands between two marks: `|a|`, `⌊a⌋`, `⟨g, y⟩`, a pair `(i, j)`."""

    left: str
    items: tuple[Tree, ...]
    right: str


Leaf: TypeAlias = Number | Name | Given | Words
Tree: TypeAlias = Leaf | Sequence | Chain | Cases | Fraction | Power | Index | Call | Root | Big | Fence
Kind: TypeAlias = Literal["mathematics", "mixed", "words"]


def level_of(sign: str) -> int:
    """Return the level of a sign between operands."""
    return next(level for level, signs in enumerate(LEVELS) if sign in signs)


def children(tree: Tree) -> Iterator[Tree]:
    """Yield the parts of a tree, in the order they are written in."""
    match tree:
        case Sequence(items) | Chain(_, items) | Fence(_, items, _):
            yield from items
        case Cases(branches, otherwise):
            for branch in branches:
                yield from branch
            if otherwise is not None:
                yield otherwise
        case Fraction(one, other) | Power(one, other):
            yield from (one, other)
        case Index(head, parts) | Call(head, parts):
            yield from (head, *parts)
        case Root(body):
            yield body
        case Big(_, lower, upper, body):
            yield from (*lower, *([] if upper is None else [upper]), body)


def walk(tree: Tree) -> Iterator[Tree]:
    """Yield a tree and all that is in it."""
    waiting = [tree]
    while waiting:
        tree = waiting.pop()
        yield tree
        waiting += children(tree)


def kind(tree: Tree) -> Kind:
    """Return "mathematics", "words", or "mixed" if a formula has both.

    Names between words (`the largest a`) and `y =` before them do not make words a formula.
    """
    parts = list(tree.items) if isinstance(tree, Sequence) else [tree]
    if not any(isinstance(part, Words) and any(map(str.isalpha, part.text)) for part in walk(tree)):
        return "mathematics"
    return "mixed" if any(map(_is_mathematics, parts)) else "words"


def _is_mathematics(tree: Tree) -> bool:
    match tree:
        case Chain(("", "="), (Name() | Given(), right)):
            return _is_mathematics(right)
        case Words() | Name() | Given() | Number():
            return False
    return True
