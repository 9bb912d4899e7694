"""What a program means: its calls, done one after the other. Nothing here is quick; what is has to give the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_edu.program.instructions import Guard, Program, Variable, replaced


def run(program: Program, inputs: Sequence[Any], outside: dict[Variable, Any]) -> Any:
    """Do the calls of a program; return its outputs, with values in place of variables.

    Parameters:
        inputs: what the arguments are this time.
        outside: what is captured, by variable.

    Raises:
        ValueError: a condition turns out differently from when the program was traced.
    """
    values: dict[Any, Any] = {**outside, **dict(zip(program.inputs, inputs, strict=True))}
    for call in program.calls:
        if isinstance(call, Guard):
            if bool(values[call.variable]) != call.value:
                raise ValueError(f"this was decided otherwise when the program was traced ({call.line})")
            continue
        result = call.do(values)
        found = [result] if len(call.results) == 1 else _flat(result)
        for variable, x in zip(call.results, found, strict=False):
            values[variable] = np.asarray(x) if isinstance(x, np.generic) else x  # NumPy's numbers cannot be written to
    return replaced(program.outputs, lambda x: values[x] if isinstance(x, Variable) else x)


def _flat(results: Any) -> list[Any]:
    """Return the arrays, numbers and lists of pullbacks that a call has returned, in order."""
    if isinstance(results, tuple | list):
        return [part for result in results for part in _flat(result)] if _holds_arrays(results) else [results]
    return [results]


def _holds_arrays(results: Any) -> bool:
    return any(isinstance(x, np.ndarray | np.generic | int | float | tuple) for x in results)
