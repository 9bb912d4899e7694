"""NumPy's words for the mistakes people make most, put in ours: what was expected, what came, what to write."""

from __future__ import annotations

import re

WORDS = {
    r"matmul: .*\(size (\d+) is different from (\d+)\)": (
        r"expected the last axis of the first as long as the second to last of the second, got \2 and \1; "
        "t.mT swaps the last two axes"
    ),
    r"matmul: .* does not have enough dimensions.*": "expected at least one axis; multiply by a number with *",
    r"(operands could not be broadcast together.*?|could not broadcast .*?)\s*$": (
        r"\1; sizes must be equal or 1, counted from the last axis: t.unsqueeze(dim) puts an axis of size 1 in"
    ),
    r"cannot reshape array of size (\d+) into shape .*": (
        r"\g<0>; the sizes must multiply to \1, and one of them may be -1"
    ),
    r"can only specify one unknown dimension": r"\g<0>; write -1 for one size, and the others as numbers",
    r"(axis -?\d+) is out of bounds for array of dimension (\d+)": (
        r"\1 is not there in \2 dimensions; the first is 0, and -1 is the last"
    ),
    r"(index -?\d+ is out of bounds for axis \d+) with size (\d+)": (
        r"\1 with size \2; indices go from 0 to size - 1, and -1 is the last"
    ),
    r"too many indices for array.*": r"\g<0>; leave some out, or put axes in with t.unsqueeze(dim)",
    r"boolean index did not match.*": r"\g<0>; a mask has the tensor's shape, or that of its first axes",
    r"all the input array dimensions except.*": (
        r"\g<0>; sizes may differ only along dim: choose another dim, or cut or pad the tensors"
    ),
    r"all the input arrays must have same number.*": r"\g<0>; t.unsqueeze(0) gives a tensor one more",
    r"all input arrays must have the same shape": r"\g<0>; cat joins along an axis where sizes may differ",
    r"zero-dimensional arrays cannot be concatenated": (
        "single numbers have no axis to be joined along; write stack([...])"
    ),
    r"'(\w+)' object cannot be interpreted as an integer": r"expected a whole number as dim or size, got a \1",
    r"axes don't match array|repeated axis in transpose": r"\g<0>; name every axis once, as in permute(1, 0)",
    r"Last 2 dimensions of the array must be square": r"\g<0>; for others there is linalg.pinv or linalg.lstsq",
    r"Singular matrix": r"\g<0>: it has no inverse; use linalg.pinv or linalg.lstsq",
    r"Integers to negative integer powers are not allowed\.": (
        "expected exponents from 0 on, since the inverse of an integer is a fraction; write a.float() ** b"
    ),
    r"Matrix is not positive definite": r"\g<0>; a matrix a @ a.mT + eps * eye(n) is",
}
"""What is said instead of a message of NumPy's, by the pattern that it fits. The first that fits is taken."""

OF_LINEAR = {
    r"matmul: .*\(size (\d+) is different from (\d+)\)": (
        r"the weight takes \1 features, and the input's last axis has \2; make a layer with in_features=\2, or "
        r"bring the input to (N, \1), as x.flatten(1) does with images"
    ),
}
"""What is said of the operation `linear`."""


def in_our_words(operation: str, message: str) -> str:
    """Return NumPy's message as these tables have it; unchanged if it is not there."""
    for pattern, words in (WORDS | OF_LINEAR if operation == "linear" else WORDS).items():
        if match := re.search(pattern, message, re.DOTALL):
            return match.expand(words)
    return message
