"""An example for every public name, run while the page is built.

Most functions and layers can be called with a tensor or two. What is passed is in `calls.py`. Of the tensors there, the
first is taken for which the answer can be shown: short, finite, and without a warning. For what takes other things
there is a small program (`programs.py`).
"""

from __future__ import annotations

import inspect
import re
import warnings
from typing import Any

from calls import ARGUMENTS, CALLS, LAYERS, SETTINGS, TENSORS
from programs import PROGRAMS, ExampleError, session
from sphinx.util import logging

import tinygrad_edu as tg

log = logging.getLogger(__name__)

SHORT_NAMES = {"tinygrad_edu": "tg", "tinygrad_edu.nn.functional": "F"}
LONGEST = 300  # letters
NOT_SHOWN = re.compile(r"nan|inf|None|<(?!\w+>)")  # but <linear>, in grad_fn=<linear>


def example_of(name: str, value: Any) -> list[str]:
    """Return the lines of an example of a name, as reStructuredText; none if there is none."""
    lines = program_of(name) or (call_of(name, value) if can_be_called(value) else [])
    return ["", ".. code-block:: pycon", "", *(f"   {line}" for line in lines), ""] if lines else []


def can_be_called(value: Any) -> bool:
    """Tell whether a name stands for what is called with tensors: an operation, a function, or a layer."""
    return callable(value) and (not inspect.isclass(value) or issubclass(value, tg.nn.Module))


def program_of(name: str) -> list[str]:
    """Return a program with what it answers, if there is one for a name."""
    program = PROGRAMS.get(name.removeprefix("tinygrad_edu."))
    try:
        return session(program) if program else []
    except ExampleError as error:
        log.warning("the example of %s does not run: %s", name, error)
        return []


def call_of(name: str, function: Any) -> list[str]:
    """Return a call of a function or layer with what it answers, for the first tensor that it can be shown for."""
    calls = calls_of(name, function)
    for tensor in TENSORS if calls else ():
        answers = {}
        for call in calls:
            if (shown := answer(call, tensor)) and shown not in answers.values():
                answers[call] = shown
        if calls[0] in answers:
            lines = [f">>> {name} = {value}" for name, value in inputs_of(tensor, calls[0]).items()]
            for call, (comment, text) in answers.items():
                lines += [f">>> {call}{comment}", *text.splitlines()]
            return lines
    if calls and name.rpartition(".")[2] in CALLS | LAYERS:
        log.warning("%s cannot be shown; calls.py says otherwise", calls[0])
    return []


def calls_of(name: str, function: Any) -> list[str]:
    """Return a call with what must be given, and one along a dimension if that may be given."""
    module, _, short = name.rpartition(".")
    callee = f"{SHORT_NAMES.get(module, module.replace('tinygrad_edu', 'tg'))}.{short}"
    if short in CALLS:
        return [f"{callee}({CALLS[short]})"] if CALLS[short] else []
    if short in LAYERS:
        settings, inputs = LAYERS[short]
        return [f"{callee}({settings})({inputs})"]
    if inspect.isclass(function):
        settings = words_for(needed(function), SETTINGS)
        inputs = words_for([name for name in needed(function.forward) if name != "self"], ARGUMENTS)
        return [f"{callee}({settings})({inputs})"] if settings is not None and inputs else []
    words = words_for(needed(function), ARGUMENTS)
    if not words:
        return []
    along = [f"{callee}({words}, dim=1)"] if "dim" in parameters_of(function) and "dim" not in needed(function) else []
    return [f"{callee}({words})", *along]


def parameters_of(function: Any) -> Any:
    return inspect.signature(getattr(function, "rule", function)).parameters


def needed(function: Any) -> list[str]:
    """Return the names of what must be given."""
    kinds = inspect.Parameter
    found = parameters_of(function).values()
    return [p.name for p in found if p.default is kinds.empty and p.kind is not kinds.VAR_KEYWORD]


def words_for(names: list[str], known: dict[str, str]) -> str | None:
    """Return what to write for these parameters; None if one of them is not known."""
    return ", ".join(known[name] for name in names) if all(name in known for name in names) else None


def inputs_of(tensor: str, call: str) -> dict[str, str]:
    """Return what the inputs of a call are, by name. y is made from x."""
    inputs = {"x": tensor, "y": "x.flip(0)"}
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
    """Put an example below the docstring of a function, or of a class."""
    if what in ("function", "class", "exception"):
        lines += example_of(name, obj)


def setup(app: Any) -> dict[str, bool]:
    app.connect("autodoc-process-docstring", add_example, priority=900)  # when the docstring is text for Sphinx
    return {"parallel_read_safe": True}
