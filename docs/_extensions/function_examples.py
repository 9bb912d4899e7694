"""An example for every function that can be called with a tensor or two, made and run while the page is built.

What is passed is in `calls.py`. Of the tensors there, the first is taken for which the answer can be shown: short,
finite, and without a warning. A function that takes other things gets no example here, nor does one whose docstring has
its own.
"""

from __future__ import annotations

import inspect
import re
import warnings
from typing import Any

from calls import ARGUMENTS, CALLS, TENSORS

import tinygrad_edu as tg

SHORT_NAMES = {"tinygrad_edu": "tg", "tinygrad_edu.nn.functional": "F"}
LONGEST = 300  # letters
NOT_SHOWN = re.compile(r"nan|inf|<|None")


def example_of(name: str, function: Any) -> list[str]:
    """Return the lines of an example of a function, as reStructuredText; none if there is no way to call it."""
    calls = calls_of(name, inspect.signature(getattr(function, "rule", function)).parameters)
    for tensor in TENSORS if calls else ():
        answers = {}
        for call in calls:
            if (shown := answer(call, tensor)) and shown not in answers.values():
                answers[call] = shown
        if calls[0] in answers:
            lines = [f">>> {name} = {value}" for name, value in inputs_of(tensor, calls[0]).items()]
            for call, (comment, text) in answers.items():
                lines += [f">>> {call}{comment}", *text.splitlines()]
            return ["", ".. code-block:: pycon", "", *(f"   {line}" for line in lines), ""]
    return []


def calls_of(name: str, parameters: Any) -> list[str]:
    """Return a call with what must be given, and one along a dimension if that may be given."""
    module, _, short = name.rpartition(".")
    callee = f"{SHORT_NAMES.get(module, module.replace('tinygrad_edu', 'tg'))}.{short}"
    if short in CALLS:
        return [f"{callee}({CALLS[short]})"] if CALLS[short] else []
    needed = [p.name for p in parameters.values() if p.default is p.empty and p.kind is not p.VAR_KEYWORD]
    if not needed or not all(name in ARGUMENTS for name in needed):
        return []
    words = ", ".join(ARGUMENTS[name] for name in needed)
    along = [f"{callee}({words}, dim=1)"] if "dim" in parameters and "dim" not in needed else []
    return [f"{callee}({words})", *along]


def inputs_of(tensor: str, call: str) -> dict[str, str]:
    """Return what the inputs of a call are, by name. y is made from x."""
    inputs = {"x": f"tg.tensor({tensor})", "y": "x.flip(0)"}
    used = [name for name in inputs if re.search(rf"\b{name}\b", call)]
    return inputs if "y" in used else {name: inputs[name] for name in used}


def answer(call: str, tensor: str) -> tuple[str, str] | None:
    """Return what a call gives, as Python shows it, behind a comment; None if there is nothing that can be shown."""
    names: dict[str, Any] = {"tg": tg, "F": tg.nn.functional}
    tg.manual_seed(0)
    state = repr(tg.get_rng_state())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for name, value in inputs_of(tensor, call).items():
                names[name] = eval(value, names)
            text = repr(eval(call, names))
    except Exception:  # other inputs are tried, and there may be none
        return None
    comment = "" if repr(tg.get_rng_state()) == state else "  # after tg.manual_seed(0)"
    return None if len(text) > LONGEST or NOT_SHOWN.search(text) else (comment, text)


def add_example(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Put an example below the docstring of a function."""
    if what == "function" and not any(line.lstrip().startswith((">>>", "::")) for line in lines):
        lines += example_of(name, obj)


def setup(app: Any) -> dict[str, bool]:
    app.connect("autodoc-process-docstring", add_example, priority=900)  # when the docstring is text for Sphinx
    return {"parallel_read_safe": True}
