"""Which modules the operations of a graph belong to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tinygrad_edu.engine.value import Node
from tinygrad_edu.tensors.tensor import Tensor
from tinygrad_edu.viz.pictures.folding import Path
from tinygrad_edu.viz.tracing.trace import Trace
from tinygrad_edu.viz.tracing.walking import key_of, keys_and_names


def homes_of(trace: Trace | None, model: Any) -> dict[Any, str]:
    """Return the dotted name of each parameter in its model, by its key."""
    homes: dict[Any, str] = {}
    for name, parameter in () if model is None else model.named_parameters():
        homes.update(keys_and_names(name, parameter))
    names = {} if trace is None else trace.names  # these are the names that the outermost module has for them
    return homes | {key: name for key, name in names.items() if isinstance(key, Tensor) and key.tracked}


def paths_of(nodes: Sequence[Node], trace: Trace | None, model: Any) -> list[Path]:
    """Return, for each node, the modules that it belongs to, the outermost first.

    A trace knows them. Without one, the parameters of `model` tell: an operation on a parameter, and one on what was
    made of parameters of one module alone, belongs to that module. Of other operations nothing is known.
    """
    if trace is not None and any(node in trace.notes for node in nodes):
        notes = trace.notes
        return [notes[node].modules if node in notes else () for node in nodes]
    if model is None or not hasattr(model, "named_modules"):
        return [()] * len(nodes)
    kinds = {name: type(module).__name__ for name, module in model.named_modules()}
    owners = {
        key: name.rpartition(".")[0]
        for parameter_name, parameter in model.named_parameters()
        for key, name in keys_and_names(parameter_name, parameter)
    }
    of_one: dict[Node, str] = {}  # the owner of what was made of parameters of one module alone
    paths: list[Path] = []
    for node in nodes:
        known = [of_one.get(s, "") if isinstance(s, Node) else owners.get(key_of(s), "") for s in node.sources]
        found = {name for name in known if name}
        owner = found.pop() if len(found) == 1 else ""
        if owner and all(known):
            of_one[node] = owner
        paths.append(((owner, kinds[owner]),) if owner else ())
    return paths
