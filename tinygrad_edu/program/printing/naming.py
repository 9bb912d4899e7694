"""What the variables of a program are called: as the reader calls them, or the rules do, or after what they are.

hidden_weight      a parameter, by its dotted name
h                  a local variable of the reader's function, or of the rule that computes it
d_h                the gradient of h; d_h_mul is what h gets through mul, if it gets more than that
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_edu.engine.op import Op
from tinygrad_edu.program.instructions import Call, Program, Pull, Variable, name_of
from tinygrad_edu.program.printing.local_names import Locals
from tinygrad_edu.program.tracing.places import Place

OF_FILES = {"activation": "h", "loss": "loss", "likelihood": "losses", "normalization": "normalized"}
OF_OPERATIONS = {
    "linear": "z", "convolution": "z", "softmax": "p", "log_softmax": "log_p", "matmul": "product", "tanh": "h",
    "mul": "product", "add": "total", "sub": "difference", "div": "ratio", "neg": "negative", "pow": "power",
    "max_pool": "pooled", "attention": "attended", "lstm": "states", "gru": "states", "rnn": "states",
}  # fmt: skip
OF_FUNCTIONS = {
    "sum": "total", "add": "total", "max": "largest", "min": "smallest", "exp": "exponentials", "log": "logs",
    "sqrt": "root", "matmul": "product", "multiply": "product", "subtract": "difference", "divide": "ratio",
    "maximum": "larger", "minimum": "smaller", "where": "chosen", "mean": "mean", "random": "draws", "item": "number",
    "astype": "numbers", "reshape": "flat", "T": "transposed", "square": "squares", "getitem": "picked", "pow": "power",
    "abs": "size", "absolute": "size", "greater": "condition", "greater_equal": "condition", "less": "condition",
    "less_equal": "condition", "equal": "condition", "not_equal": "condition", "zeros_like": "zeros",
    "empty_like": "room", "truediv": "rate", "sub": "difference", "mul": "product",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gradient:
    """The name of a gradient: `d_` and the name of what it is the gradient of; or of a share, through an operation."""

    of: Variable
    through: str = ""


Name = str | Gradient


def wanted(program: Program, seen: Locals, arguments: dict[Variable, str]) -> dict[Variable, Name]:
    """Return what each variable would best be called; several may want the same name.

    Parameters:
        seen: the names of local variables.
        arguments: those of the function's arguments.
    """
    names: dict[Variable, Name] = {}

    def claim(variable: Any, name: Name) -> None:
        variable = program.now(variable)
        if isinstance(variable, Variable) and variable != getattr(name, "of", None):
            names.setdefault(variable, name)

    for variable, name in arguments.items():
        claim(variable, name)
    for variable in program.captured:
        if variable.name:
            claim(variable, of_parameter(variable.name))
    for variable, name in seen.readers.items():
        claim(variable, name)
    for variable, name in seen.library.items():
        claim(variable, name)
    values = [section for section in program.sections if section.forward is None and isinstance(section.op, Op)]
    for section in values:
        if section.outer is None:
            claim(section.outputs, of_value(section.op))
    shares: dict[Variable, list[Variable]] = defaultdict(list)  # a gradient, or a share -> what it is the gradient of
    for variable, gradient in _gradients(program):
        claim(variable, gradient)
        shares[program.now(variable)].append(gradient.of)
    for variable, gradient in _sums(program, shares):
        names.setdefault(variable, gradient)
    for section in values:
        claim(section.outputs, of_value(section.op))
    for variable, name in seen.rules.items():
        claim(variable, name)
    divisors = {
        x for call in program.calls if call.function is np.divide for x in call.args[1:] if isinstance(x, Variable)
    }
    for call in program.calls:
        for result in call.results:
            names.setdefault(result, result.name or ("divisor" if result in divisors else of_call(call)))
    for variable in (*program.inputs, *program.captured):
        claim(variable, "constant")
    return names


def _gradients(program: Program) -> Iterator[tuple[Any, Gradient]]:
    """Yield what is the gradient of what: what is stored as one, what a way back is given, and what it returns."""
    now = program.now
    for _, gradient, parameter in stored_gradients(program):
        if parameter is not None:
            yield gradient, Gradient(parameter)
    back = [section for section in program.sections if section.forward is not None]
    for section in back:
        value = now(section.forward.outputs) if section.forward is not None else None
        if isinstance(value, Variable):
            yield section.g, Gradient(value)
    added = {x for call in program.calls if adds(call) for x in call.args}
    for section in back:
        share, x = now(section.outputs), now(section.inputs[section.index or 0])
        if isinstance(share, Variable) and isinstance(x, Variable):
            yield share, Gradient(x, section.op.name if share in added else "")


def stored_gradients(program: Program) -> Iterator[tuple[Place, Variable, Variable | None]]:
    """Yield where the engine leaves a gradient, the gradient, and what it is of, if the program reads that."""
    held = {id(place.holder): variable for variable, place in program.captured.items() if isinstance(place, Place)}
    for place, gradient in program.stores:
        if place.key == "grad":
            yield place, gradient, held.get(id(place.holder))


def _sums(program: Program, of: dict[Variable, list[Variable]]) -> Iterator[tuple[Variable, Gradient]]:
    """Yield what shares add up to, between the operations; add it to what is known."""
    for call in program.calls:
        if len(call.results) == 1 and (adds(call) or sums_up(call)):
            parts = [of[x] for x in call.args if isinstance(x, Variable)]
            common = [x for x in parts[0] if all(x in part for part in parts)] if parts else []
            if common:
                of[call.results[0]] = common
                yield call.results[0], Gradient(common[0])


def adds(call: Call) -> bool:
    """Tell whether a call adds up shares of a gradient."""
    return call.function is np.add and call.section is None


def sums_up(call: Call) -> bool:
    """Tell whether a call undoes a broadcast: it adds up a gradient to the shape of what it is the gradient of."""
    return call.section is None and name_of(call.function) in ("reduce", "sum", "reshape", "matmul")


def of_parameter(dotted: str) -> str:
    """Return the name of a parameter: hidden.weight is hidden_weight, 0.weight is layer0_weight."""
    return identifier(f"layer{dotted}" if dotted[:1].isdigit() else dotted)


def of_value(op: Op) -> str:
    """Return what the value of an operation is called, if nobody has named it."""
    file = (op.__module__ or "").rpartition(".")[2]
    return OF_OPERATIONS.get(op.name) or OF_FILES.get(file) or OF_FUNCTIONS.get(op.name) or op.name


def of_call(call: Call) -> str:
    """Return what the result of a call is called, if nobody has named it and it is no whole operation's."""
    if isinstance(call.function, Pull):
        return "d_input"
    name = name_of(call.function) or "value"
    if name == "zeros_like" and call.section is None:  # for a part of a gradient to be put in
        return "share"
    if name == "reduce":
        ufunc = getattr(call.function, "__self__", None)
        name = {np.add: "sum", np.maximum: "max", np.minimum: "min"}.get(ufunc, "reduced")  # type: ignore[arg-type]
    return OF_FUNCTIONS.get(name, name)


def identifier(text: str) -> str:
    """Return a text as a name."""
    name = re.sub(r"\W+", "_", text).strip("_") or "value"
    return f"_{name}" if name[0].isdigit() else name


RESERVED = {*dir(builtins), *keyword.kwlist, *keyword.softkwlist, "np", "math"}


def unique(
    order: Iterable[Variable], names: dict[Variable, Name], first: set[Variable], used: Iterable[str]
) -> dict[Variable, str]:
    """Give each variable a name of its own.

    What several want is numbered, but for those that come `first`, and gradients are named when all else is.
    """
    order = list(order)
    given: dict[Variable, str] = {}
    used = set(used)

    def give(variable: Variable, name: str) -> None:
        given[variable] = name
        used.add(name)

    for variable in order:
        if variable in first:
            base = _base(variable, names, given)
            give(variable, base if base not in used else _numbered(base, used, 2))
    rest = [variable for variable in order if variable not in first]
    for kind in (str, Gradient):
        these = [variable for variable in rest if isinstance(names[variable], kind)]
        bases = {variable: _base(variable, names, given) for variable in these}
        count = Counter(bases.values())
        for variable, base in bases.items():
            if isinstance(names[variable], Gradient):  # that of a gradient is known by now
                base = _base(variable, names, given)
            alone = count[base] <= 1 and base not in used
            give(variable, base if alone else _numbered(base, used, 1))
    return given


def _base(variable: Variable, names: dict[Variable, Name], given: dict[Variable, str]) -> str:
    name, after, depth = names[variable], "", 0
    while isinstance(name, Gradient):
        depth += 1
        after = f"_{name.through}{after}" if name.through else after
        name = given.get(name.of) or names.get(name.of, "value")
    name = identifier("d_" * depth + name + after)
    return f"{name}_" if name in RESERVED else name


def _numbered(base: str, used: set[str], number: int) -> str:
    joint = "_" if base[-1:].isdigit() else ""
    while f"{base}{joint}{number}" in used:
        number += 1
    return f"{base}{joint}{number}"
