"""The backward pass as a worked example: `explain(loss)`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, overload

import numpy as np

from tinygrad_edu.tensors.tensor import Tensor
from tinygrad_edu.viz.backward.shares import BackwardPass, record_backward
from tinygrad_edu.viz.explaining import blackboard
from tinygrad_edu.viz.explaining.paths import GraphPaths, find_paths
from tinygrad_edu.viz.explaining.steps import Step, Words
from tinygrad_edu.viz.tracing.checks import check_result, check_trace
from tinygrad_edu.viz.tracing.naming import names_of
from tinygrad_edu.viz.tracing.trace import Trace
from tinygrad_edu.viz.tracing.walking import key_of, lent

LETTERS = "LJERQ"  # one of them stands for the result, in dL/dx


class Explanation(Sequence[Step]):
    """A backward pass, step by step. It is a sequence of steps; printed, it is a worked example.

    Attributes:
        name: what the result is called.
        letter: what stands for it in the names of gradients: the L of dL/dx.
        of_sum: whether the result has several elements; then L is their sum.
        steps: the steps.
        leaves: the leaves by name.
        gradients: those of the leaves, by name: what `backward()` adds to their `.grad`.
        passed: the backward pass, with every number.
        names: of every node, leaf and array, by `viz.tracing.walking.key_of`.
    """

    def __init__(
        self, name: str, letter: str, steps: Sequence[Step], passed: BackwardPass, names: Mapping[Any, str]
    ) -> None:
        self.name, self.letter, self.steps, self.passed, self.names = name, letter, steps, passed, names
        self.of_sum = passed.root.array.ndim > 0
        self.leaves = {name: x for x, name in names.items() if isinstance(x, Tensor) and x in passed.gradients}
        self.gradients = {name: passed.gradients[x] for name, x in self.leaves.items()}

    def __len__(self) -> int:
        return len(self.steps)

    @overload
    def __getitem__(self, index: int) -> Step: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Step]: ...
    def __getitem__(self, index: int | slice) -> Step | Sequence[Step]:
        return self.steps[index]

    def __str__(self) -> str:
        return blackboard.write(self)

    __repr__ = __str__

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return blackboard.for_notebooks(str(self))


@overload
def explain(
    loss: Tensor,
    at: None = None,
    trace: Trace | None = None,
    names: Mapping[str, Any] | None = None,
    model: Any = None,
) -> Explanation: ...
@overload
def explain(
    loss: Tensor,
    at: Tensor | tuple[Tensor, tuple[int, ...]],
    trace: Trace | None = None,
    names: Mapping[str, Any] | None = None,
    model: Any = None,
) -> GraphPaths: ...
@np.errstate(all="ignore")  # what is not finite is shown, not warned of
def explain(
    loss: Tensor,
    at: Tensor | tuple[Tensor, tuple[int, ...]] | None = None,
    trace: Trace | None = None,
    names: Mapping[str, Any] | None = None,
    model: Any = None,
) -> Explanation | GraphPaths:
    """Explain the backward pass of `loss`, as one would on a blackboard.

        a, b = tg.tensor(2.0, requires_grad=True), tg.tensor(-3.0, requires_grad=True)
        print(tg.viz.explain((a * b + a) ** 2, names=locals()))

    Each step has the upstream gradient, the rule in symbols and then with its numbers, each share, what was added up,
    and why it comes now. No `.grad` changes, and the graph stays. Numbers are written with all the digits they have.
    Those of arrays with more than a few elements are left out of the text; in the steps they are there.

    Parameters:
        loss: the result, a tracked Tensor. Of one with several elements, the sum is explained.
        at: one element, `(w, (3, 5))`, or a tensor that is a single number. Then its whole way to the loss is shown
            instead: the paths, with the product of the local derivatives along each, and their sum.
        trace: a trace of the computation, for names and lines. With it, a graph can be explained that was freed by
            `backward()`, and after `optimizer.step()`: the parameters are shown as they were before.
        names: tensors and arrays by name; `names=locals()` will do.
        model: a module, for the names of its parameters.

    Raises:
        TypeError: `loss` is no Tensor.
        GraphError: nothing was recorded for `loss`, or the graph was freed, or something in it was changed in place,
            and there is no trace of it.
        ValueError: `at` is no element of a tensor that `loss` was computed from.
    """
    check_result(loss, "explain")
    check_trace(trace, "explain")
    passed = record_backward(loss, trace=trace, names=names, model=model)
    known = names_of(loss, trace, names=names, model=model)
    name = known[key_of(loss)]
    letter = letter_for(name if loss.array.ndim == 0 else "", known)
    with lent([loss], trace):
        if at is not None:
            return find_paths(passed, known, letter, at)
        return Explanation(name, letter, Words(passed, known, letter, trace).steps(), passed, known)


def letter_for(name: str, names: Mapping[Any, str]) -> str:
    """Return what stands for the result in dL/dx: its name, if that is one letter; else L, if nothing is called so."""
    if len(name) == 1:
        return name
    taken = set(names.values())
    return next((letter for letter in LETTERS if letter not in taken), "result")
