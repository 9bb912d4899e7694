"""Writing a formula down as MathML, which browsers show by themselves.

Only what MathML Core has is used, and no style: a page that lines up the cases of a formula says
`math .cases mtd { text-align: left }` in its own style sheet.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from collections.abc import Sequence as Row

from tinygrad_edu.viz.formulas import text
from tinygrad_edu.viz.formulas.levels import is_open, level, needs_sign
from tinygrad_edu.viz.formulas.tokens import TRANSPOSED
from tinygrad_edu.viz.formulas.trees import (
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

SIGNS = {"-": "−", "<=": "≤", ">=": "≥", "!=": "≠", "Σ": "∑", "Π": "∏"}
"""The signs that are drawn otherwise than they are typed."""

TIMES = "<mo>&#x2062;</mo>"  # not seen, but said by a screen reader
APPLIED = "<mo>&#x2061;</mo>"
SPACE = "<mtext>&#xA0;</mtext>"
NUMBER = re.compile(r"(-?)([0-9]+(?:\.[0-9]*)?(?:e[+-]?[0-9]+)?|inf|nan)")
DERIVATIVE_TEXT = re.compile(r"d(.+?)/d(.+)", re.DOTALL)


def write(tree: Tree) -> str:
    """Return a formula as a `<math>` element. The plain text stands in it for who cannot see it."""
    return f'<math alttext="{html.escape(text.write(tree))}">{draw(tree)}</math>'


def draw(tree: Tree) -> str:
    """Return the MathML of a part of a formula, always one element."""
    match tree:
        case Number(words):
            return f"<mn>{words}</mn>"
        case Name(words):
            return draw_name(words)
        case Given(words):
            return draw_given(words)
        case Words(words):
            return f"<mtext>{html.escape(words)}</mtext>"
        case Sequence(items):
            return row(draw_sequence(items))
        case Chain():
            return row(draw_chain(tree))
        case Cases(branches, otherwise):
            return draw_cases(branches, otherwise)
        case Fraction(top, bottom):
            return f"<mfrac>{draw(top)}{draw(bottom)}</mfrac>"
        case Power(Index(base, places), exponent) if are_small(places):
            return f"<msubsup>{within(base, POWER)}{draw_places(places)}{draw(exponent)}</msubsup>"
        case Power(base, exponent):
            return f"<msup>{within(base, POWER)}{draw(exponent)}</msup>"
        case Index(base, places) if are_small(places):
            return f"<msub>{within(base, POWER)}{draw_places(places)}</msub>"
        case Index(base, places):
            return row([within(base, POWER), *draw_list("[", places, "]")])
        case Call(function, arguments):
            return row([draw(function), APPLIED, *draw_list("(", arguments, ")")])
        case Root(body):
            return f"<msqrt>{draw(body)}</msqrt>"
        case Big(sign, lower, upper, body):
            return row([draw_big(sign, lower, upper), within(body, SUM)])
        case Fence(left, items, right):
            return row(draw_list(left, items, right))


def row(elements: Iterable[str]) -> str:
    return f"<mrow>{''.join(elements)}</mrow>"


def sign(mark: str) -> str:
    return f"<mo>{html.escape(SIGNS.get(mark, mark))}</mo>"


def draw_name(words: str) -> str:
    """Draw a symbol: a letter slanted, a word upright, as browsers do by themselves."""
    if words == TRANSPOSED:
        return '<mi mathvariant="normal">T</mi>'
    if words in {"…", "+"}:
        return f"<mo>{words}</mo>"
    name, primes = words.rstrip("′'"), words[len(words.rstrip("′'")) :]
    return f"<msup><mi>{name}</mi><mo>{primes}</mo></msup>" if primes else f"<mi>{name}</mi>"


def draw_given(words: str) -> str:
    """Draw a reader's name or number: dL/dy as a fraction."""
    if number := NUMBER.fullmatch(words):
        minus, digits = number.groups()
        return row([sign("-"), f"<mn>{digits}</mn>"]) if minus else f"<mn>{digits}</mn>"
    if derivative := DERIVATIVE_TEXT.fullmatch(words):
        top, bottom = (row(['<mi mathvariant="normal">d</mi>', draw_given(part)]) for part in derivative.groups())
        return f"<mfrac>{top}{bottom}</mfrac>"
    return f"<mi>{html.escape(words)}</mi>"


def tightness(tree: Tree) -> float:
    """Return how tightly a tree holds together when it is drawn: its bar holds a fraction together."""
    if isinstance(tree, Fraction):
        return DERIVATIVE
    return POWER + 0.5 if isinstance(tree, Root) else level(tree)


def within(tree: Tree, outer: float, last: bool = True) -> str:
    """Draw a part of something of the level `outer`, in parentheses unless it holds together more tightly."""
    if tightness(tree) > outer and (last or not is_open(tree, fractions=False)):
        return draw(tree)
    return row(draw_list("(", (tree,), ")"))


def draw_list(left: str, items: Row[Tree], right: str) -> list[str]:
    return [sign(left), sign(",").join(map(draw, items)), sign(right)]


def draw_sequence(items: Row[Tree]) -> list[str]:
    """Draw formulas and words with the spaces between them that plain text has."""
    texts = [text.write(item) for item in items]
    parts = [draw(items[0])]
    for left, right, item in zip(texts, texts[1:], items[1:], strict=False):
        parts += [draw(item)] if text.is_attached(left, right) else [SPACE, draw(item)]
    return parts


def draw_chain(chain: Chain) -> list[str]:
    """Draw operands and the signs between them."""
    signs, items = chain.signs, chain.items
    parts = draw_sign(signs[0]) if signs[0] else []
    for k, item in enumerate(items):
        last = k == len(items) - 1
        if k and chain.level == PRODUCT:
            parts.append(sign("·") if needs_sign(items[k - 1], item) else TIMES)
        elif k:
            parts += draw_sign(signs[k])
        open_end = isinstance(item, Big) and last and chain.level >= MATRIX_PRODUCT
        parts.append(draw(item) if open_end else within(item, chain.level, last=last or chain.level <= SUM))
    return parts


def draw_sign(mark: str) -> list[str]:
    return [SPACE, f"<mtext>{mark}</mtext>", SPACE] if mark.isalpha() else [sign(mark)]


def draw_cases(branches: Row[tuple[Tree, Tree]], otherwise: Tree | None) -> str:
    """Draw cases one below the other, behind a brace."""
    cell = "<mtd>{}</mtd>".format
    rows = [cell(draw(value)) + cell(f"<mtext>where&#xA0;</mtext>{draw(condition)}") for value, condition in branches]
    if otherwise is not None:
        rows.append(cell(draw(otherwise)) + cell("<mtext>else</mtext>"))
    table = "".join(f"<mtr>{cells}</mtr>" for cells in rows)
    return row([sign("{"), f'<mtable class="cases">{table}</mtable>'])


def are_small(places: Row[Tree]) -> bool:
    """Tell whether places are letters, numbers or sums of those, which can stand below the line."""
    return all(
        are_small(place.items)
        if isinstance(place, Chain) and place.level == SUM
        else isinstance(place, Number) or (isinstance(place, Name) and len(place.text) == 1)
        for place in places
    )


def draw_places(places: Row[Tree]) -> str:
    comma = sign(",") if any(isinstance(place, Chain) for place in places) else ""
    return row([comma.join(map(draw, places))])


def draw_big(mark: str, lower: Row[Tree], upper: Tree | None) -> str:
    """Draw Σ, Π or ∫ with its limits, which stand beside the sign of an integral."""
    parts = (
        sign(mark) + (row([sign(",").join(map(draw, lower))]) if lower else "") + ("" if upper is None else draw(upper))
    )
    below, above = bool(lower), upper is not None
    if not below and not above:
        return sign(mark)
    names = ("sub", "sup") if mark == "∫" else ("under", "over")
    name = "m" + names[0] * below + names[1] * above
    return f"<{name}>{parts}</{name}>"
