"""Noting every operation that a model runs, those without gradients too: what a computation is exported from.

A node of the graph is left only where a gradient may be asked for; comparisons, indices and whole numbers leave none.
So the rules of all operations are borrowed for the time being: each is run as ever, and noted. What made an array is
found by the array itself or, where a tensor was changed in place, by its node.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinygrad_edu.engine.op import OPS, Array, Op, Rule
from tinygrad_edu.engine.value import Node, Value
from tinygrad_edu.engine.watchers import watchers
from tinygrad_edu.nn.batch_normalization import BatchNorm1d, BatchNorm2d, BatchNorm3d
from tinygrad_edu.nn.embedding import Embedding
from tinygrad_edu.nn.module import Module
from tinygrad_edu.system.user_line import user_line


@dataclass(eq=False)
class Given:
    """An array that no operation made: an input, a weight, a constant."""

    array: Array


@dataclass(eq=False)
class Step:
    """One operation that was run.

    Attributes:
        op: its name.
        inputs: a step or something given for each array, and numbers as they are.
        params: its parameters; an array in them, an index, is a step or given, too.
        array: what it computed.
        place: where it was called, for messages.
    """

    op: str
    inputs: list[Any]
    params: dict[str, Any]
    array: Array
    place: str


def as_one_step(module: Module, x: Any) -> tuple[str, list[Any], dict[str, Any]] | None:
    """Return the name, the inputs and the parameters of the one step that a module is noted as; None for most.

    ONNX has an operator for it, and what the module does in eval mode is longer, or partly outside of the operations.
    """
    if type(module) in (BatchNorm1d, BatchNorm2d, BatchNorm3d) and module.running_mean is not None:
        tensors = [x, module.weight, module.bias, module.running_mean, module.running_var]
        return "batch_norm", tensors, {"eps": module.eps}
    if type(module) is Embedding and module.max_norm is None:
        return "getitem", [module.weight], {"index": x}
    return None


@dataclass(eq=False)
class Recording:
    """The steps of one run, in order, and what makes or holds each array; `paths` are the names of the modules."""

    paths: dict[Module, str]
    steps: list[Step] = field(default_factory=list)
    known: dict[int, Step | Given] = field(default_factory=dict)
    nodes: dict[Node, Step] = field(default_factory=dict)
    inside: list[str] = field(default_factory=list)  # the modules that are being called
    replaced: list[Array] = field(default_factory=list)
    running: int = 0  # rules inside each other; what a rule computes with is its own affair

    def source(self, value: Any) -> Any:
        """Return the step that made an array, or note that it was given; numbers and the like stay as they are."""
        if isinstance(value, tuple):
            return tuple(map(self.source, value))
        if not isinstance(value, np.ndarray):
            return value
        return self.known.setdefault(id(value), Given(value))

    def run(self, op: Op, rule: Rule, *arrays: Any, **params: Any) -> Any:
        """Run a rule, and note it."""
        if self.running:
            return rule(*arrays, **params)
        inputs, settings = list(map(self.source, arrays)), {key: self.source(value) for key, value in params.items()}
        self.running += 1
        try:
            value, pullbacks = rule(*arrays, **params)
        finally:
            self.running -= 1
        array = np.asarray(value)  # of a NumPy number, the tensor would have another array than the step
        self.add(Step(op.name, inputs, settings, array, self.place()))
        return array, pullbacks

    def watch(self, node: Node, result: Any) -> None:
        """Learn which node a step left, and from the node what made the inputs that were changed in place."""
        if self.running or not self.steps or self.steps[-1].op != node.op.name:
            return
        step = self.steps[-1]
        self.nodes[node] = step
        for i, source in enumerate(node.sources):
            if isinstance(source, Node) and source in self.nodes:
                step.inputs[i] = self.nodes[source]
        if step.array is not result.array:  # converted to PyTorch's type
            self.replaced.append(step.array)  # it has to live, or another array might get its number
            step.array = result.array
            self.known[id(step.array)] = step

    def begin(self, module: Module, inputs: Any) -> None:
        """Begin a call of a module; of one that is noted as one step, what it does inside is its own affair."""
        self.inside.append(f"{self.paths[module] or 'the model'} ({type(module).__name__})")
        self.running += as_one_step(module, inputs[0] if inputs else None) is not None

    def end(self, module: Module, inputs: Any, output: Any) -> None:
        """End a call of a module."""
        noted = as_one_step(module, inputs[0] if inputs else None)
        if noted is not None:
            self.running -= 1
            name, tensors, params = noted
            settings = {key: self.of(value) for key, value in params.items()}
            self.add(Step(name, [self.of(t) for t in tensors], settings, output.array, self.place()))
            if output.source is not None:
                self.nodes[output.source] = self.steps[-1]
        self.inside.pop()

    def add(self, step: Step) -> None:
        """Note a step."""
        self.steps.append(step)
        self.known[id(step.array)] = step

    def place(self) -> str:
        """Return the user's line and the module that are running, in words."""
        return user_line() + (f", in {self.inside[-1]}" if self.inside else "")

    def of(self, tensor: Any) -> Any:
        """Return what made a tensor, or note that it was given; numbers and the like stay as they are."""
        if not isinstance(tensor, Value):
            return tensor
        made = self.nodes.get(tensor.source)
        return made if made is not None else self.source(tensor.array)


@contextmanager
def record_operations(model: Module) -> Iterator[Recording]:
    """Note the operations that this thread runs in a `with` block, and in which modules of the model."""
    recording, thread = Recording({module: name for name, module in model.named_modules()}), threading.get_ident()

    def noted(op: Op, rule: Rule, *arrays: Any, **params: Any) -> Any:
        run = recording.run if threading.get_ident() == thread else lambda _, rule, *a, **p: rule(*a, **p)
        return run(op, rule, *arrays, **params)

    def watch(node: Node, result: Any) -> None:
        if threading.get_ident() == thread:
            recording.watch(node, result)

    with ExitStack() as stack:
        for module in recording.paths:
            stack.callback(module.register_forward_pre_hook(recording.begin).remove)
            stack.callback(module.register_forward_hook(recording.end).remove)
        for op in OPS.values():
            rule = op.rule
            stack.callback(setattr, op, "rule", rule)
            op.rule = functools.partial(noted, op, rule)
        watchers.append(watch)
        stack.callback(watchers.remove, watch)
        yield recording
