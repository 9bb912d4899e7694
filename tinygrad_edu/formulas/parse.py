"""Reading the text of a formula: `g b / (a² + b²)` becomes a tree.

What is not mathematics stays words, and a text of both becomes a sequence: "g / n, repeated". So does a text of more
than `LONGEST` tokens, and what is in more than `DEEPEST` brackets: whatever the text, it is read soon.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Collection

from tinygrad_edu.formulas.tokens import FUNCTIONS, LOWERED, RAISED, TRANSPOSED, Token, cut
from tinygrad_edu.formulas.trees import (
    LEVELS,
    MATRIX_PRODUCT,
    PREFIXES,
    SUM,
    Big,
    Call,
    Cases,
    Chain,
    Fence,
    Fraction,
    Index,
    Name,
    Number,
    Power,
    Root,
    Sequence,
    Tree,
    Words,
)

LONGEST = 500
"""So many tokens a formula may have. The longest of the registry has a hundred."""

DEEPEST = 12
"""So many brackets may stand in one another."""

CASES = 0  # `where` binds tighter than the sign of this level, =, and looser than all others

FENCES = {"(": ")", "[": "]", "⟨": "⟩", "⌊": "⌋", "⌈": "⌉", "|": "|"}

END = Token("end", "", False, False)


class NotMathematicsError(ValueError):
    """What begins at a token is not a formula; the token is a word then."""


def parse(text: str, symbols: Collection[str] = ()) -> Tree:
    """Return the tree of a text. `symbols` are the names of several letters that are no words in it."""
    return _parse(text, frozenset(symbols))


@functools.lru_cache(maxsize=1024)
def _parse(text: str, symbols: frozenset[str]) -> Tree:
    tokens = cut(text, symbols)
    return Words(" ".join(text.split())) if len(tokens) > LONGEST else _Reader(tokens).whole()


class _Reader:
    """Where reading has come to in a row of tokens."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.position = 0
        self.depth = 0

    # ---- moving along

    @property
    def next(self) -> Token:
        return self.tokens[self.position] if self.position < len(self.tokens) else END

    def take(self) -> Token:
        token = self.next
        self.position += 1
        return token

    def at(self, *signs: str) -> bool:
        return self.next.kind == "sign" and self.next.text in signs

    def at_word(self, *words: str) -> bool:
        return self.next.kind == "word" and self.next.text in words

    def expect(self, sign: str) -> None:
        if not self.at(sign):
            raise NotMathematicsError(f"expected {sign}, found {self.next.text!r}")
        self.take()

    # ---- formulas and words

    def whole(self) -> Tree:
        """Read everything."""
        items: list[Tree] = []
        while self.next is not END:
            start = self.position
            try:
                item = self.chain(0)
            except NotMathematicsError:
                self.position, self.depth = start, 0
                item = self.plain()
            if isinstance(item, Words) and items and isinstance(items[-1], Words):
                space = " " if self.tokens[start].before else ""
                item = Words(f"{items.pop().text}{space}{item.text}")  # type: ignore[union-attr]
            items.append(item)
        return items[0] if len(items) == 1 else Sequence(tuple(items))

    def plain(self) -> Tree:
        """Read one token that is in no formula."""
        token = self.take()
        return Name(token.text) if token.kind == "name" else Words(token.text)

    def words(self) -> Tree:
        """Read words up to what is none."""
        words = [self.take().text]
        while self.next.kind == "word":
            words.append(self.take().text)
        return Words(" ".join(words))

    # ---- signs between operands

    def chain(self, level: int) -> Tree:
        """Read operands with signs of a level between them."""
        if level > SUM:
            return self.matrix_product()
        prefix = self.take().text if self.next.kind == "sign" and PREFIXES.get(self.next.text) == level else ""
        signs, items = [prefix], [self.operand(level)]
        while self.at(*LEVELS[level]) and (self.next.text != "|" or self.next.inside):
            signs.append(self.take().text)
            items.append(self.operand(level))
        return Chain(tuple(signs), tuple(items)) if prefix or len(items) > 1 else items[0]

    def operand(self, level: int) -> Tree:
        if level == CASES:
            return self.words() if self.next.kind == "word" else self.cases()
        return self.chain(level + 1)

    def cases(self) -> Tree:
        """Read `value where condition, value where condition, else value`."""
        value = self.chain(CASES + 1)
        branches: list[tuple[Tree, Tree]] = []
        while self.at_word("where"):
            self.take()
            branches.append((value, self.chain(CASES + 1)))
            if not self.at(",") or self.position + 1 >= len(self.tokens):
                break
            start = self.position
            self.take()
            if self.at_word("else"):
                self.take()
                return Cases(tuple(branches), self.chain(CASES + 1))
            if self.next.kind == "word":
                self.position = start
                break
            value = self.chain(CASES + 1)
            if not self.at_word("where"):
                self.position = start
                break
        return Cases(tuple(branches), None) if branches else value

    def matrix_product(self) -> Tree:
        items = [self.product()]
        while self.at("@"):
            self.take()
            items.append(self.product())
        return Chain(("",) + ("@",) * (len(items) - 1), tuple(items)) if len(items) > 1 else items[0]

    def product(self) -> Tree:
        """Read factors and what they are divided by."""
        items = [self.factor()]
        while self.at("·") or self.begins():
            if self.at("·"):
                self.take()
            items.append(self.factor())
        product = Chain(("",) + ("·",) * (len(items) - 1), tuple(items)) if len(items) > 1 else items[0]
        if not self.at("/"):
            return product
        self.take()
        fraction = Fraction(product, self.factor())
        if self.at("/", "·") or self.begins():
            raise NotMathematicsError("a / b c can be read in two ways")
        return fraction

    def begins(self) -> bool:
        """Tell whether a factor begins here."""
        token = self.next
        if token.text == "|":
            return not token.after and token.before
        return token.kind in {"name", "number"} or (token.kind == "sign" and token.text in "([⟨⌊⌈√ΣΠ∫")

    # ---- a factor

    def factor(self) -> Tree:
        if self.at("Σ", "Π", "∫"):
            return self.big()
        if self.at("√"):
            self.take()
            return Root(self.nested(self.factor))
        base = self.atom()
        if isinstance(base, Name):
            places = self.places()
            base = Index(base, places) if places else base
        if isinstance(base, Name | Index) and self.at("(") and not self.next.before:
            base = Call(base, self.bracketed())
        elif self.is_function(base) and self.begins():
            base = Call(base, (self.nested(self.factor),))
        if self.next.kind == "raised":
            return Power(base, raised_exponent(self.take().text))
        if self.at("^") and not self.next.before:
            self.take()
            return Power(base, self.atom())
        return base

    def is_function(self, tree: Tree) -> bool:
        tree = tree.base if isinstance(tree, Index) else tree
        return isinstance(tree, Name) and tree.text in FUNCTIONS

    def big(self) -> Tree:
        """Read a sum, a product or an integral, with its limits."""
        sign, places, upper = self.take().text, self.places(), None
        if self.next.kind == "raised":
            upper = raised_exponent(self.take().text)
        elif self.at("^"):
            self.take()
            upper = self.atom()
        return Big(sign, places, upper, self.nested(lambda: self.chain(MATRIX_PRODUCT)))

    def places(self) -> tuple[Tree, ...]:
        """Read the places of an index, which are lowered or in brackets; there may be none."""
        if self.next.kind == "lowered":
            return lowered_places(self.take().text)
        return self.bracketed() if self.at("[") and not self.next.before else ()

    def atom(self) -> Tree:
        token = self.take()
        if token.kind == "number":
            return Number(token.text)
        if token.kind == "name":
            return Name(token.text)
        if token.kind == "raised" and token.text == TRANSPOSED:
            return Name(token.text)
        if token.kind == "sign" and token.text in FENCES:
            self.position -= 1
            items = self.bracketed()
            if token.text == "(" and len(items) == 1:
                return items[0]
            return Fence(token.text, items, FENCES[token.text])
        raise NotMathematicsError(f"{token.text!r} begins no factor")

    def bracketed(self) -> tuple[Tree, ...]:
        """Read what stands between two brackets, with commas between."""
        right = FENCES[self.take().text]
        items = [self.nested(lambda: self.chain(CASES))]
        while self.at(","):
            self.take()
            items.append(self.nested(lambda: self.chain(CASES)))
        self.expect(right)
        return tuple(items)

    def nested(self, read: Callable[[], Tree]) -> Tree:
        """Read something within something, unless it is too deep."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise NotMathematicsError("too many brackets in one another")
        tree = read()
        self.depth -= 1
        return tree


def lowered_places(text: str) -> tuple[Tree, ...]:
    """Return the places that lowered letters name: `ᵢⱼ` is i and j, `ₜ₋₁` is t - 1."""
    plain = "".join(map(LOWERED.__getitem__, text))
    return tuple(map(small, re.findall(r"[+-]*(?:[0-9]+|[a-z])(?:[+-]+(?:[0-9]+|[a-z]))*|[+-]+", plain)))


def raised_exponent(text: str) -> Tree:
    """Return the exponent that raised letters write: `ᵇ⁻¹` is b - 1, `⁻ᵀ` is minus the transpose."""
    plain = "".join(RAISED.get(letter, letter) for letter in text)
    return Name(plain) if plain == "+" else small(plain)


def small(text: str) -> Tree:
    """Return the sum that small letters write."""
    tokens = cut(" ".join(re.findall(rf"[+-]|[0-9]+|[a-z]|{TRANSPOSED}", text)), ())
    return _Reader(tokens).chain(SUM)
