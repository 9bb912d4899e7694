"""NumPy's words for the mistakes people make most, put in ours: what was expected, what came, what to write."""

from __future__ import annotations

import re

# (operation, or None for all; a pattern in NumPy's message; what is said instead). The first that fits is taken.
WORDS = [
    (
        "linear",
        r"matmul: .*\(size (\d+) is different from (\d+)\)",
        r"the weight takes \1 features, and the input's last axis has \2; make a layer with in_features=\2, or bring "
        r"the input to (N, \1), as x.flatten(1) does with images",
    ),
    (
        None,
        r"matmul: .*\(size (\d+) is different from (\d+)\)",
        r"expected the last axis of the first as long as the second to last of the second, got \2 and \1; "
        r"t.mT swaps the last two axes",
    ),
    (None, r"matmul: .* does not have enough dimensions.*", "expected at least one axis; multiply by a number with *"),
    (
        None,
        r"(operands could not be broadcast together.*?|could not broadcast .*?)\s*$",
        r"\1; sizes must be equal or 1, counted from the last axis: t.unsqueeze(dim) puts an axis of size 1 in",
    ),
    (
        None,
        r"cannot reshape array of size (\d+) into shape .*",
        r"\g<0>; the sizes must multiply to \1, and one of them may be -1",
    ),
    (None, r"can only specify one unknown dimension", r"\g<0>; write -1 for one size, and the others as numbers"),
    (
        None,
        r"(axis -?\d+) is out of bounds for array of dimension (\d+)",
        r"\1 is not there in \2 dimensions; the first is 0, and -1 is the last",
    ),
    (
        None,
        r"(index -?\d+ is out of bounds for axis \d+) with size (\d+)",
        r"\1 with size \2; indices go from 0 to size - 1, and -1 is the last",
    ),
    (None, r"too many indices for array.*", r"\g<0>; leave some out, or put axes in with t.unsqueeze(dim)"),
    (
        None,
        r"boolean index did not match.*",
        r"\g<0>; a mask has the tensor's shape, or that of its first axes",
    ),
    (
        None,
        r"all the input array dimensions except.*",
        r"\g<0>; sizes may differ only along dim: choose another dim, or cut or pad the tensors",
    ),
    (None, r"all the input arrays must have same number.*", r"\g<0>; t.unsqueeze(0) gives a tensor one more"),
    (None, r"all input arrays must have the same shape", r"\g<0>; cat joins along an axis where sizes may differ"),
    (
        None,
        r"zero-dimensional arrays cannot be concatenated",
        "single numbers have no axis to be joined along; write stack([...])",
    ),
    (None, r"'(\w+)' object cannot be interpreted as an integer", r"expected a whole number as dim or size, got a \1"),
    (None, r"axes don't match array|repeated axis in transpose", r"\g<0>; name every axis once, as in permute(1, 0)"),
    (None, r"Last 2 dimensions of the array must be square", r"\g<0>; for others there is linalg.pinv or linalg.lstsq"),
    (None, r"Singular matrix", r"\g<0>: it has no inverse; use linalg.pinv or linalg.lstsq"),
    (
        None,
        r"Integers to negative integer powers are not allowed\.",
        "expected exponents from 0 on, since the inverse of an integer is a fraction; write a.float() ** b",
    ),
    (
        None,
        r"Matrix is not positive definite",
        r"\g<0>; a matrix a @ a.mT + eps * eye(n) is",
    ),
]


def in_our_words(operation: str, message: str) -> str:
    """Return NumPy's message as this table has it; unchanged if it is not there."""
    for name, pattern, words in WORDS:
        match = re.search(pattern, message, re.DOTALL) if name in (None, operation) else None
        if match:
            return match.expand(words)
    return message
