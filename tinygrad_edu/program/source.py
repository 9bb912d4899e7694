"""`func.source`: a computation as the NumPy program that a person would have written by hand."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from tinygrad_edu.program.instructions import Guard, Program, Rule, Variable
from tinygrad_edu.program.printing import literals
from tinygrad_edu.program.printing.expressions import Size
from tinygrad_edu.program.printing.helpers import Helpers
from tinygrad_edu.program.printing.local_names import Locals, argument_names
from tinygrad_edu.program.printing.naming import identifier, stored_gradients, wanted
from tinygrad_edu.program.printing.placing import Placing
from tinygrad_edu.program.printing.sizes import Sized, with_other_size, with_sizes
from tinygrad_edu.program.printing.steps import with_one_count
from tinygrad_edu.program.printing.text import function as function_text
from tinygrad_edu.program.printing.verifying import Printed, check
from tinygrad_edu.program.simplify import simplified
from tinygrad_edu.program.tracing.arrays import TraceError
from tinygrad_edu.program.tracing.places import Constant
from tinygrad_edu.program.tracing.reach import Reach
from tinygrad_edu.program.tracing.restoring import restored
from tinygrad_edu.program.tracing.running import Traced, others_in, trace

LIMIT = 2_000  # calls: a longer text is read by nobody


def source(function: Callable[..., Any], *args: Any, **kwargs: Any) -> str:
    """Return what `function(*args, **kwargs)` computes as Python code that needs NumPy alone.

    It is run once, and every call of NumPy's that it makes is written down: the forward pass, the backward pass and
    the update of a training step, for example. The code computes the same, to the last bit, in the order of the
    engine, with names of one's own and the formulas of the operations above. Whatever the run changes is put back.

        def step(x, y):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            return loss

        print(func.source(step, images, labels))
        print(func.source(func.grad(lambda w: np.sum(np.tanh(w) ** 2)), np.ones(3)))

    The arguments of the printed function are those of `function`, and after them what it refers to: parameters of a
    model by their dotted names (`hidden.weight` is `hidden_weight`), what an optimizer keeps, and the generator that
    random numbers are drawn from, a `np.random.Generator`. Parameters are changed in place. It returns what `function`
    returns, and the gradients that `backward()` has left in `.grad`, unless an optimizer has used them.

    Loops are unrolled, and conditions have been decided: the code is for arguments of these shapes, and with which
    the function goes the same way. Where it can be seen which numbers are the size of the batch (the first axis of the
    first argument), they are written as `len(x)`. What walks through windows or time steps, as a convolution does, is
    called as a function that is printed above. The options of an optimizer are numbers.

    Before it is returned, the code is compared with the function on these arguments and on other data.

    Parameters:
        function: a function of tensors, arrays and numbers, nested as you like: a module, a step, `func.grad(f)`.
        args, kwargs: what it is called with. Arrays and tensors become parameters of the printed function; a number
            stands in it as it is.

    Raises:
        TypeError: it is no function, or there is no array to compute with.
        TraceError: it does something that is no call of NumPy's on arrays (`float(t)`, a result whose shape depends on
            the values), or more than 2,000 calls.
        SourceError: the code would not compute the same: a fault of this library.
    """
    if not callable(function):
        raise TypeError(
            f"source: expected a function or a Module, got {type(function).__name__}; pass the function itself, and "
            "its arguments after it"
        )
    with restored(function, args, kwargs):
        begun = all(optimizer.state for optimizer in Reach(function, *others_in((args, kwargs))).optimizers)
        traced: Traced | None
        try:
            traced, seen = _traced(function, args, kwargs)
        except TraceError:  # by what makes an optimizer's state, perhaps
            if begun:
                raise
            traced = None
        # What an optimizer keeps is made in its first step: the second is the one to read.
        if traced is None or not traced.stable:
            function(*args, **kwargs)
            traced, seen = _traced(function, args, kwargs)
            if not traced.stable:
                raise TraceError(
                    f"source: {_name(function)} makes something new to keep in every call, such as a learning rate: "
                    "what is printed would be one of many steps. Step a schedule outside"
                )
        if not traced.program.inputs and not traced.program.calls:
            raise TypeError(
                "source: expected an array or a tensor among the arguments, or one that the function refers to; a "
                "number is written as it is, so pass np.array(2.0) for one that is to be a parameter"
            )
        guards = [call for call in traced.program.calls if isinstance(call, Guard)]
        plain = _program(traced)
        program = _sized(plain, function, args, kwargs)
        names = wanted(program, seen, argument_names(function, args, kwargs, program))
        own = {program.now(variable) for variable in seen.readers}
        name = _name(function)
        helpers = Helpers(call.function.op for call in program.calls if isinstance(call.function, Rule))
        placing = Placing(program, names, own, _written_out(program), {name, *helpers.texts})
        gradients = _gradients(program)
        text = _module(helpers, function_text(name, program, placing, [variable for _, variable in gradients], guards))
        places, decided = [place for place, _ in gradients], [guard.value for guard in guards]
        printed = Printed(
            text, name, plain, placing.parameters, placing.names, places, decided, sized=program is not plain
        )
        check(printed, function, args, kwargs)
    return text


def _sized(program: Program, function: Callable[..., Any], args: Any, kwargs: Any) -> Program:
    """Write the size of the batch as `len(x)`, if the function can be run on a batch of another size."""
    other, size, other_size = with_other_size((args, kwargs))
    if not size:
        return program
    try:
        traced, _ = _traced(function, *other)
    except (TypeError, ValueError, IndexError, RuntimeError):
        return program
    return with_sizes(program, _program(traced), size, other_size)


def _traced(function: Callable[..., Any], args: Any, kwargs: Any) -> tuple[Traced, Locals]:
    seen = Locals(function)
    with restored(function, args, kwargs), seen.watched():
        return trace(function, args, kwargs, limit=LIMIT), seen


def _program(traced: Traced) -> Program:
    return with_one_count(simplified(traced.program, guards=False))


def _written_out(program: Program) -> dict[Variable, str | Size]:
    """Return the constants that are written as numbers, or as the calls that make them."""
    texts: dict[Variable, str | Size | None] = {}
    for variable, place in program.captured.items():
        if isinstance(place, Sized):
            texts[variable] = place.text
        elif isinstance(place, Constant):
            texts[variable] = literals.of_array(place.array)
        elif variable.kind == "number":
            texts[variable] = literals.number(place.get())
    return {variable: text for variable, text in texts.items() if text is not None}


def _name(function: Callable[..., Any]) -> str:
    while isinstance(function, functools.partial):
        function = function.func
    name = getattr(function, "__name__", None) or type(function).__name__.lower()
    return "f" if name == "<lambda>" else identifier(name)


def _module(helpers: Helpers, function: str) -> str:
    """Return the whole text: imports, helpers, the function."""
    parts = [*helpers.definitions(), function]
    numpy = ["import numpy as np"] if any("np." in part for part in parts) else []
    imports = [*sorted(helpers.imports - {"import numpy as np"}), *numpy]
    if len(imports) > 1 and numpy:
        imports.insert(-1, "")
    return "\n\n\n".join(["\n".join(imports), *parts] if imports else parts)


def _gradients(program: Program) -> list[tuple[Any, Variable]]:
    """Return the gradients that are results, and where the engine leaves them: of what no update has changed."""
    written = program.written()
    return [
        (place, gradient)
        for place, gradient, parameter in stored_gradients(program)
        if parameter is None or parameter.memory not in written
    ]
