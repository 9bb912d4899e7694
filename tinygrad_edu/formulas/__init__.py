"""The registry's formulas as mathematics, with the reader's names in them.

    >>> value_formula(OPS["mul"], ["w", "x"], "h").text
    'h = w · x'
    >>> share_formula(OPS["mul"], 0, ["w", "x"], "h").text
    'share of w = dL/dh · x'

This is how the registry writes formulas. y is the value and g its gradient; inputs and parameters have their names in
the rule, but α and β for alpha and beta, low and high for min and max. What else has several letters is a word.

    a b    a · b    g / (2 y)              element by element; a / b c could be read in two ways, and is not read
    a @ b    aᵀ    a⁻¹    a⁻ᵀ    a⁺        matrices
    aᵇ    a^(b c)    √a    |a|    ⌊a⌋    exp(a)    max(a, b)
    Σ a    mean(a)    max(a)               over the axes of the operation
    aᵢⱼ    a[i, j + 1]    Σₖ aₖ    Π[j ≠ i] aⱼ    a₀ + … + aᵢ
    g where a > b, g / 2 where a == b, else 0
    y = p @ v, p = softmax(a)              a second formula for a letter of the first
    g / n, repeated                        words beside it

Read `trees` (what a formula is made of), `tokens` and `parse` (reading a text), `levels`, `text` and `mathml` (writing
it down), `names` (putting a reader's names in), `einsum`, `axes`, `elementwise`, and `rules` (the entrances for
pictures and pages).
"""

from tinygrad_edu.formulas.parse import parse
from tinygrad_edu.formulas.rules import (
    Formula,
    derivative,
    formula,
    input_names,
    share_formula,
    to_mathml,
    to_text,
    unsaid,
    value_formula,
)
from tinygrad_edu.formulas.trees import Tree, kind

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
    "unsaid",
    "value_formula",
]
