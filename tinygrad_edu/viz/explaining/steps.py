"""The steps of a backward pass in words and numbers."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_edu.engine.graph import source_of
from tinygrad_edu.engine.op import Array
from tinygrad_edu.engine.value import Node
from tinygrad_edu.engine.versions import changed_since
from tinygrad_edu.formulas import Formula, derivative, to_text, unsaid, value_formula
from tinygrad_edu.formulas import formula as value_of
from tinygrad_edu.formulas.names import gradient_name
from tinygrad_edu.formulas.parameters import write_parameters
from tinygrad_edu.formulas.rules import all_names
from tinygrad_edu.formulas.trees import Index, Tree, walk
from tinygrad_edu.viz.backward.shares import BackwardPass, Share, Visit
from tinygrad_edu.viz.exact import exact_values, in_short
from tinygrad_edu.viz.explaining import blackboard
from tinygrad_edu.viz.tracing.trace import Trace
from tinygrad_edu.viz.tracing.walking import key_of, shapes_of, values_of

USERS = 4  # as many are named; of more, the number is said


@dataclass(slots=True, eq=False)
class Contribution:
    """One share that a step sends on.

    Attributes:
        name: of what it goes to.
        share: the share: its `array`, and the `raw` one, before it was summed over the copies of a broadcast input.
        out_of: how many shares the same thing gets in all; this is the one after `share.number` others.
        step: the step that sends it.
        passed: the pass it belongs to.
    """

    name: str
    share: Share
    out_of: int
    step: Step
    passed: BackwardPass

    @property
    def rule(self) -> str:
        """How it is computed, in symbols, such as "dL/dy · x"."""
        formula = derivative(self.step.node.op, self.share.index)
        if formula is None:  # an autograd.Function: its backward is a program
            return f"what {self.step.node.op.name} makes of {self.step.gradient}"
        return to_text(formula.tree, self.step.symbols(self.step.inputs, self.step.name, self.step.gradient))

    @property
    def numbers(self) -> str | None:
        """The same with the numbers in it, "2 · 3"; None where there are too many."""
        step, formula = self.step, derivative(self.step.node.op, self.share.index)
        if formula is None or has_places(formula.tree):
            return None
        upstream = exact_values(step.upstream) or step.gradient
        text = to_text(formula.tree, step.symbols(step.input_numbers, step.output or step.name, upstream))
        return None if text == self.rule else text

    @property
    def before(self) -> Array | None:
        """The sum of the shares that came before, bit for bit as the pass had it; None for the first one."""
        if self.share.number == 0:
            return self.passed.seed if self.share.source is source_of(self.passed.root) else None
        return self._sum(self.share.number - 1)

    @property
    def total(self) -> Array:
        """The sum of this share and those that came before."""
        return self._sum(self.share.number)

    def _sum(self, number: int) -> Array:
        return next(itertools.islice(self.passed.running_sums(self.share.source), number, None))


@dataclass(slots=True, eq=False)
class Step:
    """One step of a backward pass: an operation, whose output's gradient is known, sends a share to each input.

    Attributes:
        number: 1 for the first step.
        node: the operation.
        name: of its output.
        gradient: what its output's gradient is called: "dL/dy".
        upstream: the gradient of its output.
        line: the reader's line, if there is a trace: "train.py:12: y = w * x"; else "".
        why: why it comes now.
        shares: what it sends on.
        inputs: the names of its inputs; of a number, the number.
        input_numbers: the inputs written out, those that are small and not overwritten; of others, the names.
        output: its value written out; None if that is large, or overwritten.
        shapes: of the inputs.
    """

    number: int
    node: Node
    name: str
    gradient: str
    upstream: Array
    line: str
    why: str
    shares: tuple[Contribution, ...]
    inputs: Sequence[str]
    input_numbers: Sequence[str]
    output: str | None
    shapes: Sequence[tuple[int, ...]]

    @property
    def formula(self) -> str:
        """Its value in symbols, such as "y = w · x"."""
        return self._value(self.inputs).text

    @property
    def meaning(self) -> str:
        """What the letters of the formula stand for, if that has to be said; else ""."""
        return self._value(self.inputs).meaning

    def _value(self, inputs: Sequence[str]) -> Formula:
        return value_formula(self.node.op, inputs, self.name, self.node.params, self.shapes)

    @property
    def defines(self) -> bool:
        """Whether its formula says what its value is. That of an inverse does not, nor does `y[0] = 1`."""
        return self.formula.startswith(f"{self.name} = ")

    @property
    def params(self) -> str:
        """The parameters that the formula does not speak of, such as "axis = 0"; else ""."""
        return ", ".join(write_parameters(self.node.op, unsaid(self.node.op, self.node.params)))

    @property
    def numbers(self) -> tuple[str, ...]:
        """What is right of `y =` with the numbers in it, and the value, such as ("2 · 3", "6"); or less of it."""
        op, formula = self.node.op, self.formula
        if self.output is None or not self.defines:
            return ()
        if has_places(value_of(op).tree):
            return (self.output,)
        right = self._value(self.input_numbers).text.removeprefix(f"{self.name} = ")
        return (self.output,) if formula.endswith(f" = {right}") or right == self.output else (right, self.output)

    def symbols(self, inputs: Sequence[str], output: str, upstream: str) -> dict[str, str]:
        """Return what stands in place of each symbol of the operation's formulas."""
        return all_names(self.node.op, inputs, self.node.params, self.shapes) | {"y": output, "g": upstream}

    def __str__(self) -> str:
        return blackboard.write_step(self)


class Words:
    """What is said about the steps of a pass."""

    def __init__(self, passed: BackwardPass, names: Mapping[Any, str], letter: str, trace: Trace | None) -> None:
        self.passed, self.names, self.letter, self.trace = passed, names, letter, trace
        self.values = values_of([visit.node for visit in passed.visits], [passed.root], trace)

    def steps(self) -> list[Step]:
        """Return all steps. Inputs are written out at once: they may be overwritten later."""
        return [self.step(visit) for visit in self.passed.visits]

    def step(self, visit: Visit) -> Step:
        node, name = visit.node, self.names[visit.node]
        operands = list(zip(node.sources, node.arrays, strict=True))
        words = [self.names.get(key_of(source)) or in_short(array) for source, array in operands]
        numbers = [self.number(node, *operand) or word for operand, word in zip(operands, words, strict=True)]
        step = Step(
            visit.order + 1,
            node,
            name,
            gradient_name(self.letter, name),
            visit.grad,
            self.line(node),
            self.why(visit, name),
            (),
            words,
            numbers,
            exact_values(self.values[node]) if node in self.values else None,
            shapes_of(node),
        )
        step.shares = tuple(
            Contribution(words[share.index], share, len(self.passed.received[share.source]), step, self.passed)
            for share in visit.shares
        )
        return step

    def number(self, node: Node, source: Any, array: Any) -> str | None:
        """Return an input written out; None where it is large, or is no longer known."""
        if isinstance(source, Node):
            return exact_values(self.values[source]) if source in self.values else None
        if isinstance(array, np.ndarray) and changed_since(node.time, array):
            return None
        return exact_values(array)

    def line(self, node: Node) -> str:
        """Return the reader's line that recorded a node, if that is known."""
        note = self.trace.notes.get(node) if self.trace is not None else None
        return note.place if note is not None and note.text else ""

    def why(self, visit: Visit, name: str) -> str:
        """Return why a node comes now."""
        shares = self.passed.received.get(visit.node, ())
        total, hooked = self.passed.sum_of(visit.node), ""
        if not np.array_equal(total, visit.grad, equal_nan=True):
            hooked = f" A hook turned {in_short(total)} into {in_short(visit.grad)}."
        if not shares:
            return f"It comes first: {name} is the result.{hooked}"
        users = list(dict.fromkeys(self.names[share.visit.node] for share in shares))
        if len(users) > USERS:
            words = f"{len(users)} operations"
        else:
            words = " and ".join(filter(None, (", ".join(users[:-1]), users[-1])))
        return f"It comes now: everything that used {name} has sent its share ({words}).{hooked}"


def has_places(tree: Tree) -> bool:
    """Tell whether a formula is about single elements: a number has none, so numbers cannot stand in it."""
    return any(isinstance(part, Index) for part in walk(tree))
