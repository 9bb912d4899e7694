"""The gradients of a function of Tensors, element by element, against its central differences."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from tinygrad_edu.autograd.gradcheck.causes import likely_cause
from tinygrad_edu.autograd.gradcheck.differences import Verdict, judge, shrinking, stencils
from tinygrad_edu.autograd.gradients import grad
from tinygrad_edu.engine.grad_mode import enable_grad
from tinygrad_edu.engine.op import Array
from tinygrad_edu.system.generator import Generator, numpy_generator
from tinygrad_edu.tensors.tensor import Tensor

Run = Callable[..., list[Tensor]]
Values = Callable[[], list[Array]]


class GradcheckError(RuntimeError):
    """A gradient is wrong, or the function is one that cannot be checked. (PyTorch's is a RuntimeError as well.)"""


class KinkWarning(UserWarning):
    """Elements were skipped: the function has a kink there, where any slope between those on its sides will do."""


class ZeroGradientWarning(UserWarning):
    """All gradients are 0, which is right but says little: the function is flat, or its units are dead."""


class Settings(NamedTuple):
    """Which check it is, and how strict."""

    name: str
    eps: float
    atol: float
    rtol: float
    explain: bool  # False: stop at the first wrong element, with a bare error


FAULTS = {
    1.0: "changes from call to call: something in its pullback is random, or keeps a state",
    0.0: "is not 0 where the upstream gradient g is",
    -2.0: "is not linear in the upstream gradient g",
}
"""What is wrong with a pullback that does not give c times the gradient for c times the upstream gradient."""

LINEAR = 1e-12
"""How far it may be off beside atol, relative to the largest element: these c multiply without rounding."""


def compare(recorded: Run, plain: Run, inputs: Sequence[Any], settings: Settings, rng: np.random.Generator) -> None:
    """Raise GradcheckError unless the gradients of `recorded` are the differences of `plain`.

    Both stand for the same function: one is differentiated by backward, the other gives values only.
    """
    kinks = []
    with lent(inputs) as (args, originals), enable_grad():
        outputs = recorded(*args)
        floats = [k for k, y in enumerate(outputs) if y.dtype.kind == "f"]

        def values() -> list[Array]:
            return _arrays(settings.name, plain(*args), floats)

        middle = values()
        _require_untouched(settings.name, args, originals)
        require_repeatable(settings.name, middle, values())
        upstream = [draw(y.shape, rng) for y in middle]
        wanted = [i for i, x in enumerate(args) if is_checked(x)]
        gradients = [
            _linear_backward(settings, k, outputs[k], [args[i] for i in wanted], g)
            for k, g in zip(floats, upstream, strict=True)
        ]
        for position, i in enumerate(wanted):
            analytic = [of_output[position] for of_output in gradients]
            verdicts = _judge_all(args[i].array, values, middle, analytic, upstream, settings)
            for n, (k, found) in enumerate(zip(floats, verdicts, strict=True)):
                what = f"{f'output {k}' if len(outputs) > 1 else 'the output'} with respect to {_name(i, args[i])}"
                if not all(map(_passes, found.values())):
                    slices = _slices(args[i].array, values, middle, n, upstream[n], settings.eps)
                    raise GradcheckError(_explain(settings, what, analytic[n], found, slices, middle[n].shape))
                at = [str(list(index)) for index, verdict in found.items() if verdict.kind == "kink"]
                if at:
                    kinks.append(f"{what} at {', '.join(at[:5])}{f' and {len(at) - 5} more' * (len(at) > 5)}")
    slopes = [a for of_output, g in zip(gradients, upstream, strict=True) if g.size for a in of_output if a.size]
    if slopes and not any(map(np.any, slopes)) and settings.name == "gradcheck":  # a second derivative may well be 0
        text = "gradcheck: all gradients are 0, so only zeros were compared; is the function flat here, or a unit dead?"
        warnings.warn(text, ZeroGradientWarning, stacklevel=4)
    if kinks:
        text = f"{settings.name}: elements skipped, since the function has a kink there: {'; '.join(kinks)}"
        warnings.warn(text, KinkWarning, stacklevel=4)


@contextmanager
def lent(inputs: Sequence[Any]) -> Iterator[tuple[list[Any], list[Any]]]:
    """Work on copies: let the Tensors among the inputs hold copies of their arrays for a while.

    They stay the same objects, so that a function may use them without taking them as arguments.
    Yields the inputs and, for each Tensor and array among them, the array that stays as it was.
    """
    held = [(x, x.array) for x in inputs if isinstance(x, Tensor)]
    originals = [x.array if isinstance(x, Tensor) else x if isinstance(x, np.ndarray) else None for x in inputs]
    try:
        for x, array in held:
            x.array = array.copy(order="K")
        yield [x.copy() if isinstance(x, np.ndarray) else x for x in inputs], originals
    finally:
        for x, array in reversed(held):
            x.array = array


def draw(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Draw a random upstream gradient, half of it negative. No element is near 0, where it would hide a part of y."""
    signs = 1 - 2 * (rng.permutation(math.prod(shape)) % 2)
    return np.asarray(rng.uniform(0.5, 1.5, shape) * signs.reshape(shape))


def generator_of(rng: Generator | np.random.Generator | None) -> np.random.Generator:
    """Return what draws for a check: `rng`, or the same numbers each time, with the default generator left alone."""
    return np.random.default_rng(0) if rng is None else numpy_generator(rng)


def is_checked(x: Any) -> bool:
    return isinstance(x, Tensor) and x.requires_grad


def _arrays(name: str, outputs: list[Tensor], floats: Sequence[int]) -> list[Array]:
    """Return the floating-point outputs, copied: an output may be a view of an input, which will be moved."""
    for k in floats:
        if outputs[k].dtype != np.float64:
            raise TypeError(
                f"{name}: the inputs are float64 but output {k} is {outputs[k].dtype}; fn rounds to fewer digits on "
                "the way, which differences cannot see through. Let it compute in the type of its inputs"
            )
    return [outputs[k].array.copy() for k in floats]


def _require_untouched(name: str, args: Sequence[Any], originals: Sequence[Any]) -> None:
    for i, (x, original) in enumerate(zip(args, originals, strict=True)):
        if original is not None and (x.array if isinstance(x, Tensor) else x).tobytes() != original.tobytes():
            raise GradcheckError(
                f"{name}: fn changes {_name(i, x)} in place, so that it gives another value each time it is called; "
                "let it work on a clone()"
            )


def require_repeatable(name: str, once: Sequence[Array], again: Sequence[Array]) -> None:
    """Raise GradcheckError unless two evaluations agree bit for bit."""
    if any(a.tobytes() != b.tobytes() for a, b in zip(once, again, strict=True)):
        raise GradcheckError(
            f"{name}: fn gave two different values for the same inputs. If it is random (dropout, noise), switch that "
            "off with eval(), or seed it inside fn; if it keeps a state between calls, let it start anew each time"
        )


def _linear_backward(settings: Settings, k: int, output: Tensor, inputs: list[Tensor], g: Array) -> list[Array]:
    """Return the gradients of output k for the upstream gradient g. They are gᵀJ, so c·g must give c times as much."""
    name = settings.name
    gradients = _backward(name, k, output, inputs, g)
    for c, fault in FAULTS.items():
        for i, (a, found) in enumerate(zip(gradients, _backward(name, k, output, inputs, c * g), strict=True)):
            finite = np.isfinite(a)  # elsewhere there will be another error
            off = np.abs(found - c * np.where(finite, a, 0))
            tolerated = settings.atol + LINEAR * np.max(np.abs(a), initial=0, where=finite)
            wrong = np.argwhere(finite & ~(off <= tolerated))
            if len(wrong):
                at = tuple(wrong[0])
                raise GradcheckError(
                    f"{name}: the gradient of output {k} with respect to {_name(i, inputs[i])} {fault}. At "
                    f"{wrong[0].tolist()} it is {a[at]:.10g} for g, and {found[at]:.10g} for {c:g} g"
                )
    return gradients


def _backward(name: str, k: int, output: Tensor, inputs: list[Tensor], g: Array) -> list[Array]:
    """Return the gradients of output k by backward; zeros where it does not depend on an input."""
    zeros = [np.zeros(x.shape) for x in inputs]
    if not output.requires_grad:
        return zeros
    try:
        with np.errstate(all="ignore"):  # a NaN or an infinity will be reported, with its place
            found = grad([output], inputs, [Tensor(g)], retain_graph=True, allow_unused=True)
    except Exception as error:
        raise GradcheckError(f"{name}: backward fails for output {k}: {type(error).__name__}: {error}") from error
    gradients = [zero if gradient is None else gradient.array for gradient, zero in zip(found, zeros, strict=True)]
    for i, (x, gradient) in enumerate(zip(inputs, gradients, strict=True)):
        if gradient.shape != x.shape:
            raise GradcheckError(
                f"{name}: the gradient of output {k} with respect to {_name(i, x)} has shape {gradient.shape}, "
                f"expected {x.shape}"
            )
    return gradients


def _judge_all(
    array: Array, values: Values, middle: list[Array], analytic: list[Array], upstream: list[Array], settings: Settings
) -> list[dict[tuple[int, ...], Verdict]]:
    """Judge the gradient of every output at every element of an input; a table for each output."""
    verdicts: list[dict[tuple[int, ...], Verdict]] = [{} for _ in middle]
    for index in np.ndindex(array.shape):
        of_output = shrinking(along(array, index, values), middle, step_at(array[index], settings.eps))
        for k, (a, g) in enumerate(zip(analytic, upstream, strict=True)):
            verdict = judge(float(a[index]), g, of_output(k), settings.atol, settings.rtol)
            if not (settings.explain or _passes(verdict)):
                raise GradcheckError(f"{settings.name}: a gradient is wrong")
            verdicts[k][index] = verdict
    return verdicts


def _passes(verdict: Verdict) -> bool:
    return verdict.kind in ("right", "kink")


def along(array: Array, index: tuple[int, ...], values: Values) -> Callable[[float], list[Array]]:
    """Return the function of d that gives `values()` while the element at `index` is larger by d."""
    x = array[index]

    def moved(d: float) -> list[Array]:
        array[index] = x + d
        try:
            with np.errstate(all="ignore"):  # beside the point the function may end, or overflow; `judge` sees it
                return values()
        finally:
            array[index] = x

    return moved


def step_at(x: Any, eps: float) -> float:
    return eps * max(1.0, abs(float(x)))


def _slices(array: Array, values: Values, middle: list[Array], k: int, g: Array, eps: float) -> list[Array]:
    """Return, for each axis of output k, the gradient that comes from each index along it."""
    slices = [np.empty((size, *array.shape)) for size in g.shape]
    for index in np.ndindex(array.shape):
        share = g * stencils(along(array, index, values), middle, step_at(array[index], eps))[k].slope
        for axis, parts in enumerate(slices):
            parts[(slice(None), *index)] = np.sum(share, axis=tuple(i for i in range(g.ndim) if i != axis))
    return slices


def _explain(
    settings: Settings,
    what: str,
    analytic: Array,
    found: dict[tuple[int, ...], Verdict],
    slices: Sequence[Array],
    output_shape: tuple[int, ...],
) -> str:
    wrong = {index: verdict for index, verdict in found.items() if not _passes(verdict)}
    index, worst = max(wrong.items(), key=lambda item: (item[1].kind == "wrong", item[1].error))
    a, n = float(analytic[index]), worst.numeric
    text = (
        f"{settings.name}: the gradient of {what}, of shape {analytic.shape}, is wrong at {len(wrong)} of {len(found)} "
        f"elements. At {list(index)} backward gives {a:.10g}, differences give {n:.10g}: relative error "
        f"{worst.error / max(abs(a), abs(n)):.1e}, tolerated {settings.rtol:.1e}"
    )
    if worst.kind == "jump":
        return f"{text}. The function jumps at this point and has no derivative there; move the input away from it"
    if worst.kind == "edge":
        return f"{text}. The function is not finite on both sides of this point; move the input away from the edge"
    numeric = np.full(analytic.shape, np.nan)
    for at, verdict in found.items():
        numeric[at] = np.nan if verdict.kind == "kink" else verdict.numeric
    cause = likely_cause(analytic, numeric, slices, output_shape)
    return f"{text}. Likely cause: {cause}" if cause else text


def _name(i: int, x: Any) -> str:
    name = getattr(x, "name", None)
    return f"input {i} ({name})" if name else f"input {i}"
