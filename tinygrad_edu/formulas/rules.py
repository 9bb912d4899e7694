"""The formulas of operations with a reader's names in them: `c = a · b`, `share of a = dL/dc · b`."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Mapping
from collections.abc import Sequence as Row
from dataclasses import dataclass
from typing import Any

from tinygrad_edu.engine.op import Op
from tinygrad_edu.formulas import axes, einsum, mathml, text
from tinygrad_edu.formulas.arguments import format_parameter
from tinygrad_edu.formulas.elementwise import is_elementwise
from tinygrad_edu.formulas.names import gradient_name, put_names, symbols, with_arguments, without
from tinygrad_edu.formulas.parse import parse
from tinygrad_edu.formulas.trees import Chain, Index, Kind, Name, Sequence, Tree, Words, children, kind, walk

SPELT = {"alpha": "α", "beta": "β", "min": "low", "max": "high"}
"""Parameters that a formula spells otherwise: shorter, or since their name is that of a function."""

NO_BOUND = {"low": "-∞", "high": "∞"}
"""What stands in place of a bound that is None."""

LONGEST = 16
"""A parameter's value that takes more letters than this stands by its name."""

ALONG = frozenset({"take_along_axis", "put_along_axis"})
"""Operations whose formula is that of the first of two axes, and is written for others as they are."""

NO_GRADIENT = "-"
"""What stands in place of a derivative for an input that gets no gradient, such as indices."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that can be shown: `text` is one line of plain text, `mathml` one `<math>` element, and `html` is like
    `mathml`, but with the words as words and a `<math>` for each formula, so that a browser can break the line.

    `meaning` is a line that says what its letters stand for; "" where they need no words.

    `kind` says what there is to see: "mathematics", "words" (then the text alone may read better), or "mixed".
    """

    tree: Tree
    kind: Kind
    where: Tree | None = None

    @property
    def text(self) -> str:
        return text.write(self.tree)

    @property
    def meaning(self) -> str:
        return "" if self.where is None else text.write(self.where)

    @property
    def mathml(self) -> str:
        return mathml.write(self.tree)

    @property
    def html(self) -> str:
        return mathml.write_inline(self.tree)

    @property
    def right(self) -> Formula:
        """What stands right of the sign =: of `share of a = dL/dc · b`, `dL/dc · b`."""
        return Formula(right_of(self.tree), self.kind)

    @property
    def elementwise(self) -> bool:
        """Whether it speaks of each element by itself, so that numbers may stand in it in place of names."""
        return is_elementwise(right_of(self.tree))


def to_text(tree: Tree, names: Mapping[str, str] | None = None) -> str:
    """Return a formula as plain text, with `names` in place of its symbols: `{"a": "w", "g": "dL/dy", "b": "-3.0"}`."""
    return text.write(put_names(tree, names or {}))


def to_mathml(tree: Tree, names: Mapping[str, str] | None = None) -> str:
    """Return a formula as a `<math>` element, with `names` in place of its symbols."""
    return mathml.write(put_names(tree, names or {}))


def formula(op: Op) -> Formula:
    """Return the value of an operation in the rule's own symbols."""
    return make(parse(op.formula, own_symbols(op)))


def derivative(op: Op, index: int) -> Formula | None:
    """Return the gradient of an input in the rule's own symbols; None for an input that gets none."""
    line = derivative_text(op, index)
    return None if line is None else make(parse(line, own_symbols(op)))


def value_formula(
    op: Op,
    names: Row[str],
    output: str,
    params: Mapping[str, Any] | None = None,
    shapes: Row[tuple[int, ...]] = (),
) -> Formula:
    """Return how an operation's value comes from its inputs, in a reader's words: `c = a · b`.

    Parameters:
        names: what the reader calls each input; a number may stand in place of a name: "-3.0".
        output: what the reader calls the value, in place of y.
        params: the operation's parameters as it was called. Short ones are put in; those left out have the values
            that the rule has for them. Without `params` they stand by their names.
        shapes: those of the inputs, for the numbers that a formula divides by: n, of the elements that a mean is taken
            of, and N, of the rows.
    """
    tree = value_tree(op, len(names), params, shapes)
    found = all_names(op, names, params, shapes) | {"y": output}
    if not op.where:
        return make(put_names(tree, found))
    both = put_names(Sequence((tree, parse(op.where, own_symbols(op)))), found)  # one letter has one name in both
    value, where = children(both)
    return Formula(value, kind(tree), where)


def share_formula(
    op: Op,
    index: int,
    names: Row[str],
    output: str,
    upstream: str | None = None,
    params: Mapping[str, Any] | None = None,
    shapes: Row[tuple[int, ...]] = (),
) -> Formula | None:
    """Return what the input at `index` gets in the backward pass, in a reader's words: `share of a = dL/dc · b`.

    None if that input gets nothing: indices, or any input of an operation without a derivative.

    Parameters:
        upstream: what stands in place of g, the gradient of the output; that of L if it is left out: `dL/dc`.
        names, output, params, shapes: as for `value_formula`.
    """
    share = share_tree(op, index, len(names), params)
    if share is None:
        return None
    own, tree = share
    first, *rest = tree.items if isinstance(tree, Sequence) else (tree,)
    equation = Sequence((Words("share of"), Chain(("", "="), (own, first)), *rest))
    found = all_names(op, names, params, shapes)
    found |= {"y": output, "g": gradient_name("L", output) if upstream is None else upstream}
    return Formula(put_names(equation, found), kind(tree))


def value_tree(op: Op, count: int, params: Mapping[str, Any] | None, shapes: Row[tuple[int, ...]] = ()) -> Tree:
    """Return the value of an operation of `count` inputs; what is said of further ones is left out."""
    if subscripts := subscripts_of(op, params):
        return einsum.value(subscripts, input_names(op, count))
    tree = parse(op.formula, own_symbols(op))
    if (params or {}).get("overwrite") and isinstance(tree, Sequence):  # in place: y is a, and only "y[0] = b" is done
        tree = tree.items[-1]
    if shapes and op.name in ALONG:
        tree = axes.along(tree, params.get("axis", -1) if params else -1, len(shapes[0]))
    for name in all_input_names(op)[count:]:
        tree = without(tree, name)
    return with_arguments(tree, input_names(op, count))


def share_tree(op: Op, index: int, count: int, params: Mapping[str, Any] | None) -> tuple[Tree, Tree] | None:
    """Return an input, or its element that is spoken of, and what it gets; None if that is nothing."""
    names = input_names(op, count)
    if subscripts := subscripts_of(op, params):
        return einsum.element(subscripts, names[index], index), einsum.share(subscripts, names, index)
    line = derivative_text(op, index)
    return None if line is None else (Name(names[index]), parse(line, own_symbols(op)))


def subscripts_of(op: Op, params: Mapping[str, Any] | None) -> str | None:
    """Return what the formula of einsum is made of; other operations have theirs in the registry."""
    subscripts = (params or {}).get("subscripts", "") if op.name == "einsum" else ""
    return None if "." in subscripts else subscripts


def right_of(tree: Tree) -> Tree:
    match tree:
        case Chain(("", "="), (_, right)):
            return right
        case Sequence((Words(), Chain(("", "="), (_, right)), *rest)):
            return Sequence((right, *rest)) if rest else right
        case Sequence((Chain(("", "="), (_, right)), *rest)):
            return Sequence((right, *rest))
    return tree


def make(tree: Tree) -> Formula:
    return Formula(tree, kind(tree))


def derivative_text(op: Op, index: int) -> str | None:
    if not op.derivative:
        return None
    line = op.derivative[min(index, len(op.derivative) - 1)]  # any number of inputs share the last line
    return None if line == NO_GRADIENT else line


def all_names(
    op: Op, names: Row[str], params: Mapping[str, Any] | None, shapes: Row[tuple[int, ...]] = ()
) -> dict[str, str]:
    """Return what stands in place of each of the rule's symbols: inputs, sizes, and the parameters that are short."""
    found = sizes(op, shapes[0], params or {}) if shapes else {}
    found |= dict(zip(input_names(op, len(names)), names, strict=False))
    for name, parameter in rule_parameters(op).items():
        if parameter.kind is parameter.VAR_POSITIONAL:
            found[name] = f"[{', '.join(names)}]"
        elif parameter.kind is parameter.KEYWORD_ONLY and params is not None:
            symbol, value = SPELT.get(name, name), params.get(name, parameter.default)
            if name == "shape" and shapes and isinstance(value, tuple):
                value = without_unknown(value, shapes[0])
            text = NO_BOUND.get(symbol, "") if value is None else format_parameter(value)
            if value is not parameter.empty and 0 < len(text) <= LONGEST:
                found[symbol] = text
    return found


def without_unknown(shape: tuple[int, ...], old: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape that an array of an old one gets, with the size in place of -1."""
    known = math.prod(n for n in shape if n != -1)
    return tuple(math.prod(old) // known if n == -1 and known else n for n in shape)


def unsaid(op: Op, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of a call whose values do not stand in the formula of the value: an axis, a stride."""
    spoken = (parse(line, own_symbols(op)) for line in (op.formula, op.where))
    said = {name.text for tree in spoken for name in symbols(tree)} & set(all_names(op, (), params))
    made = {"subscripts", "overwrite"}  # what the formula itself is made by
    return {name: value for name, value in params.items() if SPELT.get(name, name) not in said and name not in made}


def sizes(op: Op, shape: tuple[int, ...], params: Mapping[str, Any]) -> dict[str, str]:
    """Return n, of how many elements a mean is taken, and N, the number of rows, for an input of `shape`."""
    found = {"N": str(shape[0])} if shape else {}
    if "axis" in rule_parameters(op) and divides_by_n(op):
        axis = params.get("axis", rule_parameters(op)["axis"].default)
        axes = range(len(shape)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        found["n"] = str(math.prod(shape[i] for i in axes) if shape else 1)
    return found


@functools.cache
def divides_by_n(op: Op) -> bool:
    """Tell whether n is a number in the formulas of an operation, and not an index, the last one in `gᵢ + … + gₙ`."""
    trees = [parse(line, own_symbols(op)) for line in (op.formula, *(op.derivative or ()))]
    parts = [part for tree in trees for part in walk(tree)]
    return Name("n") in parts and not any(isinstance(part, Index) and Name("n") in part.places for part in parts)


@functools.cache
def own_symbols(op: Op) -> frozenset[str]:
    """Return the names of the rule's inputs and parameters, which are no words in its formulas."""
    return frozenset(SPELT.get(name, name) for name in rule_parameters(op))


@functools.cache
def rule_parameters(op: Op) -> Mapping[str, inspect.Parameter]:
    """Return the rule's inputs and parameters, those of a rule that is wrapped too."""
    return inspect.signature(op.rule).parameters


def input_names(op: Op, count: int) -> list[str]:
    """Return what the rule calls its inputs: a, b; or a₀, a₁, … where it takes any number."""
    names = all_input_names(op)
    for name, parameter in rule_parameters(op).items():
        if parameter.kind is parameter.VAR_POSITIONAL:
            names += [f"{name[0]}{subscript(k)}" for k in range(count - len(names))]
    return names[:count]


def all_input_names(op: Op) -> list[str]:
    """Return the names of all inputs that the rule names one by one, with those that may be left out."""
    parameters = rule_parameters(op).items()
    return [name for name, parameter in parameters if parameter.kind is parameter.POSITIONAL_OR_KEYWORD]


def subscript(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
