"""The directive `api`: everything public in a module, from the docstrings.

    .. api:: tinygrad_edu.nn
    .. api:: tinygrad_edu
       :only: Tensor
    .. api:: tinygrad_edu
       :from: tinygrad_edu.functions.shape

Functions and classes are autodoc's; operations, which are objects, are shown as the functions they are to a user.
"""

from __future__ import annotations

import importlib
import inspect
import re
from types import ModuleType
from typing import Any, ClassVar

from docstrings import to_rst
from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from live_examples import example_of
from programs import FOLDER as EXAMPLES
from sphinx.domains.python import PyObject
from sphinx.util.docutils import SphinxDirective

from tinygrad_edu.engine.op import Op

LONG = 60  # letters: the value of a constant is shown if it is shorter


class Api(SphinxDirective):
    """Document the public names of a module: all, those in `only`, or those it has from the module `from`."""

    required_arguments = 1
    option_spec: ClassVar = dict.fromkeys(("only", "without", "from"), directives.unchanged)

    def run(self) -> list[nodes.Node]:
        module = importlib.import_module(self.arguments[0])
        for path in EXAMPLES.glob("*.py"):
            self.env.note_dependency(str(path))
        lines: list[str] = []
        for name in names_in(module, self.options):
            lines += [*document(module, name), ""]
        parent = nodes.container()
        self.state.nested_parse(StringList(lines, source=self.arguments[0]), self.content_offset, parent)
        return parent.children


def names_in(module: ModuleType, options: dict[str, str]) -> list[str]:
    """Return the names of a module that the options of the directive leave."""
    only, without = (re.findall(r"\w+", options.get(option, "")) for option in ("only", "without"))
    if "from" in options:
        names = [name for name in public_names(importlib.import_module(options["from"])) if hasattr(module, name)]
    else:
        names = only or public_names(module)
    return [name for name in names if name not in without]


def public_names(module: ModuleType) -> list[str]:
    """Return the names in a module's `__all__`; without one, those of what is defined in it or in a file below it."""
    if hasattr(module, "__all__"):
        return list(module.__all__)
    return [
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", "").startswith(module.__name__)
    ]


def document(module: ModuleType, name: str) -> list[str]:
    """Return the lines of reStructuredText that document one name."""
    value = getattr(module, name)
    full = f"{module.__name__}.{name}"
    if isinstance(value, ModuleType):
        return []
    if isinstance(value, Op):
        lines = document_op(f".. py:function:: {name}", value, [f"   :module: {module.__name__}"])
        return [*lines, *(f"   {line}" for line in example_of(full, value))]
    if inspect.isclass(value):
        return document_class(full, value)
    if callable(value):
        return [f".. autofunction:: {full}"]
    shown = [f"   :value: {value}"] if len(str(value)) < LONG else []
    return [f".. py:data:: {name}", f"   :module: {module.__name__}", *shown]


def document_op(head: str, op: Op, options: list[str]) -> list[str]:
    """Return the lines that document an operation as a function, or as a method without its first input."""
    parameters = list(inspect.signature(op.rule).parameters.values())
    if "py:method" in head:
        parameters = parameters[1:]
    docstring = to_rst(inspect.cleandoc(op.__doc__).splitlines()) if op.__doc__ else []
    body = [f"``{op.formula}``", "", *docstring]
    return [f"{head}{inspect.Signature(parameters)}", *options, "", *(f"   {line}" for line in body), ""]


def document_class(name: str, cls: type) -> list[str]:
    """Return the lines that document a class: its methods and properties."""
    lines = [f".. autoclass:: {name}", ""]
    for member, value in members(cls):
        full = f"{name}.{member}"
        if isinstance(value, Op):
            entry = document_op(f".. py:method:: {member}", value, [])
        elif isinstance(value, property):
            entry = [f".. autoproperty:: {full}"]
        elif callable(value) or isinstance(value, staticmethod | classmethod):
            entry = [f".. automethod:: {full}"]
        else:
            continue
        lines += [*(f"   {line}" for line in entry), ""]
    return lines


def members(cls: type) -> list[tuple[str, Any]]:
    """Return the public members of a class that have words to say, by name.

    What a class inherits is described where it comes from; but what Tensor has from `tensors`, and what a private
    base brings, is nowhere else.
    """
    found: dict[str, Any] = {}
    for base in cls.__mro__:
        elsewhere = not base.__module__.startswith("tinygrad_edu.tensors") and not base.__name__.startswith("_")
        if base is not cls and elsewhere:
            continue
        for name, value in vars(base).items():
            if isinstance(value, staticmethod) and value.__func__.__module__ != cls.__module__:
                continue  # the function that a layer applies is described where it is written
            if not name.startswith("_") and (isinstance(value, Op) or value.__doc__):
                found.setdefault(name, value)
    return list(found.items())


def setup(app: Any) -> dict[str, bool]:
    app.add_directive("api", Api)
    for field in PyObject.doc_field_types:
        if field.name == "variable":
            field.label = "Attributes"  # as they are called in the docstrings
    return {"parallel_read_safe": True}
