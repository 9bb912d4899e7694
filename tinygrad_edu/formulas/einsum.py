"""The formulas of `einsum`, whose indices are a parameter: `yᵢₖ = Σⱼ aᵢⱼ bⱼₖ` for "ij,jk->ik"."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence as Row

from tinygrad_edu.formulas.names import INDICES
from tinygrad_edu.formulas.trees import Big, Chain, Index, Name, Tree


def value(subscripts: str, arrays: Row[str]) -> Tree:
    """Return the formula of the value y."""
    terms, output = split(subscripts)
    return Chain(("", "="), (at("y", output), summed(zip(arrays, terms, strict=True), output)))


def share(subscripts: str, arrays: Row[str], index: int) -> Tree:
    """Return what one array gets: the gradient g takes its place among the factors."""
    terms, output = split(subscripts)
    others = [(array, term) for k, (array, term) in enumerate(zip(arrays, terms, strict=True)) if k != index]
    return summed([("g", output), *others], terms[index])


def element(subscripts: str, array: str, index: int) -> Tree:
    """Return the element of an array that `share` speaks of."""
    return at(array, split(subscripts)[0][index])


def split(subscripts: str) -> tuple[list[str], str]:
    """Return the letters of each array and those of the output, none of them y or g."""
    if {"y", "g"} & set(subscripts):
        others = dict(zip(dict.fromkeys(filter(str.isalpha, subscripts)), INDICES, strict=False))
        subscripts = "".join(others.get(letter, letter) for letter in subscripts)
    inputs, _, output = subscripts.partition("->")
    return inputs.split(","), output


def at(name: str, letters: str) -> Tree:
    """Return an element: the name of its array with indices."""
    return Index(Name(name), tuple(map(Name, letters))) if letters else Name(name)


def summed(factors: Iterable[tuple[str, str]], left: str) -> Tree:
    """Return a product of elements, summed over the indices that the left side does not have."""
    factors = list(factors)
    items = tuple(at(name, letters) for name, letters in factors)
    product = Chain(("", *("·" for _ in items[1:])), items) if len(items) > 1 else items[0]
    over = sorted({letter for _, letters in factors for letter in letters} - set(left))
    return Big("Σ", tuple(map(Name, over)), None, product) if over else product
