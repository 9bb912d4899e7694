"""einsum, with everything its notation allows: spaces, an ellipsis, a repeated index, no output."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.functions.numpy_protocol import answers

if TYPE_CHECKING:
    from tinygrad_edu.tensors.tensor import Tensor

__all__ = ["einsum"]


def einsum(equation: Any, *operands: Any) -> Tensor:
    """Multiply the operands and sum, by Einstein's convention: "ij,jk->ik" is the matrix product.

    An index that the output does not name is summed over. Without "->" the output has the indices that
    occur once, in alphabetical order. "..." stands for dimensions that broadcast. An index that an
    operand names twice ("ii") reads its diagonal. Numbers may stand for the letters:
    `einsum(a, [0, 1], b, [1, 2], [0, 2])`.

    Raises:
        ValueError: the equation does not fit the operands.
    """
    if not isinstance(equation, str):
        equation, operands = _in_letters(equation, *operands)
    if len(operands) == 1 and isinstance(operands[0], list | tuple):
        operands = tuple(operands[0])
    left, arrow, output = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(operands):
        raise ValueError(f"einsum: {equation!r} names {len(terms)} operands, got {len(operands)}")
    unused = [letter for letter in string.ascii_letters if letter not in equation]
    width = 0
    for i, (term, operand) in enumerate(zip(terms, operands, strict=True)):
        named = len(term.replace("...", ""))
        if named > operand.ndim or ("..." not in term and named != operand.ndim):
            raise ValueError(f"einsum: {term!r} does not fit operand {i}, which has shape {tuple(operand.shape)}")
        if "..." in term:
            dims = operand.ndim - named
            width = max(width, dims)
            terms[i] = term.replace("...", "".join(unused[len(unused) - dims :]))
    ellipsis = "".join(unused[len(unused) - width :])
    if arrow:
        output = output.replace("...", ellipsis)
    else:
        letters = "".join(terms)
        once = sorted(letter for letter in set(letters) if letters.count(letter) == 1 and letter not in ellipsis)
        output = ellipsis + "".join(once)
    inputs = list(operands)
    for i, term in enumerate(terms):
        terms[i], inputs[i] = _without_repeats(term, inputs[i])
    sizes: dict[str, int] = {}
    for term, x in zip(terms, inputs, strict=True):
        for letter, size in zip(term, x.shape, strict=True):
            if size != 1 and sizes.setdefault(letter, size) != size:
                raise ValueError(
                    f"einsum: index {letter!r} of {equation!r} has both size {sizes[letter]} and size {size}"
                )
    for i, x in enumerate(inputs):
        if set(terms[i]) - set("".join((*terms[:i], *terms[i + 1 :], output))) and x.dtype.kind in "biu":
            inputs[i] = ops.astype(x, dtype=np.dtype(np.int64))  # what is summed alone is summed as `sum` does it
    for letter in output:
        if letter not in "".join(terms):
            raise ValueError(f"einsum: the output of {equation!r} names {letter!r}, which no operand has")
    return ops.einsum(*inputs, subscripts=f"{','.join(terms)}->{output}")


def _in_letters(*parts: Any) -> tuple[str, tuple[Any, ...]]:
    """Translate operands that are each followed by the numbers of their indices, and perhaps the output's numbers."""
    terms = ["".join("..." if i is Ellipsis else string.ascii_letters[i] for i in term) for term in parts[1::2]]
    equation = ",".join(terms)
    if len(parts) % 2:
        equation += "->" + "".join("..." if i is Ellipsis else string.ascii_letters[i] for i in parts[-1])
    return equation, parts[: len(parts) // 2 * 2 : 2]


def _without_repeats(term: str, x: Any) -> tuple[str, Any]:
    """Read the diagonal where an operand names an index twice."""
    for letter in dict.fromkeys(term):
        while term.count(letter) > 1:
            first, second = term.index(letter), term.rindex(letter)
            if x.shape[first] != x.shape[second]:
                raise ValueError(
                    f"einsum: index {letter!r} has sizes {x.shape[first]} and {x.shape[second]} in one operand"
                )
            x = ops.diagonal(x, axis1=first, axis2=second)
            term = term[:first] + term[first + 1 : second] + term[second + 1 :] + letter
    return term, x


# NumPy's


@answers(np.einsum)
def numpy_einsum(*operands: Any, optimize: Any = True) -> Any:
    """Multiply and sum by Einstein's convention; the order of the products is always chosen well."""
    if isinstance(operands[0], str):
        operands = (operands[0], *(x if hasattr(x, "ndim") else np.asarray(x) for x in operands[1:]))
    return einsum(*operands)
