"""A compiled function in the graph of an eager program: one node, whose way back is a program as well."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any, NoReturn

import numpy as np

from tinygrad_edu.engine.graph import GraphError, backpropagate, source_of
from tinygrad_edu.engine.op import Op
from tinygrad_edu.engine.shared import shared
from tinygrad_edu.engine.value import Node
from tinygrad_edu.program.comparing import same
from tinygrad_edu.program.compiling.replay import Replay
from tinygrad_edu.program.instructions import Program, variables_in
from tinygrad_edu.program.simplify import without_dead
from tinygrad_edu.program.tracing.places import Constant
from tinygrad_edu.program.tracing.running import leaves
from tinygrad_edu.tensors.tensor import Tensor


def compiled(*inputs: Any) -> NoReturn:
    """Stand for a function that was compiled."""
    raise GraphError(
        "backward: create_graph=True records what a way back does, and that of a compiled function is a program; call "
        "the function itself for second derivatives"
    )


OPERATION = Op(compiled, formula="y = f(x), compiled")


class WayBack:
    """The second half of a program: from the gradient of what it returned to those of arguments and weights."""

    def __init__(self, program: Program, ends: list[Any], result: int) -> None:
        """`ends` are tensors, or numbers of arguments; `result` is which of the results the gradient belongs to."""
        self.replay = Replay(program, {}, set())
        self.ends, self.result = ends, result
        self.lock = threading.Lock()

    def tensors(self, args: Any, kwargs: Any) -> list[Tensor]:
        given = leaves((args, kwargs))
        return [given[end] if isinstance(end, int) else end for end in self.ends]

    def attached(self, outcome: Any, args: Any, kwargs: Any) -> Any:
        """Return what the first half has computed, with a node that remembers how to go back."""
        tree, saved = outcome
        tensors = self.tensors(args, kwargs)

        def way_back(g: Any) -> Any:
            return self.gradients(saved, g)

        y = leaves(tree)[self.result]
        sources, arrays = [source_of(x) for x in tensors], [x.array for x in tensors]
        y.source, y.tracked = Node(OPERATION, sources, arrays, {}, shared(way_back, len(tensors))), True
        return tree

    def gradients(self, saved: Any, g: Any) -> Any:
        with self.lock:
            return self.replay.body(*saved, g)

    def is_right(self, outcome: Any, result: Any, args: Any, kwargs: Any) -> bool:
        """Tell whether the engine, which has computed `result`, comes to the same gradients; its graph stays usable."""
        y = leaves(result)[self.result]
        g = np.ones_like(y.array)
        sources = [source_of(x) for x in self.tensors(args, kwargs)]
        theirs = backpropagate([(y, g)], set(sources), retain_graph=True)
        mine = self.gradients(outcome[1], g)
        return same(mine, [theirs[source] for source in sources])


def halves(program: Program) -> tuple[Program, Program] | None:
    """Part a program into what computes the results, and what computes gradients; None if the two are entangled.

    The first half returns its results and all that the second needs of it; that is given these and the gradient.
    """
    results, gradients = program.outputs
    *inputs, g = program.inputs
    first = without_dead(replace(program, outputs=results))
    early = set(map(id, first.calls))
    late = [call for call in program.calls if id(call) not in early]
    made = {variable for call in late for variable in call.results}
    constants = {variable: place for variable, place in program.captured.items() if isinstance(place, Constant)}
    read = dict.fromkeys(x for call in late for x in call.reads()) | dict.fromkeys(variables_in(gradients))
    between = [x for x in read if x not in made and x not in constants and x is not g]
    changed = first.written()
    owned = {variable.memory for variable in made}
    foreign = any(x.memory not in owned for call in late for x in call.writes)
    if foreign or any(x.memory in changed and x in program.captured for x in between):
        return None
    captured = dict(program.captured)
    forward = replace(first, inputs=inputs, captured=captured, outputs=(results, tuple(between)))
    return forward, Program([*between, g], constants, late, gradients)
