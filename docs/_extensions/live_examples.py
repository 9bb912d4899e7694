"""An example for every function and layer that can be called with a tensor or two, run while the page is built.

What is passed is in `calls.py`. Of the tensors there, the first is taken for which the answer can be shown: short,
finite, and without a warning. What takes other things gets no example here, nor does what has one in its docstring.
"""

from __future__ import annotations

import inspect
import re
import warnings
from typing import Any

from calls import ARGUMENTS, CALLS, LAYERS, SETTINGS, TENSORS
from sphinx.util import logging

import tinygrad_edu as tg

log = logging.getLogger(__name__)

SHORT_NAMES = {"tinygrad_edu": "tg", "tinygrad_edu.nn.functional": "F"}
LONGEST = 300  # letters
NOT_SHOWN = re.compile(r"nan|inf|None|<(?!\w+>)")  # but <linear>, in grad_fn=<linear>


def example_of(name: str, function: Any) -> list[str]:
    """Return the lines of an example of a function or layer, as reStructuredText; none if it cannot be called."""
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
            return ["", ".. code-block:: pycon", "", *(f"   {line}" for line in lines), ""]
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
    """Put an example below the docstring of a function, or of a layer."""
    is_layer = what == "class" and issubclass(obj, tg.nn.Module)
    if (what == "function" or is_layer) and not any(line.lstrip().startswith((">>>", "::")) for line in lines):
        lines += example_of(name, obj)


def setup(app: Any) -> dict[str, bool]:
    app.connect("autodoc-process-docstring", add_example, priority=900)  # when the docstring is text for Sphinx
    return {"parallel_read_safe": True}
