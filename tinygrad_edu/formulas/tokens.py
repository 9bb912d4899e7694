"""Cutting the text of a formula into tokens: numbers, names, signs, raised and lowered letters, words."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

LOWERED: dict[str, str] = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789+-aehijklmnoprstuvx", strict=True))
RAISED: dict[str, str] = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵃᵇᵈⁱʲᵏˡᵐⁿᵖᵗ", "0123456789+-abdijklmnpt", strict=True))
TRANSPOSED = "ᵀ"
DIFFERENTIAL = "dt"

NUMBER = re.compile(r"(-?)([0-9]+(?:\.[0-9]*)?(?:e[+-]?[0-9]+)?|inf|nan)")
"""A number as Python writes it: its sign and its digits."""

FUNCTIONS = frozenset({"log", "exp", "sin", "cos", "tan", "max", "min"})
"""Functions whose argument may stand without parentheses: `log 2`."""

LOGIC = frozenset({"and", "or", "xor", "not"})

TOKEN = re.compile(
    rf"""\s*(?:
    (?P<number>[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?)
    | (?P<name>[A-Za-z][A-Za-z0-9_]*[′']*|[Α-ΟΡΤ-Ωα-ω∞…])
    | (?P<lowered>[{"".join(LOWERED)}]+)
    | (?P<raised>[{"".join(RAISED)}{TRANSPOSED}]+)
    | (?P<sign>\+=|[=!<>]=|[-+=<>≤≥≠@·/^&~±,:;.()\[\]⟨⟩⌊⌋⌈⌉√ΣΠ∫|])
    | (?P<other>\S)
    )""",
    re.VERBOSE,
)


class Token(NamedTuple):
    """A piece of the text: its kind, and whether there is a space before it and after it."""

    kind: str
    text: str
    before: bool
    after: bool

    @property
    def inside(self) -> bool:
        """Whether it stands between two spaces, as a sign between operands does."""
        return self.before and self.after


def cut(text: str, symbols: Collection[str]) -> list[Token]:
    """Return the tokens of a text. A name of several letters is a word unless it is a symbol or a function."""
    tokens = []
    for match in TOKEN.finditer(text):
        kind, piece = next((kind, piece) for kind, piece in match.groupdict().items() if piece is not None)
        before, after = match.start(kind) > match.start(), text[match.end() : match.end() + 1].isspace()
        if kind == "name" and len(piece.rstrip("′'")) > 1:
            applied = text[match.end() : match.end() + 1] in {"(", "["}
            known = applied or piece in symbols or piece in FUNCTIONS or piece == DIFFERENTIAL
            kind = "sign" if piece in LOGIC else "name" if known else "word"
        tokens.append(Token(kind, piece, before, after))
    return tokens


def lowered(text: str) -> str | None:
    """Return a text in lowered letters, or None where there are none for it."""
    return _in_letters(text, LOWERED)


def raised(text: str) -> str | None:
    """Return a text in raised letters, or None where there are none for it."""
    return _in_letters(text, RAISED | {TRANSPOSED: TRANSPOSED})


def _in_letters(text: str, letters: dict[str, str]) -> str | None:
    back = {plain: letter for letter, plain in letters.items()}
    return "".join(map(back.__getitem__, text)) if set(text) <= set(back) else None
