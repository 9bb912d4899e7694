"""Calls as statements: `z = x + y`, and `z += y` for np.add(z, y, out=z)."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tinygrad_edu.program.instructions import Call, Variable
from tinygrad_edu.program.printing.expressions import Writer
from tinygrad_edu.program.printing.operators import BINARY, COMMUTES, COMPARISON


def statement(call: Call, writer: Writer, targets: Sequence[str]) -> str:
    """Return the statement that a call is; its results get the names `targets`."""
    if call.function is operator.setitem:
        target, index, value = call.args
        return f"{writer.operand(target)}[{writer.index(index)}] = {writer.argument(value)}"
    if call.function is np.copyto and len(call.args) == 2 and not call.kwargs:
        return f"{writer.operand(call.args[0])}[...] = {writer.argument(call.args[1])}"
    if call.writes and (text := in_place(call, writer)):
        return text
    text = writer.write(call).text
    return f"{', '.join(targets)} = {text}" if targets else text


def in_place(call: Call, writer: Writer) -> str | None:
    """Return a change in place as people write it, `w -= 0.1 * d_w`; None if `out=` has to be said."""
    out = call.kwargs.get("out")
    if not isinstance(call.function, np.ufunc) or not isinstance(out, Variable) or call.kwargs.keys() > {"out"}:
        return None
    name = call.function.__name__
    sign, level = BINARY.get(name, ("", COMPARISON))
    if level != COMPARISON:
        left, right = reversed(call.args) if call.args[1] is out and name in COMMUTES else call.args
        if left is out:
            return f"{writer.operand(out)} {sign}= {writer.argument(right)}"
    if call.function.signature:  # it may read what it has written
        return None
    kwargs = {key: x for key, x in call.kwargs.items() if key != "out"}
    return f"{writer.operand(out)}[...] = {writer.write(replace(call, kwargs=kwargs)).text}"
