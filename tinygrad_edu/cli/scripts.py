"""Running a user's script, or a function in it, up to its backward pass, to look at what that goes back through."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

from tinygrad_edu import viz
from tinygrad_edu.cli.errors import CommandError
from tinygrad_edu.engine.graph import backpropagate
from tinygrad_edu.tensors.tensor import Tensor

BACKWARD = backpropagate.__code__


class Computed(NamedTuple):
    """What a script has computed: the root of its backward pass, the gradient that began it, and a trace of it all."""

    root: Tensor
    gradient: Any
    trace: viz.Trace


class _Reached(BaseException):
    """The backward pass has been reached; nothing of the script is needed any more. No `except Exception` stops it."""


def run_to_backward(target: str, arguments: Sequence[str] = (), number: int = 1) -> Computed:
    """Run `script.py`, or a function as in `script.py:function`, until backward pass `number` begins.

    If there is none, what the function returns is taken or, of a script, its variable `loss`.

    Raises:
        CommandError: there is no such file or function, or nothing that has a backward pass.
    """
    path, function = split_target(target)
    found: list[tuple[Tensor, Any]] = []
    passes = 0

    def watch(frame: FrameType, event: str, argument: object) -> None:
        nonlocal passes
        if event == "call" and frame.f_code is BACKWARD:
            passes += 1
            root, gradient = frame.f_locals["roots"][0]
            if passes == number and isinstance(root, Tensor):
                found.append((root, gradient))
                raise _Reached

    argv, folders = sys.argv, sys.path
    sys.argv, sys.path = [str(path), *arguments], [str(path.parent.resolve()), *sys.path]
    with viz.trace() as trace:
        sys.setprofile(watch)
        try:
            result = run_file(path, function)
        except _Reached:
            result = None
        finally:
            sys.setprofile(None)
            sys.argv, sys.path = argv, folders
    if found:
        return Computed(*found[0], trace)
    if isinstance(result, Tensor) and result.node is not None:
        return Computed(result, None, trace)
    what = f"{function} returned no tensor with a graph" if function else "has no variable `loss` with a graph"
    passed = f"has {passes} backward passes, not {number}" if passes else f"calls no backward(), and {what}"
    raise CommandError(f"{target} {passed}; nothing can be shown of it")


def split_target(target: str) -> tuple[Path, str]:
    """Return the file and the function that are meant; an empty name where it is the whole script."""
    name, colon, function = target.rpartition(":")
    whole = not colon or not function.isidentifier()
    path = Path(target if whole else name)
    if not path.is_file():
        raise CommandError(f"there is no file {str(path)!r}")
    return path, "" if whole else function


def run_file(path: Path, function: str) -> Any:
    """Run a script and return its variable `loss`, or a function of it and return what that returns."""
    try:
        variables = runpy.run_path(str(path), run_name=path.stem if function else "__main__")
    except SystemExit:  # the script's own; it has done what it wanted
        return None
    if not function:
        return variables.get("loss")
    wanted: Callable[[], Any] | None = variables.get(function)
    if not callable(wanted):
        raise CommandError(f"{path} has no function {function!r}")
    return wanted()
