"""A name for everything in a graph, no two alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from tinygrad_edu.engine.value import Node
from tinygrad_edu.formulas.rules import subscript
from tinygrad_edu.tensors.tensor import Tensor
from tinygrad_edu.viz.tracing.trace import Trace
from tinygrad_edu.viz.tracing.walking import key_of, keys_and_names, lent


def names_of(
    roots: Tensor | Sequence[Tensor],
    trace: Trace | None = None,
    *,
    names: Mapping[str, Any] | None = None,
    model: Any = None,
) -> dict[Any, str]:
    """Return a name for each node, leaf and constant array of the graph behind `roots`, no two of them alike.

        known = names_of(loss, trace, names={"x": x}, model=model)
        known[key_of(x)]                  # of a Tensor, of an array
        known[key_of(node)]               # of what a node made
        known[key_of(node.sources[0])]    # of what it was given; a bare number has no name

    The first of these that there is: the name in `names`; that of the tensor itself, `x.name = "x"`; the dotted name of
    a parameter in `model`; what the trace found, which is the variable in the reader's program or a dotted name; else a
    word for what it is, with a number: the operation, "leaf" (it gets a gradient), or "constant" (it gets none).

    A name that comes several times is numbered, in the order in which the values came to be: h₁, h₂, and before them h₀
    if the first was given and the others were computed. An array that is used without gradient beside the tensor that
    holds it is called `x.detach()`.

    Parameters:
        roots: the results, one Tensor or several.
        trace: what was noted while the graph was recorded.
        names: Tensors and arrays by name. What is not in the graph is passed over, so `names=locals()` may do.
        model: a module, for the names of its parameters.

    Raises:
        TypeError: `names` has a key that is no string; `model` has no parameters.
        GraphError: the graph was freed by a backward pass, and there is no trace of it.
    """
    several = [roots] if isinstance(roots, Tensor) else list(roots)
    chosen = _by_key(_checked(names))
    found = (trace.names if trace is not None else {}) | _by_key(_parameters(model))
    with lent(several, trace) as nodes:
        things = _things(nodes, several)
        wishes = {key: chosen.get(key) or _own_name(thing) or found.get(key) for key, thing in things.items()}
        return _numbered({key: (name, _word(things[key])) for key, name in wishes.items()})


def is_given(key: Any, name: str) -> bool:
    """Tell whether the reader or the program gave a name, and not `names_of`, a word for the thing and a number."""
    word = _word(key)
    return name.rstrip("₀₁₂₃₄₅₆₇₈₉") != word or name == word


def _things(nodes: Sequence[Node], roots: Sequence[Tensor]) -> dict[Any, Any]:
    """Return what has a name in a graph, by its key: first what was given, then the nodes, each in order."""
    given = [s for node in nodes for s in node.sources if isinstance(s, Tensor | np.ndarray)]
    given += [root for root in roots if root.source is None]
    return {key_of(x): x for x in (*given, *nodes)}


def _own_name(thing: Any) -> str | None:
    """Return the name that a node or a leaf carries itself."""
    return thing._name if isinstance(thing, Tensor) else getattr(thing, "name", None)


def _word(thing: Any) -> str:
    """Return the word for a thing without a name."""
    if isinstance(thing, Node):
        return thing.op.name
    return "leaf" if isinstance(thing, Tensor) and thing.tracked else "constant"


def _numbered(wishes: Mapping[Any, tuple[str | None, str]]) -> dict[Any, str]:
    """Return a name for each key, of a name it would like to have and a word for what it is; no two alike."""
    often = Counter(name for name, _ in wishes.values())
    taken = {name for name in often if name and often[name] == 1}
    computed = {name for key, (name, _) in wishes.items() if name and isinstance(key, Node)}
    numbers: dict[str, int] = {}  # of each name that is not given alone, the next number
    found = {}
    for key, (name, word) in wishes.items():
        if name in taken:
            found[key] = name
            continue
        stem = name or word
        number = numbers.get(stem, 0 if name in computed and not isinstance(key, Node) else 1)
        while stem + subscript(number) in taken:
            number += 1
        numbers[stem] = number + 1
        found[key] = stem + subscript(number)
    return found


def _by_key(pairs: Iterable[tuple[str, Any]]) -> dict[Any, str]:
    """Return names by key, the first of those that one thing has."""
    found: dict[Any, str] = {}
    for name, x in pairs:
        for key, known_as in keys_and_names(name, x):
            found.setdefault(key, known_as)
    return found


def _checked(names: Mapping[str, Any] | None) -> Iterator[tuple[str, Any]]:
    """Yield the names of Tensors and arrays."""
    for name in names or ():
        if not isinstance(name, str):
            raise TypeError(f'expected names={{"x": x}}, the name first, got a {type(name).__name__} as a name')
    chosen = [(name, x) for name, x in (names or {}).items() if isinstance(x, Tensor | np.ndarray)]
    # `_` and `_12` are a notebook's names for what its cells gave: the reader's own come before them.
    yield from sorted(chosen, key=lambda pair: pair[0].startswith("_"))


def _parameters(model: Any) -> Iterable[tuple[str, Any]]:
    """Return the parameters of a module with their names."""
    if model is None:
        return ()
    if not hasattr(model, "named_parameters"):
        raise TypeError(f"expected model= to be a Module, got {type(model).__name__}; to name tensors write names=")
    return model.named_parameters()
