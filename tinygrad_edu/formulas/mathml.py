"""Writing a formula down as MathML, which browsers show by themselves.

Only what MathML Core has is used, and no style: a page that lines up the cases of a formula says
`math .cases mtd { text-align: left }` in its own style sheet.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from collections.abc import Sequence as Row

from tinygrad_edu.formulas import text
from tinygrad_edu.formulas.levels import is_bare, level, needs_sign
from tinygrad_edu.formulas.tokens import DIFFERENTIAL, LOWERED, NUMBER, TRANSPOSED
from tinygrad_edu.formulas.trees import (
    DERIVATIVE,
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

TIMES = '<mo lspace="0.14em" rspace="0">&#x2062;</mo>'  # a narrow space, and said by a screen reader
APPLIED = "<mo>&#x2061;</mo>"
SPACED = "&|^"
PUNCTUATION = ",;:."
EQUALS = '<mo rspace="0">=</mo>'
SLASH = "<mo>/</mo>"
NARROW = '<mspace width="0.06em"/>'
SPACE = "<mtext>&#xA0;</mtext>"
NUMBERED = re.compile("(.+?)([₀-₉]+)", re.DOTALL)
DERIVATIVE_TEXT = re.compile(r"d([^/]+)/d(?:\((.+)\)|(.+))", re.DOTALL)  # dL/dy, dL/d(y₁)


def write(tree: Tree) -> str:
    """Return a formula as a `<math>` element. The plain text stands in it for who cannot see it."""
    return math(tree)


def write_inline(tree: Tree) -> str:
    """Return a formula as HTML whose words are words and each formula a `<math>`, so that a line can break.

    Punctuation stands in the `<math>` before it: browsers begin a new line after one, whatever follows.
    """
    items = tree.items if isinstance(tree, Sequence) else (tree,)
    spaces = text.spaces_between(items)
    line = ""
    for space, item, following in zip(spaces, items, (*items[1:], None), strict=False):
        mark = following.text[0] if isinstance(following, Words) and following.text[0] in PUNCTUATION else ""
        match item:
            case Words(words):
                part = html.escape(words[1:] if line and words[0] in PUNCTUATION else words)
            case Chain(("", "="), (left, Words(words))):
                part = f"<math>{row([draw(left), EQUALS])}</math> {html.escape(words)}{mark}"
            case _:
                part = math(item, mark)
        line += space + part
    return line


def math(tree: Tree, mark: str = "") -> str:
    """Return a `<math>` element, with a mark of punctuation at its end."""
    body = row([draw(tree), f"<mtext>{mark}</mtext>"]) if mark else draw(tree)
    return f'<math displaystyle="true" alttext="{html.escape(text.write(tree) + mark)}">{body}</math>'


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
        case Fraction(top, bottom) if is_slanted(tree):
            return row([draw(top), SLASH, within(bottom, DERIVATIVE)])
        case Fraction(top, bottom):
            return f"<mfrac>{draw(top)}{draw(bottom)}</mfrac>"
        case Index(Given(words), places) if parts := parts_of_derivative(words):
            return draw_derivative(draw_called(parts[0]), draw(Index(Given(parts[1]), places)), parts[2])
        case Power(Index(base, places), exponent) if is_lowered(base, places):
            return f"<msubsup>{within(base, POWER)}{draw_places(places)}{draw(exponent)}</msubsup>"
        case Power(base, exponent):
            return f"<msup>{within(base, POWER)}{draw(exponent)}</msup>"
        case Index(base, places) if is_lowered(base, places):
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


def is_lowered(base: Tree, places: Row[Tree]) -> bool:
    """Tell whether places stand below the line: not after a reader's long name, which may have a number there."""
    return text.are_small(places) and not (isinstance(base, Given) and len(base.text) > 1)


def row(elements: Iterable[str]) -> str:
    return f"<mrow>{''.join(elements)}</mrow>"


def sign(mark: str) -> str:
    return f"<mo>{html.escape(SIGNS.get(mark, mark))}</mo>"


def draw_name(words: str) -> str:
    """Draw a symbol: a letter slanted, a word upright, as browsers do by themselves."""
    if words == TRANSPOSED:
        return '<mi mathvariant="normal">T</mi>'
    if words == DIFFERENTIAL:
        return row(['<mi mathvariant="normal">d</mi>', f"<mi>{words[1:]}</mi>"])
    if words in {"…", "+"}:
        return f"<mo>{words}</mo>"
    name, primes = words.rstrip("′'"), words[len(words.rstrip("′'")) :]
    return f"<msup><mi>{name}</mi><mo>{primes}</mo></msup>" if primes else f"<mi>{name}</mi>"


def draw_given(words: str) -> str:
    """Draw a reader's name or number: dL/dy as a fraction."""
    if number := NUMBER.fullmatch(words):
        minus, digits = number.groups()
        return row([sign("-"), f"<mn>{digits}</mn>"]) if minus else f"<mn>{digits}</mn>"
    if parts := parts_of_derivative(words):
        of, by, bracketed = parts
        return draw_derivative(draw_called(of), draw_called(by), bracketed)
    return draw_called(words)


def parts_of_derivative(words: str) -> tuple[str, str, bool] | None:
    """Return L and y of dL/dy or dL/d(y), and whether y is in parentheses."""
    found = DERIVATIVE_TEXT.fullmatch(words)
    return (found[1], found[2] or found[3], found[2] is not None) if found else None


def draw_called(words: str) -> str:
    """Draw a name: h₁ with the number below the line."""
    if numbered := NUMBERED.fullmatch(words):
        digits = "".join(map(LOWERED.__getitem__, numbered[2]))
        return f"<msub><mi>{html.escape(numbered[1])}</mi><mn>{digits}</mn></msub>"
    return f"<mi>{html.escape(words)}</mi>"


def draw_derivative(of: str, by: str, bracketed: bool) -> str:
    """Draw a derivative, the names in it already drawn, that below in parentheses where the text has them."""
    below = [sign("("), by, sign(")")] if bracketed else [NARROW, by]
    top, bottom = (row(['<mi mathvariant="normal">d</mi>', *part]) for part in ([NARROW, of], below))
    return f"<mfrac>{top}{bottom}</mfrac>"


def is_slanted(tree: Tree) -> bool:
    """Tell whether a fraction is drawn in a line, since there is a derivative alone above: that is one already."""
    match tree:
        case Fraction(Given(words), _):
            return parts_of_derivative(words) is not None
    return False


def tightness(tree: Tree) -> float:
    """Return how tightly a tree holds together when it is drawn: its bar holds a fraction together."""
    if isinstance(tree, Fraction) and not is_slanted(tree):
        return DERIVATIVE
    return POWER + 0.5 if isinstance(tree, Root) else level(tree)


def within(tree: Tree, outer: float, last: bool = True) -> str:
    """Draw a part of something of the level `outer`, in parentheses unless it holds together more tightly."""
    bare = is_bare(tree, tightness(tree), outer, last)
    return draw(tree) if bare else row(draw_list("(", (tree,), ")"))


def draw_list(left: str, items: Row[Tree], right: str) -> list[str]:
    return [sign(left), sign(",").join(map(draw, items)), sign(right)]


def draw_sequence(items: Row[Tree]) -> list[str]:
    """Draw formulas and words with the spaces between them that plain text has."""
    spaces = text.spaces_between(items)
    return [SPACE * len(space) + draw(item) for space, item in zip(spaces, items, strict=True)]


def draw_chain(chain: Chain) -> list[str]:
    """Draw operands and the signs between them."""
    signs, items = chain.signs, chain.items
    prefix = signs[0]
    parts = [f"<mtext>{prefix}&#xA0;</mtext>" if prefix.isalpha() else sign(prefix)] if prefix else []
    for k, item in enumerate(items):
        if k and chain.level == PRODUCT:
            parts.append(sign("·") if needs_sign(items[k - 1], item) else TIMES)
        elif k:
            parts += draw_sign(signs[k])
        parts.append(within(item, chain.level, last=k == len(items) - 1))
    return parts


def draw_sign(mark: str) -> list[str]:
    if mark.isalpha():
        return [f"<mtext>&#xA0;{mark}&#xA0;</mtext>"]
    return [f'<mo lspace="0.22em" rspace="0.22em">{html.escape(mark)}</mo>' if mark in SPACED else sign(mark)]


def draw_cases(branches: Row[tuple[Tree, Tree]], otherwise: Tree | None) -> str:
    """Draw cases one below the other, behind a brace."""
    cell = "<mtd>{}</mtd>".format
    rows = [cell(draw(value)) + cell(f"<mtext>where&#xA0;</mtext>{draw(condition)}") for value, condition in branches]
    if otherwise is not None:
        rows.append(cell(draw(otherwise)) + cell("<mtext>else</mtext>"))
    table = "".join(f"<mtr>{cells}</mtr>" for cells in rows)
    return row([sign("{"), f'<mtable class="cases" displaystyle="true">{table}</mtable>'])


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
