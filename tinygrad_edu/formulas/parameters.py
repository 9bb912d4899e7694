"""The parameters of a call in words: "axis = 0". Those that have their usual value go without saying."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from tinygrad_edu.engine.op import Op
from tinygrad_edu.formulas.arguments import format_parameter, shorten
from tinygrad_edu.formulas.rules import rule_parameters

DATA = (int, float, complex, str, slice, np.ndarray, np.generic, np.dtype, type(None), type(...))
PLAIN = (int, float, str, tuple)
USUAL = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1}  # of windows, whose rules leave none of these out


def write_parameters(op: Op, params: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each parameter that has another value than the one it has when it is left out."""
    rule = rule_parameters(op)
    for name, value in params.items():
        usual = rule[name].default if name in rule else inspect.Parameter.empty
        usual = USUAL.get(name, usual) if usual is inspect.Parameter.empty else usual
        if is_data(value) and value is not usual and not (isinstance(value, PLAIN) and same(value, usual)):
            yield shorten(f"{name} = {format_parameter(value)}", 36)


def is_data(value: Any) -> bool:
    """Tell whether a parameter is something to be read. A function of the user's may be called with anything."""
    return all(map(is_data, value)) if isinstance(value, tuple | list) else isinstance(value, DATA)


def same(value: Any, usual: Any) -> bool:
    """Tell whether a parameter has its usual value, in each of two directions if there are two."""
    values = value if isinstance(value, tuple) and not isinstance(usual, tuple) else (value,)
    return bool(values) and all(isinstance(x, PLAIN) and x == usual for x in values)
