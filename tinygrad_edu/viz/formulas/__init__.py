"""The registry's formulas as mathematics, with the reader's names in them.

    >>> value_formula(OPS["mul"], ["w", "x"], "h").text
    'h = w · x'
    >>> share_formula(OPS["mul"], 0, ["w", "x"], "h").text
    'share of w = dL/dh · x'

Read `trees` (what a formula is made of), `tokens` and `parse` (reading a text), `levels`, `text` and `mathml` (writing
it down), `names` (putting a reader's names in), `rules` (the entrances for pictures and pages).
"""

from tinygrad_edu.viz.formulas.parse import parse
from tinygrad_edu.viz.formulas.rules import (
    Formula,
    derivative,
    formula,
    input_names,
    share_formula,
    to_mathml,
    to_text,
    value_formula,
)
from tinygrad_edu.viz.formulas.trees import Tree, kind

__all__ = [
    "Formula",
    "Tree",
    "derivative",
    "formula",
    "input_names",
    "kind",
    "parse",
    "share_formula",
    "to_mathml",
    "to_text",
    "value_formula",
]
