"""Looking on while a computation is recorded: `with trace() as t:`.

Of each operation a trace notes what the graph alone does not know or soon forgets: its value, the user's line, the
modules it was called in, and the names of its inputs and its output. The names are read off the program: `h` in
`h = (x @ w).relu()` is the name of what relu made, if the variable h did hold that afterwards.

While no trace is on, an operation reads one empty list, and that is all.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from tinygrad_edu.engine.op import Array, Pullback
from tinygrad_edu.engine.value import Node
from tinygrad_edu.engine.watchers import watchers
from tinygrad_edu.nn.module import Module
from tinygrad_edu.tensors.tensor import Tensor
from tinygrad_edu.viz.tracing.calls import Call, Calls, Modules
from tinygrad_edu.viz.tracing.keeping import Copies
from tinygrad_edu.viz.tracing.source import values
from tinygrad_edu.viz.tracing.walking import key_of, keys_and_names


@dataclass(slots=True)
class Note:
    """What a trace knows about one recorded operation.

    Attributes:
        value: a copy of what it computed.
        file, line, text: the user's line that called it.
        modules: the modules it was called in, the outermost first: pairs of the name that each has in the outermost
            one ("" for that one itself), and the name of its class.
        sources, arrays, pullbacks: what the node had when it was recorded. A backward pass frees the node, and a
            trace can lend them to it again.
        inputs: the same as `arrays`, as copies of what these held: they may be changed in place later.
    """

    value: Array
    file: str
    line: int
    text: str
    modules: tuple[tuple[str, str], ...]
    sources: Sequence[Any]
    arrays: Sequence[Any]
    pullbacks: Sequence[Pullback | None]
    inputs: Sequence[Any]

    @property
    def place(self) -> str:
        """The reader's line in short: "train.py:12: y = w * x"."""
        return f"{self.file_name}:{self.line}: {self.text}"

    @property
    def file_name(self) -> str:
        """The file without its folders; of a notebook's cell, which Jupyter keeps in a file with a number, "cell"."""
        *folders, name = self.file.replace("\\", "/").split("/")
        return "cell" if folders and folders[-1].startswith("ipykernel_") else name


class Trace:
    """What was noted of the operations recorded inside `with trace() as t:`, by the thread that runs it.

    Attributes:
        notes: a `Note` for each node.
        names: of nodes, leaves and constants, by `walking.key_of`, the name that the program has for them. Names may
            come more than once; `naming.names_of` gives each thing a name for itself.
    """

    def __init__(self) -> None:
        self.notes: dict[Node, Note] = {}
        self.names: dict[Any, str] = {}
        self._calls: Calls | None = None
        self._thread = 0
        self._inside: dict[Module, dict[Module, str]] = {}  # of outermost modules, the names of those inside
        self._paths: dict[Modules, tuple[tuple[str, str], ...]] = {}
        self._copies = Copies()
        self._kept: list[Any] = []  # what has a name has to live, or another array might get its number

    def __enter__(self) -> Self:
        if self._calls is not None:
            raise RuntimeError("trace: this trace is on already; write `with viz.trace() as t:` for another one")
        self._calls, self._thread = Calls(sys._getframe(1)), threading.get_ident()
        watchers.append(self._watch)
        return self

    def __exit__(self, *error: object) -> None:
        watchers.remove(self._watch)
        if self._calls is not None:
            self._calls.end(self._name_assigned)
            self._calls = None

    def __len__(self) -> int:
        return len(self.notes)

    def __repr__(self) -> str:
        return f"<Trace of {len(self)} operations>"

    def _watch(self, node: Node, result: Tensor) -> None:
        """Note an operation that was just recorded."""
        calls = self._calls
        if calls is None or threading.get_ident() != self._thread:
            return
        calls.follow(node.time, self._name_assigned)
        modules = calls.modules()
        if modules not in self._paths:
            self._paths[modules] = self._names_of_modules(modules)
        inputs = self._copies.inputs(node)
        value = self._copies.take(result.array, node.time)
        kept = node.sources, node.arrays, node.pullbacks or ()
        self.notes[node] = Note(value, *calls.line(), self._paths[modules], *kept, inputs)
        self._name_inputs(calls, node.sources)

    def _names_of_modules(self, modules: Modules) -> tuple[tuple[str, str], ...]:
        """Return the name and the class of each; parameters and buffers get their dotted names meanwhile."""
        if not modules:
            return ()
        root = modules[0]
        inside = self._inside.get(root)
        if inside is None:
            inside = self._inside[root] = {module: name for name, module in root.named_modules()}
            for name, x in (*root.named_parameters(), *root.named_buffers()):
                self.names.update(keys_and_names(name, x))
                self._kept.append(x.array)
        return tuple((inside.get(module, type(module).__name__), type(module).__name__) for module in modules)

    def _name_inputs(self, calls: Calls, sources: Sequence[Any]) -> None:
        """Give leaves and constants the names that they have where they are used, the caller's first."""
        wanted = {key_of(x) for x in sources if isinstance(x, Tensor | np.ndarray)}.difference(self.names)
        if not wanted:
            return
        for call in calls.stack:
            for name, value in values(call.frame, call.statement.reads if call.statement else ()):
                if isinstance(value, Tensor | np.ndarray):
                    for key, known_as in keys_and_names(name, value):
                        if key in wanted:
                            self.names.setdefault(key, known_as)

    def _name_assigned(self, call: Call) -> None:
        """Give the nodes that a statement has made the names of the variables that hold them now, if there are any.

        Those it assigns come first; one that it only reads may hold something new as well: `y[0] = 1`, `y.mul_(2)`.
        """
        if call.statement is None:
            return
        named: set[Node] = set()
        for name, value in values(call.frame, (*call.statement.assigns, *call.statement.reads)):
            node = value.source if isinstance(value, Tensor) else None
            if node in self.notes and node.time >= call.since and node not in named:
                self.names[node] = name  # that of a caller takes the place of an inner one: it comes later
                named.add(node)


def trace() -> Trace:
    """Note everything about the operations recorded in a `with` block, for pictures and explanations.

        with tg.viz.trace() as t:
            loss = loss_fn(model(x), y)
        loss.backward()
        tg.viz.draw(loss, trace=t)

    With the trace, the graph can be drawn and explained also after a backward pass has freed it, and after something
    was changed in place, as `optimizer.step()` changes parameters: what is shown is what was there inside the block.

    For that it keeps, as long as it lives, all that a graph keeps until `backward()`, and a copy of each value that was
    computed and of each array that was read; of what was changed in place between two uses, several. That is about
    twice the memory of the recorded computation, and once that of the parameters and the data. It looks at the stack
    of calls for every operation: many times slower than the computation alone. Both are linear in the number of
    operations.
    """
    return Trace()
