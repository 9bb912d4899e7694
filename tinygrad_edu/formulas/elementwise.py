"""Whether a formula speaks of each element by itself, so that the numbers of one element can be put into it."""

from __future__ import annotations

from tinygrad_edu.formulas.tokens import TRANSPOSED
from tinygrad_edu.formulas.trees import Big, Call, Chain, Fence, Index, Name, Number, Power, Tree, Words, walk

FUNCTIONS = frozenset({
    "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "exp",
    "log", "sign", "trunc", "round", "erf", "σ", "Φ", "φ",
})  # fmt: skip
CHOICES = frozenset(["max", "min"])
"""Functions of two numbers. Of one argument they go over all elements."""


def is_elementwise(tree: Tree) -> bool:
    """Tell whether nothing in a formula goes from one element to another, as sums, indices and matrix products do."""
    return not any(map(_mixes, walk(tree)))


def _mixes(tree: Tree) -> bool:
    match tree:
        case Words() | Big():
            return True
        case Index(base):
            return base != Name("log")
        case Chain(signs):
            return "@" in signs or "+=" in signs
        case Power(_, exponent):  # of a matrix: the inverse, the pseudo-inverse, the transpose
            return (
                exponent == Chain(("-",), (Number("1"),)) or Name(TRANSPOSED) in walk(exponent) or exponent == Name("+")
            )
        case Call(Name(function), arguments):
            return function not in FUNCTIONS and not (function in CHOICES and len(arguments) == 2)
        case Fence(left):
            return left not in {"|", "⌊", "⌈"}
    return False
