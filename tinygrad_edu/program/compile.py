"""`tg.compile`: a step is traced once, and its NumPy calls are made again from then on, without the engine."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypedDict, TypeVar, Unpack, overload

from tinygrad_edu.nn.module import Module
from tinygrad_edu.program.compiling.programs import Programs

F = TypeVar("F", bound=Callable[..., Any])


class Accepted(TypedDict, total=False):
    """What PyTorch's `compile` takes besides, and what changes nothing here."""

    fullgraph: bool
    dynamic: bool | None
    backend: str
    mode: str | None
    options: Any


@overload
def compile(model: F, *, disable: bool = ..., check: bool = ..., **accepted: Unpack[Accepted]) -> F: ...
@overload
def compile(
    model: None = None, *, disable: bool = ..., check: bool = ..., **accepted: Unpack[Accepted]
) -> Callable[[F], F]: ...
def compile(model: Any = None, *, disable: bool = False, check: bool = True, **accepted: Unpack[Accepted]) -> Any:
    """Return a function that does what `model` does, a training step most often, faster: it skips the engine.

        @tg.compile
        def step(x, y):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            return loss.detach()

    The first call runs the step as it is, and writes down every NumPy call that is made on the way: in the forward
    pass, in the backward pass and in the update. Later calls make these again, in fewer calls and into memory that is
    there already. The numbers are the same, to the last bit. For arguments of another shape or type, in another mode
    (`model.eval()`), after a change of a number or a module that the step uses, a program of its own is written.

    What a program cannot do is an error that names the line, as with PyTorch's `fullgraph=True`:

    - Loops are unrolled, and conditions decided in the trace. A condition on values is looked at again in each call;
      where it turns out differently, the step is traced anew. It must not depend on what the step has changed before.
    - Shapes that depend on values (`nonzero`, `x[mask]`), and `float()`, `int()`, `tolist()` and Python's `math` of
      what was computed; `np.isfinite(loss.item())` is fine.
    - Counting in Python's numbers, and lists that grow.

    A model, or a loss, may be compiled by itself: what it returns can be differentiated, once, if it is one tensor.
    Most is gained by a whole step, though, with `backward()` and the update in it. What returns several tensors with a
    graph behind them is left to the engine, and so is all in anomaly mode.

    Prints, hooks that are registered later, and random numbers from elsewhere than a `Generator` are not replayed.
    What `np.array` copies of something computed is the same in each call, too; the comparison finds out. A `.grad` that
    a compiled step has set is written over by its next call.

    Parameters:
        model: a function, or a Module, which is given back with the same parameters and attributes.
        disable: give back `model` itself.
        check: compare a program with the engine once, in the second call that it fits, before it is trusted: on the
            arguments of that call, and on others like them. All that it reads and changes is copied for that.
        accepted: fullgraph, dynamic, backend, mode and options, for PyTorch's sake and without effect.

    Raises:
        TypeError: `model` is nothing that can be called.
        TraceError: in a call, for what is said above.
    """
    if unknown := accepted.keys() - Accepted.__annotations__.keys():
        raise TypeError(f"compile: unknown settings: {', '.join(sorted(unknown))}; see help(compile)")
    if model is None:
        return functools.partial(compile, disable=disable, check=check)
    if disable:
        return model
    if isinstance(model, Module):
        return _twin(model, check)
    if not callable(model):
        raise TypeError(
            f"compile: expected a function or a Module, got {type(model).__name__}; pass the function itself"
        )
    programs = Programs(model, check)

    @functools.wraps(model)
    def compiled(*args: Any, **kwargs: Any) -> Any:
        return programs.call(args, kwargs)

    compiled.programs = programs  # type: ignore[attr-defined]
    return compiled


def _twin(model: Module, check: bool) -> Module:
    """Return a module that is the same as another in all but its call: they have one dictionary of attributes."""
    programs = Programs(model, check)

    def call(self: Module, *args: Any, **kwargs: Any) -> Any:
        return programs.call(args, kwargs)

    def reduce(self: Module) -> Any:  # a copy is compiled for itself
        return functools.partial(compile, check=check), (model,)

    kind = type(model)
    names = {"__call__": call, "__reduce__": reduce, "__module__": kind.__module__, "__doc__": kind.__doc__}
    names |= {"_orig_mod": model, "traced_as": model, "programs": programs}
    twin: Module = object.__new__(type(kind.__name__, (kind,), names))
    object.__setattr__(twin, "__dict__", model.__dict__)
    return twin
