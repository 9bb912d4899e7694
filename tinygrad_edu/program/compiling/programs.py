"""The programs of one function: which of them fits a call, and what becomes of a call that none fits."""

from __future__ import annotations

import functools
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from weakref import WeakSet

import numpy as np

from tinygrad_edu.engine.grad_mode import switch
from tinygrad_edu.engine.watchers import watchers
from tinygrad_edu.optim.optimizer import Optimizer
from tinygrad_edu.program.comparing import changed
from tinygrad_edu.program.compiling.checking import Rehearsal, first_difference
from tinygrad_edu.program.compiling.conditions import Conditions, changed_by, has_grown
from tinygrad_edu.program.compiling.guards import guards_first
from tinygrad_edu.program.compiling.open_graphs import WayBack, halves
from tinygrad_edu.program.compiling.replay import FAILED, Replay
from tinygrad_edu.program.instructions import Program
from tinygrad_edu.program.simplify import simplified
from tinygrad_edu.program.tracing.arrays import TraceError
from tinygrad_edu.program.tracing.places import Place, gradient
from tinygrad_edu.program.tracing.reach import Reach
from tinygrad_edu.program.tracing.restoring import remembered, restored
from tinygrad_edu.program.tracing.running import (
    Traced,
    arrays_in,
    is_tracing,
    others_in,
    trace,
    tracing,
    untouched,
    with_arrays,
)

MOST = 16  # programs of one function; what comes after that is computed by the engine
PATIENCE = 3  # traces in a row in which a step makes itself something new to keep


@dataclass(slots=True)
class Ready:
    """A program that can be run."""

    replay: Replay
    conditions: Conditions
    trusted: bool
    back: WayBack | None

    def run(self, inputs: tuple[Any, ...], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run the program; return FAILED, with nothing changed, if something is decided otherwise than in the trace."""
        result = self.replay.body(*inputs)
        return result if result is FAILED or self.back is None else self.back.attached(result, args, kwargs)


class Programs:
    """The programs of one function. The one that was used last is tried first."""

    __slots__ = ("check", "enough", "function", "idle", "lock", "open", "ready", "traced_as", "unstable")

    def __init__(self, function: Callable[..., Any], check: bool) -> None:
        self.function = self.traced_as = function
        self.check = check
        self.ready: list[Ready] = []
        self.lock = threading.RLock()  # a program's buffers serve one run at a time
        self.unstable = 0
        self.idle: WeakSet[Optimizer] = WeakSet()  # that the function can reach, and takes no step with
        self.enough = False
        self.open = False  # whether it returns what backward() can be called on, which is left to the engine

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        # Who looks on is to see the operations, a trace notes what is inside, and an open graph is the engine's.
        if watchers or is_tracing() or (self.open and switch.enabled):
            return self.function(*args, **kwargs)
        with self.lock:
            for i, ready in enumerate(self.ready):
                inputs = ready.conditions.fits(args, kwargs)
                if inputs is not None and ready.trusted:
                    result = ready.run(inputs, args, kwargs)
                    if result is not FAILED:
                        if i:
                            self.ready.insert(0, self.ready.pop(i))
                        return result
            with tracing:
                return self._anew(args, kwargs)

    def _anew(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Find a program that fits after all, if what it reads stands elsewhere now; else trace another one."""
        for ready in self.ready:
            if ready.conditions.news():
                ready.trusted = False  # an option that may have been taken for a constant has changed
            inputs = ready.conditions.fits(args, kwargs)
            if inputs is None and ready.conditions.rebound():
                inputs = ready.conditions.fits(args, kwargs)
            if inputs is not None:
                run = ready.run if ready.trusted else functools.partial(self._rehearse, ready)
                result = run(inputs, args, kwargs)
                if result is not FAILED:
                    return result
        if len(self.ready) >= MOST:
            if not self.enough:
                self.enough = True
                warnings.warn(
                    f"compile: {self._name} has {MOST} programs, for as many kinds of arguments and decisions; what "
                    "fits none of them is computed by the engine from now on",
                    stacklevel=5,
                )
            return self.function(*args, **kwargs)
        return self._trace(args, kwargs)

    def _trace(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        reach = Reach(self.function, args, kwargs)
        new = [optimizer for optimizer in reach.optimizers if not optimizer.state and optimizer not in self.idle]
        if new:  # the first step makes what later ones change
            with untouched():
                result = self.function(*args, **kwargs)
            self.idle.update(optimizer for optimizer in new if not optimizer.state)
            return result
        put_back = remembered(reach)
        try:
            traced = trace(self.function, args, kwargs, back=True)
            self._refuse_loose_ends(traced)
        except TraceError:
            put_back()  # half a step is worse than none
            raise
        if traced.starts:
            put_back()
            if traced.ends is None or not self._trace_both_ways(traced, args, kwargs):
                self.open = True
            with untouched():
                return self.function(*args, **kwargs)
        after = self._reach(args, kwargs)
        if not traced.stable or has_grown(traced.reach, after):  # an optimizer's first step makes its state
            self.unstable += 1
            if self.unstable > PATIENCE:
                raise TraceError(
                    f"compile: {self._name} makes something new to keep in every call: one more element of a list, "
                    "`self.x = ...`, or what the step of a learning-rate schedule notes. No program can do the same. "
                    "Let it return what is to be kept, write into a tensor that is there (`self.x.copy_(...)`), and "
                    "step a schedule outside"
                )
            return traced.result
        self.unstable = 0
        self._refuse_changes(traced.reach, after)
        self._keep(prepared(traced), traced, args, kwargs)
        return traced.result

    def _trace_both_ways(self, traced: Traced, args: Any, kwargs: Any) -> bool:
        """Keep a program that goes forward and one that goes back; tell whether there are such."""
        parts = halves(prepared(traced))
        if parts is None or not traced.stable:
            return False
        forward, back = parts
        self._keep(forward, traced, args, kwargs, WayBack(back, traced.ends or [], traced.starts[0]))
        return True

    def _keep(self, program: Program, traced: Traced, args: Any, kwargs: Any, back: WayBack | None = None) -> None:
        arrays = {variable: place.get() for variable, place in program.captured.items() if variable.kind == "array"}
        arrays |= zip(program.inputs, arrays_in((args, kwargs)), strict=True)
        optimizers = traced.reach.optimizers
        kept = {id(x) for update in optimizers for state in update.state.values() for x in state.values()}
        replay = Replay(program, arrays, kept)
        conditions = Conditions(args, kwargs, traced, replay, self.check)
        self.ready.insert(0, Ready(replay, conditions, not self.check, back))

    def _rehearse(self, ready: Ready, inputs: tuple[Any, ...], args: Any, kwargs: Any) -> Any:
        """Let the program run on copies, then the engine for real; compare."""
        rehearsal = Rehearsal(ready.replay, inputs, ready.back is not None)
        if rehearsal.failed:
            return FAILED
        before = self._reach(args, kwargs)
        with untouched():
            result = self.function(*args, **kwargs)
        self._refuse_changes(before, self._reach(args, kwargs))
        difference = rehearsal.difference(result)
        if difference is None and ready.back and not ready.back.is_right(rehearsal.outcome, result, args, kwargs):
            difference = "a gradient"
        given = args, kwargs
        if difference is None:  # the first two calls may have had the same data
            given = with_arrays(given, changed)
            difference = self._difference(ready, *given)
        if difference is not None:
            self.ready.remove(ready)
            line = self._where(ready.replay.program, *given)
            raise TraceError(
                f"compile: {self._name} does not do the same in each call: {difference} is not what the program "
                f"computes that was traced before{f'; the first difference is at {line}' if line else ''}. What "
                "changes from call to call must be an argument, a tensor, an optimizer's option, or a draw from a "
                "Generator; the engine's result stands"
            )
        ready.trusted = True
        return result

    def _difference(self, ready: Ready, args: Any, kwargs: Any) -> str | None:
        """Return what the program and the engine compute differently; everything is put back afterwards."""
        inputs = ready.conditions.fits(args, kwargs)
        if inputs is None:
            return None
        with restored(self.function, args, kwargs):
            try:
                rehearsal = Rehearsal(ready.replay, inputs, ready.back is not None)
                if rehearsal.failed:  # with such data it decides otherwise
                    return None
                with untouched():
                    result = self.function(*args, **kwargs)
            except (ValueError, IndexError, ArithmeticError, np.linalg.LinAlgError):
                return None  # it takes no such data
            return rehearsal.difference(result)

    def _where(self, program: Program, args: Any, kwargs: Any) -> str | None:
        """Trace the step once more, and return the line where it differs; everything is put back afterwards."""
        with restored(self.function, args, kwargs):
            try:
                return first_difference(program, prepared(trace(self.function, args, kwargs)))
            except TraceError:
                return None

    def _reach(self, args: Any, kwargs: Any) -> Reach:
        return Reach(self.function, *others_in((args, kwargs)))

    # What a program cannot do

    @property
    def _name(self) -> str:
        return getattr(self.function, "__name__", type(self.function).__name__)

    def _refuse_loose_ends(self, traced: Traced) -> None:
        if traced.arrived:
            raise TraceError(
                f"compile: backward() in {self._name} reaches an argument, whose .grad a program does not set; return "
                "the gradient: autograd.grad(loss, x)"
            )

    def _refuse_changes(self, before: Reach, after: Reach) -> None:
        what = changed_by(before, after)
        if what is not None:
            raise TraceError(
                f"compile: {self._name} changes {what} which a program does not do: it computes with arrays, and "
                "changes tensors alone. Count and collect outside of the step, or keep the number in a tensor"
            )


def prepared(traced: Traced) -> Program:
    """Return the program that is run: in fewer calls, with all conditions first."""
    program = guards_first(simplified(traced.program))
    given = {variable.memory for variable in program.inputs}
    for call in program.calls:
        if any(variable.memory in given for variable in call.writes):
            raise TraceError(f"compile: writing into an argument cannot be traced ({call.line}); write into x.clone()")
    owners = {id(grad): tensor for tensor, _, grad in traced.tensors if grad is not None}
    for variable, place in program.captured.items():
        if isinstance(place, Place) and id(place.holder) in owners:
            program.captured[variable] = gradient(owners[id(place.holder)])
    traced.places[:] = [
        (gradient(owners[id(place.holder)]) if id(place.holder) in owners else place, variable)
        for place, variable in traced.places
    ]
    return program
