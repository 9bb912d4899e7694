"""A program, ready to be run: its text is compiled, and what it names is there."""

from __future__ import annotations

import weakref
from functools import partial
from types import FunctionType
from typing import Any

import numpy as np

from tinygrad_edu.engine.versions import changes, clock, owner
from tinygrad_edu.program.compiling.tiles import cut
from tinygrad_edu.program.compiling.writing import Source
from tinygrad_edu.program.instructions import Program, Variable
from tinygrad_edu.tensors.tensor import Tensor

FAILED = object()  # what a body returns if a condition is not as it was


class Replay(Source):
    """A program that can be run.

    Attributes:
        body: the function. It returns FAILED, and has changed nothing, if a condition is not as it was.
        arrays: the captured arrays that it reads and writes now.
    """

    def __init__(self, program: Program, arrays: dict[Variable, Any], unmarked: set[int]) -> None:
        """Compile it; `arrays` as for Source. `unmarked` are what an optimizer keeps, which no graph relies on."""
        super().__init__(program, arrays)
        self.unmarked = unmarked
        self.world.update(
            FAILED=FAILED, Tensor=Tensor, asarray=np.asarray, cut=cut, empty=np.empty, finish=self._finish,
            tensor=_tensor,
        )  # fmt: skip
        for variable, array in {**self.constants, **self.buffers}.items():
            self.world[self.name(variable)] = array
        for place, variable in program.stores:
            if variable in self.buffers and place.key == "grad":
                self.world[f"{self.name(variable)}_grad"] = Tensor.at(self.buffers[variable])
        exec(compile(self.text, "<compiled step>", "exec"), self.world)
        self.code = self.world["body"].__code__
        self.body = self._quiet(self.world["body"])
        self.arrays: dict[Variable, Any] = {}
        self.bind(arrays)

    def _quiet(self, body: Any) -> Any:
        """Let an exponential overflow without a warning, as the rules do whose calls these are."""
        exponential = any(call.function is np.exp for call in self.program.calls)
        return np.errstate(over="ignore")(body) if exponential else body

    def bind(self, arrays: dict[Variable, Any]) -> None:
        """Let the program read and write these arrays from now on."""
        self.arrays = {variable: arrays[variable] for variable in self.captured}
        _bind(self, self.world, self.arrays)
        self.marks = [
            _mark(array)
            for variable, array in self.arrays.items()
            if variable.memory in self.written and id(self.captured[variable].holder) not in self.unmarked
        ]

    def on_copies(self, copies: dict[Variable, Any], holders: dict[int, Any]) -> Any:
        """Return the body, as it would run on other arrays; `holders` stand in for what holds places."""
        world = {name: holders.get(id(x), x) for name, x in self.world.items()}
        world["finish"] = lambda: None
        _bind(self, world, copies)
        return self._quiet(FunctionType(self.code, world))

    def _finish(self) -> None:
        """Say to the engine that what was written has changed: a graph that was recorded before may rely on it."""
        by_owner = changes.by_owner
        with changes.lock:
            changes.latest = latest = next(clock)
            for key, reference in self.marks:
                by_owner[key] = latest, "a compiled step", reference


def _bind(replay: Replay, world: dict[str, Any], arrays: dict[Variable, Any]) -> None:
    values = {**replay.constants, **replay.buffers, **arrays}
    for call in replay.early:
        values[call.results[0]] = call.do(values)
    world.update((replay.name(variable), array) for variable, array in values.items())
    for tiles in replay.tiles:
        world[tiles.name] = tiles.cut_from(values)


def _tensor(x: Any) -> Tensor:
    return Tensor.at(x if x.__class__ is np.ndarray else np.asarray(x))


def _mark(array: Any) -> tuple[int, Any]:
    memory = owner(array)
    return id(memory), weakref.ref(memory, partial(changes.by_owner.pop, id(memory)))
