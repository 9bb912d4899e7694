"""Which operation answers when a function of NumPy's is called on a Tensor, and with which inputs."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from tinygrad_edu.engine.op import NUMPY, Op

SYNONYMS = {"a_min": "min", "a_max": "max", "newshape": "shape", "correction": "ddof"}
"""Parameters that NumPy knows by two names, or by another one in an earlier version."""


def find_operation(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return what is registered for a NumPy function; TypeError, with its name, if nothing is."""
    answer = NUMPY.get(function)
    if answer is None:
        name = f"np.{getattr(function, '__name__', function)}"
        raise TypeError(
            f"{name} is not among the operations that work on Tensors, and its gradient would be lost. Write it with "
            f"operations that are (see tinygrad_edu.ops), or leave the graph first: {name}(t.detach().numpy())"
        )
    return answer


def bind(function: Callable[..., Any], op: Op, args: Any, kwargs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Sort the arguments of a NumPy call into the operation's inputs and its parameters.

    The first arguments of NumPy's function are the operation's inputs (or the first one is the
    sequence of them, as for np.concatenate); the others are parameters of the same name.
    """
    signature = _signature(function)
    given = signature.bind(*args, **kwargs).arguments
    given.update(given.pop("kwargs", {}))  # np.pad and np.clip take some of their parameters as **kwargs
    rule = _signature(op.rule).parameters
    names = list(signature.parameters)
    inputs: tuple[Any, ...]
    if any(p.kind is p.VAR_POSITIONAL for p in rule.values()):
        inputs = tuple(given.pop(names[0]))
    else:
        positional = [p for p in rule.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
        if len(given) < len(positional):
            raise TypeError(f"np.{function.__name__}: on Tensors it needs {len(positional)} inputs, not {len(given)}")
        inputs = tuple(given.pop(name) for name, _ in zip(names, positional, strict=False))
    defaults = {name: parameter.default for name, parameter in signature.parameters.items()}
    params = {
        SYNONYMS.get(name, name): value
        for name, value in given.items()
        if name not in defaults or value is not defaults[name]
    }
    takes_any = any(p.kind is p.VAR_KEYWORD for p in rule.values())
    for name in params:
        if name not in rule and not takes_any:
            raise TypeError(f"np.{function.__name__}: the argument {name}= is not supported on Tensors; leave it out")
    return inputs, params


@functools.cache
def _signature(function: Callable[..., Any]) -> inspect.Signature:
    return inspect.signature(function)
